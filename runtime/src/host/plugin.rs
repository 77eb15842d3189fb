//! A running plugin, for tasks.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::builder::PluginBuilder;
use super::describe::InterfaceDescription;
use super::running::Running;
use crate::client::AsyncClient;
use crate::error::{Error, Result};
use crate::process::{Command, ProcessExit};

/// A running plugin: a child process and the connection to it.
///
/// The process lives while its `Plugin`, a clone of it, or any client from it lives. The last drop
/// asks the plugin to end and returns at once; the process is then seen off in the background: it
/// has 5 s to finish its calls, gets `SIGTERM` with its group, 2 s later `SIGKILL`, and is reaped.
/// That works without a runtime and after its runtime is gone.
///
/// ```no_run
/// # use outboard::plugin_interface;
/// # #[plugin_interface(version = 1)]
/// # pub trait Greeter { async fn greet(&self, name: &str) -> outboard::Result<String>; }
/// # #[plugin_interface(version = 1)]
/// # pub trait Store { async fn get(&self, key: &str) -> outboard::Result<Option<String>>; }
/// # async fn example() -> outboard::Result<()> {
/// use outboard::Plugin;
///
/// let plugin = Plugin::builder("./hello").interface::<GreeterClient>().interface::<StoreClient>().launch().await?;
/// let greeter = plugin.client::<GreeterClient>()?;
/// println!("{}", greeter.greet("world").await?);
/// plugin.shutdown().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Plugin(pub(super) Running);

impl Plugin {
    /// Prepares to launch a plugin: from a path, or a [`Command`] with arguments and environment.
    ///
    /// A program without a `/` is looked up on `PATH`.
    pub fn builder(command: impl Into<Command>) -> PluginBuilder {
        PluginBuilder::new(command.into())
    }

    /// A client of one of the interfaces that were declared with
    /// [`PluginBuilder::interface`]. Costs no call.
    ///
    /// # Errors
    ///
    /// When the interface was not declared, when the plugin does not serve it, or when it serves
    /// generations that this program does not work with; the message lists what it serves.
    pub fn client<C: AsyncClient>(&self) -> Result<C> {
        self.0.client()
    }

    /// The number of the plugin's process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.process.pid()
    }

    /// The last lines that the plugin wrote to stderr, escaped; at most 64 KiB.
    #[must_use]
    pub fn stderr_tail(&self) -> Vec<String> {
        self.0.process.stderr_tail()
    }

    /// How many calls this program has given up that the plugin has not answered yet, because of a
    /// deadline or of a dropped future. Nearly always they are answered within moments; those that
    /// stay are handlers that run on.
    #[must_use]
    pub fn abandoned_calls(&self) -> usize {
        self.0.connection.abandoned_calls()
    }

    /// Asks the plugin what it serves, with the documentation that its authors compiled it with;
    /// the plugin's methods do not run.
    ///
    /// # Errors
    ///
    /// As any call: the plugin may be gone, or answer with something else.
    pub async fn describe(&self) -> Result<Vec<InterfaceDescription>> {
        self.0.description(self.0.connection.describe().await?)
    }

    /// Waits until the plugin is gone, by whatever cause; the error is the one that its calls get.
    ///
    /// Cancel safe.
    pub async fn closed(&self) -> Error {
        self.0.connection.ended().await
    }

    /// Ends the plugin and waits until its process is reaped: its open calls have 5 s to finish;
    /// new ones are refused. The exit says how far it had to be pushed.
    ///
    /// Other handles and clients of the same plugin fail from now on. Takes 7 s at most. Dropping
    /// the future does not stop the shutdown.
    ///
    /// # Errors
    ///
    /// None of its own at present; a plugin that had ended before gives that exit.
    pub async fn shutdown(self) -> Result<ProcessExit> {
        self.0.shut_down();
        Ok(self.0.process.exited().await)
    }
}

/// Launches a program and gives the client of the one interface that is wanted of it.
///
/// The same as the generated `launch` of a client; for generic code.
///
/// # Errors
///
/// When the program cannot be started, is no plugin, does not finish the handshake within 10 s, or
/// does not serve the interface in a generation that this program works with.
///
/// # Panics
///
/// Outside of a tokio runtime with I/O and time enabled.
pub fn launch<C: AsyncClient>(command: impl Into<Command>) -> Launching<C> {
    let builder = Plugin::builder(command).interface::<C>();
    Launching(Box::pin(async move { builder.launch().await?.client() }))
}

/// The future of [`launch`], which starts with its first poll. Dropping it kills what was started.
//
// A named type does not repeat the bound on `C`, as an `async fn` would wherever it is awaited: a
// wrong client is one error.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Launching<C>(Pin<Box<dyn Future<Output = Result<C>> + Send>>);

impl<C> Future for Launching<C> {
    type Output = Result<C>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<C>> {
        self.0.as_mut().poll(cx)
    }
}

impl<C> fmt::Debug for Launching<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launching").finish_non_exhaustive()
    }
}
