//! Handlers: polled in place at first, as tasks if they are not ready then.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::super::End;
use super::super::events::{Next, Requested};
use super::super::shared::{Shared, run_on_a_thread, run_within};
use super::super::stop::Stop;
use super::Tasks;
use super::standby::Reader;
use crate::connection::call::{Outcome, Way};
use crate::context::Slot;
use crate::error::guarded;
use crate::protocol::SystemErrorKind;

/// Where fresh handlers get their first poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Here and now: most are ready at once and cost no spawn.
    InPlace,
    /// On the runtime: the reader must not be lent again.
    Elsewhere,
}

/// How far [`Tasks::process`] came.
pub(super) enum Processed {
    /// All that was read is processed.
    All(Box<Reader>),
    /// The standby took the reader, with what is left in it.
    ReaderLent,
    /// The connection is to end.
    Over(End),
}

type Handler = Pin<Box<dyn Future<Output = Outcome> + Send>>;

impl Tasks {
    /// Acts on all whole messages that were read. `woken` is scratch space.
    pub(super) fn process(self: &Arc<Self>, mut reader: Box<Reader>, mode: Mode, woken: &mut Vec<Waker>) -> Processed {
        loop {
            match self.shared.next(&mut reader.incoming, woken) {
                Next::Nothing { .. } => return Processed::All(reader),
                Next::Over(end) => return Processed::Over(end),
                Next::Run(requested) => match self.run(requested, reader, mode) {
                    Some(back) => reader = back,
                    None => return Processed::ReaderLent,
                },
            }
        }
    }

    /// Runs a handler; the reader comes back unless the standby took it.
    fn run(self: &Arc<Self>, requested: Requested, reader: Box<Reader>, mode: Mode) -> Option<Box<Reader>> {
        let call = requested.run.call;
        let Some((handling, mut slot)) = self.shared.dispatch(requested) else { return Some(reader) };
        let mut handler = match handling.0 {
            Way::Async(handler) => handler,
            Way::Blocking(run) => {
                // In place it could wait for the very tasks that it keeps from running.
                run_on_a_thread(&self.shared, call, slot, run);
                return Some(reader);
            }
        };
        if mode == Mode::Elsewhere {
            self.run_elsewhere(call, handler, slot);
            return Some(reader);
        }
        let lent = self.standby.lend(self, reader);
        // A task polls again at once when it starts, so nothing is lost by waking nobody here.
        match poll_guarded(&mut handler, &mut slot, &mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => self.shared.finish(call, outcome, false),
            Poll::Pending => self.run_elsewhere(call, handler, slot),
        }
        self.standby.take_back(lent)
    }

    fn run_elsewhere(self: &Arc<Self>, call: u64, handler: Handler, mut slot: Slot) {
        let context = slot.context();
        let running = Running { shared: Arc::clone(&self.shared), call, handler: Some(handler), slot };
        let task = self.runtime.spawn(running).abort_handle();
        let stop = || Stop::of_task(context.clone(), (!context.is_no_cancel()).then(|| task.clone()));
        let (kept, at_once) = (stop(), stop());
        if !self.shared.lock().session.attach(call, kept) {
            at_once.stop();
        }
    }
}

/// A handler as a task. Dropped before its end, it was cancelled, and says so.
struct Running {
    shared: Arc<Shared>,
    call: u64,
    handler: Option<Handler>,
    slot: Slot,
}

impl Future for Running {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { handler, slot, .. } = &mut *self;
        let Some(handler) = handler else {
            return Poll::Ready(());
        };
        let Poll::Ready(outcome) = poll_guarded(handler, slot, cx) else {
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
        let _ = guarded(|| drop(handler));
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

/// Polls a handler in its context; a panic becomes its message.
fn poll_guarded(handler: &mut Handler, slot: &mut Slot, cx: &mut Context<'_>) -> Poll<Result<Outcome, String>> {
    match run_within(slot, || handler.as_mut().poll(cx)) {
        Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(outcome)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(panic)),
    }
}
