//! A stream from another program: decoding its items, and letting it send more.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::clock::Alarm;
use crate::codec;
use crate::connection::crossing::Arriving;
use crate::connection::{Arrival, Items, Receiver};
use crate::error::{Chain, Error, ErrorKind, Result};

pub(super) struct Arrived<T> {
    receiver: Receiver,
    /// Decoded and not read.
    ready: VecDeque<T>,
    /// What comes after those is not understood.
    broken: Option<Error>,
    /// What the items of the last message take, until the last of them is read.
    unread: u64,
    owed: Owed,
    idle: Option<Idle>,
}

/// What was read since the peer was last told.
#[derive(Default)]
struct Owed {
    items: u64,
    bytes: u64,
}

/// How long an item is waited for.
struct Idle {
    limit: Duration,
    /// Runs while somebody waits.
    running: Option<Alarm>,
}

impl<T: DeserializeOwned + Send + 'static> Arrived<T> {
    pub(super) fn new(receiver: Receiver) -> Self {
        let (items, bytes) = receiver.window();
        receiver.grant(items, bytes);
        Self { receiver, ready: VecDeque::new(), broken: None, unread: 0, owed: Owed::default(), idle: None }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.take_decoded() {
                return Poll::Ready(Some(item));
            }
            match self.receiver.poll(cx) {
                Poll::Pending => return self.poll_idle(cx),
                Poll::Ready(arrival) => {
                    if let Err(end) = self.accept(arrival) {
                        return Poll::Ready(end.map(Err));
                    }
                }
            }
        }
    }

    pub(super) fn next_blocking(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(item) = self.take_decoded() {
                return Some(item);
            }
            let until = self.idle.as_ref().and_then(|idle| Instant::now().checked_add(idle.limit));
            let arrival = match self.receiver.wait(until) {
                Ok(Some(arrival)) => arrival,
                Ok(None) => return Some(Err(self.timed_out())),
                Err(error) => return Some(Err(error)),
            };
            if let Err(end) = self.accept(arrival) {
                return end.map(Err);
            }
        }
    }

    /// What was decoded and not read: the items, then that the next one is not understood.
    fn take_decoded(&mut self) -> Option<Result<T>> {
        let Some(item) = self.ready.pop_front() else {
            return self.broken.take().map(Err);
        };
        self.owed.items += 1;
        if self.ready.is_empty() {
            self.owed.bytes += std::mem::take(&mut self.unread);
            self.pay();
        }
        Some(Ok(item))
    }

    /// Tells the peer what was read, when that is worth a message: half of what it may send ahead.
    fn pay(&mut self) {
        let (items, bytes) = self.receiver.window();
        if self.owed.items >= items.div_ceil(2) || self.owed.bytes >= bytes.div_ceil(2) {
            let Owed { items, bytes } = std::mem::take(&mut self.owed);
            self.receiver.grant(items, bytes);
        }
    }

    /// What came; or how the stream ended.
    fn accept(&mut self, arrival: Arrival) -> Result<(), Option<Error>> {
        if let Some(idle) = &mut self.idle {
            idle.running = None;
        }
        match arrival {
            Arrival::Items(items) => {
                self.broken = self.decode(&items).err();
                Ok(())
            }
            Arrival::Ended => Err(None),
            Arrival::Broken(messages) => {
                let cause = Chain::from_peer(messages).into_remote();
                let message = "the other end stopped the stream";
                Err(Some(Error::build(ErrorKind::Remote, message.to_owned()).source(cause).finish().after_send()))
            }
            Arrival::Failed(cause) => Err(Some(cause.after_send())),
        }
    }

    fn decode(&mut self, items: &Items) -> Result<(), Error> {
        self.unread = items.payload.len() as u64;
        let decode = || {
            let mut values = codec::Arguments::new(items.codec, &items.payload, self.receiver.budget());
            for _ in 0..items.count {
                self.ready.push_back(values.next::<T>()?);
            }
            values.finish()
        };
        Arriving::decode_whole(items.arriving.as_ref(), decode).map_err(|error| {
            let message = "an item of the stream is not understood";
            Error::build(ErrorKind::Decode, message.to_owned()).source(error).finish().after_send()
        })
    }
}

impl<T> Arrived<T> {
    pub(super) fn idle_timeout(&mut self, limit: Duration) {
        self.idle = Some(Idle { limit, running: None });
    }

    /// Whether nothing came for too long. Called when nothing is there.
    fn poll_idle(&mut self, cx: &Context<'_>) -> Poll<Option<Result<T>>> {
        let Some(idle) = &mut self.idle else {
            return Poll::Pending;
        };
        if idle.running.is_none() {
            // A limit beyond the end of the clock is none.
            idle.running = Instant::now().checked_add(idle.limit).map(Alarm::new);
        }
        match &mut idle.running {
            Some(alarm) => alarm.poll(cx).map(|()| Some(Err(self.timed_out()))),
            None => Poll::Pending,
        }
    }

    fn timed_out(&self) -> Error {
        let limit = self.idle.as_ref().map(|idle| idle.limit).unwrap_or_default();
        Error::new(ErrorKind::TimedOut, format!("no item of the stream came within {limit:?}")).after_send()
    }
}
