//! What the layer above holds of a process.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::process::Pid;

use super::caretaker::{self, Request};
use super::exit::ProcessExit;
use super::lock;
use super::stderr::Tail;
use crate::announcement::{Announcement, Waiter};

/// A running (or ended) child in the caretaker's care.
///
/// Every method works from any thread, without a runtime and from a `Drop`; none but the waits of
/// [`Exited`] blocks. Dropping the last handle does nothing to the process: it runs on, watched,
/// and is reaped when it ends. Whoever wants it gone says so first, with
/// [`begin_shutdown`](Process::begin_shutdown) or [`kill`](Process::kill).
#[derive(Clone)]
pub(crate) struct Process {
    shared: Arc<Shared>,
}

/// What handles and the caretaker share about one process.
pub(super) struct Shared {
    /// Ours, never used twice, so a late request cannot reach a process with a recycled number.
    pub(super) id: u64,
    pub(super) pid: Pid,
    pub(super) name: String,
    pub(super) program: PathBuf,
    pub(super) withheld: usize,
    /// Made by the caretaker once the process is reaped; any handle waits for it.
    pub(super) exit: Arc<Announcement<ProcessExit>>,
    /// Written by the caretaker as stderr is drained, read by any handle.
    pub(super) tail: Mutex<Tail>,
}

/// How long each rung of the shutdown ladder may take; a duration beyond the end of the clock
/// means for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ladder {
    /// From the request, beside which the layer above sends a shutdown frame, until stdin is closed and SIGTERM
    /// goes out.
    pub(crate) drain: Duration,
    /// From there until SIGKILL.
    pub(crate) terminate: Duration,
}

impl Default for Ladder {
    /// 5 s to finish the calls that run (Erlang's supervisors give their children as much), and 2 s
    /// for a program that was not written to be a plugin and cleans up at SIGTERM.
    fn default() -> Self {
        Self { drain: crate::DRAIN, terminate: Duration::from_secs(2) }
    }
}

/// What the ladder calls to close the process's stdin.
pub(crate) type CloseStdin = Box<dyn FnOnce() + Send>;

/// What is called when a process is gone.
pub(crate) type Afterwards = Box<dyn FnOnce() + Send>;

impl Process {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.shared.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// The program as the command named it, escaped: for sentences, in backticks.
    pub(crate) fn name(&self) -> &str {
        &self.shared.name
    }

    /// Waits for the end: a future, and a blocking wait. There may be any number of them.
    pub(crate) fn exited(&self) -> Exited {
        Exited { waiter: Waiter::new(&self.shared.exit) }
    }

    /// How it ended, if it has ended and is reaped.
    pub(crate) fn try_exit(&self) -> Option<ProcessExit> {
        self.shared.exit.get()
    }

    /// The last lines that were read from its stderr so far, escaped; at most 64 KiB.
    pub(crate) fn stderr_tail(&self) -> Vec<String> {
        lock(&self.shared.tail).lines()
    }

    /// How many of the host's environment variables it did not get.
    pub(crate) fn withheld_variables(&self) -> usize {
        self.shared.withheld
    }

    /// SIGKILL to the process and its group, now. `reason` completes the sentence "`./hello` was
    /// killed by SIGKILL because …"; it counts unless the process has ended already or was killed
    /// for another.
    pub(crate) fn kill(&self, reason: &str) {
        caretaker::request(Request::Kill { id: self.shared.id, reason: reason.into() });
    }

    /// Has the caretaker call this so long after the end of the process was announced. It must not
    /// block, as `close_stdin` of [`begin_shutdown`](Process::begin_shutdown) must not.
    pub(crate) fn call_afterwards(&self, delay: Duration, call: Afterwards) {
        caretaker::request(Request::Afterwards { id: self.shared.id, delay, call });
    }

    /// Queues the ladder: up to `drain` for the process to end, as the caller's shutdown frame tells
    /// it to; then `close_stdin` and SIGTERM to the group; up to `terminate`;
    /// then SIGKILL to the group.
    ///
    /// `close_stdin` is called exactly once, on the caretaker's thread, at the latest when the
    /// process is dead. **It must not block**: every other process waits meanwhile. (It may drop a
    /// descriptor or send on an unbounded channel; it may not take a lock that is held during I/O.)
    ///
    /// To be called *before* the shutdown frame is written: then a process that ends at once is
    /// known to have been [`Asked`](super::Ending::Asked).
    ///
    /// Beginning again only shortens: of two ladders each rung ends with the earlier end.
    pub(crate) fn begin_shutdown(&self, times: Ladder, close_stdin: CloseStdin) {
        caretaker::request(Request::Shutdown { id: self.shared.id, times, close_stdin });
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Process");
        out.field("pid", &self.pid()).field("name", &self.name()).field("exit", &self.try_exit()).finish()
    }
}

/// The end of a process: a future that any executor can poll, and a blocking wait.
///
/// It comes when the process is reaped and its stderr is drained, at most half a second after its
/// death. Cancel safe, and it keeps nothing running.
#[must_use = "a future does nothing unless it is awaited"]
pub(crate) struct Exited {
    waiter: Waiter<ProcessExit>,
}

impl Exited {
    /// Blocks this thread until the process has ended.
    pub(crate) fn wait(&self) -> ProcessExit {
        self.waiter.wait()
    }

    /// The same, but not longer than `timeout`.
    pub(crate) fn wait_timeout(&self, timeout: Duration) -> Option<ProcessExit> {
        self.waiter.wait_timeout(timeout)
    }
}

impl Future for Exited {
    type Output = ProcessExit;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<ProcessExit> {
        Pin::new(&mut self.waiter).poll(context)
    }
}

impl fmt::Debug for Exited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exited").finish_non_exhaustive()
    }
}
