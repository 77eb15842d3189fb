//! Waiting for the moment from which nobody wants a result any more.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task;
use std::task::Poll;

use crate::announcement::Waiter;
use crate::clock::Alarm;

/// The future of [`Context::cancelled`](super::Context::cancelled).
#[must_use = "a future does nothing unless it is awaited"]
pub struct Cancelled {
    given_up: GivenUp,
    deadline: Option<Alarm>,
}

impl Cancelled {
    pub(super) fn new(given_up: GivenUp, deadline: Option<Alarm>) -> Self {
        Self { given_up, deadline }
    }
}

impl Future for Cancelled {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        if self.given_up.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match &mut self.deadline {
            Some(deadline) => deadline.poll(cx),
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled").finish_non_exhaustive()
    }
}

/// The same without the deadline, for those who keep that themselves.
#[derive(Default)]
pub(crate) struct GivenUp(Vec<Waiter<()>>);

impl GivenUp {
    /// One more reason.
    pub(super) fn push(&mut self, waiter: Waiter<()>) {
        self.0.push(waiter);
    }

    pub(crate) fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<()> {
        let ready = self.0.iter_mut().any(|waiter| Pin::new(waiter).poll(cx).is_ready());
        if ready { Poll::Ready(()) } else { Poll::Pending }
    }
}
