//! How a connection ends.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::super::writer::As;
use super::super::{Cause, End, Object, pool};
use super::Shared;
use super::writing::drop_elsewhere;
use crate::announcement::wake;
use crate::error::{Error, ErrorKind, guarded};

impl Shared {
    pub(in super::super) fn shut_down(&self, drain: Duration) {
        let mut state = self.lock();
        state.session.shut_down(drain);
        // Callers who wait are refused now, one after the other.
        self.release(state);
        self.flush(As::Visitor);
        self.wake_driver();
    }

    /// Nothing more will be read: finds the root cause and ends the connection with it.
    pub(in super::super) fn reading_is_over(self: &Arc<Self>, end: End) {
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

    /// The cause is being found, or was.
    pub(in super::super) fn is_ending(&self) -> bool {
        self.lock().over
    }

    pub(in super::super) fn end(&self, cause: Error) {
        let mut state = self.lock();
        let watched = std::mem::take(&mut state.watched);
        let (mut waiters, runs) = state.session.end(cause);
        waiters.extend(state.queue.drain(..).map(|queued| queued.waker));
        waiters.extend(state.driver.clone());
        let cause = state.session.ended().cloned();
        let mut objects = std::mem::take(&mut state.roots);
        if let Some(aftermath) = state.session.aftermath() {
            waiters.extend(aftermath.woken);
            objects.extend(aftermath.discarded);
        }
        drop(state);
        drop(watched);
        self.let_go_of(objects);
        self.finished.store(true, Ordering::SeqCst);
        if let Some(cause) = cause {
            self.ended.make(cause);
        }
        let interrupt = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(interrupt) = interrupt {
            interrupt.interrupt();
        }
        for run in runs {
            run.stop();
        }
        waiters.into_iter().for_each(wake);
    }

    /// Objects that nobody calls any more. Their destructors are their author's: they must not keep this
    /// thread, which others may wait for. In a plugin they run before it is known that the connection has
    /// ended, since the process may end with that.
    fn let_go_of(&self, objects: Vec<Arc<dyn Object>>) {
        if self.serves {
            let _ = guarded(|| drop(objects));
        } else {
            drop_elsewhere(objects);
        }
    }

    /// The driver is gone, with its runtime or because its work is done.
    pub(in super::super) fn driver_is_gone(&self) {
        let mut state = self.lock();
        let driver = state.driver.take();
        let unexpected = state.session.ended().is_none();
        drop(state);
        drop(driver);
        if unexpected {
            // The peer learns what it can: without a word it would think that this process died.
            let mut state = self.lock();
            if self.serves {
                state.session.say_goodbye("the runtime that served the calls was shut down");
            } else {
                state.session.shut_down(Duration::ZERO);
            }
            drop(state);
            self.flush(As::Visitor);
            self.end(Error::new(ErrorKind::Disconnected, "the runtime that drove the connection was shut down"));
        }
        self.close_writer();
    }
}
