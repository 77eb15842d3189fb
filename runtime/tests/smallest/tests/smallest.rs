//! What the author of a plugin without a runtime gets: the tree, and that it works.
#![allow(clippy::expect_used, reason = "it is a test")]

use std::collections::BTreeSet;
use std::process::Command;

use outboard_smallest::{Echo, EchoClient};

/// The packages that end up in the program, this one aside. The book tells the number.
const LINKED: usize = 18;

/// Everything that is compiled for the author of an async plugin, in one crate with its interface.
const ASYNC_PLUGIN: Tree = Tree { linked: 23, compiled: 31 };

/// The same of a blocking plugin without tokio. What is linked is `LINKED`.
const BLOCKING_PLUGIN: Tree = Tree { linked: LINKED, compiled: 25 };

/// The crate of a blocking interface that neither launches nor serves.
const BLOCKING_INTERFACE: Tree = Tree { linked: 11, compiled: 18 };

/// Numbers of packages, Outboard included.
#[derive(Debug, PartialEq)]
struct Tree {
    linked: usize,
    /// With procedural macros and what they need.
    compiled: usize,
}

#[test]
fn a_plugin_without_a_runtime_links_no_runtime_and_few_packages() {
    let linked = packages("normal,no-proc-macro", &["--package", "outboard-smallest"]);
    assert!(!linked.contains("tokio"), "{linked:?}");
    check(&["--package", "outboard-smallest"], BLOCKING_PLUGIN, 40);
}

#[test]
fn an_async_plugin_is_compiled_from_few_packages() {
    check(&["--package", "greeter"], ASYNC_PLUGIN, 40);
}

#[test]
fn an_interface_alone_is_compiled_from_few_packages() {
    // Outboard stands for the crate of the interface: it would be the only package more.
    let alone = ["--package", "outboard", "--no-default-features"];
    let Tree { linked, compiled } = BLOCKING_INTERFACE;
    check(&alone, Tree { linked: linked - 1, compiled: compiled - 1 }, 19);
}

/// The packages below the one that is asked for, which is not counted.
#[track_caller]
fn check(package: &[&str], expected: Tree, limit: usize) {
    let [linked, compiled] = ["normal,no-proc-macro", "normal,build"].map(|edges| packages(edges, package));
    assert!(compiled.len() < limit, "{}: {compiled:?}", compiled.len());
    let found = Tree { linked: linked.len(), compiled: compiled.len() };
    assert_eq!(found, expected, "a new dependency is a decision; if it is made, tell the book: {compiled:?}");
}

fn packages(edges: &str, package: &[&str]) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    // One platform, so that the numbers are the same on all.
    cargo.args(["tree", "--offline", "--target", "x86_64-unknown-linux-gnu", "--edges", edges]);
    let output = cargo.args(["--prefix", "none", "--format", "{p}"]).args(package).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("text");
    let names = tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    let asked = package.get(1).copied();
    names.filter(|name| Some(name.as_str()) != asked).collect()
}

#[test]
fn it_answers_and_ends() {
    let echo = EchoClient::launch(env!("CARGO_BIN_EXE_smallest")).expect("it starts");
    assert_eq!(echo.echo("hello").expect("an answer"), "hello");
}
