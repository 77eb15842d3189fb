//! A mill without the SDK that breaks the rules of streams and objects in one way: `faulty_mill NAME`.
//!
//! It waits for the first call and says there what it says; after that it reads on.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic ends the process, which is a fault too")]

use outboard::Interface;
use outboard_e2e::bare::{Input, hang, write};
use outboard_e2e::mill::tasks::MillClient;
use outboard_e2e::wire::{FROM_HOST, FROM_PLUGIN, Frame, MORE, entry, hello, interface, kind, opening, read_opening};
use serde_json::json;

/// Below are the root objects.
const FIRST_HANDLE: u64 = 65_536;

fn main() {
    let fault = std::env::args().nth(1).expect("a fault");
    let methods: Vec<_> = MillClient::METHODS.iter().map(|method| method.name).collect();
    write(&opening(FROM_PLUGIN, &hello(&json!([interface("Mill", 1, &methods)]))));
    drop(read_opening(&mut Input, FROM_HOST));
    let request = wait_for(kind::REQUEST);
    misbehave(&fault, &request);
    let echo = methods.iter().position(|name| *name == "echo").and_then(|index| u16::try_from(index).ok());
    loop {
        let request = wait_for(kind::REQUEST);
        if Some(request.method) == echo {
            send(&Frame::new(kind::VALUE, request.call).with(b"\x04fine"));
        }
    }
}

/// Reads up to a frame of this kind, and answers what has to be answered.
fn wait_for(wanted: u8) -> Frame {
    loop {
        let Ok(Some(frame)) = Frame::read(&mut Input) else { std::process::exit(1) };
        if frame.kind == wanted {
            return frame;
        }
        match frame.kind {
            kind::PING => send(&Frame::new(kind::PONG, frame.call)),
            kind::SHUTDOWN => std::process::exit(0),
            _ => {}
        }
    }
}

fn send(frame: &Frame) {
    write(&frame.to_bytes());
}

/// The reply of `pour`: a stream.
fn stream(request: &Frame, ids: impl IntoIterator<Item = u64>) {
    send(&Frame::new(kind::VALUE, request.call).with(&[1, 0]).giving(entry::STREAMS, ids));
}

/// Items of one byte each.
fn items(stream: u64, count: u16) -> Frame {
    let payload = [1, 7].repeat(count.into());
    Frame { method: count, ..Frame::new(kind::ITEMS, stream) }.with(&payload)
}

fn end(stream: u64) {
    send(&Frame::new(kind::END, stream));
}

/// A stream that is open and of which items are wanted.
fn wanted_stream(request: &Frame) {
    stream(request, [1]);
    wait_for(kind::CREDIT);
}

fn misbehave(fault: &str, request: &Frame) {
    let value = |payload: &[u8]| Frame::new(kind::VALUE, request.call).with(payload);
    match fault {
        // For comparison.
        "none" => {
            wanted_stream(request);
            send(&items(1, 10));
            end(1);
        }
        // Streams.
        "item-after-the-end" => {
            wanted_stream(request);
            send(&items(1, 1));
            end(1);
            send(&items(1, 1));
        }
        "item-of-no-stream" => {
            wanted_stream(request);
            send(&items(9, 1));
        }
        "no-items" => {
            wanted_stream(request);
            send(&items(1, 0));
        }
        "more-items-than-wanted" => {
            wanted_stream(request);
            send(&items(1, 1000));
        }
        "more-items-than-the-window-holds" => {
            wanted_stream(request);
            (0..65).for_each(|_| send(&items(1, 1)));
        }
        "more-bytes-than-the-window-holds" => {
            wanted_stream(request);
            // One more than there is room for is allowed, and then no other.
            long_item();
            send(&items(1, 1));
        }
        "two-ends" => {
            wanted_stream(request);
            end(1);
            end(1);
        }
        "end-of-no-stream" => end(7),
        "end-within-an-item" => {
            wanted_stream(request);
            send(&Frame { method: 1, flags: MORE, ..Frame::new(kind::ITEMS, 1) }.with(&[9, 1, 2]));
            end(1);
        }
        "one-stream-twice" => stream(request, [1, 1]),
        "stream-without-a-number" => stream(request, [0]),
        "too-many-streams" => stream(request, 1..=257),
        "stream-that-is-not-there" => send(&value(&[1, 0])),
        "credit-for-no-stream" => send(&Frame { method: 1, target: 1, ..Frame::new(kind::CREDIT, 5) }),
        "reset-of-no-stream" => send(&Frame::new(kind::RESET, 5)),
        "garbage-in-a-stream" => {
            wanted_stream(request);
            send(&Frame { method: 1, ..Frame::new(kind::ITEMS, 1) }.with(&[200]));
        }
        "broken-end-that-is-garbage" => {
            wanted_stream(request);
            send(&Frame::new(kind::END, 1).with(b"because"));
        }
        // It wants everything and takes nothing.
        "wants-all-and-reads-nothing" => {
            let credit = Frame { method: u16::MAX, target: 1 << 40, ..Frame::new(kind::CREDIT, 1) };
            (0..1000).for_each(|_| send(&credit));
            hang();
        }
        // Objects.
        "one-object-twice" => {
            send(&value(&[0]).giving(entry::HANDLES, [FIRST_HANDLE, FIRST_HANDLE]));
        }
        "object-among-the-roots" => send(&value(&[0]).giving(entry::HANDLES, [7])),
        "too-many-objects" => {
            wanted_stream(request);
            for number in 0..17 {
                let first = FIRST_HANDLE + number * 4096;
                send(&items(1, 1).giving(entry::HANDLES, first..first + 4096));
            }
        }
        "object-that-is-not-there" => send(&value(&[1, 0, 0x80, 0x80, 0x04, 0])),
        "object-without-an-interface" => {
            send(&value(&[1, 0, 0x80, 0x80, 0x04, 9]).giving(entry::HANDLES, [FIRST_HANDLE]));
        }
        "object-of-another-interface" => {
            send(&value(&[1, 0, 0x80, 0x80, 0x04, 0]).giving(entry::HANDLES, [FIRST_HANDLE]));
        }
        "release-of-no-object" => send(&Frame { target: FIRST_HANDLE + 9, ..Frame::new(kind::RELEASE, 0) }),
        "two-releases" => {
            let release = Frame { target: FIRST_HANDLE, ..Frame::new(kind::RELEASE, 0) };
            send(&value(&[]));
            send(&release);
            send(&release);
        }
        "return-of-no-object" => send(&value(&[]).giving(entry::RETURNED, [FIRST_HANDLE + 9])),
        "call-of-no-object" => {
            send(&Frame { target: FIRST_HANDLE + 9, ..Frame::new(kind::REQUEST, 1) });
            let answer = wait_for(kind::SYSTEM_ERROR);
            assert!(String::from_utf8_lossy(&answer.payload).contains("unknown_object"));
            wanted_stream(request);
            end(1);
        }
        "too-many-interfaces" => {
            let table = interface("Wheel", 1, &["turn"]).to_string();
            (0..1025).for_each(|_| send(&Frame::new(kind::INTERFACE, 0).with(table.as_bytes())));
        }
        other => panic!("unknown fault {other}"),
    }
}

/// An item of two mebibytes, in chunks.
fn long_item() {
    // The length, in seven bits each.
    let mut payload = vec![0x80, 0x80, 0x80, 0x01];
    payload.resize(payload.len() + (2 << 20), 7);
    let mut chunks = payload.chunks(64 << 10).peekable();
    while let Some(chunk) = chunks.next() {
        let flags = if chunks.peek().is_some() { MORE } else { 0 };
        send(&Frame { method: 1, flags, ..Frame::new(kind::ITEMS, 1) }.with(chunk));
    }
}
