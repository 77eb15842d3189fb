//! Replies to the other side's requests.

use std::sync::{Arc, MutexGuard};

use super::super::writer::As;
use super::super::{Link, pool};
use super::{Shared, State};
use crate::connection::call::{Outcome, RefusalKind, recycle_buffer};
use crate::context::{Slot, enter};
use crate::error::guarded;
use crate::protocol::{Outgoing, SystemError, SystemErrorKind};

impl Shared {
    /// Sends what became of a request. In a burst the driver writes for all; see `alone`.
    pub(in super::super) fn reply(self: &Arc<Self>, call: u64, outcome: Outcome, alone: bool) {
        // Begun, or dropped, when nothing is locked.
        let mut baggage = None;
        let mut state = self.lock();
        match outcome {
            Ok(mut reply) => {
                baggage = reply.baggage.take();
                let extras = baggage.as_mut().map(|baggage| &mut baggage.extras);
                let message = Outgoing { codec: reply.codec, payload: &mut reply.payload, extras };
                state.session.reply(call, reply.application_error, message);
                recycle_buffer(reply.payload);
            }
            Err(refusal) => {
                let kind = match refusal.kind {
                    RefusalKind::InvalidArguments => SystemErrorKind::InvalidArguments,
                    RefusalKind::Encode => SystemErrorKind::Encode,
                };
                state.session.refuse(call, &SystemError { kind, message: refusal.message });
            }
        }
        self.sent(state, alone);
        if let Some(mut baggage) = baggage {
            baggage.start(&Link(Arc::clone(self)));
        }
    }

    /// Refuses a request on behalf of the SDK.
    pub(in super::super) fn refuse(&self, call: u64, kind: SystemErrorKind, message: String, alone: bool) {
        let mut state = self.lock();
        state.session.refuse(call, &SystemError { kind, message });
        self.sent(state, alone);
    }

    fn sent(&self, state: MutexGuard<'_, State>, alone: bool) {
        let draining = state.session.draining().is_some();
        if alone && state.session.serving() == 0 && !draining {
            drop(state);
            self.flush(As::Visitor);
        } else if alone {
            self.ask_flush(state);
        } else {
            drop(state);
        }
        if draining {
            // It may have been the last one.
            self.wake_driver();
        }
    }
}

/// Runs a blocking handler on a thread of its own, in its context, and replies from there.
pub(in super::super) fn run_on_a_thread(
    shared: &Arc<Shared>,
    call: u64,
    mut slot: Slot,
    run: Box<dyn FnOnce() -> Outcome + Send>,
) {
    let theirs = Arc::clone(shared);
    let job = move || {
        theirs.finish(call, run_within(&mut slot, run), true);
    };
    if pool::run(Box::new(job)).is_err() {
        let message = "the plugin has no thread left to run it on".to_owned();
        shared.refuse(call, SystemErrorKind::Limit, message, true);
    }
}

/// Runs a handler in its context; a panic becomes its message.
pub(in super::super) fn run_within<T>(slot: &mut Slot, run: impl FnOnce() -> T) -> Result<T, String> {
    let _inside = enter(slot);
    guarded(run)
}
