//! The consuming end of a stream, without the type of its items.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::crossing::Arriving;
use super::on_threads::Attended;
use super::{Connection, Link};
use crate::announcement::renewed;
use crate::clock::Alarm;
use crate::codec::{Budget, Codec};
use crate::context::{Context, GivenUp};
use crate::error::{Error, ErrorKind};
use crate::protocol::Next;

/// A stream that the peer produces. It keeps the connection alive; dropped before its end, it tells
/// the peer.
#[derive(Debug)]
pub(crate) struct Receiver {
    connection: Connection,
    id: u64,
}

/// What came of a stream.
#[derive(Debug)]
pub(crate) enum Arrival {
    Items(Items),
    Ended,
    /// Its producer failed: the messages of the error and its causes.
    Broken(Vec<String>),
    /// The connection ended.
    Failed(Error),
}

/// Items that came in one message.
#[derive(Debug)]
pub(crate) struct Items {
    pub(crate) codec: Codec,
    pub(crate) payload: Bytes,
    pub(crate) count: u16,
    pub(crate) arriving: Option<Arc<Arriving>>,
}

impl Receiver {
    pub(super) fn new(connection: Connection, id: u64) -> Self {
        Self { connection, id }
    }

    /// How much the peer may send ahead: items and bytes.
    pub(crate) fn window(&self) -> (u64, u64) {
        let window = self.connection.limits().window;
        (u64::from(window.items), window.bytes)
    }

    pub(crate) fn budget(&self) -> Budget {
        self.connection.limits().budget()
    }

    /// What came next; otherwise the task is woken by it. Somebody else has to read it.
    pub(crate) fn poll(&mut self, cx: &task::Context<'_>) -> Poll<Arrival> {
        let polled = self.look(cx);
        if let (Poll::Pending, Some(threads)) = (&polled, &self.connection.0.threads) {
            threads.is_waited_for();
        }
        polled
    }

    fn look(&mut self, cx: &task::Context<'_>) -> Poll<Arrival> {
        let shared = &self.connection.0.shared;
        let mut old = None;
        let next = shared.lock().session.stream_next(self.id, |waiter| renewed(waiter, cx, &mut old));
        drop(old);
        let arrival = match next {
            Next::Wait => return Poll::Pending,
            Next::Items(items) => {
                let link = || Link(Arc::clone(shared));
                return Poll::Ready(Arrival::Items(Items {
                    codec: items.codec,
                    payload: items.payload,
                    count: items.count,
                    arriving: items.received.map(|received| Arriving::new(link(), *received)),
                }));
            }
            Next::Ended => Arrival::Ended,
            Next::Broken(messages) => Arrival::Broken(messages),
            Next::Failed(cause) => Arrival::Failed(cause),
        };
        Poll::Ready(arrival)
    }

    /// Lets the peer send more.
    pub(crate) fn grant(&self, items: u64, bytes: u64) {
        let shared = &self.connection.0.shared;
        let mut state = shared.lock();
        state.session.stream_grant(self.id, items, bytes);
        let watched = std::mem::replace(&mut state.ticking, true);
        shared.ask_flush(state);
        shared.has_called(watched, true);
    }

    /// Waits on this thread, which reads if nobody does; nothing if it took too long.
    ///
    /// In a handler that nobody waits for any more it fails.
    pub(crate) fn wait(&mut self, until: Option<Instant>) -> Result<Option<Arrival>, Error> {
        let connection = self.connection.clone();
        let caller = Context::current();
        let given_up = caller.gives_up();
        connection.wait(Waiting { receiver: self, until, alarm: None, caller, given_up })?
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let shared = &self.connection.0.shared;
        let mut state = shared.lock();
        state.session.stream_close(self.id);
        shared.ask_flush(state);
    }
}

/// The wait for what comes next; nothing if it took too long.
struct Waiting<'r> {
    receiver: &'r mut Receiver,
    until: Option<Instant>,
    /// Set when it is waited for.
    alarm: Option<Alarm>,
    /// The handler that waits.
    caller: Context,
    given_up: Option<GivenUp>,
}

impl Future for Waiting<'_> {
    type Output = Result<Option<Arrival>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let Self { receiver, until, alarm, given_up, .. } = &mut *self;
        if let Poll::Ready(arrival) = receiver.look(cx) {
            return Poll::Ready(Ok(Some(arrival)));
        }
        if given_up.as_mut().is_some_and(|given_up| given_up.poll(cx).is_ready()) {
            let message = "the stream was given up: nobody waits for the handler that reads it";
            return Poll::Ready(Err(Error::new(ErrorKind::Cancelled, message)));
        }
        match until {
            Some(until) => alarm.get_or_insert_with(|| Alarm::new(*until)).poll(cx).map(|()| Ok(None)),
            None => Poll::Pending,
        }
    }
}

impl Attended for Waiting<'_> {
    fn may_read(&self) -> bool {
        true
    }

    fn patience(&self) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    fn is_given_up_elsewhere(&self) -> bool {
        self.given_up.is_some() && !self.caller.is_of(&self.receiver.connection.0.shared.peer)
    }
}
