//! Who writes, and when.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::task::Waker;

use super::super::pool;
use super::super::writer::{As, Writer, Wrote};
use super::{Shared, State};
use crate::announcement::wake;
use crate::connection::Object;
use crate::error::guarded;
use crate::protocol::{Aftermath, Segment};

/// Wakes and drops what a session left; not under a lock.
///
/// Objects are dropped on a thread of their own. A destructor may call the very peer that let go of the
/// object, and whoever comes here may be the one who reads, or the clock.
pub(in super::super) fn settle(aftermath: Aftermath<Waker, Arc<dyn Object>>) {
    let Aftermath { woken, discarded } = aftermath;
    woken.into_iter().for_each(wake);
    drop_elsewhere(discarded);
}

/// Drops objects on a thread of their own, or here where none can be had.
pub(super) fn drop_elsewhere(objects: Vec<Arc<dyn Object>>) {
    if objects.is_empty() {
        return;
    }
    if let Err(here) = pool::run(Box::new(move || drop(objects))) {
        // The destructor of an author may panic, which is told nobody.
        let _ = guarded(here);
    }
}

impl Shared {
    /// Writes what is queued, unless somebody is writing, who then does it.
    pub(in super::super) fn flush(&self, mut role: As<'_, '_>) {
        let mut done = Vec::new();
        let mut woken = Vec::new();
        loop {
            if matches!(role, As::Visitor) && self.blocked.load(Ordering::SeqCst) {
                return;
            }
            let Ok(mut writer) = self.writer.try_lock() else {
                return;
            };
            let wrote = self.write_all(&mut writer, &mut role, &mut done, &mut woken);
            self.blocked.store(matches!(wrote, Wrote::Blocked), Ordering::SeqCst);
            drop(writer);
            woken.drain(..).for_each(wake);
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
            self.release(state);
            // It may have been the goodbye, which the driver waits to see written.
            if draining && matches!(role, As::Visitor) {
                self.wake_driver();
            }
            return;
        }
    }

    /// `woken` gets those for whom there is room now.
    fn write_all(
        &self,
        writer: &mut Writer,
        role: &mut As<'_, '_>,
        done: &mut Vec<Segment>,
        woken: &mut Vec<Waker>,
    ) -> Wrote {
        loop {
            if !writer.is_behind() {
                let mut state = self.lock();
                for segment in done.drain(..) {
                    state.session.recycle(segment);
                }
                let taken = state.session.take_output(writer.batch());
                // Bytes that leave make room for a caller or a stream that waits. What else there is to do
                // would run others' code under the writer, and is left to whoever lets go of the state next.
                woken.extend(state.admit());
                if let Some(streams) = state.session.woken() {
                    woken.extend(streams);
                }
                drop(state);
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
    pub(in super::super) fn release(&self, mut state: MutexGuard<'_, State>) {
        let next = state.admit();
        let aftermath = state.session.aftermath();
        drop(state);
        if let Some(next) = next {
            wake(next);
        }
        if let Some(aftermath) = aftermath {
            settle(aftermath);
        }
    }

    /// Has the driver write in its next round, together with what others queue until then.
    pub(in super::super) fn ask_flush(&self, mut state: MutexGuard<'_, State>) {
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

    pub(in super::super) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::SeqCst)
    }

    /// Whether bytes wait for room in the stream.
    pub(in super::super) fn is_behind(&self) -> bool {
        let Ok(writer) = self.writer.try_lock() else {
            return true;
        };
        let behind = writer.is_behind();
        // First this: whoever comes while it is locked leaves their bytes to the one who locked it.
        drop(writer);
        behind || self.lock().session.has_output()
    }

    pub(in super::super) fn close_writer(&self) {
        // Whoever holds it writes without blocking, so this waits for moments at most.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.close();
        // What is queued from now on is thrown away, for which there is always room.
        self.blocked.store(false, Ordering::SeqCst);
    }
}
