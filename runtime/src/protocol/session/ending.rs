//! The end, and what has to happen where no lock is held.

use std::time::Duration;

use super::super::frame::Kind;
use super::super::notice::{self, Goodbye, Shutdown};
use super::{Session, header};
use crate::codec::Codec;
use crate::error::Error;

/// What is to be woken and dropped by the driver, since doing so runs code that is not ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Aftermath<W, O> {
    /// Who waited for something that came, or will not come.
    pub(crate) woken: Vec<W>,
    /// Objects that nobody at the other end holds any more.
    pub(crate) discarded: Vec<O>,
}

impl<W, O> Aftermath<W, O> {
    pub(super) fn new() -> Self {
        Self { woken: Vec::new(), discarded: Vec::new() }
    }
}

impl<W, R, O: Clone> Session<W, R, O> {
    /// What has to happen once the lock is let go of; to be asked for after everything that is done
    /// to a session.
    pub(crate) fn aftermath(&mut self) -> Option<Aftermath<W, O>> {
        if self.aftermath.woken.is_empty() && self.aftermath.discarded.is_empty() {
            return None;
        }
        Some(std::mem::replace(&mut self.aftermath, Aftermath::new()))
    }

    /// Of the aftermath those that are to be woken, if there are any.
    pub(crate) fn woken(&mut self) -> Option<Vec<W>> {
        (!self.aftermath.woken.is_empty()).then(|| std::mem::take(&mut self.aftermath.woken))
    }

    /// Asks the other side to finish its calls in `drain` and end. Calls fail from now on.
    pub(crate) fn shut_down(&mut self, drain: Duration) {
        if !self.shutting_down && self.ended.is_none() {
            self.shutting_down = true;
            let payload = notice::to_json(&Shutdown::new(drain));
            self.push_notice(Kind::Shutdown, 0, &payload);
        }
    }

    /// This side asked the other one to end.
    pub(crate) fn is_shutting_down(&self) -> bool {
        self.shutting_down
    }

    /// Tells the other side that this one ends; `message` is the reason, or empty after a shutdown.
    ///
    /// The peer reads nothing after it. After a shutdown it therefore waits for the replies that
    /// are still being cut; a reason does not wait.
    pub(crate) fn say_goodbye(&mut self, message: &str) {
        if message.is_empty() {
            return self.outbox.push_last(header(Kind::Goodbye, Codec::Json, 0, 0, 0), &[]);
        }
        let goodbye = Goodbye { message: self.fitting(message) };
        self.push_notice(Kind::Goodbye, 0, &notice::to_json(&goodbye));
    }

    /// The other side asked this one to end, within this time.
    pub(crate) fn draining(&self) -> Option<Duration> {
        self.draining
    }

    /// The peer's last word, if it had one.
    pub(crate) fn goodbye(&self) -> Option<&str> {
        self.goodbye.as_deref()
    }

    /// Fails all calls of this side with `cause`, now and later, and gives back who has to be
    /// told and what has to be stopped. Only the first cause stays.
    ///
    /// Streams end with it too, after what came of them; who waits for them, and the objects that
    /// the other side held, are in the [`aftermath`](Session::aftermath).
    pub(crate) fn end(&mut self, cause: Error) -> (Vec<W>, Vec<R>) {
        if self.ended.is_some() {
            return (Vec::new(), Vec::new());
        }
        self.ended = Some(cause);
        self.aftermath.woken.extend(self.producing.end());
        self.aftermath.woken.extend(self.consuming.end());
        self.aftermath.discarded.extend(self.exports.0.drain().map(|(_, export)| export.object));
        self.imports.0.clear();
        let runs = self.served.drain().filter_map(|(_, served)| served.run).collect();
        (self.calls.end(), runs)
    }

    pub(crate) fn ended(&self) -> Option<&Error> {
        self.ended.as_ref()
    }
}
