//! One value for any number of waiters, tasks and blocked threads alike.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::error::guarded;

/// A value that is announced once and stays.
pub(crate) struct Announcement<T> {
    /// Written by the announcer once, and by every waiter that comes or goes before that.
    state: Mutex<State<T>>,
    /// Where blocked waiters sleep.
    made: Condvar,
}

struct State<T> {
    value: Option<T>,
    /// The tasks that wait, each under a number of its own so that a dropped one leaves no waker.
    wakers: BTreeMap<u64, Waker>,
    next: u64,
}

impl<T: Clone> Announcement<T> {
    pub(crate) fn new() -> Self {
        let state = State { value: None, wakers: BTreeMap::new(), next: 0 };
        Self { state: Mutex::new(state), made: Condvar::new() }
    }

    /// Announces the value and wakes everybody. Only the first one counts.
    pub(crate) fn make(&self, value: T) {
        let mut state = lock(&self.state);
        if state.value.is_some() {
            return;
        }
        state.value = Some(value);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.made.notify_all();
        wakers.into_values().for_each(wake);
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.state).wakers.len()
    }

    pub(crate) fn get(&self) -> Option<T> {
        lock(&self.state).value.clone()
    }

    fn wait_until(&self, deadline: Option<Instant>) -> Option<T> {
        let mut state = lock(&self.state);
        loop {
            if let Some(value) = &state.value {
                return Some(value.clone());
            }
            state = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.made.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return None,
                Some(left) => self.made.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    fn wait(&self) -> T {
        loop {
            if let Some(value) = self.wait_until(None) {
                return value;
            }
        }
    }

    fn wait_timeout(&self, timeout: Duration) -> Option<T> {
        // A timeout beyond the end of the clock is none.
        self.wait_until(Instant::now().checked_add(timeout))
    }
}

/// Wakes a task. A waker is an executor's code; its panic must neither end the thread that wakes
/// nor keep others from being woken.
pub(crate) fn wake(waker: Waker) {
    let _ = guarded(|| waker.wake());
}

/// The task's waker in place of an older one. Wakers are an executor's code: the old one is to be
/// dropped outside of any lock.
pub(crate) fn renewed(waiter: Option<Waker>, cx: &Context<'_>, old: &mut Option<Waker>) -> Waker {
    match waiter {
        Some(waker) if waker.will_wake(cx.waker()) => waker,
        waiter => {
            *old = waiter;
            cx.waker().clone()
        }
    }
}

/// No code that can panic runs under the lock.
fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A waiter: a future that any executor can poll, and a thing that a thread can wait for.
pub(crate) struct Waiter<T> {
    announcement: Arc<Announcement<T>>,
    /// Our number, once we have left a waker; dropping the waiter takes the waker back.
    number: Option<u64>,
}

impl<T: Clone> Waiter<T> {
    pub(crate) fn new(announcement: &Arc<Announcement<T>>) -> Self {
        Self { announcement: Arc::clone(announcement), number: None }
    }

    pub(crate) fn wait(&self) -> T {
        self.announcement.wait()
    }

    pub(crate) fn wait_timeout(&self, timeout: Duration) -> Option<T> {
        self.announcement.wait_timeout(timeout)
    }
}

impl<T: Clone> Future for Waiter<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        let mut state = lock(&this.announcement.state);
        if let Some(value) = &state.value {
            return Poll::Ready(value.clone());
        }
        let number = *this.number.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        let old = state.wakers.insert(number, context.waker().clone());
        // The old waker is dropped after the lock: that runs an executor's code.
        drop(state);
        drop(old);
        Poll::Pending
    }
}

impl<T> Drop for Waiter<T> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = lock(&self.announcement.state).wakers.remove(&number);
            drop(waker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn every_thread_and_every_task_gets_the_value() {
        let owner = Arc::new(Announcement::new());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let owner = Arc::clone(&owner);
                thread::spawn(move || owner.wait())
            })
            .collect();
        let mut task = Waiter::new(&owner);
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut task).poll(&mut context).is_pending());
        owner.make(7);
        owner.make(8);
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 7));
        assert_eq!(Pin::new(&mut task).poll(&mut context), Poll::Ready(7));
        assert_eq!(Pin::new(&mut Waiter::new(&owner)).poll(&mut context), Poll::Ready(7));
    }

    #[test]
    fn a_task_that_gave_up_leaves_no_waker() {
        let owner = Arc::new(Announcement::<u8>::new());
        let mut task = Waiter::new(&owner);
        assert!(Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(task);
        assert!(lock(&owner.state).wakers.is_empty());
    }

    #[test]
    fn waiting_with_a_bound_ends_without_a_value() {
        let owner = Announcement::<u8>::new();
        assert_eq!(owner.wait_timeout(Duration::from_millis(1)), None);
        owner.make(7);
        assert_eq!(owner.wait_timeout(Duration::MAX), Some(7));
    }
}
