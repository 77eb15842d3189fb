//! The built programs, and folders to find them in.
#![allow(dead_code, reason = "no test file needs all of it")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// 407 lines, among them the odd ones that real logs have.
pub(crate) const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/logs/access.log");

pub(crate) fn host(arguments: &[&str]) -> Command {
    let mut host = Command::new(env!("CARGO_BIN_EXE_logscan"));
    host.args(arguments).stdin(Stdio::null());
    host
}

pub(crate) fn logscan(arguments: &[&str]) -> Output {
    host(arguments).output().expect("the host runs")
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("it is text")
}

/// What is printed if all goes well, and nothing beside it.
pub(crate) fn printed(arguments: &[&str]) -> String {
    let output = logscan(arguments);
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    assert!(output.status.success(), "{arguments:?}: {}", output.status);
    text(&output.stdout).to_owned()
}

/// The one sentence about what went wrong.
pub(crate) fn sentence(output: &Output) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let sentence = said.strip_prefix("logscan: ").and_then(|said| said.strip_suffix('\n'));
    let sentence = sentence.unwrap_or_else(|| panic!("it said {said:?}"));
    assert!(!sentence.contains(char::is_control), "it said {said:?}");
    sentence.to_owned()
}

/// The same, where nothing else is printed.
pub(crate) fn refused(arguments: &[&str]) -> String {
    let output = logscan(arguments);
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    sentence(&output)
}

pub(crate) fn matched(arguments: &[&str]) -> usize {
    let summary = printed(arguments);
    let count = summary.lines().find_map(|line| line.strip_prefix("lines matched")).expect("the line");
    count.trim().parse().expect("a number")
}

/// The lines of a log as records have them.
pub(crate) fn lines(log: impl AsRef<Path>) -> Vec<String> {
    let log = fs::read(log).expect("the log is there");
    String::from_utf8_lossy(&log).lines().map(str::to_owned).collect()
}

/// A folder with plugins and whatever else a test needs.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// With links to these plugins; those that only tests use are cargo's examples.
    pub(crate) fn with(plugins: &[&str]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        let beside = Path::new(env!("CARGO_BIN_EXE_logscan")).parent().expect("a folder");
        for name in plugins {
            let file = format!("logscan-{name}");
            let built = [beside.join(&file), beside.join("examples").join(&file)];
            if !built.iter().any(|path| path.exists()) {
                build_examples();
            }
            let program = built.iter().find(|path| path.exists()).unwrap_or_else(|| panic!("there is no {file}"));
            symlink(program, folder.path(&file)).expect("a link");
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.path().to_str().expect("it is text")
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("a file");
        path.to_str().expect("it is text").to_owned()
    }

    /// A program in a shell's words.
    pub(crate) fn script(&self, name: &str, words: &str) {
        let path = self.write(name, &format!("#!/bin/sh\n{words}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }
}

/// As a plain `cargo test` has done, and one of a single test file has not.
fn build_examples() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "logscan", "--examples"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs").success());
}
