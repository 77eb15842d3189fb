//! From a command to a running plugin: the steps that every kind of launch takes.

use std::sync::Arc;
use std::time::Duration;

use super::lifeline::{ProcessLifeline, watch};
use super::report::Failing;
use super::running::Running;
use super::unresponsive::Unresponsive;
use crate::client::Client;
use crate::connection::{Connection, Establish, GreetingFailed};
use crate::error::{Error, Result};
use crate::escape::escape_bytes;
use crate::process::{Command, Ladder, Process};
use crate::protocol::Limits;
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;

/// Start and handshake; a program on a cold disk takes a second or two.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// As long as a plugin has to finish its calls when it is shut down: what cleans up in that time cleans up
/// in this.
const CANCEL_GRACE: Duration = crate::DRAIN;

/// What is wanted of a plugin that is to be launched.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) command: Command,
    pub(super) terms: Terms,
}

/// The same without the program.
#[derive(Debug)]
pub(super) struct Terms {
    asks: Vec<Entry>,
    pub(super) handshake: Duration,
    pub(super) limits: Limits,
    /// What the plugin is given to answer a call that was given up.
    pub(super) cancel_grace: Duration,
    pub(super) unresponsive: Unresponsive,
}

impl Wanted {
    pub(super) fn new(command: Command) -> Self {
        let terms = Terms {
            asks: Vec::new(),
            handshake: HANDSHAKE,
            limits: Limits::default(),
            cancel_grace: CANCEL_GRACE,
            unresponsive: Unresponsive::default(),
        };
        Self { command, terms }
    }

    pub(super) fn ask_for<C: Client>(&mut self) {
        self.terms.asks.push(Entry::of::<C>());
    }
}

/// A process that runs and has not been greeted. Dropped, it is killed.
pub(super) struct Ungreeted {
    guard: Guard,
    process: Process,
    ladder: Ladder,
    terms: Terms,
}

impl Ungreeted {
    pub(super) fn new(process: Process, terms: Terms) -> Self {
        Self { guard: Guard(Some(process.clone())), process, ladder: Ladder::default(), terms }
    }

    /// The host's side of the handshake.
    pub(super) fn bring(&self) -> Establish {
        let Terms { asks, handshake, limits, cancel_grace, unresponsive } = &self.terms;
        let lifeline = Arc::new(ProcessLifeline {
            process: self.process.clone(),
            ladder: self.ladder,
            cancel_grace: *cancel_grace,
            unresponsive: *unresponsive,
        });
        Establish {
            asks: asks.clone(),
            limits: *limits,
            within: Some(*handshake),
            ..Establish::new(Side::Host, lifeline)
        }
    }

    pub(super) fn greeted(self, connection: Connection) -> Result<Running> {
        let Self { mut guard, process, ladder, terms } = self;
        guard.0 = None;
        report_stray(&process, &connection);
        watch(&process, &connection);
        let running = Running { connection, process, asked: terms.asks, ladder };
        running.check_interfaces()?;
        Ok(running)
    }

    /// Why the handshake failed. Blocks for half a second at most.
    pub(super) fn not_greeted(self, failed: GreetingFailed) -> Error {
        Failing::new(&self.process).greeting(failed)
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
