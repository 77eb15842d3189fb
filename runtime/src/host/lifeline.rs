//! What a process means for its connection, and the other way round.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::timeout;

use super::report;
use crate::connection::{Connection, End, Lifeline, Wire};
use crate::error::Error;
use crate::process::{Ladder, Process};

/// The process behind a connection.
pub(super) struct ProcessLifeline {
    pub(super) process: Process,
    pub(super) ladder: Ladder,
}

impl Lifeline for ProcessLifeline {
    fn cause(&self, end: End, waiting: Vec<&'static str>) -> Pin<Box<dyn Future<Output = Error> + Send>> {
        let process = self.process.clone();
        Box::pin(async move { report::cause(&process, end, waiting).await })
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

/// Ends the connection some time after the process, should the output stay open.
pub(super) fn watch(process: &Process, connection: &Connection) {
    let exited = process.exited();
    // Not the connection itself: it lives while somebody wants it.
    let wire = connection.wire();
    tokio::spawn(async move {
        let exit = exited.await;
        if timeout(LATE_OUTPUT, wire.ended()).await.is_err() {
            let waiting = wire.waiting_methods();
            wire.end(report::died(&exit, &waiting));
        }
    });
}
