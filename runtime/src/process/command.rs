//! What to start, as the host's author says it.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

/// A program to start as a plugin, with its arguments, its environment and its directory.
///
/// A path is enough for most: whatever takes a command takes `"./hello"` too.
///
/// ```
/// use outboard::Command;
///
/// let plain: Command = "./hello".into();
/// let behind_a_wrapper = Command::new("ssh").args(["-T", "build-host", "hello"]);
/// let from_std: Command = std::process::Command::new("./hello").into();
/// ```
///
/// **Which file.** A program with a `/` is taken from the directory that the *host* is in when it
/// launches, whatever [`current_dir`](Command::current_dir) says. One without is looked up on the
/// host's `PATH`, where entries that are not absolute are passed over. Either way an absolute path
/// is started.
///
/// **What the plugin sees of the environment** is decided, not inherited: `PATH`, `HOME`, `USER`,
/// `LOGNAME`, `SHELL`, `LANG`, `LC_*`, `TZ`, `TERM`, `NO_COLOR`, `TMPDIR`, `XDG_*`, `RUST_LOG`,
/// `RUST_BACKTRACE`, `SSL_CERT_*`, `OUTBOARD_DEBUG`, and what is set here. The host's tokens and
/// keys stay with the host. [`inherit_env`](Command::inherit_env) passes everything on.
///
/// **Its process** leads a process group of its own, so a Ctrl-C on the host's terminal is the
/// host's to handle and the plugin's own children end with it.
/// [`foreground`](Command::foreground) is the exception. Its stdin and stdout carry the calls and
/// its stderr goes to the host's log; what is said about the three elsewhere does not count.
pub struct Command {
    pub(super) base: Base,
    /// What was set or removed here, in order; a later entry wins.
    pub(super) environment: Vec<(OsString, Option<OsString>)>,
    pub(super) inherit_env: bool,
    pub(super) foreground: bool,
}

/// Where the rest of a command is kept.
pub(super) enum Base {
    Ours {
        program: OsString,
        args: Vec<OsString>,
        current_dir: Option<PathBuf>,
    },
    /// Kept as it is, because it knows things that cannot be read back (user, groups, root …).
    Theirs(std::process::Command),
}

impl Command {
    /// A command to start this program, without arguments.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref().to_owned();
        Self::with(Base::Ours { program, args: Vec::new(), current_dir: None })
    }

    fn with(base: Base) -> Self {
        Self { base, environment: Vec::new(), inherit_env: false, foreground: false }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        match &mut self.base {
            Base::Ours { args, .. } => args.push(arg.as_ref().to_owned()),
            Base::Theirs(command) => _ = command.arg(arg),
        }
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of the plugin's environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Keeps a variable from the plugin, though the host has it and it would be passed on.
    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), None));
        self
    }

    /// Passes the host's whole environment on, except what is removed here and `OUTBOARD_TRACE`,
    /// which is the host's own.
    ///
    /// For launchers that need it (`ssh` with an agent, cluster tools). Whatever secrets the host
    /// has in its environment, the plugin and everything that it starts can read.
    #[must_use]
    pub fn inherit_env(mut self) -> Self {
        self.inherit_env = true;
        self
    }

    /// The directory that the plugin starts in; the host's own if nothing is said.
    #[must_use]
    pub fn current_dir(mut self, directory: impl AsRef<Path>) -> Self {
        match &mut self.base {
            Base::Ours { current_dir, .. } => *current_dir = Some(directory.as_ref().to_owned()),
            Base::Theirs(command) => _ = command.current_dir(directory),
        }
        self
    }

    /// Leaves the process in the host's own process group.
    ///
    /// For a launcher that asks for a password on the terminal: only the terminal's foreground
    /// group may read from it. The price: a Ctrl-C reaches the plugin too, shutdown signals the
    /// process alone, and children that it leaves behind are not cleaned up.
    #[must_use]
    pub fn foreground(mut self) -> Self {
        self.foreground = true;
        self
    }

    /// The program as it was given, before any look-up.
    pub(super) fn program(&self) -> &OsStr {
        match &self.base {
            Base::Ours { program, .. } => program,
            Base::Theirs(command) => command.get_program(),
        }
    }
}

impl From<&str> for Command {
    fn from(program: &str) -> Self {
        Self::new(program)
    }
}

impl From<String> for Command {
    fn from(program: String) -> Self {
        Self::new(program)
    }
}

impl From<&Path> for Command {
    fn from(program: &Path) -> Self {
        Self::new(program)
    }
}

impl From<PathBuf> for Command {
    fn from(program: PathBuf) -> Self {
        Self::new(program)
    }
}

/// Keeps what was set there (arguments, directory, variables, user, groups …) except the three
/// standard streams and the process group.
///
/// Two things differ from a command of ours, because a made command cannot be changed: its program
/// is looked up by the system when it starts (a name on the `PATH` that the *plugin* gets, a
/// relative path in the *plugin's* directory), and `env_clear` cannot be seen, so the variables of
/// the list above are passed all the same; [`env_remove`](Command::env_remove) keeps one back.
impl From<std::process::Command> for Command {
    fn from(command: std::process::Command) -> Self {
        Self::with(Base::Theirs(command))
    }
}

impl fmt::Debug for Command {
    // Names of variables only: their values may be secrets, and this is printed into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Command");
        match &self.base {
            Base::Ours { program, args, current_dir } => {
                out.field("program", program).field("args", args).field("current_dir", current_dir);
            }
            Base::Theirs(command) => {
                let args: Vec<_> = command.get_args().collect();
                out.field("program", &command.get_program()).field("args", &args);
                out.field("current_dir", &command.get_current_dir());
            }
        }
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        out.field("env", &names).field("inherit_env", &self.inherit_env).field("foreground", &self.foreground).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_a_command_shows_no_values_of_variables() {
        let command = Command::new("./hello").arg("-v").env("TOKEN", "hunter2");
        let shown = format!("{command:?}");
        assert!(shown.contains("./hello") && shown.contains("-v") && shown.contains("TOKEN"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let mut theirs = std::process::Command::new("./hello");
        theirs.arg("-v").env("TOKEN", "hunter2");
        let shown = format!("{:?}", Command::from(theirs));
        assert!(shown.contains("./hello") && shown.contains("-v") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn whatever_names_a_program_is_a_command() {
        let path = Path::new("./hello");
        for command in ["./hello".into(), "./hello".to_owned().into(), path.into(), path.to_owned().into()] {
            let command: Command = command;
            assert_eq!(command.program(), "./hello");
        }
    }
}
