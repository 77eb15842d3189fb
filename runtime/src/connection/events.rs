//! What the messages of a read make happen, up to the point where a handler has to run.

use std::sync::{Arc, MutexGuard};
use std::task::Waker;

use super::crossing::Arriving;
use super::object::Run;
use super::shared::{Shared, State, settle};
use super::{End, Link, Object};
use crate::announcement::wake;
use crate::connection::call::{Call, Handling, Outcome};
use crate::context::{Slot, Told, Unmade};
use crate::protocol::{Event, Incoming, RunExtras, SystemErrorKind};

/// What stopped [`Shared::next`].
pub(super) enum Next {
    /// All that was read is dealt with; perhaps something is to be written.
    Nothing { unwritten: bool },
    /// A handler is to be run.
    Run(Requested),
    /// The connection is to end.
    Over(End),
}

/// A request, and the object that it is for.
pub(super) struct Requested {
    pub(super) run: Run,
    /// Nothing if there is none with this number.
    object: Option<Arc<dyn Object>>,
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
                    let_go_of(state, woken);
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
            let object = match &event {
                Ok(Event::Run(run)) => state.object(run.target),
                _ => None,
            };
            let_go_of(state, woken);
            match event {
                Ok(Event::Run(run)) => return Next::Run(Requested { run, object }),
                Ok(Event::Stop(Some(stop))) => stop.stop(),
                Ok(Event::Goodbye) => return Next::Over(End::Goodbye(reason)),
                Ok(_) => {}
                Err(violation) => return Next::Over(End::Violation(violation)),
            }
            state = self.lock();
        }
    }

    /// The run of a method, not yet begun, and the context to run it in. What is not there is refused.
    pub(super) fn dispatch(self: &Arc<Self>, requested: Requested) -> Option<(Handling, Slot)> {
        let Requested { run, object } = requested;
        let link = Link(Arc::clone(self));
        let (told, arriving) = run.extras.map(|extras| beside(*extras, &link)).unzip();
        let arriving = arriving.flatten();
        if let Some(depth) = told.as_ref().map(|told| told.depth).filter(|depth| *depth > self.limits.call_depth) {
            let message = format!("{depth} calls are nested in each other; up to {} may be", self.limits.call_depth);
            self.refuse(run.call, SystemErrorKind::Limit, message, false);
            return None;
        }
        let Some(object) = object else {
            self.refuse(run.call, SystemErrorKind::UnknownObject, format!("there is no object {}", run.target), false);
            return None;
        };
        let budget = self.limits.budget();
        let call = Call { payload: run.payload, codec: run.codec, budget, link: Some(link), arriving };
        let handling = object.dispatch(run.method, call);
        let Some(handling) = handling else {
            self.refuse(run.call, SystemErrorKind::UnknownMethod, format!("there is no method {}", run.method), false);
            return None;
        };
        let unmade = Unmade::new(Arc::clone(self) as _, run.call, object.no_cancel(run.method), told);
        Some((handling, Slot::Unmade(unmade)))
    }

    /// Replies with what a handler came to; a panic with its message.
    pub(super) fn finish(self: &Arc<Self>, call: u64, outcome: Result<Outcome, String>, alone: bool) {
        match outcome {
            Ok(outcome) => self.reply(call, outcome, alone),
            Err(panic) => self.refuse(call, SystemErrorKind::Panicked, panic, alone),
        }
    }
}

/// What came with a request beside its payload. What was given is sent back if nobody is there to take it.
fn beside(extras: RunExtras<Arc<dyn Object>>, link: &Link) -> (Box<Told>, Option<Arc<Arriving>>) {
    let RunExtras { remaining, depth, metadata, received } = extras;
    let arriving = (!received.is_empty()).then(|| Arriving::new(link.clone(), received));
    (Box::new(Told::new(remaining, depth, metadata)), arriving)
}

/// Lets go of the state, and sees to what is left to be done then.
fn let_go_of(mut state: MutexGuard<'_, State>, woken: &mut Vec<Waker>) {
    let aftermath = state.session.aftermath();
    drop(state);
    woken.drain(..).for_each(wake);
    if let Some(aftermath) = aftermath {
        settle(aftermath);
    }
}
