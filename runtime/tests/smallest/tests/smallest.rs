//! What the author of a plugin without a runtime gets: the tree, and that it works.
#![allow(clippy::expect_used, reason = "it is a test")]

use std::collections::BTreeSet;
use std::process::Command;

use outboard_smallest::{Echo, EchoClient};

/// The packages that end up in the program, this one aside. The book tells the number.
const LINKED: usize = 18;

#[test]
fn a_plugin_without_a_runtime_links_no_runtime_and_few_packages() {
    let linked = linked();
    assert!(!linked.contains("tokio"), "{linked:?}");
    assert_eq!(linked.len(), LINKED, "a new dependency is a decision; if it is made, tell the book: {linked:?}");
}

/// Without what only runs in the compiler.
fn linked() -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]);
    let output = cargo.args(["--package", "outboard-smallest"]).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("text");
    let names = tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    names.filter(|name| name != "outboard-smallest").collect()
}

#[test]
fn it_answers_and_ends() {
    let echo = EchoClient::launch(env!("CARGO_BIN_EXE_smallest")).expect("it starts");
    assert_eq!(echo.echo("hello").expect("an answer"), "hello");
}
