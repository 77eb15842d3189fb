//! The built programs, run as a user runs them.
#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use std::env::consts::EXE_SUFFIX;
use std::path::Path;
use std::process::{Command, Output};

fn kvstore(plugin: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kvstore")).arg(plugin).output().expect("the host runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_host_prints_what_the_readme_shows() {
    let readme = include_str!("../README.md");
    let shown = readme.split_once("```text\n").and_then(|(_, rest)| rest.split_once("```"));
    let output = kvstore(Path::new(env!("CARGO_BIN_EXE_kvstore-words")));
    assert_eq!(text(&output.stderr), "");
    assert_eq!(Some(&*text(&output.stdout)), shown.map(|(shown, _)| shown));
    assert!(output.status.success());
}

#[test]
fn a_plugin_that_dies_leaves_the_store_as_it_was_and_the_host_says_why() {
    // Cargo builds the examples of a package for its tests, and names their folder to none of them.
    let programs = Path::new(env!("CARGO_BIN_EXE_kvstore")).parent().expect("a folder");
    let plugin = programs.join("examples").join(format!("kvstore-dies{EXE_SUFFIX}"));
    let output = kvstore(&plugin);
    let said = |bytes| text(bytes).replace(&*plugin.to_string_lossy(), "PLUGIN").replace(" (core dumped)", "");
    assert_eq!(
        said(&output.stdout),
        "\
Adding notes.
    none added: `PLUGIN` was killed by SIGABRT, with `add` in flight
    the store has 0 entries; of the transactions 0 committed, 1 rolled back
Looking for two notes with `water`.
"
    );
    assert_eq!(
        said(&output.stderr),
        "\
Error: `PLUGIN` was killed by SIGABRT, with `add` in flight: the last it wrote to stderr was
    it was all too much
"
    );
    assert_eq!(output.status.code(), Some(1));
}
