//! Calls that are not waited for any longer, and what becomes of those that go unanswered.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use super::super::{End, Grace};
use super::{Shared, State};
use crate::clock::Alarm;
use crate::context::{Bound, Limit, Origin, Readable};
use crate::error::Error;

/// Whoever looks so much later than they wanted was kept from reading, perhaps with the whole process:
/// an answer may lie in the pipe. The other end then gets its time once more.
const LATE: Duration = Duration::from_secs(1);

/// The calls that were given up and may still be unanswered when their grace has passed.
#[derive(Default)]
pub(super) struct Watched {
    /// In the order of their time: the grace is the same for all.
    calls: VecDeque<Abandoned>,
    /// For the first of them.
    alarm: Option<Alarm>,
}

/// What was known of a call when nobody waited for it any longer.
pub(in super::super) enum Left {
    /// The other end has not been sent it.
    Unsent,
    /// Its answer is still to come.
    Owed,
    /// Its answer had come.
    Answered,
    /// The connection had ended.
    Ended(Error),
}

struct Abandoned {
    call: u64,
    method: &'static str,
    until: Instant,
    /// The other end is to be ended for it: the deadline that it did not keep.
    deadline: Option<Limit>,
}

impl Shared {
    /// Gives a call up that was sent; the error says what becomes of it.
    pub(in super::super) fn give_up(
        self: &Arc<Self>,
        call: u64,
        method: &'static str,
        bound: Bound,
        no_cancel: bool,
    ) -> Error {
        let grace = self.lifeline.grace();
        let fatal = match (bound, &grace) {
            (Bound::Deadline(limit), Some(grace)) if grace.ends_it && !no_cancel => {
                Some(limit).filter(|limit| limit.origin == Origin::Client)
            }
            _ => None,
        };
        let left = self.abandon(call, method, fatal);
        let then = match (left, fatal, grace) {
            (Left::Ended(cause), ..) => return cause,
            (Left::Unsent, ..) => return bound.unsent(method),
            (Left::Owed, Some(_), Some(grace)) => {
                format!("; the plugin has {} to end it, or is killed", Readable(grace.patience))
            }
            _ => String::new(),
        };
        bound.after_send(method, &then)
    }

    /// Nobody waits for a call any longer.
    pub(in super::super) fn abandon(
        self: &Arc<Self>,
        call: u64,
        method: &'static str,
        deadline: Option<Limit>,
    ) -> Left {
        let grace = self.lifeline.grace();
        let mut state = self.lock();
        let left = match state.session.ended() {
            Some(cause) => Left::Ended(cause.clone().after_send()),
            None if state.session.is_answered(call) => Left::Answered,
            None => Left::Unsent,
        };
        let waiter = state.session.abandon(call);
        let left = if state.session.is_abandoned(call) { Left::Owed } else { left };
        if let (Left::Owed, Some(grace)) = (&left, grace)
            && let Some(until) = Instant::now().checked_add(grace.patience)
        {
            self.watch(&mut state, Abandoned { call, method, until, deadline });
        }
        self.ask_flush(state);
        drop(waiter);
        self.ring_if_passed();
        left
    }

    fn watch(self: &Arc<Self>, state: &mut State, abandoned: Abandoned) {
        let State { watched, session, .. } = state;
        watched.calls.push_back(abandoned);
        // Most are answered at once. No more of them are unanswered than there are calls in flight.
        if watched.calls.len() > 2 * session.in_flight() + 16 {
            watched.calls.retain(|abandoned| session.is_abandoned(abandoned.call));
        }
        if watched.alarm.is_none() {
            self.set_alarm(state);
        }
    }

    #[cfg(test)]
    pub(in super::super) fn watched_calls(&self) -> usize {
        self.lock().watched.calls.len()
    }

    /// For a grace that had passed when it was looked at.
    fn ring_if_passed(&self) {
        if self.grace_passed.load(Ordering::SeqCst) {
            self.wake_driver();
        }
    }

    /// Sets the alarm for the first of them, if there is one.
    fn set_alarm(self: &Arc<Self>, state: &mut State) {
        let watched = &mut state.watched;
        watched.alarm = watched.calls.front().map(|first| Alarm::new(first.until));
        if let Some(alarm) = &mut watched.alarm {
            let bell = Waker::from(Arc::new(Bell(Arc::downgrade(self))));
            if alarm.poll(&Context::from_waker(&bell)).is_ready() {
                self.grace_passed.store(true, Ordering::SeqCst);
            }
        }
    }

    /// Looks whether calls went unanswered for too long. For whoever reads or sees to the reading, after
    /// all that had come was read.
    pub(in super::super) fn look_at_abandoned(self: &Arc<Self>) {
        if !self.grace_passed.load(Ordering::SeqCst) || !self.grace_passed.swap(false, Ordering::SeqCst) {
            return;
        }
        let Some(Grace { patience, .. }) = self.lifeline.grace() else { return };
        let now = Instant::now();
        let mut unanswered = Vec::new();
        let mut state = self.lock();
        let State { watched, session, .. } = &mut *state;
        while let Some(first) = watched.calls.pop_front_if(|first| first.until <= now) {
            if session.is_abandoned(first.call) {
                unanswered.push(first);
            }
        }
        if unanswered.first().is_some_and(|first| now.saturating_duration_since(first.until) > LATE) {
            let once_more = |first| Abandoned { until: now + patience, ..first };
            watched.calls.extend(unanswered.drain(..).map(once_more));
        }
        self.set_alarm(&mut state);
        drop(state);
        self.ring_if_passed();
        for Abandoned { method, .. } in &unanswered {
            self.lifeline.unanswered(method);
        }
        let fatal = unanswered.iter().find_map(|call| call.deadline.map(|limit| (call.method, limit.given)));
        if let Some((method, deadline)) = fatal {
            self.reading_is_over(End::Unresponsive { method, deadline, grace: patience });
        }
    }
}

/// Has a connection look at the calls that were given up. Rung on the clock's thread, so it leaves the
/// work to whoever drives the connection.
struct Bell(Weak<Shared>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if let Some(shared) = self.0.upgrade() {
            shared.grace_passed.store(true, Ordering::SeqCst);
            shared.wake_driver();
        }
    }
}
