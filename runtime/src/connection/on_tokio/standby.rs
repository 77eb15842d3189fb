//! Reading on while a handler keeps the driver.
//!
//! The driver polls fresh handlers in place, which saves every quick call a trip through the
//! scheduler. A handler that computes for long must not keep pings, replies and other requests
//! from being read, so the driver lends its reader for the time of the poll. A thread looks every
//! [`TICK`]; finding the same loan twice it takes the reader, and gives it back when the driver
//! asks. The thread sleeps for good when there is no traffic.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use super::super::End;
use super::super::shared::Shared;
use super::super::writer::As;
use super::Tasks;
use super::handler::{Mode, Processed};
use super::transport::ReadHalf;
use crate::protocol::Incoming;

/// Long beside a call, short for a person: a handler that takes longer is not worth the driver.
const TICK: Duration = Duration::from_millis(2);
/// After so many ticks without a loan the thread sleeps until the next one.
const IDLE_TICKS: u32 = 50;
/// From then on the tick while nothing comes and handlers run, which may be for hours.
const LAZY_TICK: Duration = Duration::from_millis(20);

/// The reading side, owned by whoever reads.
pub(super) struct Reader {
    pub(super) half: Box<dyn ReadHalf>,
    pub(super) incoming: Incoming,
}

/// The place where a reader is while it is lent.
pub(super) struct Standby {
    slot: Mutex<Slot>,
    /// The thread ticks. Cleared by the thread, set by the driver, which then unparks it.
    awake: AtomicBool,
    /// Started with the first loan.
    thread: OnceLock<Option<Thread>>,
}

#[derive(Default)]
struct Slot {
    reader: Option<Box<Reader>>,
    /// Counts the loans.
    loan: u64,
    /// The thread reads, and the driver waits to have the reader back.
    wanted: bool,
    /// The driver left the reader here to sleep, not to poll a handler.
    parked: bool,
    /// Of a parked reader: it had something to read at the last look.
    overdue: bool,
}

/// What became of a reader for the time of a poll.
pub(super) enum Lent {
    /// It cannot be read by a thread.
    Kept(Box<Reader>),
    /// It lies in the slot, or has been taken from there.
    InSlot,
}

impl Standby {
    pub(super) fn new() -> Self {
        Self { slot: Mutex::default(), awake: AtomicBool::new(false), thread: OnceLock::new() }
    }

    /// Leaves the reader where the thread finds it, while the driver polls a handler.
    pub(super) fn lend(&self, tasks: &Arc<Tasks>, reader: Box<Reader>) -> Lent {
        self.put(tasks, reader, false)
    }

    /// The same while the driver sleeps and handlers run. One of them may keep the thread on which
    /// the driver would be woken; then what comes is read here.
    pub(super) fn park(&self, tasks: &Arc<Tasks>, reader: Box<Reader>) -> Option<Box<Reader>> {
        match self.put(tasks, reader, true) {
            Lent::Kept(reader) => Some(reader),
            Lent::InSlot => None,
        }
    }

    fn put(&self, tasks: &Arc<Tasks>, mut reader: Box<Reader>, parked: bool) -> Lent {
        if reader.half.blocking().is_none() {
            return Lent::Kept(reader);
        }
        let thread = self.thread.get_or_init(|| start(Arc::downgrade(tasks)));
        let Some(thread) = thread else {
            return Lent::Kept(reader);
        };
        let mut slot = self.slot();
        slot.reader = Some(reader);
        slot.loan += 1;
        slot.parked = parked;
        drop(slot);
        if !self.awake.load(Ordering::SeqCst) {
            self.awake.store(true, Ordering::SeqCst);
            thread.unpark();
        }
        Lent::InSlot
    }

    /// The reader again, unless the thread has taken it; it then gives it back within a tick, to
    /// [`reclaim`](Standby::reclaim), and wakes the driver.
    pub(super) fn take_back(&self, lent: Lent) -> Option<Box<Reader>> {
        match lent {
            Lent::Kept(reader) => Some(reader),
            Lent::InSlot => self.reclaim(),
        }
    }

    /// The reader, if it is here; otherwise the thread is asked for it.
    pub(super) fn reclaim(&self) -> Option<Box<Reader>> {
        let mut slot = self.slot();
        let reader = slot.reader.take();
        slot.wanted = reader.is_none();
        reader
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the slot: `seen` is the loan that was there at the last look.
    fn look(&self, seen: &mut u64) -> Look {
        let mut slot = self.slot();
        if slot.loan != *seen {
            *seen = slot.loan;
            slot.overdue = false;
            return Look::Traffic;
        }
        let Slot { reader: Some(reader), parked, overdue, .. } = &mut *slot else {
            return Look::Quiet;
        };
        if *parked {
            let readable = reader.half.blocking().is_some_and(|half| half.is_readable());
            let taken = std::mem::replace(overdue, readable) && readable;
            if !taken {
                return Look::Asleep;
            }
        }
        slot.reader.take().map_or(Look::Quiet, Look::Stuck)
    }

    /// Leaves the reader for the driver, whether it waits for it or not.
    fn leave(&self, reader: Box<Reader>) {
        let mut slot = self.slot();
        slot.wanted = false;
        slot.reader = Some(reader);
    }

    /// Gives the reader back, if the driver waits for it.
    fn give_back(&self, reader: Box<Reader>) -> Option<Box<Reader>> {
        let mut slot = self.slot();
        if !slot.wanted {
            return Some(reader);
        }
        slot.wanted = false;
        slot.reader = Some(reader);
        None
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        if let Some(Some(thread)) = self.thread.get() {
            thread.unpark();
        }
    }
}

enum Look {
    /// A new loan.
    Traffic,
    /// No loan.
    Quiet,
    /// The driver sleeps, and nothing has waited for it for longer than a tick.
    Asleep,
    /// The same loan a tick later, or bytes that wait as long: the driver is stuck in a handler, or
    /// behind one.
    Stuck(Box<Reader>),
}

/// A machine that cannot start a thread goes on without a standby.
fn start(connection: Weak<Tasks>) -> Option<Thread> {
    // With the usual stack: it makes the futures of handlers, and may be the last to drop them.
    let thread = thread::Builder::new().name("outboard-standby".to_owned());
    thread.spawn(move || stand_by(&connection)).ok().map(|handle| handle.thread().clone())
}

fn stand_by(connection: &Weak<Tasks>) {
    let mut seen = 0;
    let mut quiet = 0;
    // The connection is not kept alive by its standby.
    while let Some(tasks) = connection.upgrade() {
        match tasks.standby.look(&mut seen) {
            Look::Traffic => quiet = 0,
            Look::Quiet => quiet += 1,
            Look::Asleep => {
                // Nobody woke the driver for a reply that could be written at once. It keeps the
                // reader while nothing is served, and then nothing ticks.
                if quiet >= IDLE_TICKS && tasks.shared.lock().session.serving() == 0 {
                    tasks.shared.wake_driver();
                }
                drop(tasks);
                thread::sleep(if quiet < IDLE_TICKS { TICK } else { LAZY_TICK });
                quiet = quiet.saturating_add(1);
                continue;
            }
            Look::Stuck(reader) => {
                read_on(&tasks, reader);
                quiet = 0;
            }
        }
        if quiet < IDLE_TICKS {
            drop(tasks);
            thread::sleep(TICK);
            continue;
        }
        tasks.standby.awake.store(false, Ordering::SeqCst);
        // A loan made before the store did not unpark this thread.
        if let Look::Quiet = tasks.standby.look(&mut seen) {
            drop(tasks);
            thread::park();
        }
        quiet = 0;
    }
}

/// Ends the connection if the standby panics: a waker that it wakes is an executor's code.
struct EndOnPanic<'s>(&'s Arc<Shared>);

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.reading_is_over(End::Failed(std::io::Error::other("the thread that read it panicked")));
        }
    }
}

/// Reads in place of the driver until it wants to read again.
fn read_on(tasks: &Arc<Tasks>, mut reader: Box<Reader>) {
    let shared = &tasks.shared;
    let _end_on_panic = EndOnPanic(shared);
    let mut woken = Vec::new();
    loop {
        // At first: what the driver read and has not come to.
        match tasks.process(reader, Mode::Elsewhere, &mut woken) {
            Processed::All(back) => reader = back,
            Processed::ReaderLent => return,
            Processed::Over(end) => return shared.reading_is_over(end),
        }
        shared.flush(As::Standby);
        shared.look_at_abandoned();
        if shared.lock().session.ended().is_some() {
            return;
        }
        match tasks.standby.give_back(reader) {
            Some(kept) => reader = kept,
            None => return shared.wake_driver(),
        }
        let Reader { half, incoming } = &mut *reader;
        let Some(half) = half.blocking() else {
            return;
        };
        match half.read_within(incoming.room(), TICK) {
            // No handler keeps the driver, which may not have been woken for what was read here.
            Ok(None) if shared.lock().session.serving() == 0 => {
                tasks.standby.leave(reader);
                return shared.wake_driver();
            }
            Ok(None) => {}
            Ok(Some(0)) => return shared.reading_is_over(End::Eof { mid_frame: incoming.is_mid_frame() }),
            Ok(Some(count)) => {
                incoming.filled(count);
                shared.received.store(true, Ordering::Relaxed);
            }
            Err(error) => return shared.reading_is_over(End::Failed(error)),
        }
    }
}
