//! Waking at a time, for those who have no runtime to do it.
//!
//! One thread per process, started with the first alarm and gone some seconds after the last. A call
//! with a deadline sets an alarm and nearly always takes it back, so neither wakes the thread: it
//! sleeps until the earliest alarm that it knew of, and looks anew then. Only an alarm that is earlier
//! than its next look has to call it.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::announcement::wake;

/// Without an alarm for so long the thread ends.
const KEPT: Duration = Duration::from_secs(10);

static CLOCK: Clock = Clock::new();

/// The alarms of a process, and the thread that keeps them.
struct Clock {
    state: Mutex<State>,
    /// Where the thread sleeps.
    earlier: Condvar,
}

struct State {
    /// By time, and by a number that tells two of the same time apart.
    alarms: BTreeMap<(Instant, u64), Waker>,
    next: u64,
    running: bool,
    /// When the thread looks next. It is awake if nothing stands here, or has been called.
    asleep_until: Option<Instant>,
}

/// Wakes at a time. Dropped, it wakes nobody any more.
pub(crate) struct Alarm {
    clock: &'static Clock,
    at: Instant,
    /// With the clock, once it was polled before its time.
    set: Option<Set>,
}

struct Set {
    number: u64,
    waker: Waker,
}

impl Alarm {
    pub(crate) fn new(at: Instant) -> Self {
        Self { clock: &CLOCK, at, set: None }
    }

    /// Ready when the time has come; until then the task is woken by it. What is woken runs on the
    /// clock's thread: it must not block.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.at <= Instant::now() {
            return Poll::Ready(());
        }
        if !self.set.as_ref().is_some_and(|set| set.waker.will_wake(cx.waker())) {
            self.take_back();
            let number = self.clock.set(self.at, cx.waker().clone());
            self.set = Some(Set { number, waker: cx.waker().clone() });
        }
        Poll::Pending
    }

    fn take_back(&mut self) {
        if let Some(set) = self.set.take() {
            let waker = self.clock.lock().alarms.remove(&(self.at, set.number));
            // Wakers are an executor's code: they are dropped after the lock.
            drop(waker);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.take_back();
    }
}

impl Clock {
    const fn new() -> Self {
        let state = State { alarms: BTreeMap::new(), next: 0, running: false, asleep_until: None };
        Self { state: Mutex::new(state), earlier: Condvar::new() }
    }

    /// Nothing that can panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&'static self, at: Instant, waker: Waker) -> u64 {
        let mut state = self.lock();
        state.next += 1;
        let number = state.next;
        state.alarms.insert((at, number), waker);
        let started = std::mem::replace(&mut state.running, true);
        let call = state.asleep_until.take_if(|until| at < *until).is_some();
        drop(state);
        if !started {
            self.start();
        } else if call {
            self.earlier.notify_one();
        }
        number
    }

    /// Where no thread can be had at present, the next alarm tries again.
    fn start(&'static self) {
        let thread = thread::Builder::new().name("outboard-clock".to_owned());
        if thread.spawn(|| self.keep()).is_err() {
            self.lock().running = false;
        }
    }

    /// The life of the thread.
    fn keep(&self) {
        let mut state = self.lock();
        let mut unused = false;
        loop {
            let now = Instant::now();
            let due = state.take_due(now);
            if !due.is_empty() {
                drop(state);
                due.into_iter().for_each(wake);
                state = self.lock();
                continue;
            }
            let first = state.alarms.first_key_value().map(|((at, _), _)| *at);
            if first.is_none() && unused {
                state.running = false;
                return;
            }
            unused = first.is_none();
            let patience = first.map_or(KEPT, |first| first.saturating_duration_since(now));
            state.asleep_until = now.checked_add(patience);
            state = self.earlier.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0;
            state.asleep_until = None;
        }
    }
}

impl State {
    fn take_due(&mut self, now: Instant) -> Vec<Waker> {
        let mut due = Vec::new();
        while let Some(first) = self.alarms.first_entry()
            && first.key().0 <= now
        {
            due.push(first.remove());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::task::Wake;

    use super::*;

    /// Tells when it is woken.
    struct Bell(Mutex<Sender<Instant>>);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            let _ = self.0.lock().unwrap().send(Instant::now());
        }
    }

    fn bell() -> (Waker, Receiver<Instant>) {
        let (send, receive) = channel();
        (Waker::from(Arc::new(Bell(Mutex::new(send)))), receive)
    }

    fn clock() -> &'static Clock {
        Box::leak(Box::new(Clock::new()))
    }

    impl Clock {
        fn alarm(&'static self, at: Instant) -> Alarm {
            Alarm { clock: self, at, set: None }
        }
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn alarms_ring_in_their_order_and_not_before_their_time() {
        let (clock, (waker, rung)) = (clock(), bell());
        let cx = Context::from_waker(&waker);
        let now = Instant::now();
        let times = [300, 200, 250].map(|time| now + Duration::from_millis(time));
        let mut alarms = times.map(|at| clock.alarm(at));
        for alarm in &mut alarms {
            assert!(alarm.poll(&cx).is_pending());
        }
        for at in [times[1], times[2], times[0]] {
            assert!(rung.recv_timeout(LONG).unwrap() >= at);
        }
        assert!(alarms.iter_mut().all(|alarm| alarm.poll(&cx).is_ready()));
        assert!(clock.lock().alarms.is_empty());
    }

    #[test]
    fn an_alarm_that_is_dropped_is_gone() {
        let (clock, (waker, rung)) = (clock(), bell());
        let mut dropped = clock.alarm(Instant::now() + Duration::from_millis(200));
        assert!(dropped.poll(&Context::from_waker(&waker)).is_pending());
        drop(dropped);
        assert!(clock.lock().alarms.is_empty());
        let mut later = clock.alarm(Instant::now() + Duration::from_millis(300));
        let at = later.at;
        assert!(later.poll(&Context::from_waker(&waker)).is_pending());
        assert!(rung.recv_timeout(LONG).unwrap() >= at, "the other one rang");
    }

    #[test]
    fn an_alarm_rings_for_whoever_polled_last() {
        let (clock, (first, rung_first), (last, rung_last)) = (clock(), bell(), bell());
        let mut alarm = clock.alarm(Instant::now() + Duration::from_millis(200));
        for waker in [&first, &last, &last] {
            assert!(alarm.poll(&Context::from_waker(waker)).is_pending());
        }
        assert_eq!(clock.lock().alarms.len(), 1);
        rung_last.recv_timeout(LONG).unwrap();
        assert!(rung_first.try_recv().is_err());
    }

    #[test]
    fn an_earlier_alarm_calls_the_thread_and_a_later_one_does_not() {
        let (clock, (waker, rung)) = (clock(), bell());
        let cx = Context::from_waker(&waker);
        let far = Instant::now() + LONG * 60;
        let mut first = clock.alarm(far);
        assert!(first.poll(&cx).is_pending());
        while clock.lock().asleep_until.is_none() {
            thread::yield_now();
        }
        let until = clock.lock().asleep_until;
        let mut later = clock.alarm(far + LONG);
        assert!(later.poll(&cx).is_pending());
        assert_eq!(clock.lock().asleep_until, until, "it has not been called");
        let mut soon = clock.alarm(Instant::now() + Duration::from_millis(200));
        assert!(soon.poll(&cx).is_pending());
        rung.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn a_waker_that_panics_takes_no_alarm_with_it() {
        struct Grudge(AtomicUsize);
        impl Wake for Grudge {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::SeqCst);
                std::panic::resume_unwind(Box::new("as intended"));
            }
        }
        let (clock, (waker, rung)) = (clock(), bell());
        let grudge = Arc::new(Grudge(AtomicUsize::new(0)));
        let at = Instant::now() + Duration::from_millis(200);
        let (mut first, mut second) = (clock.alarm(at), clock.alarm(at + Duration::from_millis(50)));
        assert!(first.poll(&Context::from_waker(&Waker::from(Arc::clone(&grudge)))).is_pending());
        assert!(second.poll(&Context::from_waker(&waker)).is_pending());
        rung.recv_timeout(LONG).unwrap();
        assert_eq!(grudge.0.load(Ordering::SeqCst), 1);
    }
}
