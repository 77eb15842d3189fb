//! The handshake over a stream, as far as it is the same for every driver.

use std::io;
use std::time::Duration;

use crate::protocol::Limits;
use crate::protocol::handshake::{Greeted, Handshake, Progress, Refused, Side};
use crate::protocol::hello::Hello;

/// How a handshake fails.
#[derive(Debug)]
pub(crate) enum GreetingFailed {
    Refused(Refused),
    /// It took too long; what came before its preamble, if anything did.
    TimedOut {
        within: Duration,
        wrote: Vec<u8>,
    },
    Io(io::Error),
}

/// One side of a handshake: what it wants written, and what it makes of what it is fed.
///
/// A driver reads and writes at once: neither side may wait for the other to read first. A failure
/// to write is not its concern, for what the peer wrote before it ended says more.
pub(super) struct Greeting {
    /// Gone when the peer ended.
    handshake: Option<Handshake>,
    unwritten: Vec<u8>,
    written: usize,
    /// Known before this side's hello is written, which the peer is owed also by one that refuses.
    outcome: Option<Result<Greeted, Refused>>,
}

impl Greeting {
    pub(super) fn new(side: Side, hello: &Hello, limits: Limits) -> Self {
        let handshake = Handshake::new(side, hello, limits);
        // A plugin writes nothing before it has seen the host's preamble.
        let unwritten = if side == Side::Host { handshake.opening() } else { Vec::new() };
        Self { handshake: Some(handshake), unwritten, written: 0, outcome: None }
    }

    /// What is to be written next; empty if nothing is, at present.
    pub(super) fn unwritten(&self) -> &[u8] {
        self.unwritten.get(self.written..).unwrap_or_default()
    }

    pub(super) fn wrote(&mut self, count: usize) {
        self.written += count;
    }

    /// Whether the outcome is known: then nothing more is to be read.
    pub(super) fn is_decided(&self) -> bool {
        self.outcome.is_some()
    }

    /// The outcome, once.
    pub(super) fn outcome(&mut self) -> Option<Result<Greeted, GreetingFailed>> {
        self.outcome.take().map(|outcome| outcome.map_err(GreetingFailed::Refused))
    }

    /// What was read; nothing at the stream's end.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            let ended = self.handshake.take().map(Handshake::ended);
            self.outcome = ended.map(Err);
            // Nobody is owed a hello any more, and there may never be room for it.
            self.written = self.unwritten.len();
            return;
        }
        let Some(handshake) = &mut self.handshake else {
            return;
        };
        let mut progress = handshake.feed(bytes);
        if progress == Ok(Progress::PreambleSeen) {
            progress = handshake.feed(&[]);
            if self.unwritten.is_empty() {
                self.unwritten = handshake.opening();
            }
        }
        match progress {
            Ok(Progress::Incomplete | Progress::PreambleSeen) => {}
            Ok(Progress::Complete(greeted)) => self.outcome = Some(Ok(*greeted)),
            Err(refused) => self.outcome = Some(Err(refused)),
        }
    }

    /// The peer did not finish in time.
    pub(super) fn timed_out(self, within: Duration) -> GreetingFailed {
        let wrote = self.handshake.map(Handshake::into_stray).unwrap_or_default();
        GreetingFailed::TimedOut { within, wrote }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::hello::About;

    #[test]
    fn a_peer_that_ended_is_refused_before_there_is_room_for_the_rest_of_the_hello() {
        let limits = Limits::default();
        let hello = Hello::new(About::default(), Vec::new(), Vec::new(), limits.announced());
        let mut greeting = Greeting::new(Side::Host, &hello, limits);
        greeting.wrote(1);
        assert!(!greeting.unwritten().is_empty() && !greeting.is_decided());
        greeting.feed(&[]);
        assert!(greeting.unwritten().is_empty(), "a driver would wait to write it");
        assert!(matches!(greeting.outcome(), Some(Err(GreetingFailed::Refused(Refused::Ended { .. })))));
    }
}
