//! A thread that waits for what a runtime's task brings.
//!
//! Values bring clients and streams to wherever their interface says, so a blocking one may turn up on
//! a connection that a task drives. Waiting for it is right on any thread but the task's own.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use super::super::on_threads::block_on;
use crate::error::{Error, ErrorKind, guarded, panicked};

/// The thread on which the driver was polled last.
#[derive(Debug)]
pub(in super::super) struct DrivenOn(AtomicU64);

impl DrivenOn {
    pub(in super::super) fn this_thread() -> Self {
        Self(AtomicU64::new(this_thread()))
    }

    pub(in super::super) fn note(&self) {
        self.0.store(this_thread(), Ordering::Relaxed);
    }

    /// Waits for what the runtime brings.
    pub(in super::super) fn wait<F: Future>(&self, runtime: &Handle, future: F) -> Result<F::Output, Error> {
        let alone = runtime.runtime_flavor() == RuntimeFlavor::CurrentThread;
        let here = Handle::try_current();
        // A runtime may have come to another thread after the driver was polled last.
        let within = || here.as_ref().is_ok_and(|here| here.id() == runtime.id()) && !may_block();
        if alone && (self.0.load(Ordering::Relaxed) == this_thread() || within()) {
            let message = "this would block the thread that brings what it waits for: run it with `tokio::task::spawn_blocking`, or use the async form (a client's `…AsyncClient` by `try_into`, a stream's `next().await`)";
            return Err(Error::new(ErrorKind::Other, message));
        }
        let among_others = here.is_ok_and(|here| here.runtime_flavor() == RuntimeFlavor::MultiThread);
        if !among_others {
            return Ok(block_on(future));
        }
        // A worker that sleeps would keep the tasks that it alone may run, the driver perhaps.
        let mut future = Some(future);
        match (guarded(|| block_in_place(|| future.take().map(block_on))), future) {
            // With a `LocalSet` tokio refuses, though such a thread is no worker, and may sleep.
            (Err(_), Some(future)) => Ok(block_on(future)),
            (Ok(Some(output)), _) => Ok(output),
            (Err(panic), None) => Err(panicked(&panic)),
            (Ok(None), _) => Err(Error::new(ErrorKind::Other, "nothing was waited for")),
        }
    }
}

/// Whether tokio lets this thread block. There is nothing to ask but to try, and where the answer is no,
/// the program's panic hook hears of it.
fn may_block() -> bool {
    guarded(|| block_in_place(|| ())).is_ok()
}

/// A number of this thread's own; the standard library's cannot be kept in an atomic.
fn this_thread() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
    // A thread that is about to end drives nothing.
    NUMBER.try_with(|number| *number).unwrap_or_default()
}
