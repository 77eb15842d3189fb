//! What the messages of a read make happen: callers are woken, handlers run.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::End;
use super::shared::Shared;
use super::standby::Reader;
use crate::call::{Call, Outcome, Way};
use crate::error::panic_message;
use crate::protocol::{Event, Run, SystemErrorKind};

/// Where fresh handlers get their first poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Here and now: most are ready at once and cost no spawn.
    InPlace,
    /// On the runtime: the reader must not be lent again.
    Elsewhere,
}

/// How far [`Shared::process`] came.
pub(super) enum Processed {
    /// All that was read is processed.
    All(Box<Reader>),
    /// The standby took the reader, with what is left in it.
    ReaderLent,
    /// The connection is to end.
    Over(End),
}

type Handler = Pin<Box<dyn Future<Output = Outcome> + Send>>;

impl Shared {
    /// Acts on all whole messages that were read. `woken` is scratch space.
    pub(super) fn process(self: &Arc<Self>, mut reader: Box<Reader>, mode: Mode, woken: &mut Vec<Waker>) -> Processed {
        // Held over runs of replies; let go before anything else happens.
        let mut state = self.lock();
        loop {
            let event = match reader.incoming.next() {
                Ok(Some(message)) => state.session.accept(message),
                Ok(None) => break,
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
                    continue;
                }
                _ => {}
            }
            let reason = state.session.goodbye().unwrap_or_default().to_owned();
            woken.extend(state.admit());
            drop(state);
            wake_all(woken);
            match event {
                Ok(Event::Run(run)) => match self.run(run, reader, mode) {
                    Some(back) => reader = back,
                    None => return Processed::ReaderLent,
                },
                Ok(Event::Stop(Some(task))) => task.abort(),
                Ok(Event::Goodbye) => return Processed::Over(End::Goodbye(reason)),
                Ok(_) => {}
                Err(violation) => return Processed::Over(End::Violation(violation)),
            }
            state = self.lock();
        }
        woken.extend(state.admit());
        drop(state);
        wake_all(woken);
        Processed::All(reader)
    }

    /// Runs a handler; the reader comes back unless the standby took it.
    fn run(self: &Arc<Self>, run: Run, reader: Box<Reader>, mode: Mode) -> Option<Box<Reader>> {
        let Some(object) = usize::try_from(run.target).ok().and_then(|target| self.objects.get(target)) else {
            self.refuse(run.call, SystemErrorKind::UnknownObject, format!("there is no object {}", run.target), false);
            return Some(reader);
        };
        let call = Call { payload: run.payload, codec: run.codec, budget: self.limits.budget() };
        let Some(handling) = object.dispatch(run.method, call) else {
            self.refuse(run.call, SystemErrorKind::UnknownMethod, format!("there is no method {}", run.method), false);
            return Some(reader);
        };
        let mut handler = match handling.0 {
            Way::Async(handler) => handler,
            Way::Blocking(run) => Box::pin(async move { run() }),
        };
        if mode == Mode::Elsewhere {
            self.run_elsewhere(run.call, handler);
            return Some(reader);
        }
        let lent = self.standby.lend(self, reader);
        // A task polls again at once when it starts, so nothing is lost by waking nobody here.
        match poll_guarded(&mut handler, &mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => self.finish(run.call, outcome, false),
            Poll::Pending => self.run_elsewhere(run.call, handler),
        }
        self.standby.take_back(lent)
    }

    fn run_elsewhere(self: &Arc<Self>, call: u64, handler: Handler) {
        let task = self.runtime.spawn(Running { shared: Arc::clone(self), call, handler: Some(handler) });
        if !self.lock().session.attach(call, task.abort_handle()) {
            task.abort();
        }
    }

    fn finish(&self, call: u64, outcome: Result<Outcome, String>, alone: bool) {
        match outcome {
            Ok(outcome) => self.reply(call, outcome, alone),
            Err(panic) => self.refuse(call, SystemErrorKind::Panicked, panic, alone),
        }
    }
}

/// A handler as a task. Dropped before its end, it was cancelled, and says so.
struct Running {
    shared: Arc<Shared>,
    call: u64,
    handler: Option<Handler>,
}

impl Future for Running {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(handler) = &mut self.handler else {
            return Poll::Ready(());
        };
        let Poll::Ready(outcome) = poll_guarded(handler, cx) else {
            return Poll::Pending;
        };
        self.drop_handler();
        self.shared.finish(self.call, outcome, true);
        Poll::Ready(())
    }
}

impl Running {
    fn drop_handler(&mut self) {
        let handler = self.handler.take();
        // A destructor of the author's may panic; the reply is owed all the same.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(handler)));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.handler.is_some() {
            self.drop_handler();
            self.shared.refuse(self.call, SystemErrorKind::Cancelled, String::new(), true);
        }
    }
}

/// Polls a handler; a panic becomes its message.
fn poll_guarded(handler: &mut Handler, cx: &mut Context<'_>) -> Poll<Result<Outcome, String>> {
    match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
        Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(outcome)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(panic_message(&*panic))),
    }
}

fn wake_all(woken: &mut Vec<Waker>) {
    for waker in woken.drain(..) {
        waker.wake();
    }
}
