//! Signals: their names, and how they are sent to a child and its group.

use std::borrow::Cow;

use rustix::process::{Pid, Signal, getpgid, kill_process, kill_process_group};

/// Whom a signal to a child is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The group that the child leads: its own children too.
    Group,
    /// The child alone, because it shares the group of its host (`.foreground()`).
    Process,
}

/// Sends a signal to a child that is **not reaped yet**: until then its number, and its group's,
/// belongs to nobody else.
///
/// Errors are not reported: what they can say is that somebody is gone already, or that a program
/// changed its user and is out of our reach.
pub(super) fn send(pid: Pid, reach: Reach, signal: Signal) {
    if reach == Reach::Group {
        let _ = kill_process_group(pid, signal);
        // A child may have left the group that it was started in; then it gets its own.
        if getpgid(Some(pid)) == Ok(pid) {
            return;
        }
    }
    let _ = kill_process(pid, signal);
}

/// What is left of the group of a child that is dead and not reaped yet.
pub(super) fn kill_survivors(pid: Pid) {
    let _ = kill_process_group(pid, Signal::KILL);
}

/// `SIGKILL` and the like; a number for the nameless (real-time) ones.
pub(super) fn name(number: i32) -> Cow<'static, str> {
    let named = NAMES.iter().find(|(signal, _)| signal.as_raw() == number);
    named.map_or_else(|| Cow::Owned(format!("signal {number}")), |(_, name)| Cow::Borrowed(*name))
}

/// The signals that end a process by default, on every Unix.
const NAMES: [(Signal, &str); 21] = [
    (Signal::HUP, "SIGHUP"),
    (Signal::INT, "SIGINT"),
    (Signal::QUIT, "SIGQUIT"),
    (Signal::ILL, "SIGILL"),
    (Signal::TRAP, "SIGTRAP"),
    (Signal::ABORT, "SIGABRT"),
    (Signal::BUS, "SIGBUS"),
    (Signal::FPE, "SIGFPE"),
    (Signal::KILL, "SIGKILL"),
    (Signal::USR1, "SIGUSR1"),
    (Signal::SEGV, "SIGSEGV"),
    (Signal::USR2, "SIGUSR2"),
    (Signal::PIPE, "SIGPIPE"),
    (Signal::ALARM, "SIGALRM"),
    (Signal::TERM, "SIGTERM"),
    (Signal::XCPU, "SIGXCPU"),
    (Signal::XFSZ, "SIGXFSZ"),
    (Signal::VTALARM, "SIGVTALRM"),
    (Signal::PROF, "SIGPROF"),
    (Signal::IO, "SIGIO"),
    (Signal::SYS, "SIGSYS"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_the_names_that_people_know() {
        assert_eq!(name(9), "SIGKILL");
        assert_eq!(name(15), "SIGTERM");
        assert_eq!(name(Signal::SEGV.as_raw()), "SIGSEGV");
        assert_eq!(name(40), "signal 40");
    }
}
