//! Bytes into messages: frames are cut out, checked and put together.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};

use super::frame::{HEADER, Header, Kind};
use super::table::IdHasher;
use super::{Extensions, Limits, Violation};
use crate::codec::Codec;

/// What one read asks for: the size of a default pipe.
const READ: usize = 64 << 10;
/// Below this much room the buffer is renewed; a read that fills its room says nothing about
/// whether more is waiting, so the room should rarely be filled.
const LEAST_ROOM: usize = 16 << 10;
/// The memory of a larger message is not kept for the next one. What a system's allocator gives
/// back and takes anew costs a page fault for every 4 KiB.
const KEPT: usize = 4 << 20;

/// A whole message of a kind that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) codec: Codec,
    pub(crate) method: u16,
    pub(crate) call: u64,
    pub(crate) target: u64,
    pub(crate) payload: Bytes,
    /// What stood before the payload.
    pub(crate) extensions: Option<Box<Extensions>>,
    /// Of a cancel: it met a request that was not complete, which is gone now. Of a stream's end:
    /// the same of items.
    pub(crate) unfinished: bool,
}

/// The receiving half: it owns every byte that was read and not yet handed out.
///
/// Payloads of single frames share the read buffer, which is used again when the last of them is
/// gone; chunks are copied into a buffer of their own, which grows with what arrives and never to
/// an announced size.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// Zeroed room behind the first `filled` bytes, so that reading needs no unsafe code.
    buffer: BytesMut,
    filled: usize,
    unfinished: HashMap<Series, Unfinished, IdHasher>,
    /// Bytes in `unfinished`.
    held: usize,
    /// The last message that was put together: its memory serves again if nobody holds it by then.
    last: Option<Bytes>,
    /// The highest id of a request so far; they may begin out of order, since large ones wait.
    highest_request: u64,
    limits: Limits,
}

/// Which message a chunk belongs to: requests, replies and streams count apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Series {
    call: u64,
    lane: u8,
}

impl Series {
    fn request(call: u64) -> Self {
        Self { call, lane: 0 }
    }

    fn reply(call: u64) -> Self {
        Self { call, lane: 1 }
    }

    fn items(stream: u64) -> Self {
        Self { call: stream, lane: 2 }
    }
}

#[derive(Debug)]
struct Unfinished {
    first: Header,
    payload: BytesMut,
    /// From the first chunk.
    extensions: Option<Box<Extensions>>,
    /// The length of the extensions on the wire.
    block: usize,
}

impl Unfinished {
    /// What of it counts as held.
    fn length(&self) -> usize {
        self.payload.len() + self.block
    }
}

impl Incoming {
    /// `read_ahead` are bytes that came with the handshake.
    pub(crate) fn new(limits: Limits, read_ahead: &[u8]) -> Self {
        Self {
            buffer: BytesMut::from(read_ahead),
            filled: read_ahead.len(),
            unfinished: HashMap::default(),
            held: 0,
            last: None,
            highest_request: 0,
            limits,
        }
    }

    /// Where to read to; never empty. Report what came with [`filled`](Incoming::filled).
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.buffer.len() - self.filled < LEAST_ROOM {
            self.buffer.truncate(self.filled);
            self.buffer.resize(self.filled + READ, 0);
        }
        self.buffer.get_mut(self.filled..).unwrap_or_default()
    }

    /// So many bytes of the room hold what was read.
    pub(crate) fn filled(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.buffer.len());
    }

    /// Whether the last bytes read are the beginning of something: EOF here cuts it off.
    pub(crate) fn is_mid_frame(&self) -> bool {
        self.filled > 0
    }

    /// Unfinished messages, and the bytes in them.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.unfinished.len(), self.held)
    }

    /// What is allocated for bytes that are not handed out.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn memory(&self) -> usize {
        self.buffer.capacity() + self.unfinished.values().map(|unfinished| unfinished.payload.capacity()).sum::<usize>()
    }

    /// The next whole message among the bytes that were read.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, Violation> {
        while let Some((header, body)) = self.next_frame()? {
            if let Some(message) = self.accept(header, body)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn next_frame(&mut self) -> Result<Option<(Header, Bytes)>, Violation> {
        let Some(bytes) = self.buffer.get(..self.filled).and_then(|bytes| bytes.first_chunk::<HEADER>()) else {
            return Ok(None);
        };
        let header = Header::parse(bytes)?;
        let length = header.length as usize;
        if length > self.limits.frame {
            return Err(Violation::FrameTooLong { length: length as u64, limit: self.limits.frame });
        }
        if self.filled < HEADER + length {
            return Ok(None);
        }
        self.filled -= HEADER + length;
        let frame = self.buffer.split_to(HEADER + length).freeze();
        // An empty slice would keep the buffer alive for nothing.
        Ok(Some((header, if length == 0 { Bytes::new() } else { frame.slice(HEADER..) })))
    }

    fn accept(&mut self, header: Header, mut body: Bytes) -> Result<Option<Message>, Violation> {
        let Some(kind) = Kind::in_use(header.kind) else {
            return if header.flags.ignorable() { Ok(None) } else { Err(Violation::UnknownKind(header.kind)) };
        };
        if let Some(series) = series(kind, header.call) {
            return self.accept_cuttable(kind, series, header, body);
        }
        if header.flags.extended() {
            body = body.slice(Extensions::skip(&body)?..);
        }
        if kind.is_bare() && !body.is_empty() {
            return Err(Violation::PayloadWhereNone(header.kind));
        }
        match kind {
            _ if header.flags.more() => Err(Violation::ChunkedKind(header.kind)),
            Kind::Describe => {
                self.note_request(header.call);
                Ok(Some(message(kind, header, body)))
            }
            Kind::Cancel => {
                if header.call > self.highest_request || header.call == 0 {
                    return Err(Violation::CancelOfNoCall { call: header.call });
                }
                let unfinished = self.discard(Series::request(header.call));
                Ok(Some(Message { unfinished, ..message(kind, header, body) }))
            }
            Kind::SystemError => {
                // It may take the place of a reply that was under way.
                self.discard(Series::reply(header.call));
                Ok(Some(message(kind, header, body)))
            }
            Kind::StreamEnd => {
                let unfinished = self.discard(Series::items(header.call));
                Ok(Some(Message { unfinished, ..message(kind, header, body) }))
            }
            _ => Ok(Some(message(kind, header, body))),
        }
    }

    fn accept_cuttable(
        &mut self,
        kind: Kind,
        series: Series,
        header: Header,
        mut body: Bytes,
    ) -> Result<Option<Message>, Violation> {
        if !self.unfinished.is_empty() && self.unfinished.contains_key(&series) {
            if header.flags.extended() {
                body = body.slice(Extensions::skip(&body)?..);
            }
            return self.append(series, header, &body);
        }
        if kind == Kind::Request {
            self.note_request(header.call);
        }
        let (mut extensions, mut block) = (None, 0);
        if header.flags.extended() {
            let (parsed, length) = Extensions::parse(&body)?;
            (extensions, block) = (Some(Box::new(parsed)), length);
            body = body.slice(block..);
        }
        if !header.flags.more() {
            return Ok(Some(Message { extensions, ..message(kind, header, body) }));
        }
        // Calls in either direction, and streams.
        let limit = self.limits.calls.saturating_mul(2).saturating_add(self.limits.streams);
        if self.unfinished.len() >= limit {
            return Err(Violation::TooManyUnfinished { limit });
        }
        let payload = self.empty_payload();
        self.unfinished.insert(series, Unfinished { first: header, payload, extensions, block });
        self.held += block;
        self.append(series, header, &body)
    }

    fn append(&mut self, series: Series, header: Header, body: &[u8]) -> Result<Option<Message>, Violation> {
        let Some(unfinished) = self.unfinished.get_mut(&series) else {
            return Ok(None);
        };
        let first = unfinished.first;
        if (first.kind, first.method, first.target) != (header.kind, header.method, header.target)
            || first.flags.codec() != header.flags.codec()
        {
            return Err(Violation::ChunkMismatch { call: header.call });
        }
        if unfinished.length() + body.len() > self.limits.message {
            return Err(Violation::MessageTooLong { limit: self.limits.message });
        }
        if self.held + body.len() > self.limits.reassembly {
            return Err(Violation::ReassemblyFull { limit: self.limits.reassembly });
        }
        self.held += body.len();
        unfinished.payload.extend_from_slice(body);
        if header.flags.more() {
            return Ok(None);
        }
        let kind = Kind::in_use(first.kind).ok_or(Violation::UnknownKind(first.kind))?;
        let Some(done) = self.unfinished.remove(&series) else {
            return Ok(None);
        };
        self.held -= done.length();
        let payload = done.payload.freeze();
        self.last = (payload.len() <= KEPT).then(|| payload.clone());
        Ok(Some(Message { extensions: done.extensions, ..message(kind, first, payload) }))
    }

    fn empty_payload(&mut self) -> BytesMut {
        let kept = self.last.take().and_then(|last| last.try_into_mut().ok());
        kept.map_or_else(BytesMut::new, |mut kept| {
            kept.clear();
            kept
        })
    }

    /// Notes the id of a request at its first chunk.
    fn note_request(&mut self, call: u64) {
        self.highest_request = self.highest_request.max(call);
    }

    /// Whether there was something to discard.
    fn discard(&mut self, series: Series) -> bool {
        let Some(unfinished) = self.unfinished.remove(&series) else {
            return false;
        };
        self.held -= unfinished.length();
        true
    }
}

/// Of the kinds that may come in chunks.
fn series(kind: Kind, call: u64) -> Option<Series> {
    match kind {
        Kind::Request => Some(Series::request(call)),
        Kind::Value | Kind::ApplicationError => Some(Series::reply(call)),
        Kind::StreamItem => Some(Series::items(call)),
        _ => None,
    }
}

fn message(kind: Kind, header: Header, payload: Bytes) -> Message {
    Message {
        kind,
        codec: header.flags.codec(),
        method: header.method,
        call: header.call,
        target: header.target,
        payload,
        extensions: None,
        unfinished: false,
    }
}
