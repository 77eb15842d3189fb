//! A command made ready: its file found, its environment chosen. It can be started repeatedly.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf, absolute};
use std::process::Stdio;

use super::command::{Base, Command};
use super::signals::Reach;
use super::{environment, program};
use crate::error::{Error, ErrorKind};
use crate::escape::escape;

/// All that starting needs, and all that an error about it wants to say.
// Printed by tests only: it holds the values of variables, which may be secrets.
#[cfg_attr(test, derive(Debug))]
pub(super) struct Plan {
    pub(super) command: std::process::Command,
    /// The program as the command named it, escaped: for sentences.
    pub(super) name: String,
    /// Its file's name, escaped: for the log.
    pub(super) label: String,
    /// The file; as it was given where only the system knows better.
    pub(super) program: PathBuf,
    /// Whether `program` was found on a `PATH`.
    pub(super) looked_up: bool,
    pub(super) reach: Reach,
    /// Variables of the host that do not go along, and those that do.
    pub(super) withheld: usize,
    pub(super) variables: usize,
}

impl Plan {
    /// Looks at the host's environment, its current directory and the file system, so it belongs on
    /// the caller's thread: a slow file system must not stop the care for other processes.
    pub(super) fn new(command: Command) -> Result<Self, Error> {
        let given = command.program().to_owned();
        let name = escape(&given.to_string_lossy()).into_owned();
        let mut explicit = Vec::new();
        if let Base::Theirs(command) = &command.base {
            explicit.extend(command.get_envs().map(|(name, value)| (name.to_owned(), value.map(OsStr::to_owned))));
        }
        explicit.extend(command.environment);
        let environment = environment::choose(env::vars_os(), &explicit, command.inherit_env);
        let (mut ready, program) = match command.base {
            Base::Ours { program, args, current_dir } => ours(&program, &args, current_dir.as_deref(), &name)?,
            Base::Theirs(ready) => {
                let path = environment.variables.get(OsStr::new("PATH"));
                let program = theirs(&ready, path.map(OsString::as_os_str));
                (ready, program)
            }
        };
        let variables = environment.variables.len();
        ready.env_clear().envs(environment.variables);
        ready.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let reach = if command.foreground { Reach::Process } else { Reach::Group };
        if reach == Reach::Group {
            ready.process_group(0);
        }
        let label =
            program.file_name().map_or_else(|| name.clone(), |file| escape(&file.to_string_lossy()).into_owned());
        let looked_up = !program::is_path(&given);
        Ok(Self { command: ready, name, label, program, looked_up, reach, withheld: environment.withheld, variables })
    }
}

fn ours(
    program: &OsStr,
    args: &[OsString],
    current_dir: Option<&Path>,
    name: &str,
) -> Result<(std::process::Command, PathBuf), Error> {
    let file = if program.is_empty() {
        return Err(Error::new(ErrorKind::Spawn, "the command names no program: its path is empty"));
    } else if program::is_path(program) {
        absolute(program).map_err(|error| {
            Error::build(ErrorKind::Spawn, format!("cannot tell where `{name}` is")).source(error).finish()
        })?
    } else {
        program::look_up(program, env::var_os("PATH").as_deref()).ok_or_else(|| not_on_path(name))?
    };
    let mut command = std::process::Command::new(&file);
    command.args(args);
    if let Some(directory) = current_dir {
        command.current_dir(directory);
    }
    Ok((command, file))
}

fn not_on_path(name: &str) -> Error {
    let here = Path::new(name).exists();
    let hint =
        if here { "; for the one in the current directory write" } else { "; a file is named with a `/`, as in" };
    Error::new(ErrorKind::Spawn, format!("there is no program `{name}` on the PATH{hint} `./{name}`"))
}

/// Where the system will look, as far as one can tell from outside.
fn theirs(command: &std::process::Command, path: Option<&OsStr>) -> PathBuf {
    let program = command.get_program();
    if !program::is_path(program) {
        return program::look_up(program, path).unwrap_or_else(|| program.into());
    }
    let from_there = command.get_current_dir().unwrap_or(Path::new("")).join(program);
    absolute(&from_there).unwrap_or(from_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(command: impl Into<Command>) -> Plan {
        Plan::new(command.into()).unwrap()
    }

    #[test]
    fn a_path_is_made_absolute_from_the_hosts_directory() {
        let plan = plan(Command::new("./hello").current_dir("/"));
        assert_eq!(plan.program, env::current_dir().unwrap().join("hello"));
        assert_eq!(plan.command.get_program(), plan.program);
        assert_eq!((plan.name.as_str(), plan.label.as_str(), plan.looked_up), ("./hello", "hello", false));
    }

    #[test]
    fn a_name_is_looked_up_and_started_by_its_absolute_path() {
        let plan = plan("sh");
        assert!(plan.program.is_absolute() && plan.looked_up);
        assert_eq!(plan.command.get_program(), plan.program);
        assert_eq!(plan.name, "sh");
    }

    #[test]
    fn a_name_that_is_nowhere_is_an_error_with_a_hint() {
        let error = Plan::new("no-such-program".into()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Spawn);
        assert_eq!(
            error.to_string(),
            "there is no program `no-such-program` on the PATH; a file is named with a `/`, as in `./no-such-program`"
        );
        let error = Plan::new("Cargo.toml".into()).unwrap_err();
        assert!(error.to_string().ends_with("for the one in the current directory write `./Cargo.toml`"), "{error}");
        assert!(Plan::new("".into()).is_err());
    }

    #[test]
    fn a_command_of_std_keeps_its_arguments_directory_and_variables() {
        let mut theirs = std::process::Command::new("bin/tool");
        theirs.arg("-v").current_dir("/usr").env("TOKEN", "x").env_remove("HOME");
        let plan = plan(Command::from(theirs).arg("more").env("MORE", "y"));
        assert_eq!(plan.program, Path::new("/usr/bin/tool"));
        assert_eq!(plan.command.get_args().collect::<Vec<_>>(), ["-v", "more"]);
        assert_eq!(plan.command.get_current_dir(), Some(Path::new("/usr")));
        let variables: Vec<_> = plan.command.get_envs().collect();
        assert!(variables.contains(&("TOKEN".as_ref(), Some("x".as_ref()))));
        assert!(variables.contains(&("MORE".as_ref(), Some("y".as_ref()))));
        assert!(!variables.iter().any(|(name, value)| *name == "HOME" && value.is_some()));
    }

    #[test]
    fn a_name_with_control_characters_is_escaped() {
        assert_eq!(plan("./a\x1b[2Jb").name, "./a\\u{1b}[2Jb");
    }
}
