//! The runs of the log analyser that the tutorial shows.
#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use outboard::testing::build_plugin;

/// The tutorial's filter in a folder of its own, under the host.
fn run(filter: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let plugin = build_plugin("logscan-large").expect("the plugin builds");
    symlink(plugin, folder.path().join("logscan-large")).expect("a link");
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/logscan/logs/access.log");
    let mut host = Command::new(build_plugin("logscan").expect("the host builds"));
    host.arg("--plugins").arg(folder.path()).args(["--filter", filter]).arg(log).output().expect("the host runs")
}

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tutorial/logscan.md");
    fs::read_to_string(page).expect("the page")
}

/// What the page shows after `start`, up to the end of the block.
fn shown(start: &str) -> String {
    let page = page();
    let (_, rest) = page.split_once(start).expect("it is shown");
    let (block, _) = rest.split_once("```").expect("its end");
    block.to_owned()
}

#[test]
fn the_tutorials_filter_prints_what_the_page_shows() {
    assert!(page().contains("--filter large=60000 examples/logscan/logs/access.log\n"));
    let output = run("large=60000");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), shown("```text\n"));
}

#[test]
fn an_argument_without_sense_is_told_as_on_the_page() {
    let output = run("large=much");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        shown("--filter large=much examples/logscan/logs/access.log\n")
    );
}
