//! Errors about a plugin's process, for a person.

use std::fmt;
use std::time::Duration;

use crate::connection::{End, GreetingFailed, misdeed, unresponsive};
use crate::error::{Error, ErrorKind};
use crate::process::{Process, ProcessExit};
use crate::protocol::handshake::{Refused, quote};

/// How long the end of a process is waited for that has closed its pipes, or was killed.
const END: Duration = Duration::from_millis(500);

/// So many methods in flight are named.
const NAMED: usize = 8;

/// A process that does not do what a plugin does.
pub(super) struct Failing<'p> {
    process: &'p Process,
}

impl<'p> Failing<'p> {
    pub(super) fn new(process: &'p Process) -> Self {
        Self { process }
    }

    /// The handshake failed. Blocks for half a second at most.
    pub(super) fn greeting(self, failed: GreetingFailed) -> Error {
        let name = self.process.name();
        let ended = matches!(failed, GreetingFailed::Refused(Refused::Ended { .. }));
        if !ended {
            self.process.kill("it made no Outboard handshake");
        }
        let exit = self.exit();
        match (failed, exit) {
            // Nothing but its exit to go by.
            (GreetingFailed::Refused(Refused::Ended { wrote, preamble_seen: false }), Some(exit))
                if wrote.is_empty() =>
            {
                self.error(format!("{exit} before the handshake; is it a plugin?"), Some(exit))
            }
            (GreetingFailed::Refused(refused), exit) => self.error(format!("`{name}` {refused}"), exit),
            (GreetingFailed::TimedOut { within, wrote }, exit) => {
                let wrote = if wrote.is_empty() { String::new() } else { format!("; it wrote `{}`", quote(&wrote)) };
                self.error(format!("`{name}` did not finish the handshake within {within:?}{wrote}"), exit)
            }
            (GreetingFailed::Io(error), exit) => {
                let exit = exit.map(|exit| format!(" ({exit})")).unwrap_or_default();
                Error::build(ErrorKind::Handshake, format!("the handshake with `{name}` failed{exit}"))
                    .source(error)
                    .finish()
            }
        }
    }

    fn error(&self, message: String, exit: Option<ProcessExit>) -> Error {
        let mut error = Error::build(ErrorKind::Handshake, message);
        let withheld = self.process.withheld_variables();
        let lines = exit.as_ref().map_or_else(|| self.process.stderr_tail(), |exit| exit.stderr_tail().to_vec());
        error = error.source(Background { lines, withheld });
        match exit {
            Some(exit) => error.exit(exit).finish(),
            None => error.finish(),
        }
    }

    fn exit(&self) -> Option<ProcessExit> {
        self.process.exited().wait_timeout(END)
    }
}

/// The root cause of the end of a connection to a process. Blocks for a second at most.
pub(super) fn cause(process: &Process, end: End, waiting: Vec<&'static str>) -> Error {
    let name = process.name();
    match end {
        End::Goodbye(reason) => {
            let exit = process.exited().wait_timeout(END);
            let reason = crate::escape::escape(&reason);
            gone(format!("`{name}` ended and said: {reason}{}", in_flight(&waiting)), exit)
        }
        End::Violation(violation) => {
            let misdeed = misdeed(&violation);
            process.kill(&format!("it {misdeed}"));
            let exit = process.exited().wait_timeout(END);
            gone(format!("`{name}` {misdeed}{}", in_flight(&waiting)), exit)
        }
        End::Unresponsive { method, deadline, grace } => {
            let misdeed = unresponsive(method, deadline, grace);
            process.kill(&format!("it {misdeed}"));
            let exit = process.exited().wait_timeout(END);
            gone(format!("`{name}` was killed: it {misdeed}{}", in_flight(&waiting)), exit)
        }
        end => {
            let exit = match process.exited().wait_timeout(END) {
                Some(exit) => Some(exit),
                None => {
                    process.kill(match end {
                        End::Failed(_) => "its pipes failed and it went on running",
                        _ => "it closed its stdout and went on running",
                    });
                    process.exited().wait_timeout(END / 2)
                }
            };
            match exit {
                Some(exit) if matches!(end, End::Eof { mid_frame: true }) => {
                    gone(format!("{exit} in the middle of a frame{}", in_flight(&waiting)), Some(exit))
                }
                Some(exit) => died(&exit, &waiting),
                None => end.into_error(&format!("`{name}`")),
            }
        }
    }
}

/// The process ended, and that is all there is to say.
pub(super) fn died(exit: &ProcessExit, waiting: &[&'static str]) -> Error {
    gone(format!("{exit}{}", in_flight(waiting)), Some(exit.clone()))
}

fn gone(message: String, exit: Option<ProcessExit>) -> Error {
    let error = Error::build(ErrorKind::Disconnected, message);
    let Some(exit) = exit else {
        return error.finish();
    };
    let background = Background { lines: exit.stderr_tail().to_vec(), withheld: 0 };
    error.source(background).exit(exit).finish()
}

/// The calls that were cut off, with equal ones counted.
fn in_flight(waiting: &[&'static str]) -> String {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for method in waiting {
        match counted.iter_mut().find(|(known, _)| known == method) {
            Some((_, count)) => *count += 1,
            None => counted.push((method, 1)),
        }
    }
    if counted.is_empty() {
        return String::new();
    }
    let named = counted.iter().take(NAMED).map(|(method, count)| match count {
        1 => format!("`{method}`"),
        count => format!("`{method}` ({count} times)"),
    });
    let named = named.collect::<Vec<_>>().join(", ");
    let more = if counted.len() > NAMED { " and others" } else { "" };
    format!(", with {named}{more} in flight")
}

/// What may explain it: the last lines on stderr, and what of the environment was kept back.
#[derive(Debug)]
struct Background {
    lines: Vec<String>,
    withheld: usize,
}

/// So many lines of stderr are quoted in an error.
const QUOTED: usize = 10;

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lines.is_empty() {
            f.write_str("it wrote nothing to stderr")?;
        } else {
            f.write_str("the last it wrote to stderr was")?;
            for line in self.lines.iter().skip(self.lines.len().saturating_sub(QUOTED)) {
                write!(f, "\n    {line}")?;
            }
        }
        match self.withheld {
            0 => Ok(()),
            1 => f.write_str(
                "\n(one environment variable of this program was not passed on; see `Command::inherit_env`)",
            ),
            count => write!(
                f,
                "\n({count} environment variables of this program were not passed on; see `Command::inherit_env`)"
            ),
        }
    }
}

impl std::error::Error for Background {}
