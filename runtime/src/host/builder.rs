//! From a command to a running plugin, for tasks.

use std::time::Duration;

use super::launch::{Ungreeted, Wanted};
use super::plugin::Plugin;
use super::unresponsive::Unresponsive;
use crate::client::Client;
use crate::connection::establish;
use crate::descriptor::duplex;
use crate::error::{Error, ErrorKind, Result};
use crate::process::{Command, Spawned, spawn};
use crate::protocol::Limits;

/// What is wanted of a plugin that is to be launched; see [`Plugin::builder`].
#[derive(Debug)]
#[must_use = "nothing is launched before `launch`"]
pub struct PluginBuilder(Wanted);

impl PluginBuilder {
    pub(super) fn new(command: Command) -> Self {
        Self(Wanted::new(command))
    }

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
    /// Dropping the future kills what was started.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Spawn`] when the program cannot be started. [`ErrorKind::Handshake`] when it
    /// is no plugin (the message quotes what it wrote), ended, took too long, or serves none of
    /// the declared interfaces in a generation that this program works with.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled.
    pub async fn launch(self) -> Result<Plugin> {
        let Wanted { command, terms } = self.0;
        let Spawned { stdin, stdout, process } = spawn(command).await?;
        let process = Ungreeted::new(process, terms);
        let stream = duplex(stdout, stdin)?;
        match establish(stream, process.bring()).await {
            Ok(connection) => process.greeted(connection).map(Plugin),
            // It waits for the end of the process, which says most.
            Err(failed) => match tokio::task::spawn_blocking(move || process.not_greeted(failed)).await {
                Ok(error) => Err(error),
                Err(_) => Err(Error::new(ErrorKind::Handshake, "the runtime was shut down during the handshake")),
            },
        }
    }
}
