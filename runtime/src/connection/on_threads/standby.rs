//! Whoever looks after a connection while others read and write it: a thread of its own, or the
//! main thread of a plugin.
//!
//! It has the reading done when nobody does it, writes when a pipe has room again, looks for signs
//! of life and keeps the dates of a shutdown. While there is traffic it looks every [`TICK`], so
//! that readers need not wake it; without traffic it sleeps for good.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::Wake;
use std::thread;
use std::time::{Duration, Instant};

use super::super::End;
use super::super::shared::Shared;
use super::super::writer::As;
use super::Threads;
use super::parker::Parker;
use super::slot::Look;
use super::transport::Room;

/// Long beside a call, short for a person: a handler that takes longer is not worth the reader.
const TICK: Duration = Duration::from_millis(2);
/// After so many ticks without traffic it sleeps until there is some.
const IDLE_TICKS: u32 = 50;
/// From then on the tick while a full pipe is waited for.
const LAZY_TICK: Duration = Duration::from_millis(20);
/// Replies that a peer wrote before it stopped reading are waited for this long.
const LATE_REPLIES: Duration = Duration::from_secs(1);

/// How others reach whoever stands by.
pub(super) struct Standby {
    bell: Parker,
    /// It ticks. Cleared by itself, set by whoever then rings.
    ticking: AtomicBool,
    /// Started with the first ring, unless somebody has said that they stand by.
    started: AtomicBool,
    /// The connection is not kept alive by its standby.
    connection: Weak<Threads>,
}

impl Standby {
    pub(super) fn new(connection: Weak<Threads>) -> Self {
        Self { bell: Parker::default(), ticking: AtomicBool::new(false), started: AtomicBool::new(false), connection }
    }

    /// The caller of this will stand by on a thread that it has.
    pub(super) fn is_taken_over(&self) {
        self.started.store(true, Ordering::SeqCst);
    }

    /// The reader lies in the slot, and may have to be seen to.
    pub(super) fn traffic(self: &Arc<Self>) {
        if !self.ticking.load(Ordering::SeqCst) {
            self.ticking.store(true, Ordering::SeqCst);
            self.ring();
        }
    }

    /// Has it look. Where no thread can be had at present things go on without, until the next ring.
    fn ring(self: &Arc<Self>) {
        if !self.started.load(Ordering::SeqCst) && !self.started.swap(true, Ordering::SeqCst) && !self.start() {
            self.started.store(false, Ordering::SeqCst);
            self.ticking.store(false, Ordering::SeqCst);
        }
        self.bell.unpark();
    }

    fn start(self: &Arc<Self>) -> bool {
        let standby = Arc::clone(self);
        let thread = thread::Builder::new().name("outboard-standby".to_owned());
        // With the usual stack: it may be the last to let go of somebody's objects.
        thread.spawn(move || stand_by(&standby)).is_ok()
    }

    /// Has it look once more, if there is one.
    pub(super) fn dismiss(&self) {
        self.bell.unpark();
    }

    #[cfg(test)]
    pub(super) fn is_ticking(&self) -> bool {
        self.ticking.load(Ordering::SeqCst)
    }
}

impl Wake for Standby {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

/// Stands by until the connection has ended, or nobody holds it any more.
pub(super) fn stand_by(standby: &Standby) {
    let mut watch = Watch::default();
    while let Some(threads) = standby.connection.upgrade() {
        match watch.look(&threads) {
            Rest::Over => return,
            Rest::Sleep(patience) => {
                drop(threads);
                standby.bell.park(patience);
            }
            Rest::Room(room, patience) => {
                drop(threads);
                room.wait(patience);
            }
        }
    }
}

/// What to do until the next look.
enum Rest {
    Over,
    /// For ever if nothing is said.
    Sleep(Option<Duration>),
    Room(Arc<dyn Room>, Duration),
}

/// What was seen so far, and the dates to keep.
#[derive(Default)]
struct Watch {
    /// The reader's last loan.
    seen: u64,
    /// Ticks without traffic.
    quiet: u32,
    /// The next look for signs of life.
    tick: Option<Instant>,
    /// The writing failed: until when replies are waited for, and why.
    failing: Option<(Instant, io::Error)>,
    /// This side was asked to end: when the open calls are given up.
    drain: Option<Instant>,
    /// Goodbye is said; it only has to be written.
    farewell: bool,
}

impl Watch {
    fn look(&mut self, threads: &Arc<Threads>) -> Rest {
        let shared = &threads.shared;
        let now = Instant::now();
        self.write(shared, now);
        self.keep_signs_of_life(threads, now);
        self.drain(shared, now);
        shared.look_at_abandoned();
        if shared.is_finished() {
            threads.slot.close();
            shared.close_writer();
            return Rest::Over;
        }
        self.read(threads);
        self.rest(threads, now)
    }

    fn write(&mut self, shared: &Arc<Shared>, now: Instant) {
        if shared.is_behind() {
            shared.flush(As::Standby);
        }
        let mut state = shared.lock();
        if let Some(error) = state.write_error.take() {
            self.failing.get_or_insert((now + LATE_REPLIES, error));
        }
        // Whoever was told that they may begin and did not come is overtaken.
        shared.release(state);
        if let Some((_, error)) = self.failing.take_if(|(until, _)| *until <= now) {
            shared.reading_is_over(End::Failed(error));
        }
    }

    fn keep_signs_of_life(&mut self, threads: &Threads, now: Instant) {
        let shared = &threads.shared;
        let state = shared.lock();
        let (ticking, interval) = (state.ticking, state.session.tick_interval());
        drop(state);
        if !ticking {
            self.tick = None;
            return;
        }
        if *self.tick.get_or_insert(now + interval) > now {
            return;
        }
        self.tick = Some(now + interval);
        let heard = shared.heard(threads.mid_frame.load(Ordering::Relaxed));
        if let Err(violation) = shared.tick(heard) {
            shared.reading_is_over(End::Violation(violation));
        }
        // A ping may want to be written.
        shared.flush(As::Standby);
    }

    fn drain(&mut self, shared: &Arc<Shared>, now: Instant) {
        let mut state = shared.lock();
        if let Some(drain) = state.drain_asked.take() {
            self.drain.get_or_insert(now + drain);
        }
        let Some(until) = self.drain else { return };
        if !self.farewell && (state.session.serving() == 0 || until <= now) {
            self.farewell = true;
            state.session.say_goodbye("");
        }
        drop(state);
        if self.farewell {
            shared.flush(As::Standby);
            if !shared.is_behind() {
                shared.reading_is_over(End::Drained);
            }
        }
    }

    /// Has the reading done if nobody does it.
    fn read(&mut self, threads: &Arc<Threads>) {
        let unattended = threads.shared.unattended.swap(false, Ordering::SeqCst);
        match threads.slot.look(&mut self.seen) {
            Look::Fresh => self.quiet = 0,
            Look::Lying(running) if !threads.is_idle() => {
                self.quiet = 0;
                if let Some(running) = running {
                    threads.slow.kept_the_reader(running);
                }
                threads.read_elsewhere();
                return;
            }
            Look::Lying(_) | Look::Away => self.quiet = self.quiet.saturating_add(1),
        }
        if unattended {
            self.quiet = 0;
            threads.read_elsewhere();
        }
    }

    fn rest(&mut self, threads: &Threads, now: Instant) -> Rest {
        let quick = self.quiet < IDLE_TICKS;
        if threads.shared.is_blocked() {
            return Rest::Room(Arc::clone(&threads.room), if quick { TICK } else { LAZY_TICK });
        }
        if quick {
            return Rest::Sleep(Some(TICK));
        }
        threads.standby.ticking.store(false, Ordering::SeqCst);
        // What came to lie there before the store did not ring.
        if let Look::Fresh = threads.slot.look(&mut self.seen) {
            self.quiet = 0;
            threads.standby.ticking.store(true, Ordering::SeqCst);
            return Rest::Sleep(Some(TICK));
        }
        let failing = self.failing.as_ref().map(|(until, _)| *until);
        // After the farewell somebody may still be writing it, who does not say when it is done.
        let drained = if self.farewell { Some(now + LAZY_TICK) } else { self.drain };
        let dates = [self.tick, failing, drained];
        let next = dates.into_iter().flatten().min();
        Rest::Sleep(next.map(|next| next.saturating_duration_since(now)))
    }
}
