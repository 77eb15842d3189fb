//! A call of this side, from the caller's place.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::shared::{Shared, State};
use super::writer::As;
use crate::codec::Codec;
use crate::error::Error;
use crate::protocol::{Answer, Outgoing};

/// What is asked.
pub(super) enum Request<'p> {
    /// A method with its encoded arguments.
    Method { target: u64, method: (u16, &'static str), payload: &'p mut Vec<u8> },
    /// What the other side serves.
    Describe,
}

/// The future of a call. Dropping it before it is done cancels the call.
pub(super) struct Calling<'c> {
    shared: &'c Shared,
    request: Request<'c>,
    stage: Stage,
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
    pub(super) fn new(shared: &'c Shared, request: Request<'c>) -> Self {
        Self { shared, request, stage: Stage::New }
    }

    /// Sends the request, or takes a place in the queue.
    fn begin(&mut self, cx: &Context<'_>) -> Result<(), Error> {
        let mut state = self.shared.lock();
        if !state.may_begin(self.stage) {
            self.stage = Stage::Queued(state.enqueue(self.stage, cx));
            return Ok(());
        }
        let next = state.leave_queue(self.stage);
        self.stage = Stage::Done;
        let waiter = Some(cx.waker().clone());
        let call = match &mut self.request {
            Request::Method { target, method, payload } => {
                state.session.request(*target, *method, Outgoing { codec: Codec::Postcard, payload }, waiter)?
            }
            Request::Describe => state.session.describe(waiter)?,
        };
        self.stage = Stage::Sent(call);
        let alone = state.session.in_flight() == 1 && state.ticking;
        state.ticking = true;
        if alone {
            drop(state);
            self.shared.flush(As::Visitor);
        } else {
            // Others are in flight: their callers are likely to send in the same round of the
            // scheduler, and one write serves all.
            self.shared.ask_flush(state);
        }
        if let Some(next) = next {
            next.wake();
        }
        Ok(())
    }
}

impl Future for Calling<'_> {
    type Output = Result<Answer, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Stage::New | Stage::Queued(_) = self.stage {
            return match self.begin(cx) {
                Ok(()) => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            };
        }
        let Stage::Sent(call) = self.stage else {
            return Poll::Pending;
        };
        let replaced = |waker: Option<std::task::Waker>| match waker {
            Some(waker) if waker.will_wake(cx.waker()) => waker,
            _ => cx.waker().clone(),
        };
        match self.shared.lock().session.take(call, replaced) {
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

impl Drop for Calling<'_> {
    fn drop(&mut self) {
        match self.stage {
            Stage::New | Stage::Done => {}
            Stage::Queued(_) => {
                let next = self.shared.lock().leave_queue(self.stage);
                if let Some(next) = next {
                    next.wake();
                }
            }
            Stage::Sent(call) => {
                let mut state = self.shared.lock();
                state.session.abandon(call);
                self.shared.ask_flush(state);
            }
        }
    }
}

impl State {
    /// A newcomer waits behind those who wait already.
    fn may_begin(&self, stage: Stage) -> bool {
        if !self.session.admits() {
            return false;
        }
        match stage {
            Stage::Queued(ticket) => self.queue.front().is_none_or(|(first, _)| *first == ticket),
            _ => self.queue.is_empty(),
        }
    }

    fn enqueue(&mut self, stage: Stage, cx: &Context<'_>) -> u64 {
        if let Stage::Queued(ticket) = stage
            && let Some((_, waiter)) = self.queue.iter_mut().find(|(queued, _)| *queued == ticket)
        {
            waiter.clone_from(cx.waker());
            return ticket;
        }
        self.last_ticket += 1;
        self.queue.push_back((self.last_ticket, cx.waker().clone()));
        self.last_ticket
    }

    /// Gives up a place; whoever is first now and may begin has to be woken.
    fn leave_queue(&mut self, stage: Stage) -> Option<std::task::Waker> {
        if let Stage::Queued(ticket) = stage {
            self.queue.retain(|(queued, _)| *queued != ticket);
            return self.admitted();
        }
        None
    }
}
