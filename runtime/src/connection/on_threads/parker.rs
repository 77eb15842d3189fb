//! Putting a thread to sleep until somebody wakes it.

use std::cell::Cell;
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

/// A parker for a wait of this thread's, and the waker that unparks it.
///
/// A wait within a wait (a future that is polled here calls a blocking function) gets another one:
/// it would use up the wakes of the first.
pub(super) struct Mine {
    pub(super) parker: Arc<Parker>,
    pub(super) waker: Waker,
    /// It is the thread's, and free again afterwards.
    kept: bool,
}

impl Mine {
    fn new() -> Self {
        let parker = Arc::new(Parker::default());
        Self { waker: Waker::from(Arc::clone(&parker)), parker, kept: false }
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        if self.kept {
            let _ = KEPT.try_with(|kept| kept.taken.set(false));
        }
    }
}

/// The one that a thread keeps, so that a call makes none.
struct Kept {
    mine: Mine,
    taken: Cell<bool>,
}

thread_local! {
    static KEPT: Kept = Kept { mine: Mine::new(), taken: Cell::new(false) };
}

pub(super) fn mine() -> Mine {
    let take = |kept: &Kept| {
        let free = !kept.taken.replace(true);
        free.then(|| Mine { parker: Arc::clone(&kept.mine.parker), waker: kept.mine.waker.clone(), kept: true })
    };
    // A thread that is about to end has none any more.
    KEPT.try_with(take).ok().flatten().unwrap_or_else(Mine::new)
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
    use std::pin::Pin;
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

    #[test]
    fn a_wait_within_a_wait_takes_nothing_from_it() {
        /// Ready once it is woken.
        struct Woken(Arc<Mutex<(bool, Option<Waker>)>>);
        impl Future for Woken {
            type Output = ();
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
                let mut state = self.0.lock().unwrap();
                state.1 = Some(cx.waker().clone());
                if state.0 { Poll::Ready(()) } else { Poll::Pending }
            }
        }
        fn make_ready(state: &Mutex<(bool, Option<Waker>)>) {
            let mut state = state.lock().unwrap();
            state.0 = true;
            state.1.take().unwrap().wake();
        }
        let (done, finished) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let (outer, inner) = (Arc::default(), Arc::default());
            let mut waited = Woken(Arc::clone(&outer));
            let mut begun = false;
            block_on(std::future::poll_fn(|cx| {
                let polled = Pin::new(&mut waited).poll(cx);
                if !std::mem::replace(&mut begun, true) {
                    // What the outer one waits for comes while the inner one sleeps.
                    let (outer, theirs) = (Arc::clone(&outer), Arc::clone(&inner));
                    thread::spawn(move || {
                        thread::sleep(Duration::from_millis(20));
                        make_ready(&outer);
                        thread::sleep(Duration::from_millis(20));
                        make_ready(&theirs);
                    });
                    block_on(Woken(Arc::clone(&inner)));
                }
                polled
            }));
            done.send(())
        });
        assert!(finished.recv_timeout(Duration::from_secs(20)).is_ok(), "it hangs");
    }
}
