//! Messages into bytes: small ones at once, large ones in chunks that take turns.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::frame::{HEADER, Header};
use super::limits::Announced;

/// So many bytes are made ready ahead of the writer; more would only delay what comes next.
const AHEAD: usize = 64 << 10;
/// Buffers above this are not kept for reuse.
const KEPT: usize = 256 << 10;

/// What waits to be written.
///
/// Small frames are appended to `ready` at once. A message above the peer's frame limit becomes a
/// transfer; whenever `ready` runs low, the transfers put one chunk each into it, in turn. A small
/// message thus never waits for more than what is ready.
#[derive(Debug)]
pub(crate) struct Outbox {
    ready: VecDeque<Segment>,
    ready_bytes: usize,
    /// Transfers that have sent chunks: together within the peer's reassembly limit.
    started: VecDeque<Transfer>,
    /// Transfers that have sent nothing.
    queued: VecDeque<Transfer>,
    started_bytes: usize,
    queued_bytes: usize,
    peer: Announced,
    spare: Vec<BytesMut>,
}

/// A run of bytes to be written as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Whole small frames, or the header of a chunk.
    Frames(BytesMut),
    /// The payload of a chunk, shared with the message it was cut from.
    Chunk(Bytes),
}

impl Segment {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Frames(bytes) => bytes,
            Self::Chunk(bytes) => bytes,
        }
    }
}

/// A message that is being cut.
#[derive(Debug)]
struct Transfer {
    header: Header,
    payload: Bytes,
    /// The length of the whole message.
    total: usize,
}

/// What became of a message that was to be withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    /// No byte of it was made ready; none will be.
    Unsent,
    /// The peer has or gets a part of it; the rest is gone.
    Partial,
    /// It was not here any more: small, or sent whole.
    Gone,
}

impl Outbox {
    pub(crate) fn new(peer: Announced) -> Self {
        Self {
            ready: VecDeque::new(),
            ready_bytes: 0,
            started: VecDeque::new(),
            queued: VecDeque::new(),
            started_bytes: 0,
            queued_bytes: 0,
            peer,
            spare: Vec::new(),
        }
    }

    /// Everything that waits here, in bytes of messages.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.ready_bytes + self.started_bytes + self.queued_bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.started.is_empty() && self.queued.is_empty()
    }

    /// Whether a message of this length has to be cut; its payload is then handed over whole.
    pub(crate) fn must_cut(&self, length: usize) -> bool {
        length as u64 > self.peer.frame
    }

    /// Appends a message that fits a frame.
    pub(crate) fn push(&mut self, header: Header, payload: &[u8]) {
        let write = |frames: &mut BytesMut| {
            frames.extend_from_slice(&header.to_bytes());
            frames.extend_from_slice(payload);
        };
        self.append(write, HEADER + payload.len());
    }

    /// Queues a message that has to be cut.
    pub(crate) fn push_large(&mut self, header: Header, payload: Bytes) {
        self.queued_bytes += payload.len();
        self.queued.push_back(Transfer { header, total: payload.len(), payload });
    }

    /// Takes back what is not yet ready of a message.
    pub(crate) fn withdraw(&mut self, matches: impl Fn(&Header) -> bool) -> Withdrawn {
        if let Some(at) = self.queued.iter().position(|transfer| matches(&transfer.header)) {
            if let Some(transfer) = self.queued.remove(at) {
                self.queued_bytes -= transfer.total;
            }
            return Withdrawn::Unsent;
        }
        if let Some(at) = self.started.iter().position(|transfer| matches(&transfer.header)) {
            if let Some(transfer) = self.started.remove(at) {
                self.started_bytes -= transfer.total;
            }
            return Withdrawn::Partial;
        }
        Withdrawn::Gone
    }

    /// Moves what is to be written next behind what is in `batch`; `false` if there was nothing.
    pub(crate) fn take(&mut self, batch: &mut VecDeque<Segment>) -> bool {
        self.cut_chunks();
        if self.ready.is_empty() {
            return false;
        }
        batch.append(&mut self.ready);
        self.ready_bytes = 0;
        true
    }

    /// Takes back a written segment, to use its memory again.
    pub(crate) fn recycle(&mut self, segment: Segment) {
        if let Segment::Frames(mut bytes) = segment
            && self.spare.len() < 4
            && bytes.capacity() <= KEPT
        {
            bytes.clear();
            self.spare.push(bytes);
        }
    }

    /// Appends to the last run of frames, or begins a new one.
    fn append(&mut self, write: impl FnOnce(&mut BytesMut), length: usize) {
        if let Some(Segment::Frames(bytes)) = self.ready.back_mut()
            && bytes.len() + length <= KEPT
        {
            write(bytes);
        } else {
            let mut bytes = self.spare.pop().unwrap_or_default();
            write(&mut bytes);
            self.ready.push_back(Segment::Frames(bytes));
        }
        self.ready_bytes += length;
    }

    fn cut_chunks(&mut self) {
        while self.ready_bytes < AHEAD {
            if let Some(transfer) = self.startable() {
                self.started_bytes += transfer.total;
                self.queued_bytes -= transfer.total;
                self.started.push_back(transfer);
            }
            let Some(mut transfer) = self.started.pop_front() else {
                return;
            };
            let most = usize::try_from(self.peer.frame).unwrap_or(usize::MAX);
            let chunk = transfer.payload.split_to(most.min(transfer.payload.len()));
            let more = !transfer.payload.is_empty();
            let header = Header {
                length: u32::try_from(chunk.len()).unwrap_or(u32::MAX),
                flags: transfer.header.flags.with_more(more),
                ..transfer.header
            };
            self.push(header, &[]);
            self.ready_bytes += chunk.len();
            self.ready.push_back(Segment::Chunk(chunk));
            if more {
                self.started.push_back(transfer);
            } else {
                self.started_bytes -= transfer.total;
            }
        }
    }

    /// The next queued transfer, if the peer has room to put it together beside the others.
    fn startable(&mut self) -> Option<Transfer> {
        let total = self.queued.front()?.total;
        let fits = (self.started_bytes + total) as u64 <= self.peer.reassembly;
        if fits || self.started.is_empty() { self.queued.pop_front() } else { None }
    }
}
