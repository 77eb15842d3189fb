//! One value for one waiter, which may be a task or a blocked thread.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
#[cfg(test)]
use std::time::{Duration, Instant};

use super::lock;
use crate::announcement::wake;

/// A promise and the value to wait for.
///
/// `unclaimed` gets a value that nobody took: the waiter was dropped. `broken` makes the value
/// when the promise itself is dropped unkept, so that no waiter waits for ever.
pub(super) fn pair<T>(unclaimed: fn(T), broken: fn() -> T) -> (Promise<T>, Pending<T>) {
    let slot = Arc::new(Slot { state: Mutex::new(State::Empty(None)), kept: Condvar::new(), unclaimed });
    (Promise { slot: Arc::clone(&slot), broken }, Pending { slot })
}

/// The side that gives the value.
pub(super) struct Promise<T> {
    slot: Arc<Slot<T>>,
    broken: fn() -> T,
}

/// A value that somebody else is working on: a future that needs no runtime, and a thing that a
/// thread can wait for.
///
/// Dropping it says that nobody wants the value any more.
#[must_use = "what nobody waits for is thrown away"]
pub(crate) struct Pending<T> {
    slot: Arc<Slot<T>>,
}

/// What both sides share.
struct Slot<T> {
    /// Written by both: the promise puts the value, the waiter its waker and the ends of its
    /// interest.
    state: Mutex<State<T>>,
    /// Where a blocked waiter sleeps until the promise is kept.
    kept: Condvar,
    unclaimed: fn(T),
}

enum State<T> {
    Empty(Option<Waker>),
    Full(T),
    /// The value was taken, or the waiter is gone.
    Done,
}

impl<T> Promise<T> {
    /// Gives the value, to the waiter or to `unclaimed`.
    pub(super) fn keep(self, value: T) {
        self.put(value);
    }

    /// Whether nobody waits any more.
    pub(super) fn is_unwanted(&self) -> bool {
        matches!(*lock(&self.slot.state), State::Done)
    }

    fn put(&self, value: T) {
        let mut state = lock(&self.slot.state);
        let State::Empty(waker) = &mut *state else {
            drop(state);
            return (self.slot.unclaimed)(value);
        };
        let waker = waker.take();
        *state = State::Full(value);
        drop(state);
        self.slot.kept.notify_all();
        if let Some(waker) = waker {
            wake(waker);
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let unkept = matches!(*lock(&self.slot.state), State::Empty(_));
        if unkept {
            self.put((self.broken)());
        }
    }
}

impl<T> Pending<T> {
    /// A value that is there already.
    pub(super) fn ready(value: T, unclaimed: fn(T)) -> Self {
        let slot = Slot { state: Mutex::new(State::Full(value)), kept: Condvar::new(), unclaimed };
        Self { slot: Arc::new(slot) }
    }

    /// Blocks this thread until the value is there.
    pub(crate) fn wait(self) -> T {
        let mut state = lock(&self.slot.state);
        loop {
            if let Some(value) = state.take() {
                return value;
            }
            state = self.slot.kept.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Blocks this thread until the value is there, but not longer than `timeout`; on `None` it is
    /// still pending.
    #[cfg(test)]
    pub(crate) fn wait_timeout(&mut self, timeout: Duration) -> Option<T> {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = lock(&self.slot.state);
        loop {
            if let Some(value) = state.take() {
                return Some(value);
            }
            let left = deadline.map_or(timeout, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return None;
            }
            let woken = self.slot.kept.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = T;

    /// Cancel safe: dropping it is how one stops to wait. Not to be polled after it was ready.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut state = lock(&self.slot.state);
        if let Some(value) = state.take() {
            return Poll::Ready(value);
        }
        // The old waker is dropped after the lock: that runs an executor's code.
        let old = match &mut *state {
            State::Empty(waker) => waker.replace(context.waker().clone()),
            State::Full(_) | State::Done => None,
        };
        drop(state);
        drop(old);
        Poll::Pending
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        let left = std::mem::replace(&mut *lock(&self.slot.state), State::Done);
        if let State::Full(value) = left {
            (self.slot.unclaimed)(value);
        }
    }
}

impl<T> State<T> {
    fn take(&mut self) -> Option<T> {
        match std::mem::replace(self, State::Done) {
            State::Full(value) => Some(value),
            other => {
                *self = other;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::thread;

    static UNCLAIMED: AtomicUsize = AtomicUsize::new(0);

    fn unclaimed(value: usize) {
        UNCLAIMED.fetch_add(value, Ordering::SeqCst);
    }

    fn new() -> (Promise<usize>, Pending<usize>) {
        pair(unclaimed, || 99)
    }

    #[test]
    fn a_blocked_thread_gets_the_value_of_another() {
        let (promise, pending) = new();
        let keeper = thread::spawn(move || promise.keep(7));
        assert_eq!(pending.wait(), 7);
        keeper.join().unwrap();
    }

    #[test]
    fn a_timeout_leaves_the_value_pending() {
        let (promise, mut pending) = new();
        assert_eq!(pending.wait_timeout(Duration::from_millis(1)), None);
        promise.keep(7);
        assert_eq!(pending.wait_timeout(Duration::ZERO), Some(7));
    }

    #[test]
    fn a_task_is_woken_once_the_value_is_there() {
        struct Count(AtomicUsize);
        impl Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let woken = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&woken));
        let (promise, mut pending) = new();
        assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)).is_pending());
        promise.keep(7);
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
        assert_eq!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)), Poll::Ready(7));
    }

    #[test]
    fn a_promise_that_is_dropped_gives_the_broken_value() {
        let (promise, pending) = new();
        drop(promise);
        assert_eq!(pending.wait(), 99);
    }

    #[test]
    fn a_value_that_nobody_took_is_handed_over_and_not_lost() {
        static SEEN: AtomicUsize = AtomicUsize::new(0);
        let note: fn(usize) = |value| _ = SEEN.fetch_add(value, Ordering::SeqCst);
        let (promise, pending) = pair(note, || 99);
        drop(pending);
        assert!(promise.is_unwanted());
        promise.keep(1);
        let (promise, pending) = pair(note, || 99);
        promise.keep(10);
        drop(pending);
        assert_eq!(SEEN.load(Ordering::SeqCst), 11);
    }
}
