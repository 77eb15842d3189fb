//! The calls that this side made, by id.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use bytes::Bytes;

use super::{Received, SystemError, Violation};
use crate::codec::Codec;

/// A reply as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer<O> {
    pub(crate) answered: Answered,
    pub(crate) codec: Codec,
    pub(crate) payload: Bytes,
    /// What it gave beside the payload.
    pub(crate) received: Option<Box<Received<O>>>,
}

/// Which of the three replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Value,
    ApplicationError,
    SystemError(SystemError),
}

/// The pending calls. `W` is how the driver wakes whoever waits, `O` an object of this side.
///
/// Ids count from 1 and are never used again, so that a late or doubled reply can only be told
/// apart from a fresh one, never taken for one. An id without an entry was answered.
#[derive(Debug)]
pub(crate) struct Calls<W, O> {
    entries: HashMap<u64, Entry<W, O>, IdHasher>,
    last: u64,
    /// Entries that still have to get a reply.
    in_flight: usize,
}

#[derive(Debug)]
enum Entry<W, O> {
    /// The caller waits; without a waiter it has not looked yet.
    Waiting { method: Option<&'static str>, waiter: Option<W> },
    /// The caller has yet to fetch it.
    Answered(Answer<O>),
    /// The caller is gone; the reply still comes, and is counted until then.
    Abandoned,
}

/// See [`Calls::abandon`].
#[derive(Debug)]
pub(crate) struct Gone<W, O> {
    /// A reply is still to come.
    pub(crate) owed: bool,
    /// Who would have been woken by it; for the driver to drop where that can do no harm.
    pub(crate) waiter: Option<W>,
    /// The answer that nobody fetched.
    pub(crate) answer: Option<Answer<O>>,
}

/// See [`Calls::answer`].
#[derive(Debug)]
pub(crate) enum Delivery<W, O> {
    /// Kept for the caller, who is to be woken.
    Kept(Option<W>),
    /// The caller is gone.
    Unwanted(Answer<O>),
}

impl<W, O> Calls<W, O> {
    pub(crate) fn new() -> Self {
        Self { entries: HashMap::default(), last: 0, in_flight: 0 }
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(crate) fn is_abandoned(&self, id: u64) -> bool {
        matches!(self.entries.get(&id), Some(Entry::Abandoned))
    }

    pub(crate) fn is_answered(&self, id: u64) -> bool {
        matches!(self.entries.get(&id), Some(Entry::Answered(_)))
    }

    pub(crate) fn abandoned(&self) -> usize {
        self.entries.values().filter(|entry| matches!(entry, Entry::Abandoned)).count()
    }

    /// The names of the methods that wait, for a report.
    pub(crate) fn waiting_methods(&self) -> Vec<&'static str> {
        let mut waiting: Vec<_> = self
            .entries
            .iter()
            .filter_map(|(id, entry)| match entry {
                Entry::Waiting { method: Some(method), .. } => Some((*id, *method)),
                _ => None,
            })
            .collect();
        waiting.sort_unstable();
        waiting.into_iter().map(|(_, method)| method).collect()
    }

    pub(crate) fn begin(&mut self, method: Option<&'static str>, waiter: Option<W>) -> u64 {
        self.last += 1;
        self.entries.insert(self.last, Entry::Waiting { method, waiter });
        self.in_flight += 1;
        self.last
    }

    /// The answer, once; or `waiter` is who to wake when it comes. `None` also for an id that has
    /// no entry: the caller must not ask again after it had its answer.
    pub(crate) fn take(&mut self, id: u64, waiter: impl FnOnce(Option<W>) -> W) -> Option<Answer<O>> {
        match self.entries.get_mut(&id) {
            Some(Entry::Waiting { waiter: slot, .. }) => {
                *slot = Some(waiter(slot.take()));
                None
            }
            Some(Entry::Answered(_)) => match self.entries.remove(&id) {
                Some(Entry::Answered(answer)) => Some(answer),
                _ => None,
            },
            Some(Entry::Abandoned) | None => None,
        }
    }

    /// A reply came.
    pub(crate) fn answer(&mut self, id: u64, answer: Answer<O>) -> Result<Delivery<W, O>, Violation> {
        if id == 0 || id > self.last {
            return Err(Violation::ReplyToNoCall { call: id });
        }
        match self.entries.get_mut(&id) {
            Some(entry @ Entry::Waiting { .. }) => {
                self.in_flight -= 1;
                match std::mem::replace(entry, Entry::Answered(answer)) {
                    Entry::Waiting { waiter, .. } => Ok(Delivery::Kept(waiter)),
                    _ => Ok(Delivery::Kept(None)),
                }
            }
            Some(Entry::Abandoned) => {
                self.entries.remove(&id);
                self.in_flight -= 1;
                Ok(Delivery::Unwanted(answer))
            }
            Some(Entry::Answered(_)) | None => Err(Violation::SecondReply { call: id }),
        }
    }

    /// The caller is gone.
    pub(crate) fn abandon(&mut self, id: u64) -> Gone<W, O> {
        let mut gone = Gone { owed: false, waiter: None, answer: None };
        match self.entries.get_mut(&id) {
            Some(entry @ Entry::Waiting { .. }) => {
                gone.owed = true;
                if let Entry::Waiting { waiter, .. } = std::mem::replace(entry, Entry::Abandoned) {
                    gone.waiter = waiter;
                }
            }
            Some(Entry::Answered(_)) => {
                if let Some(Entry::Answered(answer)) = self.entries.remove(&id) {
                    gone.answer = Some(answer);
                }
            }
            Some(Entry::Abandoned) | None => {}
        }
        gone
    }

    /// The call was never sent: no reply will come.
    pub(crate) fn forget(&mut self, id: u64) {
        if let Some(Entry::Waiting { .. } | Entry::Abandoned) = self.entries.remove(&id) {
            self.in_flight -= 1;
        }
    }

    /// No reply will come any more; who has to be told.
    pub(crate) fn end(&mut self) -> Vec<W> {
        self.in_flight = 0;
        let mut waiters = Vec::new();
        self.entries.retain(|_, entry| match entry {
            Entry::Waiting { waiter, .. } => {
                waiters.extend(waiter.take());
                false
            }
            Entry::Answered(_) => true,
            Entry::Abandoned => false,
        });
        waiters
    }
}

/// Ids are consecutive numbers, which one multiplication spreads. A peer may choose others, but
/// what collides is bounded by the number of its calls.
pub(crate) type IdHasher = BuildHasherDefault<Spread>;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    fn write_u64(&mut self, id: u64) {
        // Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4): 2^64 / golden ratio.
        // The upper half comes back down, for a peer may choose ids that differ in high bits alone.
        let product = u128::from(self.0.rotate_left(5) ^ id) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product ^ (product >> 64)) as u64;
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }
}
