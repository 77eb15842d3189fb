//! Process care: what happens between a path and a dead, reaped, explained process.
//!
//! One permanent thread, the [caretaker], starts every child, watches it, drains its stderr, walks
//! it down the shutdown ladder, kills its group and reaps it. It outlives every runtime, so a
//! plugin can be dropped when its runtime is gone already, and it is the thread that Linux ties a
//! parent-death signal to. Nobody else calls `wait` or sends a signal: a number that is not reaped
//! yet cannot belong to a stranger.
//!
//! | file | idea |
//! |---|---|
//! | `command` | what to start, as the host's author says it |
//! | `environment`, `program` | what of the host's environment goes along; which file it is |
//! | `plan` | the three together, ready to be started again and again |
//! | `diagnosis` | why it could not be started, in a sentence |
//! | `caretaker` | the thread: its requests, its poll loop, its starts |
//! | `ward` | one child in its care: the ladder, the kill, the reaping |
//! | `signals` | signals by number and name, to a process and its group |
//! | `stderr`, `log` | a child's lines: bounded, kept, and handed to `tracing` on a second thread |
//! | `exit` | how a process ended |
//! | `handle` | what the layer above holds |
//! | `promise` | one value for one waiter |
//!
//! There is no tokio here and there are no frames.

mod caretaker;
mod command;
mod diagnosis;
mod environment;
mod exit;
mod handle;
mod log;
mod plan;
mod program;
mod promise;
mod signals;
mod stderr;
#[cfg(test)]
mod tests;
mod ward;

pub use command::Command;
pub use exit::{Ending, ProcessExit};

pub(crate) use caretaker::{Spawned, spawn};
pub(crate) use handle::{Ladder, Process};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, whatever happened to another holder: no code that can panic runs under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
