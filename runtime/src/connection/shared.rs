//! What callers, handlers and whoever reads and writes share, whichever driver that is.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use super::object::Object;
use super::stop::Stop;
use super::transport::WriteHalf;
use super::writer::{As, Writer, Wrote};
use super::{Cause, End, Lifeline, pool};
use crate::announcement::{Announcement, wake};
use crate::call::{Outcome, RefusalKind, recycle_buffer};
use crate::error::{Error, ErrorKind, guarded};
use crate::protocol::hello::Hello;
use crate::protocol::{Heard, Limits, Outgoing, Segment, Session, SystemError, SystemErrorKind, Violation};

/// The connection. Locks are taken in the order writer, state; no user code runs under either.
pub(super) struct Shared {
    /// Made when the connection has ended.
    pub(super) ended: Arc<Announcement<Error>>,
    /// Locked for moments, by everybody.
    state: Mutex<State>,
    /// Locked by whoever writes, for as long as that takes.
    writer: Mutex<Writer>,
    pub(super) objects: Vec<Arc<dyn Object>>,
    pub(super) peer: Hello,
    pub(super) limits: Limits,
    pub(super) lifeline: Arc<dyn Lifeline>,
    /// The stream had no room: only the driver, who is woken by it, goes on. Set by whoever met
    /// that, before they wake the driver; asked before the writer is locked, so that a visitor who
    /// would only look cannot keep the driver out.
    blocked: AtomicBool,
    /// Bytes came since the last tick; set by whoever reads.
    pub(super) received: AtomicBool,
    /// Bytes were taken since the last tick; set by whoever writes.
    written: AtomicBool,
    /// The driver has rounds, and what is queued in one of them leaves in one write. Without
    /// rounds everybody writes for themselves.
    rounds: bool,
    /// A caller came who leaves the reading to others; for a driver that reads by its callers.
    pub(super) unattended: AtomicBool,
    /// The connection has ended; for those who ask often.
    finished: AtomicBool,
    /// Calls a thread back that waits in a read; used once, at the end.
    interrupt: Mutex<Option<Box<dyn Interrupt>>>,
}

/// What calls a thread back that waits in a read.
pub(crate) trait Interrupt: Send + Sync {
    /// Does not block. The read returns, with whatever; so does the next one if there is none now.
    fn interrupt(&self);
}

/// Who drives the connection.
pub(super) enum Driven {
    /// A task that is polled again and again.
    ByTask,
    /// Whoever needs it.
    ByThreads(Box<dyn Interrupt>),
}

pub(super) struct State {
    pub(super) session: Session<Waker, Stop>,
    /// Callers that wait until one more call may begin, oldest first.
    pub(super) queue: VecDeque<Queued>,
    pub(super) last_ticket: u64,
    /// The driver's task; `None` before its first poll and after its last.
    driver: Option<Waker>,
    /// The driver has been woken and will write what is queued.
    flush_asked: bool,
    /// The driver ticks; it stops when there is nothing to watch.
    pub(super) ticking: bool,
    /// The peer asked this side to end within this time; for the driver.
    pub(super) drain_asked: Option<Duration>,
    /// The first error of the writing.
    pub(super) write_error: Option<std::io::Error>,
    /// Nothing more is read; the root cause is being found.
    over: bool,
}

/// A caller that waits for its turn.
pub(super) struct Queued {
    pub(super) ticket: u64,
    pub(super) waker: Waker,
    /// It has been told that it may begin. One that does not come is overtaken: its future may be
    /// one that nobody polls at present.
    pub(super) woken: bool,
}

impl Shared {
    pub(super) fn new(
        session: Session<Waker, Stop>,
        write: Box<dyn WriteHalf>,
        objects: Vec<Arc<dyn Object>>,
        peer: Hello,
        limits: Limits,
        lifeline: Arc<dyn Lifeline>,
        driven: Driven,
    ) -> Self {
        let state = State {
            session,
            queue: VecDeque::new(),
            last_ticket: 0,
            driver: None,
            flush_asked: false,
            ticking: false,
            drain_asked: None,
            write_error: None,
            over: false,
        };
        let (rounds, interrupt) = match driven {
            Driven::ByTask => (true, None),
            Driven::ByThreads(interrupt) => (false, Some(interrupt)),
        };
        Self {
            ended: Arc::new(Announcement::new()),
            blocked: AtomicBool::new(false),
            state: Mutex::new(state),
            writer: Mutex::new(Writer::new(write)),
            objects,
            peer,
            limits,
            lifeline,
            received: AtomicBool::new(false),
            written: AtomicBool::new(false),
            rounds,
            unattended: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            interrupt: Mutex::new(interrupt),
        }
    }

    /// The state stays consistent when a thread panics: nothing that can panic runs under the lock.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ---- writing ----

    /// Writes what is queued, unless somebody is writing, who then does it.
    pub(super) fn flush(&self, mut role: As<'_, '_>) {
        let mut done = Vec::new();
        loop {
            if matches!(role, As::Visitor) && self.blocked.load(Ordering::SeqCst) {
                return;
            }
            let Ok(mut writer) = self.writer.try_lock() else {
                return;
            };
            let wrote = self.write_all(&mut writer, &mut role, &mut done);
            self.blocked.store(matches!(wrote, Wrote::Blocked), Ordering::SeqCst);
            drop(writer);
            match wrote {
                Wrote::All => {}
                Wrote::Blocked => {
                    if !matches!(role, As::Driver(_)) {
                        self.wake_driver();
                    }
                    return;
                }
                Wrote::Failed(error) => {
                    self.lock().write_error.get_or_insert(error);
                    // The driver looks at the error in the same round.
                    if !matches!(role, As::Driver(_)) {
                        self.wake_driver();
                    }
                    return;
                }
            }
            // Somebody may have queued a frame, and left it to us because we held the writer.
            let state = self.lock();
            if state.session.has_output() {
                continue;
            }
            let draining = state.session.draining().is_some();
            drop(state);
            // It may have been the goodbye, which the driver waits to see written.
            if draining && matches!(role, As::Visitor) {
                self.wake_driver();
            }
            return;
        }
    }

    fn write_all(&self, writer: &mut Writer, role: &mut As<'_, '_>, done: &mut Vec<Segment>) -> Wrote {
        loop {
            if !writer.is_behind() {
                let mut state = self.lock();
                for segment in done.drain(..) {
                    state.session.recycle(segment);
                }
                let taken = state.session.take_output(writer.batch());
                // Bytes that leave make room for a caller who waits.
                self.release(state);
                if !taken {
                    return writer.flush(role);
                }
            }
            let (wrote, progress) = writer.write(role, done);
            if progress {
                self.written.store(true, Ordering::Relaxed);
            }
            match wrote {
                Wrote::All => {}
                Wrote::Blocked => return Wrote::Blocked,
                Wrote::Failed(error) => {
                    // From now on what is queued is thrown away.
                    writer.close();
                    return Wrote::Failed(error);
                }
            }
        }
    }

    /// Lets go of the state; a caller who may begin now is told.
    pub(super) fn release(&self, mut state: MutexGuard<'_, State>) {
        let next = state.admit();
        drop(state);
        next.into_iter().for_each(wake);
    }

    /// Has the driver write in its next round, together with what others queue until then.
    pub(super) fn ask_flush(&self, mut state: MutexGuard<'_, State>) {
        if !self.rounds {
            self.release(state);
            return self.flush(As::Visitor);
        }
        if state.flush_asked {
            return self.release(state);
        }
        state.flush_asked = true;
        let driver = state.driver.clone();
        self.release(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// A call has begun. `watched`: the driver ticks already; `attended`: its caller reads.
    pub(super) fn has_called(&self, watched: bool, attended: bool) {
        if self.rounds {
            return;
        }
        if !attended {
            self.unattended.store(true, Ordering::SeqCst);
        }
        if !watched || !attended {
            self.wake_driver();
        }
    }

    pub(super) fn wake_driver(&self) {
        let driver = self.lock().driver.clone();
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// From now on `driver` is who is woken when there is something to look after.
    pub(super) fn is_driven_by(&self, driver: Waker) {
        let old = self.lock().driver.replace(driver);
        drop(old);
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::SeqCst)
    }

    pub(super) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::SeqCst)
    }

    /// What happened since the last look; `mid_frame` is the reader's to know.
    pub(super) fn heard(&self, mid_frame: bool) -> Heard {
        Heard {
            received: self.received.swap(false, Ordering::Relaxed),
            mid_frame,
            written: self.written.swap(false, Ordering::Relaxed),
            unwritten: self.is_behind(),
        }
    }

    /// Looks for signs of life; whether there is something left to watch is in the state.
    pub(super) fn tick(&self, heard: Heard) -> Result<bool, Violation> {
        let mut state = self.lock();
        state.session.tick(heard)?;
        let queued = !state.queue.is_empty();
        state.ticking = state.session.in_flight() > 0 || heard.mid_frame || heard.unwritten || queued;
        let ticking = state.ticking;
        // Those who were told and did not come are not polled; there may be many of them.
        let told: Vec<_> = std::iter::from_fn(|| state.admit()).collect();
        drop(state);
        told.into_iter().for_each(wake);
        Ok(ticking)
    }

    /// The driver is being polled: it writes what is queued now.
    pub(super) fn driver_is_polled(&self, cx: &Context<'_>) {
        let mut state = self.lock();
        state.flush_asked = false;
        if !state.driver.as_ref().is_some_and(|driver| driver.will_wake(cx.waker())) {
            let old = state.driver.replace(cx.waker().clone());
            drop(state);
            drop(old);
        }
    }

    /// Whether bytes wait for room in the stream.
    pub(super) fn is_behind(&self) -> bool {
        let Ok(writer) = self.writer.try_lock() else {
            return true;
        };
        let behind = writer.is_behind();
        // First this: whoever comes while it is locked leaves their bytes to the one who locked it.
        drop(writer);
        behind || self.lock().session.has_output()
    }

    pub(super) fn close_writer(&self) {
        // Whoever holds it writes without blocking, so this waits for moments at most.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.close();
        // What is queued from now on is thrown away, for which there is always room.
        self.blocked.store(false, Ordering::SeqCst);
    }

    /// Nobody reads, or will: the stream need not be kept open to call a reader back.
    pub(super) fn nobody_reads(&self) {
        let interrupt = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(interrupt);
    }

    // ---- replies of this side ----

    /// Sends what became of a request. In a burst the driver writes for all; see `alone`.
    pub(super) fn reply(&self, call: u64, outcome: Outcome, alone: bool) {
        let mut state = self.lock();
        match outcome {
            Ok(mut reply) => {
                let message = Outgoing { codec: reply.codec, payload: &mut reply.payload };
                state.session.reply(call, reply.application_error, message);
                recycle_buffer(reply.payload);
            }
            Err(refusal) => {
                let kind = match refusal.kind {
                    RefusalKind::InvalidArguments => SystemErrorKind::InvalidArguments,
                    RefusalKind::Encode => SystemErrorKind::Encode,
                };
                state.session.refuse(call, &SystemError { kind, message: refusal.message });
            }
        }
        self.sent(state, alone);
    }

    /// Refuses a request on behalf of the SDK.
    pub(super) fn refuse(&self, call: u64, kind: SystemErrorKind, message: String, alone: bool) {
        let mut state = self.lock();
        state.session.refuse(call, &SystemError { kind, message });
        self.sent(state, alone);
    }

    fn sent(&self, state: MutexGuard<'_, State>, alone: bool) {
        let draining = state.session.draining().is_some();
        if alone && state.session.serving() == 0 && !draining {
            drop(state);
            self.flush(As::Visitor);
        } else if alone {
            self.ask_flush(state);
        } else {
            drop(state);
        }
        if draining {
            // It may have been the last one.
            self.wake_driver();
        }
    }

    // ---- the end ----

    pub(super) fn shut_down(&self, drain: Duration) {
        let mut state = self.lock();
        state.session.shut_down(drain);
        // Callers who wait are refused now, one after the other.
        self.release(state);
        self.flush(As::Visitor);
        self.wake_driver();
    }

    /// Nothing more will be read: finds the root cause and ends the connection with it.
    pub(super) fn reading_is_over(self: &Arc<Self>, end: End) {
        let mut state = self.lock();
        if std::mem::replace(&mut state.over, true) {
            return;
        }
        if let End::Violation(violation) = &end {
            state.session.say_goodbye(&format!("you broke the protocol: the peer {violation}"));
        }
        let waiting = state.session.waiting_methods();
        drop(state);
        self.flush(As::Visitor);
        match self.lifeline.cause(end, waiting) {
            Cause::Known(cause) => self.end(cause),
            Cause::Sought(search) => {
                let shared = Arc::clone(self);
                // Whoever read may have others to serve.
                if let Err(here) = pool::run(Box::new(move || shared.end(search()))) {
                    here();
                }
            }
        }
    }

    pub(super) fn end(&self, cause: Error) {
        let mut state = self.lock();
        let (mut waiters, runs) = state.session.end(cause);
        waiters.extend(state.queue.drain(..).map(|queued| queued.waker));
        waiters.extend(state.driver.clone());
        let cause = state.session.ended().cloned();
        drop(state);
        self.finished.store(true, Ordering::SeqCst);
        if let Some(cause) = cause {
            self.ended.make(cause);
        }
        let interrupt = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(interrupt) = interrupt {
            interrupt.interrupt();
        }
        for run in runs {
            run.abort();
        }
        waiters.into_iter().for_each(wake);
    }

    /// The driver is gone, with its runtime or because its work is done.
    pub(super) fn driver_is_gone(&self) {
        let mut state = self.lock();
        let driver = state.driver.take();
        let unexpected = state.session.ended().is_none();
        drop(state);
        drop(driver);
        if unexpected {
            // The peer learns what it can: without a word it would think that this process died.
            let mut state = self.lock();
            if self.objects.is_empty() {
                state.session.shut_down(Duration::ZERO);
            } else {
                state.session.say_goodbye("the runtime that served the calls was shut down");
            }
            drop(state);
            self.flush(As::Visitor);
            self.end(Error::new(ErrorKind::Disconnected, "the runtime that drove the connection was shut down"));
        }
        self.close_writer();
    }
}

impl State {
    /// The driver, to be woken once the state is let go of.
    pub(super) fn driver(&self) -> Option<Waker> {
        self.driver.clone()
    }

    /// The caller who may begin now and has not been told.
    pub(super) fn admit(&mut self) -> Option<Waker> {
        if self.queue.is_empty() || !self.session.admits() {
            return None;
        }
        let next = self.queue.iter_mut().find(|queued| !queued.woken)?;
        next.woken = true;
        Some(next.waker.clone())
    }
}

/// Runs a blocking handler on a thread of its own, and replies from there.
pub(super) fn run_on_a_thread(shared: &Arc<Shared>, call: u64, run: Box<dyn FnOnce() -> Outcome + Send>) {
    let theirs = Arc::clone(shared);
    let job = move || {
        theirs.finish(call, guarded(run), true);
    };
    if pool::run(Box::new(job)).is_err() {
        let message = "the plugin has no thread left to run it on".to_owned();
        shared.refuse(call, SystemErrorKind::Limit, message, true);
    }
}
