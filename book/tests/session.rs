//! The worked session of the protocol page, replayed with real programs.
#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use greeter::{Greeter, GreeterClient};
use outboard::{Command, Plugin};

/// What the page says that one side writes.
fn written(side: &str) -> Vec<u8> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/protocol.md")).expect("the page");
    let (_, session) = page.split_once("## A session, byte by byte").expect("the session");
    let (_, block) = session.split_once("```text\n").expect("its block");
    let (block, _) = block.split_once("```").expect("its end");
    let mut bytes = Vec::new();
    for line in block.lines().filter_map(|line| line.strip_prefix(side)) {
        if let Some(text) = line.strip_prefix("| ") {
            bytes.extend_from_slice(text.as_bytes());
        } else {
            let hex = line.split(';').next().unwrap_or_default();
            bytes.extend(hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("two hex digits")));
        }
    }
    bytes
}

fn hello() -> PathBuf {
    outboard::testing::build_plugin("hello").expect("the plugin builds")
}

#[test]
fn the_plugin_writes_what_the_page_says() {
    let mut plugin = std::process::Command::new(hello())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the plugin starts");
    let mut input = plugin.stdin.take().expect("piped");
    input.write_all(&written("H")).expect("it reads");
    let mut output = Vec::new();
    plugin.stdout.take().expect("piped").read_to_end(&mut output).expect("it writes");
    assert_eq!(String::from_utf8_lossy(&output), String::from_utf8_lossy(&written("P")));
    assert_eq!(plugin.wait().expect("it ends").code(), Some(0));
}

#[tokio::test]
async fn the_host_writes_what_the_page_says() -> outboard::Result<()> {
    let folder = tempfile::tempdir()?;
    let record = folder.path().join("host");
    let tapped = r#"tee "$1" | "$2""#;
    let command = Command::new("sh").args(["-c", tapped, "sh"]).arg(&record).arg(hello());
    let plugin = Plugin::builder(command).interface::<GreeterClient>().launch().await?;
    assert_eq!(plugin.client::<GreeterClient>()?.greet("world").await?, "Hello, world!");
    plugin.shutdown().await?;
    let written_by_host = fs::read(record)?;
    assert_eq!(String::from_utf8_lossy(&written_by_host), String::from_utf8_lossy(&written("H")));
    Ok(())
}
