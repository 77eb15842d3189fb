//! What callers, handlers and whoever reads and writes share, whichever driver that is.

mod abandoning;
mod ending;
mod replying;
mod writing;

use std::any::TypeId;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Waker};
use std::time::Duration;

use abandoning::Watched;
pub(super) use replying::{run_on_a_thread, run_within};
pub(super) use writing::settle;

use super::numbers::Numbers;
use super::object::Object;
use super::on_threads::block_on;
#[cfg(feature = "tokio")]
use super::on_tokio::DrivenOn;
use super::stop::Stop;
use super::transport::WriteHalf;
use super::writer::Writer;
use super::{Connection, Handle, Lifeline};
use crate::announcement::{Announcement, wake};
use crate::error::Error;
use crate::protocol::hello::Hello;
use crate::protocol::{Heard, Limits, Session, Violation};

/// The connection. Locks are taken in the order writer, state; no user code runs under either.
pub(super) struct Shared {
    /// Made when the connection has ended.
    pub(super) ended: Arc<Announcement<Error>>,
    /// Locked for moments, by everybody.
    state: Mutex<State>,
    /// Locked by whoever writes, for as long as that takes.
    writer: Mutex<Writer>,
    /// Objects are served from the beginning.
    pub(super) serves: bool,
    /// The connection as its clients hold it; what comes in may hold it too.
    pub(super) handle: OnceLock<Weak<Handle>>,
    /// For what this side gives along with its messages.
    pub(super) numbers: Numbers,
    pub(super) peer: Arc<Hello>,
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
    /// Where tasks run, if a task drives it.
    runtime: Option<Runtime>,
    #[cfg(feature = "tokio")]
    driven_on: DrivenOn,
    /// A caller came who leaves the reading to others; for a driver that reads by its callers.
    pub(super) unattended: AtomicBool,
    /// A call was given up, and the grace for it has passed.
    grace_passed: AtomicBool,
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

/// Where tasks run.
#[cfg(feature = "tokio")]
pub(super) type Runtime = tokio::runtime::Handle;

/// Without tokio nothing is a task.
#[cfg(not(feature = "tokio"))]
pub(super) enum Runtime {}

/// Who drives the connection.
pub(super) enum Driven {
    /// A task that is polled again and again.
    ByTask(Runtime),
    /// Whoever needs it.
    ByThreads(Box<dyn Interrupt>),
}

pub(super) struct State {
    pub(super) session: Session<Waker, Stop, Arc<dyn Object>>,
    /// What is served from the beginning, by number; gone when the connection has ended. An
    /// implementation may hold clients, and they the connection.
    pub(super) roots: Vec<Arc<dyn Object>>,
    /// The interfaces of what was given, by the types of their clients and their versions, and the
    /// keys that stand for them in the session.
    pub(super) interfaces: HashMap<(TypeId, u32), usize>,
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
    watched: Watched,
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
        session: Session<Waker, Stop, Arc<dyn Object>>,
        write: Box<dyn WriteHalf>,
        objects: Vec<Arc<dyn Object>>,
        peer: Hello,
        limits: Limits,
        lifeline: Arc<dyn Lifeline>,
        driven: Driven,
    ) -> Self {
        let serves = !objects.is_empty();
        let state = State {
            session,
            roots: objects,
            interfaces: HashMap::new(),
            queue: VecDeque::new(),
            last_ticket: 0,
            driver: None,
            flush_asked: false,
            ticking: false,
            drain_asked: None,
            write_error: None,
            over: false,
            watched: Watched::default(),
        };
        let (runtime, interrupt) = match driven {
            Driven::ByTask(runtime) => (Some(runtime), None),
            Driven::ByThreads(interrupt) => (None, Some(interrupt)),
        };
        Self {
            ended: Arc::new(Announcement::new()),
            blocked: AtomicBool::new(false),
            state: Mutex::new(state),
            writer: Mutex::new(Writer::new(write)),
            serves,
            handle: OnceLock::new(),
            numbers: Numbers::default(),
            peer: Arc::new(peer),
            limits,
            lifeline,
            received: AtomicBool::new(false),
            written: AtomicBool::new(false),
            rounds: runtime.is_some(),
            runtime,
            #[cfg(feature = "tokio")]
            driven_on: DrivenOn::this_thread(),
            unattended: AtomicBool::new(false),
            grace_passed: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            interrupt: Mutex::new(interrupt),
        }
    }

    /// The state stays consistent when a thread panics: nothing that can panic runs under the lock.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        state.ticking = state.session.is_waiting() || heard.mid_frame || heard.unwritten || queued;
        let ticking = state.ticking;
        // Those who were told and did not come are not polled; there may be many of them.
        let told: Vec<_> = std::iter::from_fn(|| state.admit()).collect();
        drop(state);
        told.into_iter().for_each(wake);
        Ok(ticking)
    }

    /// The connection, unless everybody has let go of it.
    pub(super) fn connection(&self) -> Option<Connection> {
        self.handle.get()?.upgrade().map(Connection)
    }

    pub(super) fn runtime(&self) -> Option<&Runtime> {
        self.runtime.as_ref()
    }

    pub(super) fn is_driven_by_a_task(&self) -> bool {
        self.runtime.is_some()
    }

    /// Waits on this thread for something that a task brings.
    pub(super) fn wait_in_place<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        #[cfg(feature = "tokio")]
        if let Some(runtime) = &self.runtime {
            return self.driven_on.wait(runtime, future);
        }
        Ok(block_on(future))
    }

    /// The driver is being polled: it writes what is queued now.
    pub(super) fn driver_is_polled(&self, cx: &Context<'_>) {
        #[cfg(feature = "tokio")]
        self.driven_on.note();
        let mut state = self.lock();
        state.flush_asked = false;
        if !state.driver.as_ref().is_some_and(|driver| driver.will_wake(cx.waker())) {
            let old = state.driver.replace(cx.waker().clone());
            drop(state);
            drop(old);
        }
    }

    /// Nobody reads, or will: the stream need not be kept open to call a reader back.
    pub(super) fn nobody_reads(&self) {
        let interrupt = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(interrupt);
    }
}

impl State {
    /// The driver, to be woken once the state is let go of.
    pub(super) fn driver(&self) -> Option<Waker> {
        self.driver.clone()
    }

    /// One that is served from the beginning, or that was given to the peer.
    pub(super) fn object(&self, number: u64) -> Option<Arc<dyn Object>> {
        self.root(number).or_else(|| self.session.exported(number))
    }

    pub(super) fn root(&self, number: u64) -> Option<Arc<dyn Object>> {
        self.roots.get(usize::try_from(number).ok()?).cloned()
    }

    /// Whether something may come of the peer's own accord: an answer, an item, a wish for items, a
    /// call of an object that it was given.
    pub(super) fn expects(&self) -> bool {
        self.session.in_flight() > 0 || self.session.open_streams() != (0, 0) || self.session.exports() > 0
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
