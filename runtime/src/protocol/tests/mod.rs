//! The protocol as a whole, on bytes in memory; what one file can prove alone is tested there.

mod bounds;
mod chop;
mod endings;
mod extensions;
mod golden;
mod handshake;
mod honest;
mod objects;
mod pair;
mod passing;
mod streams;
mod ticks;
mod turns;
mod unsolicited;
mod violations;

use super::frame::{HEADER, Header};
use super::limits::{Announced, Window};
use super::{
    Answered, Event, Extras, Heard, Incoming, Limits, Message, Outgoing, Session, SystemError, SystemErrorKind,
    Violation,
};
use crate::codec::Codec;

/// An object of the driver's; whether it was dropped can be seen at another of its clones.
type Thing = std::sync::Arc<u64>;

/// A session whose waiters and handlers are numbers.
type Numbered = Session<u64, u64, Thing>;

/// Small enough that a test reaches every one of them.
fn small_limits() -> Limits {
    Limits {
        message: 4096,
        frame: 256,
        reassembly: 6000,
        calls: 8,
        streams: 4,
        handles: 8,
        window: Window { items: 8, bytes: 1000 },
        pending: 16 << 10,
        ..Limits::default()
    }
}

fn session(limits: Limits) -> Numbered {
    Session::new(limits, limits.announced(), DESCRIPTION.into())
}

/// What the sessions of these tests describe themselves as.
const DESCRIPTION: &str = r#"{"interfaces":[]}"#;

/// A frame as a peer might write it, right or wrong.
fn frame(kind: u8, flags: u8, call: u64, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::from(u32::try_from(body.len()).unwrap().to_le_bytes());
    frame.extend([kind, flags, 0, 0]);
    frame.extend(call.to_le_bytes());
    frame.extend(0_u64.to_le_bytes());
    frame.extend(body);
    frame
}

/// More chunks follow.
const MORE: u8 = 0b1000;

/// Puts bytes into `incoming` as reads would.
fn feed(incoming: &mut Incoming, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let room = incoming.room();
        let count = bytes.len().min(room.len());
        let (now, later) = bytes.split_at(count);
        room[..count].copy_from_slice(now);
        incoming.filled(count);
        bytes = later;
    }
}

/// All whole messages.
fn messages(incoming: &mut Incoming) -> Result<Vec<Message>, Violation> {
    std::iter::from_fn(|| incoming.next().transpose()).collect()
}

/// All that waits to be written.
fn output(session: &mut Numbered) -> Vec<u8> {
    let mut batch = std::collections::VecDeque::new();
    let mut bytes = Vec::new();
    while session.take_output(&mut batch) {
        for segment in batch.drain(..) {
            bytes.extend_from_slice(segment.bytes());
            session.recycle(segment);
        }
    }
    bytes
}

/// A request for method 0 of object 0.
fn request(session: &mut Numbered, payload: &[u8]) -> u64 {
    let message = Outgoing { codec: Codec::Postcard, payload: &mut payload.to_vec(), extras: None };
    session.request(0, (0, "method"), message, None).unwrap()
}

/// The same with something beside the payload.
fn send_with(session: &mut Numbered, payload: &[u8], mut extras: Extras<Thing>) -> u64 {
    let message = Outgoing { codec: Codec::Postcard, payload: &mut payload.to_vec(), extras: Some(&mut extras) };
    let call = session.request(0, (0, "method"), message, None).unwrap();
    assert!(extras.given.is_empty(), "it was taken");
    call
}

fn reply(session: &mut Numbered, call: u64, payload: &[u8]) {
    session.reply(call, false, Outgoing { codec: Codec::Postcard, payload: &mut payload.to_vec(), extras: None });
}

/// Hands all bytes to a session, through an [`Incoming`] of its own.
fn accept(session: &mut Numbered, limits: Limits, bytes: &[u8]) -> Result<Vec<Event<u64, u64, Thing>>, Violation> {
    let mut incoming = Incoming::new(limits, bytes);
    let mut events = Vec::new();
    while let Some(message) = incoming.next()? {
        events.push(session.accept(message)?);
    }
    Ok(events)
}

/// The headers of whole frames.
fn headers(mut bytes: &[u8]) -> Vec<Header> {
    let mut headers = Vec::new();
    while let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() {
        let header = Header::parse(header).unwrap();
        bytes = &rest[header.length as usize..];
        headers.push(header);
    }
    headers
}
