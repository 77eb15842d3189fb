//! A program without the SDK that breaks the protocol in one way: `faulty --fault NAME`.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic ends the process, which is a fault too")]

use std::process::Command;
use std::thread;
use std::time::Duration;

use outboard::Interface;
use outboard_e2e::bare::{Input, hang, write};
use outboard_e2e::interfaces::ZooClient;
use outboard_e2e::wire::{
    FROM_HOST, FROM_PLUGIN, Frame, IGNORABLE, MORE, header, hello, interface, kind, opening, read_opening,
};
use rustix::process::{Signal, getpid, kill_process};
use rustix::stdio::stderr;
use serde_json::{Value, json};

fn main() {
    let mut arguments = std::env::args().skip(1);
    assert_eq!(arguments.next().as_deref(), Some("--fault"), "usage: faulty --fault NAME");
    let fault = arguments.next().expect("a fault");
    if !before_the_handshake(&fault) {
        match fault.as_str() {
            "text-of-4k" => write(&b"loading \x1b[1m...\n".repeat(256)),
            "text-of-100k" => write(&b"loading ........\n".repeat(6000)),
            _ => {}
        }
        write(&opening(FROM_PLUGIN, &zoo()));
        after_the_handshake(&fault);
    }
}

/// Faults that come instead of a handshake; `true` if it was one.
fn before_the_handshake(fault: &str) -> bool {
    match fault {
        "silent" => hang(),
        "banner-then-exit" => write(b"Usage: hello [OPTIONS]\n\x1b[31mred\n"),
        "banner-then-hang" => {
            write(b"Last login: Monday\n");
            hang();
        }
        "banner-of-100k" => {
            write(&b"all work and no play\n".repeat(5000));
            hang();
        }
        "slow-loris" => {
            for byte in opening(FROM_PLUGIN, &zoo()) {
                write(&[byte]);
                thread::sleep(Duration::from_millis(50));
            }
        }
        "half-hello" => {
            let opening = opening(FROM_PLUGIN, &zoo());
            write(opening.get(..opening.len() / 2).unwrap_or_default());
        }
        "hello-of-4-gib" => {
            write(&FROM_PLUGIN);
            write(&u32::MAX.to_le_bytes());
            hang();
        }
        "hello-is-no-json" => {
            write(&FROM_PLUGIN);
            write(&4_u32.to_le_bytes());
            write(b"nope");
            hang();
        }
        "other-protocol" => greet_with(&json!({ "protocol": [7, 8], "about": { "sdk": "outboard 9.1" } })),
        "requires-more" => greet_with(&json!({ "protocol": [1], "requires": ["teleport"] })),
        "limits-of-nothing" => greet_with(&json!({ "protocol": [1], "limits": { "frame": 0 } })),
        "serves-nothing" => greet_with(&hello(&json!([]))),
        "serves-another" => greet_with(&hello(&json!([interface("Aviary", 4, &["birds"])]))),
        "echo" => {
            let opening = read_opening_bytes();
            write(&opening);
            hang();
        }
        "exits-at-once" => {
            say(b"error: no licence found\n\x1b[2J");
            std::process::exit(3);
        }
        "exits-in-silence" => std::process::exit(0),
        "dies-at-once" => stop_with(Signal::ILL),
        "calls-too-early" => {
            write(&Frame::new(kind::REQUEST, 1).to_bytes());
            hang();
        }
        _ => return false,
    }
    true
}

fn greet_with(hello: &Value) {
    write(&opening(FROM_PLUGIN, hello));
    hang();
}

/// Faults of a plugin; most wait for a call first, so that somebody is hurt.
fn after_the_handshake(fault: &str) {
    drop(read_opening(&mut Input, FROM_HOST));
    match fault {
        "two-hellos" => write(&opening(FROM_PLUGIN, &zoo())),
        "prints" => write(b"Hello, I print to stdout\n"),
        _ => {}
    }
    let mut first = true;
    while let Ok(Some(request)) = Frame::read(&mut Input) {
        match request.kind {
            kind::REQUEST if first => misbehave(fault, &request),
            kind::REQUEST => answer(&request, b"\x05later"),
            kind::PING if fault != "deaf" => write(&Frame::new(kind::PONG, request.call).to_bytes()),
            kind::SHUTDOWN if fault != "ignores-shutdown" => break,
            _ => continue,
        }
        first = first && request.kind != kind::REQUEST;
    }
    if fault == "ignores-shutdown" {
        hang();
    }
}

fn misbehave(fault: &str, request: &Frame) {
    let call = request.call;
    match fault {
        "unknown-kind" => write(&Frame::new(0x7f, 1).to_bytes()),
        "unknown-kind-ignorable" => {
            write(&Frame { flags: IGNORABLE, ..Frame::new(0x7f, 1).with(b"whatever") }.to_bytes());
            answer(request, b"\x04fine");
        }
        "unknown-extension" => {
            let extended = Frame { flags: 0b100, ..Frame::new(kind::VALUE, call) };
            write(&extended.with(b"\x05\x00\xff\x00\x01\x00!\x04fine").to_bytes());
        }
        "bad-extension" => {
            write(&Frame { flags: 0b100, ..Frame::new(kind::VALUE, call) }.with(b"\xff\x00").to_bytes());
        }
        "frame-of-4-gib" => write(&header(u32::MAX, kind::VALUE, 0, 0, call, 0)),
        "reserved-flags" => write(&Frame { flags: 0x80, ..Frame::new(kind::VALUE, call) }.to_bytes()),
        "reserved-codec" => write(&Frame { flags: 0b11, ..Frame::new(kind::VALUE, call) }.to_bytes()),
        "reply-to-nobody" => write(&Frame::new(kind::VALUE, 999).to_bytes()),
        "reply-to-zero" => write(&Frame::new(kind::VALUE, 0).to_bytes()),
        "two-replies" => {
            answer(request, b"\x04once");
            answer(request, b"\x05twice");
        }
        "bad-system-error" => write(&Frame::new(kind::SYSTEM_ERROR, call).with(b"{\"kind\":").to_bytes()),
        "unknown-system-error" => {
            write(
                &Frame::new(kind::SYSTEM_ERROR, call)
                    .with(b"{\"kind\":\"tired\",\"message\":\"\x5cu001b[2Jzzz\"}")
                    .to_bytes(),
            );
        }
        "bad-goodbye" => write(&Frame::new(kind::GOODBYE, 0).with(b"goodbye").to_bytes()),
        "says-goodbye" => write(&Frame::new(kind::GOODBYE, 0).with(br#"{"message":"I am\ntired"}"#).to_bytes()),
        "payload-in-a-ping" => write(&Frame::new(kind::PING, 0).with(b"x").to_bytes()),
        "ping-in-chunks" => write(&Frame { flags: MORE, ..Frame::new(kind::PING, 0) }.to_bytes()),
        "cancel-of-no-call" => write(&Frame::new(kind::CANCEL, 5).to_bytes()),
        "calls-what-is-not-there" => {
            write(&Frame { method: 9, target: 77, ..Frame::new(kind::REQUEST, 1) }.to_bytes());
            answer(request, b"\x04fine");
        }
        "mixed-chunks" => {
            write(&Frame { flags: MORE, ..Frame::new(kind::VALUE, call) }.with(b"\x04").to_bytes());
            write(&Frame { method: 1, ..Frame::new(kind::VALUE, call) }.with(b"fine").to_bytes());
        }
        "endless-message" => {
            let chunk = Frame { flags: MORE, ..Frame::new(kind::VALUE, call) }.with(&[0; 64 << 10]).to_bytes();
            (0..1100).for_each(|_| write(&chunk));
        }
        "half-a-frame" => {
            let frame = Frame::new(kind::VALUE, call).with(b"\x04fine").to_bytes();
            write(frame.get(..26).unwrap_or_default());
            std::process::exit(0);
        }
        "half-a-frame-then-silence" => {
            let frame = Frame::new(kind::VALUE, call).with(b"\x04fine").to_bytes();
            write(frame.get(..26).unwrap_or_default());
            hang();
        }
        "closes-stdout" => {
            rustix::stdio::dup2_stdout(stderr()).expect("a descriptor");
            hang();
        }
        "closes-stdin" => {
            let nothing = std::fs::File::open("/dev/null").expect("/dev/null");
            rustix::stdio::dup2_stdin(nothing).expect("a descriptor");
            answer(request, b"\x04fine");
            hang();
        }
        "trailing-bytes" => answer(request, b"\x04fine and more"),
        "no-utf8" => answer(request, b"\x02\xff\xfe"),
        "too-short" => answer(request, b"\x7ffine"),
        "nests-100000-deep" => answer_in_chunks(request, &[1; 100_000]),
        "grows-a-thousandfold" => {
            answer_in_chunks(request, &[&[0x80, 0x80, 0x80, 0x02][..], &vec![0; 4 << 20]].concat())
        }
        "2-to-the-60-nothings" => answer(request, &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]),
        "claims-2-to-the-60-bytes" => answer(request, &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]),
        "stops-itself" => stop_with(Signal::STOP),
        "crashes" => {
            say(b"about to fall\n");
            stop_with(Signal::ILL);
        }
        "exits-with-0" => std::process::exit(0),
        "leaves-a-child-and-exits" => {
            let child = Command::new("sleep").arg("60").spawn().expect("a child");
            drop(child);
            std::process::exit(0);
        }
        "leaves-a-daemon-and-exits" => {
            let child = Command::new("setsid").args(["sleep", "3"]).spawn().expect("a child");
            drop(child);
            std::process::exit(0);
        }
        "deaf" | "none" => {}
        _ => answer(request, b"\x04fine"),
    }
}

fn answer(request: &Frame, payload: &[u8]) {
    write(&Frame::new(kind::VALUE, request.call).with(payload).to_bytes());
}

fn answer_in_chunks(request: &Frame, payload: &[u8]) {
    let mut chunks = payload.chunks(64 << 10).peekable();
    while let Some(chunk) = chunks.next() {
        let flags = if chunks.peek().is_some() { MORE } else { 0 };
        write(&Frame { flags, ..Frame::new(kind::VALUE, request.call) }.with(chunk).to_bytes());
    }
}

/// A hello like the one of a real zoo, with something from the future in it.
fn zoo() -> Value {
    let methods: Vec<_> = ZooClient::METHODS.iter().map(|method| method.name).collect();
    let mut hello = hello(&json!([interface("Zoo", 3, &methods)]));
    if let Some(fields) = hello.as_object_mut() {
        fields.insert("features".into(), json!(["telepathy"]));
        fields.insert("weather".into(), json!({ "sun": true }));
    }
    hello
}

fn read_opening_bytes() -> Vec<u8> {
    let hello = read_opening(&mut Input, FROM_HOST).expect("a host");
    opening(FROM_HOST, &hello)
}

fn say(text: &[u8]) {
    let _ = rustix::io::write(stderr(), text);
}

fn stop_with(signal: Signal) {
    kill_process(getpid(), signal).expect("a signal");
}
