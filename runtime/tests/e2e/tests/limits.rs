//! Bounds that a host sets, against real processes.

#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use std::time::{Duration, Instant};

use outboard::{Command, ErrorKind, Limits, Plugin, Result};
use outboard_e2e::interfaces::{Zoo, ZooClient};

async fn launch(command: Command, limits: Limits) -> Result<ZooClient> {
    Plugin::builder(command).interface::<ZooClient>().limits(limits).launch().await?.client()
}

fn zoo() -> Command {
    Command::new(env!("CARGO_BIN_EXE_zoo"))
}

fn faulty(fault: &str) -> Command {
    Command::new(env!("CARGO_BIN_EXE_faulty")).args(["--fault", fault])
}

#[tokio::test]
async fn a_reply_above_the_hosts_limit_is_an_error_that_names_it() {
    let zoo = launch(zoo(), Limits::default().max_message(1 << 20)).await.expect("a zoo");
    assert_eq!(zoo.bytes(1 << 19).await.expect("within the limit").len(), 1 << 19);
    let error = zoo.bytes(2 << 20).await.expect_err("beyond the limit");
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("1048576"), "{error}");
    assert_eq!(zoo.echo("still here").await.expect("it lives"), "still here");
}

#[tokio::test]
async fn calls_beyond_the_hosts_limit_wait_for_their_turn() {
    let zoo = launch(zoo(), Limits::default().max_calls(1)).await.expect("a zoo");
    let texts = ["one", "two", "three"];
    let (one, two, three) = tokio::join!(zoo.echo(texts[0]), zoo.echo(texts[1]), zoo.echo(texts[2]));
    assert_eq!([one.expect("1st"), two.expect("2nd"), three.expect("3rd")], texts);
}

/// A peer that keeps silent is given up at the bound, and its process killed.
async fn check_silence(fault: &str, words: &str) {
    let silence = Duration::from_millis(300);
    let plugin = launch(faulty(fault), Limits::default().silence(silence)).await.expect("a handshake");
    let began = Instant::now();
    let error = plugin.echo("anybody there?").await.expect_err("nobody is");
    assert!(error.is_disconnected() && !error.is_safe_to_retry());
    assert!(error.to_string().contains(words), "{error}");
    let exit = error.process_exit().expect("it was killed");
    assert_eq!(exit.signal_name().as_deref(), Some("SIGKILL"));
    assert!(began.elapsed() >= silence && began.elapsed() < 10 * silence, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_plugin_that_answers_no_ping_is_given_up() {
    // row 38
    check_silence("deaf", "does not respond: it answers neither its calls nor a ping").await;
}

#[tokio::test]
async fn a_plugin_that_stops_inside_a_frame_is_given_up() {
    // row 48
    check_silence("half-a-frame-then-silence", "does not respond: it stopped in the middle of a frame").await;
}

#[tokio::test]
async fn a_plugin_that_only_computes_is_not_taken_for_hung() {
    // row 46
    let zoo = launch(zoo(), Limits::default().silence(Duration::from_millis(150))).await.expect("a zoo");
    let ten_times = Duration::from_millis(1500);
    assert!(tokio::time::timeout(ten_times, zoo.spin()).await.is_err(), "the call is still open");
}
