//! How a process ended.

use std::borrow::Cow;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use super::signals;

/// How many of the last lines on stderr [`ProcessExit::report`] shows.
const REPORTED_LINES: usize = 10;

/// How a plugin's process ended: its exit code or signal, its last words, and whether anybody
/// asked for it.
///
/// Cheap to clone. [`Display`](fmt::Display) is one sentence: `` `./hello` was killed by SIGSEGV
/// (core dumped) ``; [`report`](ProcessExit::report) adds the last lines that it wrote to stderr.
/// It comes with an error as [`Error::process_exit`](crate::Error::process_exit).
#[derive(Clone, Debug)]
pub struct ProcessExit {
    inner: Arc<Inner>,
}

/// What the caretaker knows once a process is reaped.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) pid: u32,
    /// As the command named it, escaped: for sentences.
    pub(super) name: String,
    pub(super) program: PathBuf,
    /// `None` when somebody else took the status, by waiting for all children of the process or by
    /// ignoring `SIGCHLD`.
    pub(super) status: Option<ExitStatus>,
    pub(super) ending: Ending,
    pub(super) stderr_tail: Vec<String>,
}

/// Who ended a process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// Nobody asked it to end: it returned, exited, crashed, or somebody outside killed it.
    OnItsOwn,
    /// It was told to shut down and ended in the time that it had for that.
    Asked,
    /// It did not end when it was told to, so its stdin was closed and it got `SIGTERM`.
    Terminated,
    /// It did not end at `SIGTERM` either and got `SIGKILL`.
    Killed,
    /// It got `SIGKILL` at once, for this reason.
    KilledFor(Arc<str>),
}

impl ProcessExit {
    pub(super) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// The process's number while it lived; by now it may be another's.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.inner.pid
    }

    /// The absolute path of the program, as it was started.
    ///
    /// A command made of a [`std::process::Command`] keeps the path that it was made with.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.inner.program
    }

    /// The code it exited with; `None` when a signal ended it, or when nobody knows.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.inner.status.and_then(|status| status.code())
    }

    /// The number of the signal that ended it.
    #[must_use]
    pub fn signal(&self) -> Option<i32> {
        self.inner.status.and_then(|status| status.signal())
    }

    /// The name of the signal that ended it, such as `SIGKILL`; `signal 40` for one without a name.
    #[must_use]
    pub fn signal_name(&self) -> Option<Cow<'static, str>> {
        self.signal().map(signals::name)
    }

    /// Whether the system wrote a core dump.
    #[must_use]
    pub fn core_dumped(&self) -> bool {
        self.inner.status.is_some_and(|status| status.core_dumped())
    }

    /// The status as the system gave it. `None` when another part of this program took it, by
    /// waiting for *any* child or by ignoring `SIGCHLD`.
    #[must_use]
    pub fn status(&self) -> Option<ExitStatus> {
        self.inner.status
    }

    /// Who ended it.
    #[must_use]
    pub fn ending(&self) -> &Ending {
        &self.inner.ending
    }

    /// The last lines that it wrote to stderr, 64 KiB of them at most, with control characters
    /// escaped.
    #[must_use]
    pub fn stderr_tail(&self) -> &[String] {
        &self.inner.stderr_tail
    }

    /// The sentence of [`Display`](fmt::Display) and below it the last lines on stderr, for a person.
    pub fn report(&self) -> impl fmt::Display + '_ {
        Report(self)
    }
}

impl fmt::Display for ProcessExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.inner.name)?;
        match (self.code(), self.signal_name()) {
            (Some(code), _) => write!(f, "exited with code {code}")?,
            (None, Some(signal)) => write!(f, "was killed by {signal}")?,
            (None, None) => f.write_str("ended, but another part of this program took its exit status")?,
        }
        if self.core_dumped() {
            f.write_str(" (core dumped)")?;
        }
        match &self.inner.ending {
            Ending::OnItsOwn | Ending::Asked | Ending::Terminated => Ok(()),
            Ending::Killed => f.write_str(" because it did not end when it was told to"),
            Ending::KilledFor(reason) => write!(f, " because {reason}"),
        }
    }
}

struct Report<'a>(&'a ProcessExit);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.stderr_tail();
        let last = lines.iter().skip(lines.len().saturating_sub(REPORTED_LINES));
        write!(f, "{}", self.0)?;
        if lines.is_empty() {
            return f.write_str("; it wrote nothing to stderr");
        }
        f.write_str("; the last it wrote to stderr:")?;
        last.into_iter().try_for_each(|line| write!(f, "\n    {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(status: i32, ending: Ending, lines: &[&str]) -> ProcessExit {
        ProcessExit::new(Inner {
            pid: 7,
            name: "./hello".into(),
            program: "/plugins/hello".into(),
            status: Some(ExitStatus::from_raw(status)),
            ending,
            stderr_tail: lines.iter().map(|&line| line.to_owned()).collect(),
        })
    }

    #[test]
    fn the_sentence_says_code_or_signal_and_who_asked() {
        let reason = || Ending::KilledFor("it broke the protocol".into());
        for (status, ending, sentence) in [
            (3 << 8, Ending::OnItsOwn, "`./hello` exited with code 3"),
            (0, Ending::Asked, "`./hello` exited with code 0"),
            (9, Ending::OnItsOwn, "`./hello` was killed by SIGKILL"),
            (11 | 0x80, Ending::OnItsOwn, "`./hello` was killed by SIGSEGV (core dumped)"),
            (9, Ending::Killed, "`./hello` was killed by SIGKILL because it did not end when it was told to"),
            (9, reason(), "`./hello` was killed by SIGKILL because it broke the protocol"),
        ] {
            assert_eq!(exit(status, ending, &[]).to_string(), sentence);
        }
    }

    #[test]
    fn an_unknown_status_is_said_to_be_unknown() {
        let inner = Inner {
            pid: 7,
            name: "./hello".into(),
            program: "/plugins/hello".into(),
            status: None,
            ending: Ending::OnItsOwn,
            stderr_tail: Vec::new(),
        };
        let exit = ProcessExit::new(inner);
        assert_eq!((exit.code(), exit.signal()), (None, None));
        assert_eq!(exit.to_string(), "`./hello` ended, but another part of this program took its exit status");
    }

    #[test]
    fn the_report_shows_the_last_lines() {
        let lines: Vec<_> = (1..=12).map(|n| format!("line {n}")).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let report = exit(9, Ending::OnItsOwn, &lines).report().to_string();
        assert!(
            report.starts_with("`./hello` was killed by SIGKILL; the last it wrote to stderr:\n    line 3\n    line 4")
        );
        assert!(report.ends_with("line 12"));
        let silent = exit(9, Ending::OnItsOwn, &[]).report().to_string();
        assert_eq!(silent, "`./hello` was killed by SIGKILL; it wrote nothing to stderr");
    }
}
