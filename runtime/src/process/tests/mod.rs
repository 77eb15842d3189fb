//! Real processes, mostly `/bin/sh` with a line of script.

mod counting;
mod ending;
mod logging;
mod starting;
mod watching;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::{Command, Process, ProcessExit, Spawned, spawn};
use crate::Error;

/// Long enough for a loaded machine, short enough for a person: what takes longer hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a command and waits for it to be started, or not.
pub(super) fn launch(command: impl Into<Command>) -> Result<Spawned, Error> {
    spawn(command.into()).wait_timeout(PATIENCE).expect("a start comes to an end")
}

pub(super) fn sh(script: &str) -> Child {
    Child::new(launch(script_command(script)).unwrap())
}

pub(super) fn script_command(script: &str) -> Command {
    Command::new("sh").args(["-c", script])
}

/// A started process with its pipes made convenient.
pub(super) struct Child {
    pub(super) process: Process,
    pub(super) stdin: Option<fs::File>,
    pub(super) stdout: BufReader<fs::File>,
}

impl Child {
    pub(super) fn new(Spawned { stdin, stdout, process }: Spawned) -> Self {
        let file = |fd: OwnedFd| fs::File::from(fd);
        Self { process, stdin: Some(file(stdin)), stdout: BufReader::new(file(stdout)) }
    }

    /// Waits for a line on stdout, such as the `ready` of a script that has set its traps.
    pub(super) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(super) fn say(&mut self, text: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{text}").unwrap();
    }

    pub(super) fn exit(&self) -> ProcessExit {
        self.process.exited().wait_timeout(PATIENCE).expect("the process ends")
    }
}

/// Asks again until it is true. For what the system does in its own time and tells nobody.
pub(super) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::yield_now();
    }
}

/// A directory of the test's own, gone when it ends.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("outboard-process-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn make_directory(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the body in a process of its own, for tests that count descriptors and children or set
/// limits: this very test again, started with a mark in its environment.
///
/// `through` is a program that is put before it, with arguments; `variables` are set for it.
pub(super) fn alone(test: &str, through: &[&str], variables: &[(&str, &str)], body: impl FnOnce()) {
    const MARK: &str = "OUTBOARD_TEST_ALONE";
    if std::env::var_os(MARK).is_some() {
        return body();
    }
    let me = std::env::current_exe().unwrap();
    let mut words = through.iter().map(OsStr::new).chain([me.as_os_str()]);
    let output = process::Command::new(words.next().unwrap())
        .args(words)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(MARK, "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "no test has the name {test}: {said}");
}

/// How many descriptors this process has.
pub(super) fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Children of this process, zombies included.
pub(super) fn children() -> Vec<String> {
    let me = process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let stats = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    // `pid (name) state parent …`; the name may hold anything.
    let is_mine = |stat: &String| {
        let rest = stat.rsplit(')').next().unwrap_or_default();
        rest.split_whitespace().nth(1) == Some(&me)
    };
    stats.filter(is_mine).collect()
}
