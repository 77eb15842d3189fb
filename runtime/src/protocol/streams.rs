//! The streams of both directions, by id.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::table::IdHasher;
use super::{Received, Violation};
use crate::codec::Codec;

/// What a producer may send now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permits {
    /// So many items in one message, of which the bytes are what is wished for: more may be sent,
    /// and is counted against what comes next.
    Ready { items: u64, bytes: i64 },
    /// The waiter is woken when it is worth to ask again.
    Wait,
    /// Nobody wants items any more.
    Over,
}

/// How a stream ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Complete,
    /// The messages of an error and its causes.
    Broken(Vec<String>),
}

/// The streams that this side produces. What is not here is over, or was never given.
#[derive(Debug)]
pub(crate) struct Producing<W> {
    pub(crate) streams: HashMap<u64, Produced<W>, IdHasher>,
    /// Of the ids that the other end was given; it may speak of those that are over.
    pub(crate) highest: u64,
    /// Ids of those that wait for others' items to be written.
    pub(crate) for_room: Vec<u64>,
}

/// A stream that has not ended.
#[derive(Debug)]
pub(crate) struct Produced<W> {
    pub(crate) stage: Stage,
    /// Credit that is left.
    items: u64,
    /// Negative where the last message was longer. No sum of what fits a frame leaves this type.
    bytes: i128,
    pub(crate) waiter: Option<W>,
    /// It ends when the transfer that is under way is done.
    pub(crate) finish: Option<Finish>,
}

/// Whether something of a stream is being cut, which has to leave before anything else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The message that gives it: the other end does not know of it.
    Giving,
    Idle,
    /// A message of items.
    Sending,
}

impl<W> Producing<W> {
    pub(crate) fn new() -> Self {
        Self { streams: HashMap::default(), highest: 0, for_room: Vec::new() }
    }

    /// A message that gives it is on its way; `cut` says that it goes in chunks.
    pub(crate) fn begin(&mut self, id: u64, cut: bool) {
        let stage = if cut { Stage::Giving } else { Stage::Idle };
        if !cut {
            self.highest = self.highest.max(id);
        }
        self.streams.insert(id, Produced { stage, items: 0, bytes: 0, waiter: None, finish: None });
    }

    /// A stream of which its producer has not said that it is done.
    pub(crate) fn unfinished(&mut self, id: u64) -> Option<&mut Produced<W>> {
        self.streams.get_mut(&id).filter(|produced| produced.finish.is_none())
    }

    /// The stream that the other end names in a credit or a reset; `None` if it is over.
    pub(crate) fn named(&mut self, id: u64) -> Result<Option<&mut Produced<W>>, NeverGiven> {
        match self.streams.get_mut(&id) {
            Some(Produced { stage: Stage::Giving, .. }) => Err(NeverGiven),
            Some(produced) => Ok(Some(produced)),
            None if id == 0 || id > self.highest => Err(NeverGiven),
            None => Ok(None),
        }
    }

    /// All who wait; no stream is left.
    pub(crate) fn end(&mut self) -> impl Iterator<Item = W> {
        self.for_room = Vec::new();
        self.streams.drain().filter_map(|(_, produced)| produced.waiter)
    }
}

/// See [`Producing::named`].
#[derive(Debug)]
pub(crate) struct NeverGiven;

impl<W> Produced<W> {
    pub(crate) fn add_credit(&mut self, items: u16, bytes: u64) {
        self.items = self.items.saturating_add(items.into());
        self.bytes += i128::from(bytes);
    }

    pub(crate) fn has_credit(&self) -> bool {
        self.items > 0 && self.bytes > 0
    }

    /// See [`Permits::Ready`].
    pub(crate) fn credit(&self) -> Permits {
        Permits::Ready { items: self.items, bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX) }
    }

    /// Whether a message of so many items may be sent, and what remains if it is.
    pub(crate) fn spend(&mut self, items: u16, bytes: usize) -> bool {
        spend(&mut self.items, &mut self.bytes, items, bytes)
    }
}

/// The rule of the credit, the same at both ends.
fn spend(items: &mut u64, bytes: &mut i128, count: u16, length: usize) -> bool {
    if *items < u64::from(count) || *bytes <= 0 {
        return false;
    }
    *items -= u64::from(count);
    *bytes -= length as i128;
    true
}

/// Items as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamItems<O> {
    pub(crate) codec: Codec,
    /// So many items, encoded as the arguments of a request are.
    pub(crate) payload: Bytes,
    pub(crate) count: u16,
    pub(crate) received: Option<Box<Received<O>>>,
}

/// The streams that the other side produces.
#[derive(Debug)]
pub(crate) struct Consuming<W, O> {
    pub(crate) streams: HashMap<u64, Consumed<W, O>, IdHasher>,
    /// Those that the other side has not ended.
    open: usize,
}

/// A stream of which the end did not come or which somebody still reads.
#[derive(Debug)]
pub(crate) struct Consumed<W, O> {
    pub(crate) queue: VecDeque<StreamItems<O>>,
    pub(crate) waiter: Option<W>,
    pub(crate) state: Flow,
    items: u64,
    bytes: i128,
}

/// What is still to come of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Items and an end.
    Open,
    /// An end; items are swallowed.
    Reset,
    /// Nothing.
    Ended,
    /// Nothing; the reader has yet to be told why.
    Broken(Vec<String>),
}

/// So much of the read buffer a waiting message may hold for its sake alone.
const SHARED: usize = 16 << 10;

impl<W, O> Consuming<W, O> {
    pub(crate) fn new() -> Self {
        Self { streams: HashMap::default(), open: 0 }
    }

    /// Those that the other side has not ended.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// A message that gave it is complete.
    pub(crate) fn begin(&mut self, id: u64, limit: usize) -> Result<(), Violation> {
        if id == 0 || self.streams.contains_key(&id) {
            return Err(Violation::BadStream { stream: id });
        }
        if self.open >= limit {
            return Err(Violation::TooManyStreams { limit });
        }
        self.open += 1;
        let consumed = Consumed { queue: VecDeque::new(), waiter: None, state: Flow::Open, items: 0, bytes: 0 };
        self.streams.insert(id, consumed);
        Ok(())
    }

    /// The stream that items belong to, with the credit for them taken.
    pub(crate) fn spend(&mut self, id: u64, count: u16, length: usize) -> Result<&mut Consumed<W, O>, Violation> {
        let Some(consumed) = self.streams.get_mut(&id).filter(|consumed| !consumed.state.is_over()) else {
            return Err(Violation::ItemsOfNoStream { stream: id });
        };
        if count == 0 {
            return Err(Violation::NoItems { stream: id });
        }
        if !spend(&mut consumed.items, &mut consumed.bytes, count, length) {
            return Err(Violation::ItemsWithoutCredit { stream: id });
        }
        Ok(consumed)
    }

    /// The other side ended it; `unfinished` says that it was in the middle of a message. Who reads
    /// it is to be woken.
    pub(crate) fn finish(&mut self, id: u64, finish: Finish, unfinished: bool) -> Result<Option<W>, Violation> {
        let Some(consumed) = self.streams.get_mut(&id).filter(|consumed| !consumed.state.is_over()) else {
            return Err(Violation::EndOfNoStream { stream: id });
        };
        if consumed.state == Flow::Reset {
            self.streams.remove(&id);
            self.open -= 1;
            return Ok(None);
        }
        if unfinished {
            return Err(Violation::EndWithinItems { stream: id });
        }
        consumed.state = match finish {
            Finish::Complete => Flow::Ended,
            Finish::Broken(messages) => Flow::Broken(messages),
        };
        self.open -= 1;
        Ok(consumed.waiter.take())
    }

    /// Nothing more comes; what came can still be read. All who wait.
    pub(crate) fn end(&mut self) -> Vec<W> {
        self.open = 0;
        self.streams.retain(|_, consumed| consumed.state != Flow::Reset);
        self.streams.values_mut().filter_map(|consumed| consumed.waiter.take()).collect()
    }
}

impl<W, O> Consumed<W, O> {
    pub(crate) fn grant(&mut self, items: u64, bytes: u64) {
        self.items = self.items.saturating_add(items);
        self.bytes += i128::from(bytes);
    }

    /// Keeps items until they are read; who reads is to be woken.
    pub(crate) fn push(&mut self, mut items: StreamItems<O>) -> Option<W> {
        // A payload shares the buffer that it was read into. Many small ones that wait would each
        // hold such a buffer.
        if !self.queue.is_empty() && items.payload.len() < SHARED {
            items.payload = Bytes::copy_from_slice(&items.payload);
        }
        self.queue.push_back(items);
        self.waiter.take()
    }
}

impl Flow {
    /// The end came.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Ended | Self::Broken(_))
    }
}
