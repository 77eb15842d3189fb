//! What the messages of a read make happen, up to the point where a handler has to run.

use std::sync::Arc;
use std::task::Waker;

use super::End;
use super::object::Run;
use super::shared::{Shared, settle};
use super::unmade::{Told, Unmade};
use crate::announcement::wake;
use crate::call::{Call, Handling, Outcome};
use crate::context::Slot;
use crate::protocol::{Event, Incoming, SystemErrorKind};

/// What stopped [`Shared::next`].
pub(super) enum Next {
    /// All that was read is dealt with; perhaps something is to be written.
    Nothing { unwritten: bool },
    /// A handler is to be run.
    Run(Run),
    /// The connection is to end.
    Over(End),
}

impl Shared {
    /// Acts on the messages that were read, until one of them wants a handler. `woken` is scratch
    /// space.
    pub(super) fn next(&self, incoming: &mut Incoming, woken: &mut Vec<Waker>) -> Next {
        // Held over runs of replies; let go before anything else happens.
        let mut state = self.lock();
        loop {
            let event = match incoming.next() {
                Ok(Some(message)) => state.session.accept(message),
                Ok(None) => {
                    woken.extend(state.admit());
                    let unwritten = state.session.has_output();
                    let aftermath = state.session.aftermath();
                    drop(state);
                    wake_all(woken);
                    aftermath.into_iter().for_each(settle);
                    return Next::Nothing { unwritten };
                }
                Err(violation) => Err(violation),
            };
            match event {
                Ok(Event::Done) => continue,
                Ok(Event::Wake(waker)) => {
                    woken.push(waker);
                    continue;
                }
                Ok(Event::Shutdown(drain)) => {
                    state.drain_asked = Some(drain);
                    // Whoever looks after the connection has a date to keep from now on.
                    woken.extend(state.driver());
                    continue;
                }
                _ => {}
            }
            let reason = state.session.goodbye().unwrap_or_default().to_owned();
            woken.extend(state.admit());
            let aftermath = state.session.aftermath();
            drop(state);
            wake_all(woken);
            aftermath.into_iter().for_each(settle);
            match event {
                Ok(Event::Run(run)) => return Next::Run(run),
                Ok(Event::Stop(Some(stop))) => stop.stop(),
                Ok(Event::Goodbye) => return Next::Over(End::Goodbye(reason)),
                Ok(_) => {}
                Err(violation) => return Next::Over(End::Violation(violation)),
            }
            state = self.lock();
        }
    }

    /// The run of a method, not yet begun, and the context to run it in. What is not there is refused.
    pub(super) fn dispatch(self: &Arc<Self>, run: Run) -> Option<(Handling, Slot)> {
        let told = run.extras.map(|extras| Box::new(Told::new(extras.remaining, extras.depth, extras.metadata)));
        if let Some(depth) = told.as_ref().map(|told| told.depth).filter(|depth| *depth > self.limits.call_depth) {
            let message = format!("{depth} calls are nested in each other; up to {} may be", self.limits.call_depth);
            self.refuse(run.call, SystemErrorKind::Limit, message, false);
            return None;
        }
        let Some(object) = usize::try_from(run.target).ok().and_then(|target| self.objects.get(target)) else {
            self.refuse(run.call, SystemErrorKind::UnknownObject, format!("there is no object {}", run.target), false);
            return None;
        };
        let call = Call { payload: run.payload, codec: run.codec, budget: self.limits.budget() };
        let handling = object.dispatch(run.method, call);
        let Some(handling) = handling else {
            self.refuse(run.call, SystemErrorKind::UnknownMethod, format!("there is no method {}", run.method), false);
            return None;
        };
        let unmade = Unmade::new(self, run.call, object.no_cancel(run.method), told);
        Some((handling, Slot::Unmade(unmade)))
    }

    /// Replies with what a handler came to; a panic with its message.
    pub(super) fn finish(&self, call: u64, outcome: Result<Outcome, String>, alone: bool) {
        match outcome {
            Ok(outcome) => self.reply(call, outcome, alone),
            Err(panic) => self.refuse(call, SystemErrorKind::Panicked, panic, alone),
        }
    }
}

fn wake_all(woken: &mut Vec<Waker>) {
    woken.drain(..).for_each(wake);
}
