//! Plugins for programs without a runtime.
//!
//! The same as [`Plugin`](crate::Plugin) and its builder, in plain functions that block the thread
//! that calls them. They work in a program without a runtime, and from inside any tokio runtime too:
//! what they wait for is not brought by the runtime that they keep waiting.
//!
//! ```no_run
//! # use outboard::plugin_interface;
//! # #[plugin_interface(version = 1)]
//! # pub trait Greeter { fn greet(&self, name: &str) -> outboard::Result<String>; }
//! # fn example() -> outboard::Result<()> {
//! use outboard::blocking::Plugin;
//!
//! let plugin = Plugin::builder("./hello").interface::<GreeterClient>().launch()?;
//! let greeter = plugin.client::<GreeterClient>()?;
//! println!("{}", greeter.greet("world")?);
//! plugin.shutdown()?;
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use super::describe::InterfaceDescription;
use super::launch::{Ungreeted, Wanted};
use super::running::Running;
use super::unresponsive::Unresponsive;
use crate::client::Client;
use crate::connection::{StandBy, establish_on_threads};
use crate::descriptor::stream;
use crate::error::{Error, Result};
use crate::process::{Command, ProcessExit, Spawned, spawn};
use crate::protocol::Limits;

/// A running plugin: a child process and the connection to it.
///
/// The process lives while its `Plugin`, a clone of it, or any client from it lives. The last drop
/// asks the plugin to end and returns at once; the process is then seen off in the background: it
/// has 5 s to finish its calls, gets `SIGTERM` with its group, 2 s later `SIGKILL`, and is reaped.
#[derive(Clone, Debug)]
pub struct Plugin(Running);

impl Plugin {
    /// Prepares to launch a plugin: from a path, or a [`Command`] with arguments and environment.
    ///
    /// A program without a `/` is looked up on `PATH`.
    pub fn builder(command: impl Into<Command>) -> PluginBuilder {
        PluginBuilder(Wanted::new(command.into()))
    }

    /// A client of one of the interfaces that were declared with
    /// [`PluginBuilder::interface`]. Costs no call.
    ///
    /// The client of an async interface works here too, with any executor: its answers are brought
    /// by a thread of the connection's.
    ///
    /// # Errors
    ///
    /// When the interface was not declared, when the plugin does not serve it, or when it serves
    /// generations that this program does not work with; the message lists what it serves.
    pub fn client<C: Client>(&self) -> Result<C> {
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
    pub fn describe(&self) -> Result<Vec<InterfaceDescription>> {
        self.0.description(self.0.connection.describe_blocking()?)
    }

    /// Waits until the plugin is gone, by whatever cause; the error is the one that its calls get.
    #[must_use]
    pub fn closed(&self) -> Error {
        self.0.connection.ended().wait()
    }

    /// The same, but not longer than `timeout`; `None` if the plugin is still there.
    #[must_use]
    pub fn closed_within(&self, timeout: Duration) -> Option<Error> {
        self.0.connection.ended().wait_timeout(timeout)
    }

    /// Ends the plugin and waits until its process is reaped: its open calls have 5 s to finish;
    /// new ones are refused. The exit says how far it had to be pushed.
    ///
    /// Other handles and clients of the same plugin fail from now on. Takes 7 s at most.
    ///
    /// # Errors
    ///
    /// None of its own at present; a plugin that had ended before gives that exit.
    pub fn shutdown(self) -> Result<ProcessExit> {
        self.0.shut_down();
        Ok(self.0.process.exited().wait())
    }
}

/// What is wanted of a plugin that is to be launched; see [`Plugin::builder`].
#[derive(Debug)]
#[must_use = "nothing is launched before `launch`"]
pub struct PluginBuilder(Wanted);

impl PluginBuilder {
    /// Declares an interface that the plugin may be asked for; can be called for several.
    ///
    /// The plugin need not serve all of them: [`Plugin::client`] says which it lacks.
    pub fn interface<C: Client>(mut self) -> Self {
        self.0.ask_for::<C>();
        self
    }

    /// How long the whole handshake may take; 10 s by default. Launchers that pull
    /// a container or queue on a cluster need minutes.
    pub fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.0.terms.handshake = limit;
        self
    }

    /// What the host accepts of the plugin.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.0.terms.limits = limits;
        self
    }

    /// What the plugin is given to end a call that was given up, after its deadline for example: 5 s by
    /// default. See [`on_unresponsive`](PluginBuilder::on_unresponsive).
    ///
    /// A call that is still not answered then is told to the log once, as a warning.
    /// [`Duration::MAX`] is for ever.
    pub fn cancel_grace(mut self, grace: Duration) -> Self {
        self.0.terms.cancel_grace = grace;
        self
    }

    /// What to do when the plugin does not end a call even within the grace after a deadline that this
    /// program set with [`Client::with_timeout`](crate::Client::with_timeout): by default its process is
    /// killed.
    ///
    /// The caller has had [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut) since the deadline; this is
    /// about all others, who would share the plugin with a handler that runs for ever.
    pub fn on_unresponsive(mut self, policy: Unresponsive) -> Self {
        self.0.terms.unresponsive = policy;
        self
    }

    /// Starts the program and makes the handshake.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Spawn`](crate::ErrorKind::Spawn) when the program cannot be started.
    /// [`ErrorKind::Handshake`](crate::ErrorKind::Handshake) when it is no plugin (the message quotes
    /// what it wrote), ended, took too long, or serves none of the declared interfaces in a generation
    /// that this program works with.
    pub fn launch(self) -> Result<Plugin> {
        let Wanted { command, terms } = self.0;
        let Spawned { stdin, stdout, process } = spawn(command).wait()?;
        let process = Ungreeted::new(process, terms);
        match establish_on_threads(stream(stdout, stdin)?, process.bring(), StandBy::Thread) {
            Ok(connection) => process.greeted(connection).map(Plugin),
            Err(failed) => Err(process.not_greeted(failed)),
        }
    }
}

/// Launches a program and gives the client of the one interface that is wanted of it.
///
/// The same as the generated `launch` of a blocking client; for generic code.
///
/// # Errors
///
/// When the program cannot be started, is no plugin, does not finish the handshake within 10 s, or
/// does not serve the interface in a generation that this program works with.
pub fn launch<C: Client>(command: impl Into<Command>) -> Result<C> {
    Plugin::builder(command).interface::<C>().launch()?.client()
}
