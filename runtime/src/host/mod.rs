//! The host's side: launching a plugin, and what it knows of it.

mod builder;
mod describe;
mod lifeline;
mod report;

use std::time::Duration;

pub use builder::PluginBuilder;
pub use describe::{InterfaceDescription, MethodDescription};

use crate::client::AsyncClient;
use crate::connection::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::process::{Command, Ladder, Process, ProcessExit};
use crate::protocol::hello::Entry;
use crate::remote::bind;

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
pub struct Plugin {
    connection: Connection,
    process: Process,
    /// The interfaces that the builder declared.
    asked: Vec<Entry>,
    ladder: Ladder,
}

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
        let asked = Entry::of::<C>();
        if !self.asked.contains(&asked) {
            let message = format!(
                "the interface `{}` was not declared when `{}` was launched: add `.interface::<…>()` to its `Plugin::builder`",
                C::NAME,
                self.process.name(),
            );
            return Err(Error::new(ErrorKind::Handshake, message));
        }
        bind(&self.connection)
    }

    /// The number of the plugin's process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// The last lines that the plugin wrote to stderr, escaped; at most 64 KiB.
    #[must_use]
    pub fn stderr_tail(&self) -> Vec<String> {
        self.process.stderr_tail()
    }

    /// Waits until the plugin is gone, by whatever cause; the error is the one that its calls get.
    ///
    /// Cancel safe.
    pub async fn closed(&self) -> Error {
        self.connection.ended().await
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
        lifeline::shut_down(&self.process, &self.connection.wire(), self.ladder);
        Ok(self.process.exited().await)
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
pub async fn launch<C: AsyncClient>(command: impl Into<Command>) -> Result<C> {
    Plugin::builder(command).interface::<C>().launch().await?.client()
}

/// Start and handshake; a program on a cold disk takes a second or two.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Plugins for programs without a runtime.
pub mod blocking {
    use crate::client::Client;
    use crate::error::{Error, ErrorKind, Result};
    use crate::process::Command;

    /// Not yet.
    pub fn launch<C: Client>(command: impl Into<Command>) -> Result<C> {
        let _ = command.into();
        Err(Error::new(ErrorKind::Unsupported, "not yet"))
    }
}
