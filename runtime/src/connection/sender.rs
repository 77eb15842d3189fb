//! The producing end of a stream, without the type of its items.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use super::crossing::Baggage;
use super::{Link, pool};
use crate::announcement::renewed;
use crate::codec::Codec;
use crate::error::Error;
use crate::protocol::{Outgoing, Permits};

/// A stream that this side produces. Dropped before its end, it breaks.
#[derive(Debug)]
pub(crate) struct Sender {
    link: Link,
    id: u64,
    finished: AtomicBool,
}

/// How much may be sent before the next question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) items: u64,
    pub(crate) bytes: u64,
}

impl Sender {
    pub(super) fn new(link: Link, id: u64) -> Self {
        Self { link, id, finished: AtomicBool::new(false) }
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// How much may be sent now; nothing once nobody wants more.
    pub(crate) fn poll_allowance(&self, cx: &Context<'_>) -> Poll<Option<Allowance>> {
        let mut old = None;
        let permits = self.link.0.lock().session.stream_permits(self.id, |waiter| renewed(waiter, cx, &mut old));
        drop(old);
        match permits {
            Permits::Ready { items, bytes } => {
                Poll::Ready(Some(Allowance { items, bytes: u64::try_from(bytes).unwrap_or_default() }))
            }
            Permits::Wait => {
                self.link.is_waited_for();
                Poll::Pending
            }
            Permits::Over => Poll::Ready(None),
        }
    }

    /// Whether nobody wants more. The task is woken when that comes true, and at other times.
    pub(crate) fn poll_over(&self, cx: &Context<'_>) -> bool {
        let mut old = None;
        let over = self.link.0.lock().session.stream_is_over(self.id, |waiter| renewed(waiter, cx, &mut old));
        drop(old);
        over
    }

    /// Queues so many items, which are encoded one after the other; [`flush`](Sender::flush) sends them off,
    /// once nothing is locked.
    pub(crate) fn send(&self, count: u16, payload: &mut Vec<u8>, baggage: &mut Baggage) -> Result<(), Error> {
        let shared = &self.link.0;
        let mut state = shared.lock();
        let message = Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut baggage.extras) };
        state.session.stream_send(self.id, count, message)
    }

    /// Has what is queued written.
    pub(crate) fn flush(&self) {
        let shared = &self.link.0;
        shared.ask_flush(shared.lock());
    }

    /// Ends the stream; `broken` are the messages of the error that ends it.
    pub(crate) fn finish(&self, broken: Option<Vec<String>>) {
        if self.finished.swap(true, Ordering::SeqCst) {
            return;
        }
        let mut state = self.link.0.lock();
        state.session.stream_finish(self.id, broken);
        self.link.0.ask_flush(state);
    }

    /// Runs what produces the items, as this connection runs its handlers.
    pub(crate) fn spawn(&self, produce: impl Future<Output = ()> + Send + 'static) {
        match self.link.0.runtime() {
            #[cfg(feature = "tokio")]
            Some(runtime) => drop(runtime.spawn(produce)),
            _ => self.spawn_blocking(move || super::block_on(produce)),
        }
    }

    /// The same for what may block. Without a thread it is dropped, and the stream breaks.
    pub(crate) fn spawn_blocking(&self, produce: impl FnOnce() + Send + 'static) {
        if let Err(refused) = pool::run(Box::new(produce)) {
            self.finish(Some(vec!["there is no thread left to produce it on".to_owned()]));
            drop(refused);
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // The runtime that produced it is gone, or there was none to be had.
        self.finish(Some(vec!["its producer was stopped".to_owned()]));
    }
}
