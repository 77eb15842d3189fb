//! The built programs, run as a user runs them.
#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use std::process::{Command, Output};

fn greeter(plugin: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_greeter")).arg(plugin).output().expect("the host runs")
}

#[test]
fn the_host_prints_what_the_plugin_says() {
    let output = greeter(env!("CARGO_BIN_EXE_hello"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Hello, world!\n");
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_missing_plugin_is_named() {
    let output = greeter("./no-such-plugin");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("there is no file") && stderr.contains("/no-such-plugin"), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_program_that_is_no_plugin_is_quoted() {
    let output = greeter("/bin/ls");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("instead of an Outboard handshake") && stderr.contains("is it a plugin?"), "{stderr}");
}

#[test]
fn started_by_hand_the_plugin_says_what_it_is() {
    let output = Command::new(env!("CARGO_BIN_EXE_hello")).output().expect("the plugin runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("`hello` is a plugin"), "{stderr}");
    assert!(stderr.contains("`Greeter` version 1: Greets people."), "{stderr}");
    assert_eq!(output.status.code(), Some(64));
    assert!(output.stdout.is_empty());
}
