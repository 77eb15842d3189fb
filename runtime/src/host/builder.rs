//! From a command to a running plugin.

use std::sync::Arc;
use std::time::Duration;

use super::lifeline::{ProcessLifeline, watch};
use super::report::Failing;
use super::{HANDSHAKE, Plugin};
use crate::client::Client;
use crate::connection::{Connection, Establish, establish};
use crate::descriptor::duplex;
use crate::error::{Error, ErrorKind, Result};
use crate::escape::escape_bytes;
use crate::process::{Command, Ladder, Process, Spawned, spawn};
use crate::protocol::Limits;
use crate::protocol::handshake::Side;
use crate::protocol::hello::{Entry, Found};
use crate::remote::not_served;

/// What is wanted of a plugin that is to be launched; see [`Plugin::builder`].
#[derive(Debug)]
#[must_use = "nothing is launched before `launch`"]
pub struct PluginBuilder {
    command: Command,
    asks: Vec<Entry>,
    handshake: Duration,
    limits: Limits,
}

impl PluginBuilder {
    pub(super) fn new(command: Command) -> Self {
        Self { command, asks: Vec::new(), handshake: HANDSHAKE, limits: Limits::default() }
    }

    /// Declares an interface that the plugin may be asked for; can be called for several.
    ///
    /// The plugin need not serve all of them: [`Plugin::client`] says which it lacks.
    pub fn interface<C: Client>(mut self) -> Self {
        self.asks.push(Entry::of::<C>());
        self
    }

    /// How long the whole handshake may take; 10 s by default. Launchers that pull
    /// a container or queue on a cluster need minutes.
    pub fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake = limit;
        self
    }

    /// What the host accepts of the plugin.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
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
        let Self { command, asks, handshake, limits } = self;
        let Spawned { stdin, stdout, process } = spawn(command).await?;
        let mut guard = Guard(Some(process.clone()));
        let ladder = Ladder::default();
        let lifeline = Arc::new(ProcessLifeline { process: process.clone(), ladder });
        let stream = duplex(stdout, stdin)?;
        let ask =
            Establish { asks: asks.clone(), limits, within: Some(handshake), ..Establish::new(Side::Host, lifeline) };
        let connection = match establish(stream, ask).await {
            Ok(connection) => connection,
            Err(failed) => return Err(Failing::new(&process).greeting(failed).await),
        };
        guard.0 = None;
        report_stray(&process, &connection);
        watch(&process, &connection);
        let plugin = Plugin { connection, process, asked: asks, ladder };
        plugin.check_interfaces()?;
        Ok(plugin)
    }
}

/// Kills a process whose launch was abandoned or failed.
struct Guard(Option<Process>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(process) = self.0.take() {
            process.kill("its launch was given up");
        }
    }
}

/// Text before the handshake was survived; its author should know.
fn report_stray(process: &Process, connection: &Connection) {
    let stray = connection.stray();
    if !stray.is_empty() {
        let (plugin, pid) = (process.name(), process.pid());
        let text = escape_bytes(stray.trim_ascii());
        tracing::warn!(
            target: "outboard::plugin", plugin, pid,
            "wrote to stdout before the handshake: `{text}`; call `outboard::serve` first in `main`"
        );
    }
}

impl Plugin {
    /// At least one of the declared interfaces must be usable.
    fn check_interfaces(&self) -> Result<()> {
        let serves = &self.connection.peer().serves;
        let mut lacking = None;
        for asked in &self.asked {
            match asked.find_in(serves) {
                Found::Object(..) => return Ok(()),
                // Another generation says more than absence.
                found @ Found::OtherGeneration(_) => lacking = Some(not_served(asked, &found, serves)),
                Found::Absent if lacking.is_none() => lacking = Some(not_served(asked, &Found::Absent, serves)),
                Found::Absent => {}
            }
        }
        let Some(lacking) = lacking else {
            return Ok(());
        };
        let message = format!("`{}` is not the plugin that is wanted", self.process.name());
        Err(Error::build(ErrorKind::Handshake, message).source(lacking).finish())
    }
}
