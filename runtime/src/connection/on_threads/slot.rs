//! Where the reader lies while nobody reads, and who waits for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::slow::Key;
use super::transport::Source;
use crate::announcement::wake;
use crate::protocol::Incoming;

/// The reading side, owned by whoever reads.
pub(super) struct Reader {
    pub(super) source: Box<dyn Source>,
    pub(super) incoming: Incoming,
    /// Scratch space.
    pub(super) woken: Vec<Waker>,
}

#[derive(Default)]
pub(super) struct Slot(Mutex<State>);

#[derive(Default)]
struct State {
    reader: Option<Box<Reader>>,
    /// What runs in place meanwhile, on the thread that put it here.
    running: Option<Key>,
    /// Counts how often it was put here.
    loan: u64,
    /// Callers who sleep until their answer or the reader comes, by the numbers of their places.
    /// One that was woken stays until it leaves: if it does not come for the reader, it is because
    /// it has its answer, and then it passes the wake on.
    followers: BTreeMap<u64, Waker>,
    last_place: u64,
    /// Nothing is read any more; a reader that comes is dropped.
    closed: bool,
}

/// What the standby sees.
pub(super) enum Look {
    /// It was put here since the last look.
    Fresh,
    /// It lies here since the last look at least, perhaps because of this method.
    Lying(Option<Key>),
    /// Somebody reads, or nobody will any more.
    Away,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the reader for whoever needs it, and wakes a caller who does. `running` is what its
    /// owner does before it comes back for it, if it does.
    pub(super) fn put(&self, reader: Box<Reader>, running: Option<Key>) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return;
        }
        state.reader = Some(reader);
        state.running = running;
        state.loan += 1;
        let follower = state.first_follower();
        drop(state);
        follower.into_iter().for_each(wake);
    }

    /// The reader, if it is here.
    pub(super) fn take(&self) -> Option<Box<Reader>> {
        self.lock().reader.take()
    }

    pub(super) fn look(&self, seen: &mut u64) -> Look {
        let state = self.lock();
        if std::mem::replace(seen, state.loan) != state.loan {
            Look::Fresh
        } else if state.reader.is_some() {
            Look::Lying(state.running)
        } else {
            Look::Away
        }
    }

    /// Whether nobody reads.
    pub(super) fn is_taken_by_nobody(&self) -> bool {
        self.lock().reader.is_some()
    }

    pub(super) fn has_followers(&self) -> bool {
        !self.lock().followers.is_empty()
    }

    /// Nothing is read any more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let reader = state.reader.take();
        drop(state);
        drop(reader);
    }
}

impl State {
    fn first_follower(&self) -> Option<Waker> {
        self.followers.values().next().cloned()
    }
}

/// A caller's place among those who wait. Dropping it leaves, and lets the next one know if the
/// reader is free.
pub(super) struct Place<'s> {
    slot: &'s Slot,
    number: Option<u64>,
}

impl<'s> Place<'s> {
    pub(super) fn new(slot: &'s Slot) -> Self {
        Self { slot, number: None }
    }

    /// The reader if it is here; otherwise `waker` is woken when it comes.
    pub(super) fn reader_or_wait(&mut self, waker: &Waker) -> Option<Box<Reader>> {
        let mut state = self.slot.lock();
        let reader = state.reader.take();
        match (&reader, self.number) {
            (Some(_), Some(number)) => {
                let left = state.followers.remove(&number);
                self.number = None;
                drop(state);
                drop(left);
            }
            (None, None) => {
                state.last_place += 1;
                self.number = Some(state.last_place);
                let place = state.last_place;
                state.followers.insert(place, waker.clone());
            }
            _ => {}
        }
        reader
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut state = self.slot.lock();
        let left = state.followers.remove(&number);
        let next = if state.reader.is_some() { state.first_follower() } else { None };
        drop(state);
        drop(left);
        next.into_iter().for_each(wake);
    }
}
