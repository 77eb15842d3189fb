//! Reading for those who do not wait: requests of the other side, and calls that are futures.
//!
//! The thread that read a request runs its handler in place, which saves every quick call a wake-up.
//! Meanwhile the reader lies in the slot; if the handler takes long, the standby has another thread
//! of the pool go on with it, and the method is given a thread of its own from then on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::events::{Next, Requested};
use super::super::object::Run;
use super::super::shared::{run_on_a_thread, run_within};
use super::super::writer::As;
use super::super::{End, pool};
use super::Threads;
use super::parker::block_on;
use super::slot::Reader;
use super::slow::Key;
use crate::connection::call::{Handling, Outcome, Way};

/// How long reading goes on after the last open call, for the next one.
const LINGER: Duration = Duration::from_millis(100);

impl Threads {
    /// Has a thread of the pool read from now on. Nothing comes of it where there is no thread left;
    /// the standby tries again.
    pub(super) fn read_elsewhere(self: &Arc<Self>) {
        // A thread that has been asked for may be a while in coming.
        if self.reader_asked.swap(true, Ordering::SeqCst) {
            return;
        }
        let threads = Arc::clone(self);
        let asked = pool::run(Box::new(move || {
            threads.reader_asked.store(false, Ordering::SeqCst);
            if let Some(reader) = threads.slot.take() {
                threads.read_on(reader);
            }
        }));
        if asked.is_err() {
            self.reader_asked.store(false, Ordering::SeqCst);
        }
    }

    /// Reads until somebody else does, or there is no reason to.
    fn read_on(self: &Arc<Self>, mut reader: Box<Reader>) {
        let _end_on_panic = self.end_on_panic();
        loop {
            let Reader { incoming, woken, .. } = &mut *reader;
            match self.shared.next(incoming, woken) {
                Next::Run(requested) if self.slow.is_slow(key(&requested.run)) => self.run_elsewhere(requested),
                Next::Run(requested) => {
                    let (call, key) = (requested.run.call, key(&requested.run));
                    let Some((handling, mut slot)) = self.shared.dispatch(requested) else { continue };
                    self.leave(reader, Some(key));
                    self.shared.finish(call, run_within(&mut slot, || run_to_end(handling)), false);
                    match self.slot.take() {
                        Some(back) => reader = back,
                        // Whoever has it goes on.
                        None => return self.shared.flush(As::Visitor),
                    }
                }
                Next::Over(end) => return self.reading_is_over(reader, end),
                Next::Nothing { unwritten } => {
                    if unwritten {
                        self.shared.flush(As::Visitor);
                    }
                    if self.slot.has_followers() {
                        return self.leave(reader, None);
                    }
                    let read = if self.is_idle() { self.linger(reader) } else { self.read(reader, None) };
                    match read {
                        Some(back) => reader = back,
                        None => return,
                    }
                }
            }
        }
    }

    /// Runs a handler on a thread of its own.
    pub(super) fn run_elsewhere(&self, requested: Requested) {
        let (call, key) = (requested.run.call, key(&requested.run));
        let Some((handling, slot)) = self.shared.dispatch(requested) else { return };
        let slow = Arc::clone(&self.slow);
        let run = move || {
            let began = Instant::now();
            let outcome = run_to_end(handling);
            slow.took(key, began.elapsed());
            outcome
        };
        run_on_a_thread(&self.shared, call, slot, Box::new(run));
    }

    /// Whether nobody waits for anything to be read: no request, no answer, no item, no goodbye.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.shared.lock();
        !self.shared.serves && !state.expects() && !state.session.is_shutting_down()
    }

    /// Waits for the next call a while.
    fn linger(self: &Arc<Self>, mut reader: Box<Reader>) -> Option<Box<Reader>> {
        self.mid_frame.store(reader.incoming.is_mid_frame(), Ordering::Relaxed);
        match reader.source.read_within(reader.incoming.room(), LINGER) {
            Ok(Some(count)) => self.has_read(reader, Ok(count)),
            Err(error) => self.has_read(reader, Err(error)),
            Ok(None) if self.shared.is_finished() => None,
            Ok(None) if self.is_idle() => {
                self.leave(reader, None);
                None
            }
            Ok(None) => Some(reader),
        }
    }

    /// Reads once, and waits for it, but not longer than `patience`. Nothing once the connection has
    /// ended, or ends by this.
    pub(super) fn read(&self, mut reader: Box<Reader>, patience: Option<Duration>) -> Option<Box<Reader>> {
        if self.shared.is_finished() {
            return None;
        }
        self.mid_frame.store(reader.incoming.is_mid_frame(), Ordering::Relaxed);
        let count = match patience {
            None => reader.source.read(reader.incoming.room()),
            Some(patience) => match reader.source.read_within(reader.incoming.room(), patience) {
                Ok(Some(count)) => Ok(count),
                Ok(None) if self.shared.is_finished() => return None,
                Ok(None) => return Some(reader),
                Err(error) => Err(error),
            },
        };
        self.has_read(reader, count)
    }

    fn has_read(&self, mut reader: Box<Reader>, count: std::io::Result<usize>) -> Option<Box<Reader>> {
        // It may have been an interrupt.
        if self.shared.is_finished() {
            return None;
        }
        match count {
            Ok(0) => {
                let mid_frame = reader.incoming.is_mid_frame();
                self.reading_is_over(reader, End::Eof { mid_frame });
                return None;
            }
            Ok(count) => {
                reader.incoming.filled(count);
                self.shared.received.store(true, Ordering::Relaxed);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.reading_is_over(reader, End::Failed(error));
                return None;
            }
        }
        Some(reader)
    }

    pub(super) fn reading_is_over(&self, reader: Box<Reader>, end: End) {
        drop(reader);
        self.slot.close();
        self.shared.reading_is_over(end);
    }
}

fn key(run: &Run) -> Key {
    Key { target: run.target, method: run.method }
}

fn run_to_end(handling: Handling) -> Outcome {
    match handling.0 {
        Way::Blocking(run) => run(),
        Way::Async(handler) => block_on(handler),
    }
}
