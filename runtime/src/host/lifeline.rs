//! What a process means for its connection, and the other way round.

use std::time::Duration;

use super::report;
use super::unresponsive::Unresponsive;
use crate::connection::{Cause, Connection, End, Grace, Lifeline, Wire};
use crate::process::{Ladder, Process};

/// The process behind a connection.
pub(super) struct ProcessLifeline {
    pub(super) process: Process,
    pub(super) ladder: Ladder,
    pub(super) cancel_grace: Duration,
    pub(super) unresponsive: Unresponsive,
}

impl Lifeline for ProcessLifeline {
    fn cause(&self, end: End, waiting: Vec<&'static str>) -> Cause {
        match end {
            // It ends as it was asked to; there is no need to wait for its exit.
            End::Goodbye(reason) if reason.is_empty() => {
                Cause::Known(End::Goodbye(reason).into_error(&format!("`{}`", self.process.name())))
            }
            end => {
                let process = self.process.clone();
                Cause::Sought(Box::new(move || report::cause(&process, end, waiting)))
            }
        }
    }

    fn grace(&self) -> Option<Grace> {
        Some(Grace { patience: self.cancel_grace, ends_it: self.unresponsive == Unresponsive::Kill })
    }

    fn unanswered(&self, method: &'static str) {
        let (plugin, pid, grace) = (self.process.name(), self.process.pid(), self.cancel_grace);
        tracing::warn!(
            target: "outboard::plugin", plugin, pid,
            "`{method}` was given up {grace:?} ago and has not ended"
        );
    }

    fn released(&self, wire: Wire) {
        shut_down(&self.process, &wire, self.ladder);
    }
}

/// Tells a plugin to end and queues what follows if it does not. Never blocks.
pub(super) fn shut_down(process: &Process, wire: &Wire, ladder: Ladder) {
    // First the ladder: a plugin that ends at once must be known to have been asked.
    let closing = wire.clone();
    process.begin_shutdown(ladder, Box::new(move || closing.close_writer()));
    wire.shut_down(ladder.drain.saturating_sub(FAREWELL));
}

/// What is left of the drain for the plugin's goodbye, its destructors and its exit: were it told
/// the whole of it, it would give up its last calls just when SIGTERM comes.
const FAREWELL: Duration = Duration::from_millis(500);

/// Replies that a process wrote before it ended are read for this long; its output is usually at
/// its end at once, unless a grandchild holds it open. That one is likely to hold stderr too, and
/// then the news of the end comes half a second after it: the two stay within a second.
const LATE_OUTPUT: Duration = Duration::from_millis(250);

/// Ends the connection some time after the process, should the output stay open. Whoever looks for the
/// cause already knows more: why it was killed, perhaps.
pub(super) fn watch(process: &Process, connection: &Connection) {
    // Not the connection itself: it lives while somebody wants it.
    let (wire, watched) = (connection.wire(), process.clone());
    let end = move || {
        if let Some(exit) = watched.try_exit().filter(|_| !wire.has_ended() && !wire.is_ending()) {
            let waiting = wire.waiting_methods();
            wire.end(report::died(&exit, &waiting));
        }
    };
    process.call_afterwards(LATE_OUTPUT, Box::new(end));
}
