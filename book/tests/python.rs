//! The plugin that was written from the protocol page alone, under a real host.
#![allow(clippy::expect_used, clippy::print_stderr, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use greeter::{Greeter, GreeterClient};
use outboard::{Command, Ending, Plugin};

/// `None`, with a notice, on a machine without Python.
fn python() -> Option<PathBuf> {
    let found = std::process::Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    match found {
        Ok(output) if output.status.success() => Some(String::from_utf8_lossy(&output.stdout).trim().into()),
        _ => {
            eprintln!("not run: there is no python3 on this machine");
            None
        }
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plugin.py")
}

#[tokio::test]
async fn a_host_calls_the_python_plugin() -> outboard::Result<()> {
    let Some(python) = python() else { return Ok(()) };
    let greeter = GreeterClient::launch(Command::new(python).arg(script())).await?;
    assert_eq!(greeter.greet("world").await?, "Hello, world!");
    assert_eq!(greeter.greet("żółw").await?, "Hello, żółw!");
    assert_eq!(greeter.version(), 1);
    Ok(())
}

#[tokio::test]
async fn large_messages_reach_the_python_plugin_and_come_back() -> outboard::Result<()> {
    let Some(python) = python() else { return Ok(()) };
    let greeter = GreeterClient::launch(Command::new(python).arg(script())).await?;
    let long = "long name ".repeat(50_000);
    let (first, small, second) = tokio::join!(greeter.greet(&long), greeter.greet("small"), greeter.greet(&long));
    assert_eq!(small?, "Hello, small!");
    assert_eq!(first?, format!("Hello, {long}!"));
    assert_eq!(second?, format!("Hello, {long}!"));
    Ok(())
}

#[tokio::test]
async fn the_python_plugin_describes_itself_and_ends_when_it_is_asked_to() -> outboard::Result<()> {
    let Some(python) = python() else { return Ok(()) };
    let plugin = Plugin::builder(Command::new(python).arg(script())).interface::<GreeterClient>().launch().await?;
    let greeter = plugin.client::<GreeterClient>()?;
    assert_eq!(greeter.greet("world").await?, "Hello, world!");
    let described = plugin.describe().await?;
    assert_eq!((described[0].name.as_str(), described[0].docs.as_str()), ("Greeter", "Greets people."));
    assert_eq!((described[0].methods[0].name.as_str(), described.len()), ("greet", 1));
    let exit = plugin.shutdown().await?;
    assert_eq!((exit.code(), exit.ending()), (Some(0), &Ending::Asked), "{}", exit.report());
    Ok(())
}

const HELLO: &[u8] = br#"{"protocol":[7,1],"something":"new"}"#;

/// The Python plugin with a host that writes `frames` and then ends.
fn replies_to(python: &Path, frames: &[Vec<u8>]) -> (String, Vec<u8>) {
    let mut child = std::process::Command::new(python)
        .arg(script())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python runs");
    let mut input = b"\xfeOUTBRD>".to_vec();
    input.extend_from_slice(&u32::try_from(HELLO.len()).expect("short").to_le_bytes());
    input.extend_from_slice(HELLO);
    input.extend(frames.iter().flatten());
    child.stdin.take().expect("piped").write_all(&input).expect("it reads");
    let (output, errors) = outputs(child);
    assert_eq!(&output[..8], b"\xfeOUTBRD<", "{errors}");
    let length = u32::from_le_bytes(output[8..12].try_into().expect("four bytes"));
    (errors, output[12 + length as usize..].to_vec())
}

fn outputs(mut child: Child) -> (Vec<u8>, String) {
    let (mut output, mut errors) = (Vec::new(), String::new());
    child.stdout.take().expect("piped").read_to_end(&mut output).expect("readable");
    child.stderr.take().expect("piped").read_to_string(&mut errors).expect("text");
    child.wait().expect("it ends");
    (output, errors)
}

fn frame(kind: u8, flags: u8, method: u16, call: u64, target: u64, body: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(body.len()).expect("short").to_le_bytes().to_vec();
    frame.extend([kind, flags]);
    frame.extend(method.to_le_bytes());
    frame.extend(call.to_le_bytes());
    frame.extend(target.to_le_bytes());
    frame.extend(body);
    frame
}

#[test]
fn the_python_plugin_keeps_to_the_finer_rules() {
    let Some(python) = python() else { return };
    let extended = [&[7, 0, 99, 0, 3, 0, 1, 2, 3][..], b"\x02Ed"].concat();
    let sent = [
        frame(0x30, 0, 0, 9, 0, b""),
        frame(0x01, 4, 0, 1, 0, &extended),
        frame(0x01, 1, 0, 2, 0, br#"["Jo"]"#),
        frame(0x77, 0x10, 0, 0, 0, b"from the future"),
        frame(0x01, 8, 0, 3, 0, b"\x02A"),
        frame(0x05, 0, 0, 3, 0, b""),
        frame(0x01, 0, 1, 4, 0, b""),
        frame(0x01, 0, 0, 5, 7, b""),
        frame(0x01, 0, 0, 6, 0, b"\x02A"),
        frame(0x05, 0, 0, 1, 0, b""),
        frame(0x38, 1, 0, 0, 0, b""),
    ];
    let (errors, replies) = replies_to(&python, &sent);
    assert_eq!(errors, "");
    let refusal = |call, kind: &str, message: &str| {
        frame(0x04, 1, 0, call, 0, format!(r#"{{"kind": "{kind}", "message": "{message}"}}"#).as_bytes())
    };
    let expected = [
        frame(0x31, 0, 0, 9, 0, b""),
        frame(0x02, 0, 0, 1, 0, b"\x0aHello, Ed!"),
        frame(0x02, 1, 0, 2, 0, br#""Hello, Jo!""#),
        refusal(3, "cancelled", ""),
        refusal(4, "unknown_method", "there is no method 1"),
        refusal(5, "unknown_object", "there is no object 7"),
        refusal(6, "invalid_arguments", "argument `name`: the length does not fit"),
        frame(0x39, 1, 0, 0, 0, b""),
    ];
    assert_eq!(String::from_utf8_lossy(&replies), String::from_utf8_lossy(&expected.concat()));
}

#[test]
fn the_python_plugin_sees_violations() {
    let Some(python) = python() else { return };
    for (violation, sent) in [
        ("reserved flags", frame(0x30, 0x20, 0, 0, 0, b"")),
        ("kind 0x77", frame(0x77, 0, 0, 0, 0, b"")),
        ("cancelled a call", frame(0x05, 0, 0, 1, 0, b"")),
        ("extension block", frame(0x01, 4, 0, 1, 0, &[3, 0, 1, 0, 0])),
        ("65537 bytes", frame(0x01, 0, 0, 1, 0, &[0; 65_537])),
    ] {
        let (errors, replies) = replies_to(&python, &[sent]);
        assert!(errors.contains(violation), "{errors}");
        assert_eq!(replies, b"");
    }
}
