//! A call of this side, from the caller's place.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::Link;
use super::crossing::Parcel;
use super::object::Answer;
use super::on_threads::Attended;
use super::shared::{Queued, Shared, State};
use super::writer::As;
use crate::announcement::renewed;
use crate::clock::Alarm;
use crate::codec::Codec;
use crate::context::{Bound, Bounds};
use crate::error::Error;
use crate::protocol::Outgoing;

/// What is asked.
pub(super) enum Request<'p> {
    /// A method with its encoded arguments.
    Method {
        target: u64,
        method: (u16, &'static str),
        /// The arguments; what goes along begins with the request.
        parcel: &'p mut Parcel,
    },
    /// What the other side serves.
    Describe,
}

/// The future of a call. Dropping it before it is done cancels the call.
pub(super) struct Calling<'c> {
    shared: &'c Arc<Shared>,
    request: Request<'c>,
    stage: Stage,
    /// Whoever polls it reads too, if need be, and comes back at the deadline by itself.
    attended: bool,
    bounds: Option<Box<Bounds>>,
    /// For the deadline, if nobody else sees to that.
    alarm: Option<Alarm>,
}

#[derive(Clone, Copy)]
enum Stage {
    New,
    /// Too many calls are in flight or too many bytes wait; the ticket is the place in the queue.
    Queued(u64),
    Sent(u64),
    Done,
}

impl<'c> Calling<'c> {
    pub(super) fn new(shared: &'c Arc<Shared>, request: Request<'c>, bounds: Option<Box<Bounds>>) -> Self {
        Self { shared, request, stage: Stage::New, attended: false, bounds, alarm: None }
    }

    /// The same for a thread that does what it waits for.
    pub(super) fn attended(shared: &'c Arc<Shared>, request: Request<'c>, bounds: Option<Box<Bounds>>) -> Self {
        Self { shared, request, stage: Stage::New, attended: true, bounds, alarm: None }
    }

    /// Whether the other end has the request, or will have it: its answer is what is waited for.
    pub(super) fn is_sent(&self) -> bool {
        matches!(self.stage, Stage::Sent(_))
    }

    /// Sends the request, or takes a place in the queue.
    fn begin(&mut self, cx: &Context<'_>) -> Result<(), Error> {
        let waker = cx.waker().clone();
        // Dropped after the lock, as every waker is.
        let _left;
        let mut state = self.shared.lock();
        if !state.may_begin(self.stage) {
            let (ticket, replaced) = state.enqueue(self.stage, waker);
            self.stage = Stage::Queued(ticket);
            drop(state);
            drop(replaced);
            return Ok(());
        }
        _left = state.leave_queue(self.stage);
        self.stage = Stage::Done;
        let waiter = Some(waker);
        if let (Some(bounds), Request::Method { parcel, .. }) = (&mut self.bounds, &mut self.request) {
            bounds.tell(|| &mut parcel.baggage.get_or_insert_default().extras);
        }
        let begun = match &mut self.request {
            Request::Method { target, method, parcel } => {
                let extras = parcel.baggage.as_mut().map(|baggage| &mut baggage.extras);
                let message = Outgoing { codec: Codec::Postcard, payload: &mut parcel.payload, extras };
                state.session.request(*target, *method, message, waiter)
            }
            Request::Describe => state.session.describe(waiter),
        };
        let call = match begun {
            Ok(call) => call,
            Err(error) => {
                // The place that this call did not take is the next one's.
                self.shared.release(state);
                return Err(error);
            }
        };
        self.stage = Stage::Sent(call);
        let watched = std::mem::replace(&mut state.ticking, true);
        if watched && state.session.in_flight() == 1 {
            self.shared.release(state);
            self.shared.flush(As::Visitor);
        } else {
            // Others are in flight: their callers are likely to send in the same round of the
            // scheduler, and one write serves all.
            self.shared.ask_flush(state);
        }
        self.shared.has_called(watched, self.attended);
        if let Request::Method { parcel, .. } = &mut self.request
            && let Some(mut baggage) = parcel.baggage.take()
        {
            baggage.start(&Link(Arc::clone(self.shared)));
        }
        Ok(())
    }
}

impl Future for Calling<'_> {
    type Output = Result<Answer, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // First this: an answer that comes too late may be the cut one of a handler that saw its deadline.
        match self.poll_bounds(cx) {
            Poll::Ready(bound) => Poll::Ready(Err(self.give_up(bound))),
            Poll::Pending => self.poll_unbounded(cx),
        }
    }
}

impl Calling<'_> {
    fn method(&self) -> &'static str {
        match &self.request {
            Request::Method { method: (_, name), .. } => name,
            Request::Describe => "describe",
        }
    }

    /// Ready when the call is not to be waited for any longer.
    fn poll_bounds(&mut self, cx: &mut Context<'_>) -> Poll<Bound> {
        let Some(bounds) = &mut self.bounds else { return Poll::Pending };
        if bounds.given_up.as_mut().is_some_and(|given_up| given_up.poll(cx).is_ready()) {
            return Poll::Ready(Bound::Caller);
        }
        let Some(limit) = bounds.limit else { return Poll::Pending };
        if self.attended {
            let passed = limit.remaining(Instant::now()).is_none();
            return if passed { Poll::Ready(Bound::Deadline(limit)) } else { Poll::Pending };
        }
        let alarm = self.alarm.get_or_insert_with(|| Alarm::new(limit.at));
        alarm.poll(cx).map(|()| Bound::Deadline(limit))
    }

    fn give_up(&mut self, bound: Bound) -> Error {
        let method = self.method();
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Sent(call) => {
                let no_cancel = self.bounds.as_ref().is_some_and(|bounds| bounds.no_cancel);
                self.shared.give_up(call, method, bound, no_cancel)
            }
            stage => {
                self.leave(stage);
                bound.unsent(method)
            }
        }
    }

    /// Gives the place in the queue to others.
    fn leave(&self, stage: Stage) {
        if let Stage::Queued(_) = stage {
            let mut state = self.shared.lock();
            let left = state.leave_queue(stage);
            self.shared.release(state);
            drop(left);
        }
    }

    fn poll_unbounded(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer, Error>> {
        if let Stage::New | Stage::Queued(_) = self.stage {
            return match self.begin(cx) {
                Ok(()) => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            };
        }
        let Stage::Sent(call) = self.stage else {
            return Poll::Pending;
        };
        let mut old = None;
        let taken = self.shared.lock().session.take(call, |waiter| renewed(waiter, cx, &mut old));
        drop(old);
        match taken {
            Ok(None) => Poll::Pending,
            Ok(Some(answer)) => {
                self.stage = Stage::Done;
                Poll::Ready(Ok(answer))
            }
            Err(error) => {
                self.stage = Stage::Done;
                Poll::Ready(Err(error))
            }
        }
    }
}

impl Attended for Calling<'_> {
    fn may_read(&self) -> bool {
        self.is_sent()
    }

    fn patience(&self) -> Option<Duration> {
        let limit = self.bounds.as_ref()?.limit?;
        Some(limit.at.saturating_duration_since(Instant::now()))
    }

    fn is_given_up_elsewhere(&self) -> bool {
        self.bounds.as_deref().is_some_and(|bounds| bounds.is_given_up_elsewhere(&self.shared.peer))
    }
}

impl Drop for Calling<'_> {
    fn drop(&mut self) {
        match self.stage {
            Stage::New | Stage::Done => {}
            stage @ Stage::Queued(_) => self.leave(stage),
            Stage::Sent(call) => {
                self.shared.abandon(call, self.method(), None);
            }
        }
    }
}

impl State {
    /// Whether there is room for one more call, and nobody has a better claim to it.
    fn may_begin(&self, stage: Stage) -> bool {
        if !self.session.admits() {
            return false;
        }
        // A newcomer waits behind those who have not been told that they may begin.
        let mut ahead = self.queue.iter();
        match stage {
            Stage::Queued(ticket) => ahead.take_while(|queued| queued.ticket != ticket).all(|queued| queued.woken),
            _ => ahead.all(|queued| queued.woken),
        }
    }

    /// The place in the queue, and the waker that this one replaced there.
    fn enqueue(&mut self, stage: Stage, waker: Waker) -> (u64, Option<Waker>) {
        if let Stage::Queued(ticket) = stage
            && let Some(queued) = self.queue.iter_mut().find(|queued| queued.ticket == ticket)
        {
            queued.woken = false;
            return (ticket, Some(std::mem::replace(&mut queued.waker, waker)));
        }
        self.last_ticket += 1;
        self.queue.push_back(Queued { ticket: self.last_ticket, waker, woken: false });
        (self.last_ticket, None)
    }

    fn leave_queue(&mut self, stage: Stage) -> Option<Queued> {
        let Stage::Queued(ticket) = stage else {
            return None;
        };
        let place = self.queue.iter().position(|queued| queued.ticket == ticket)?;
        self.queue.remove(place)
    }
}
