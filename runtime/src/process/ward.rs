//! One child in the caretaker's care, from its start to its reaping.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Signal, WaitId, WaitIdOptions, waitid};

use super::exit::{Ending, Inner, ProcessExit};
use super::handle::{Afterwards, CloseStdin, Ladder, Shared};
use super::lock;
use super::signals::{self, Reach};
use super::stderr::{Drain, Flow};
use crate::error::guarded;

/// How long stderr is drained after the death of a process. It is at its end at once, unless a
/// grandchild that left the group holds it open; and such a one may hold it for ever.
const DRAIN_AFTER_DEATH: Duration = Duration::from_millis(500);
/// How often a child is asked whether it still lives where there is no descriptor to watch it by.
const TICK: Duration = Duration::from_millis(20);

/// A child and what is to become of it. Only the caretaker's thread touches it.
///
/// Nothing in here blocks. It is dropped when the process is reaped and its end announced; dropped
/// earlier, the process would be a zombie until the host ends.
pub(super) struct Ward {
    /// What the handles see: this side writes the tail and, at last, the exit.
    pub(super) shared: Arc<Shared>,
    /// Waited for in [`Ward::bury`] and nowhere else.
    child: Child,
    /// Readable once the child is dead. `None` where the system has no such thing or no room for
    /// one (then the child is asked every [`TICK`]), and after its death.
    pidfd: Option<OwnedFd>,
    /// `None` at its end, or half a second after the child's.
    stderr: Option<Drain>,
    reach: Reach,
    stage: Stage,
    /// Called, each once, at SIGTERM or at the child's death.
    closers: Vec<CloseStdin>,
    /// Called so long after the end was announced.
    afterwards: Vec<(Duration, Afterwards)>,
}

enum Stage {
    /// Nobody asked it to end.
    Running,
    /// It was told to end; `None` means that there is no hurry.
    Draining { until: Option<Instant>, terminate: Duration },
    /// Its stdin is closed and it got SIGTERM.
    Terminating { until: Option<Instant> },
    /// It got SIGKILL; all that is left is to wait.
    Killed(Ending),
    /// It is reaped; its stderr may be drained until then.
    Dead { status: Option<ExitStatus>, ending: Ending, until: Instant },
}

/// What `poll` found for a ward.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    pub(super) pidfd: bool,
    pub(super) stderr: bool,
}

impl Ready {
    pub(super) const NOTHING: Self = Self { pidfd: false, stderr: false };
    /// When nobody knows: everything is asked, and nothing of that blocks.
    pub(super) const UNKNOWN: Self = Self { pidfd: true, stderr: true };
}

impl Ward {
    pub(super) fn new(
        shared: Arc<Shared>,
        child: Child,
        pidfd: Option<OwnedFd>,
        stderr: Option<Drain>,
        reach: Reach,
    ) -> Self {
        Self { shared, child, pidfd, stderr, reach, stage: Stage::Running, closers: Vec::new(), afterwards: Vec::new() }
    }

    pub(super) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().map(OwnedFd::as_fd)
    }

    pub(super) fn stderr(&self) -> Option<BorrowedFd<'_>> {
        self.stderr.as_ref().map(Drain::fd)
    }

    /// When it wants its next turn, if nothing happens before.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Running | Stage::Killed(_) => None,
            Stage::Draining { until, .. } | Stage::Terminating { until } => *until,
            Stage::Dead { until, .. } => return Some(*until),
        };
        if self.pidfd.is_some() { stage } else { sooner(stage, now.checked_add(TICK)) }
    }

    /// Does whatever is due. `true` when it is finished with and can be dropped.
    pub(super) fn turn(&mut self, now: Instant, ready: Ready, buffer: &mut [u8]) -> bool {
        if (ready.pidfd || self.pidfd.is_none()) && !self.notice_death(now) {
            // A dead child that a debugger still holds is readable and not yet ours to reap: asking
            // now and then is better than being woken again and again.
            self.pidfd = None;
        }
        self.climb(now);
        // After the look at the process, so that the last words of a dead one are read in the same
        // turn and its end is not announced later than it needs to be.
        if ready.stderr || self.is_dead() {
            self.drain(buffer);
        }
        self.bury(now)
    }

    /// The next rung of the ladder, once its time has come.
    fn climb(&mut self, now: Instant) {
        let due = |until: &Option<Instant>| until.is_some_and(|until| until <= now);
        match &self.stage {
            Stage::Draining { until, terminate } if due(until) => {
                let terminate = *terminate;
                if self.notice_death(now) {
                    return;
                }
                self.close_stdin();
                self.signal(Signal::TERM);
                self.stage = Stage::Terminating { until: now.checked_add(terminate) };
            }
            Stage::Terminating { until } if due(until) => self.kill(now, Ending::Killed),
            _ => {}
        }
    }

    /// Begins the ladder, or hurries the one that is begun.
    pub(super) fn begin_shutdown(&mut self, now: Instant, times: Ladder, close_stdin: CloseStdin) {
        self.closers.push(close_stdin);
        match &mut self.stage {
            Stage::Running => {
                self.stage = Stage::Draining { until: now.checked_add(times.drain), terminate: times.terminate };
            }
            Stage::Draining { until, terminate } => {
                *until = sooner(*until, now.checked_add(times.drain));
                *terminate = times.terminate.min(*terminate);
            }
            Stage::Terminating { until } => {
                *until = sooner(*until, now.checked_add(times.terminate));
                self.close_stdin();
            }
            Stage::Killed(_) => {}
            Stage::Dead { .. } => self.close_stdin(),
        }
    }

    pub(super) fn call_afterwards(&mut self, delay: Duration, call: Afterwards) {
        self.afterwards.push((delay, call));
    }

    /// What is to be called when, now that the end is announced.
    pub(super) fn afterwards(&mut self, now: Instant) -> impl Iterator<Item = (Instant, Afterwards)> {
        self.afterwards.drain(..).map(move |(delay, call)| (now + delay, call))
    }

    pub(super) fn kill(&mut self, now: Instant, ending: Ending) {
        // A process that is dead already was not killed by us, and must not be said to be.
        if self.notice_death(now) {
            return;
        }
        self.signal(Signal::KILL);
        if !matches!(self.stage, Stage::Killed(_)) {
            self.stage = Stage::Killed(ending);
        }
    }

    fn signal(&self, signal: Signal) {
        signals::send(self.shared.pid, self.reach, signal);
    }

    fn is_dead(&self) -> bool {
        matches!(self.stage, Stage::Dead { .. })
    }

    /// Looks whether the child is dead; if so kills what is left of its group, then reaps it.
    ///
    /// In that order: as long as the child is a zombie its number is taken, so the group that is
    /// killed is its group and not a stranger's with the same number.
    fn notice_death(&mut self, now: Instant) -> bool {
        let ending = match &self.stage {
            Stage::Dead { .. } => return true,
            Stage::Running => Ending::OnItsOwn,
            Stage::Draining { .. } => Ending::Asked,
            Stage::Terminating { .. } => Ending::Terminated,
            Stage::Killed(ending) => ending.clone(),
        };
        let looking = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = match waitid(WaitId::Pid(self.shared.pid), looking) {
            Ok(None) | Err(Errno::INTR) => return false,
            Ok(Some(_)) => {
                if self.reach == Reach::Group {
                    signals::kill_survivors(self.shared.pid);
                }
                // It is dead, so this does not wait; an error means that it was reaped just now.
                self.child.try_wait().ok().flatten()
            }
            // Reaped by somebody else, who took the status. Its number, and its group's, may be
            // anybody's by now, so what is left of the group is out of reach.
            Err(_) => None,
        };
        self.pidfd = None;
        self.close_stdin();
        self.stage = Stage::Dead { status, ending, until: now + DRAIN_AFTER_DEATH };
        true
    }

    fn drain(&mut self, buffer: &mut [u8]) {
        if let Some(stderr) = &mut self.stderr
            && stderr.pump(buffer, &self.shared.tail) == Flow::Ended
        {
            self.stderr = None;
        }
    }

    /// Announces the end of a reaped process, once its last words are read.
    fn bury(&mut self, now: Instant) -> bool {
        let Stage::Dead { status, ending, until } = &self.stage else { return false };
        if self.stderr.is_some() && now < *until {
            return false;
        }
        // Logs the beginning of a line that was never ended, and lets go of the pipe.
        self.stderr = None;
        let exit = ProcessExit::new(Inner {
            pid: self.child.id(),
            name: self.shared.name.clone(),
            program: self.shared.program.clone(),
            status: *status,
            ending: ending.clone(),
            stderr_tail: lock(&self.shared.tail).lines(),
        });
        self.shared.exit.make(exit);
        true
    }

    fn close_stdin(&mut self) {
        self.closers.drain(..).for_each(call);
    }
}

/// Calls what somebody gave us; its panic is not to end the care for everything else.
pub(super) fn call(given: Box<dyn FnOnce() + Send>) {
    let _ = guarded(given);
}

/// The earlier of two moments, where `None` is never.
pub(super) fn sooner(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
