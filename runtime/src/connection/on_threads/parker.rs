//! Putting a thread to sleep until somebody wakes it.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Where one thread sleeps. A wake that comes before the sleep is kept, and several are one.
///
/// `std::thread::park` would do the same with one token per thread, which belongs to the program:
/// a call that used it up could leave somebody else's `park` waiting for ever.
#[derive(Default)]
pub(super) struct Parker {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    woken: bool,
    /// So that waking a thread which does not sleep costs no system call.
    asleep: bool,
}

impl Parker {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until somebody has woken this thread since the last sleep, but not longer than
    /// `patience`. May return for no reason.
    pub(super) fn park(&self, patience: Option<Duration>) {
        let mut state = self.lock();
        if !state.woken {
            state.asleep = true;
            state = match patience {
                None => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => self.wake.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0,
            };
            state.asleep = false;
        }
        state.woken = false;
    }

    pub(super) fn unpark(&self) {
        let mut state = self.lock();
        state.woken = true;
        let asleep = state.asleep;
        drop(state);
        if asleep {
            self.wake.notify_one();
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

/// This thread's parker, and the waker that unparks it.
#[derive(Clone)]
pub(super) struct Mine {
    pub(super) parker: Arc<Parker>,
    pub(super) waker: Waker,
}

impl Mine {
    fn new() -> Self {
        let parker = Arc::new(Parker::default());
        Self { waker: Waker::from(Arc::clone(&parker)), parker }
    }
}

thread_local! {
    static MINE: Mine = Mine::new();
}

pub(super) fn mine() -> Mine {
    // A thread that is about to end has none any more.
    MINE.try_with(Mine::clone).unwrap_or_else(|_| Mine::new())
}

/// Polls a future that needs no runtime, sleeping in between.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mine = mine();
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&mine.waker)) {
            return output;
        }
        mine.parker.park(None);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_wake_before_the_sleep_is_kept() {
        let mine = mine();
        mine.waker.wake_by_ref();
        mine.waker.wake_by_ref();
        mine.parker.park(None);
        mine.parker.park(Some(Duration::from_millis(1)));
    }

    #[test]
    fn the_programs_own_token_is_left_alone() {
        thread::current().unpark();
        let mine = mine();
        mine.waker.wake_by_ref();
        mine.parker.park(None);
        // Would wait for ever had the token been used up.
        thread::park();
    }
}
