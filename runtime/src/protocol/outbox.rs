//! Messages into bytes: small ones at once, large ones in chunks that take turns.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::frame::{HEADER, Header, Kind};
use super::limits::Announced;

/// So many bytes are made ready ahead of the writer; more would only delay what comes next.
const AHEAD: usize = 64 << 10;
/// The longest chunk, whatever the peer would take: a small message may have to wait for one.
const CHUNK: usize = 64 << 10;
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
    /// Answers among `ready`.
    ready_answers: usize,
    /// Transfers that have sent chunks: together within the peer's reassembly limit.
    started: VecDeque<Transfer>,
    /// Transfers that have sent nothing.
    queued: VecDeque<Transfer>,
    /// What the peer may have to put together: the whole length of everything in `started`.
    started_bytes: usize,
    /// What of all transfers is not ready yet.
    uncut_bytes: usize,
    /// Answers among the transfers.
    uncut_answers: usize,
    /// Written when nothing else is left.
    last: Option<BytesMut>,
    /// The longest frame, after its header.
    frame: usize,
    /// The peer's limit for unfinished messages.
    reassembly: u64,
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
            ready_answers: 0,
            started: VecDeque::new(),
            queued: VecDeque::new(),
            started_bytes: 0,
            uncut_bytes: 0,
            uncut_answers: 0,
            last: None,
            frame: usize::try_from(peer.frame).map_or(CHUNK, |frame| frame.min(CHUNK)),
            reassembly: peer.reassembly,
            spare: Vec::new(),
        }
    }

    /// Everything that waits here, in bytes of messages.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.ready_bytes + self.uncut_bytes
    }

    /// Replies and pongs that wait here: the peer has asked for them and not read them.
    pub(crate) fn waiting_answers(&self) -> usize {
        self.ready_answers + self.uncut_answers
    }

    /// The longest payload of a frame.
    pub(crate) fn frame(&self) -> usize {
        self.frame
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.has_no_transfers() && self.last.is_none()
    }

    /// Whether a message of this length has to be cut; its payload is then handed over whole.
    pub(crate) fn must_cut(&self, length: usize) -> bool {
        length > self.frame
    }

    /// Appends a message that fits a frame.
    pub(crate) fn push(&mut self, header: Header, payload: &[u8]) {
        self.ready_answers += usize::from(is_answer(header.kind));
        self.append(header, payload);
    }

    /// Keeps a message that fits a frame until everything else has gone.
    pub(crate) fn push_last(&mut self, header: Header, payload: &[u8]) {
        let mut last = BytesMut::from(&header.to_bytes()[..]);
        last.extend_from_slice(payload);
        self.last = Some(last);
    }

    /// Queues a message that has to be cut.
    pub(crate) fn push_large(&mut self, header: Header, payload: Bytes) {
        self.uncut_bytes += payload.len();
        self.uncut_answers += usize::from(is_answer(header.kind));
        self.queued.push_back(Transfer { header, total: payload.len(), payload });
    }

    /// Takes back what is not yet ready of a message.
    pub(crate) fn withdraw(&mut self, matches: impl Fn(&Header) -> bool) -> Withdrawn {
        if let Some(at) = self.queued.iter().position(|transfer| matches(&transfer.header)) {
            if let Some(transfer) = self.queued.remove(at) {
                self.forget(&transfer);
            }
            return Withdrawn::Unsent;
        }
        if let Some(at) = self.started.iter().position(|transfer| matches(&transfer.header)) {
            if let Some(transfer) = self.started.remove(at) {
                self.started_bytes -= transfer.total;
                self.forget(&transfer);
            }
            return Withdrawn::Partial;
        }
        Withdrawn::Gone
    }

    /// Moves what is to be written next behind what is in `batch`; `false` if there was nothing.
    pub(crate) fn take(&mut self, batch: &mut VecDeque<Segment>) -> bool {
        self.cut_chunks();
        if self.ready.is_empty()
            && self.has_no_transfers()
            && let Some(last) = self.last.take()
        {
            self.ready.push_back(Segment::Frames(last));
        }
        if self.ready.is_empty() {
            return false;
        }
        batch.append(&mut self.ready);
        self.ready_bytes = 0;
        self.ready_answers = 0;
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

    fn has_no_transfers(&self) -> bool {
        self.started.is_empty() && self.queued.is_empty()
    }

    /// No more will be cut from it.
    fn forget(&mut self, transfer: &Transfer) {
        self.uncut_bytes -= transfer.payload.len();
        self.uncut_answers -= usize::from(is_answer(transfer.header.kind));
    }

    /// Appends to the last run of frames, or begins a new one.
    fn append(&mut self, header: Header, payload: &[u8]) {
        let length = HEADER + payload.len();
        let write = |frames: &mut BytesMut| {
            frames.extend_from_slice(&header.to_bytes());
            frames.extend_from_slice(payload);
        };
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
                self.started.push_back(transfer);
            }
            let Some(mut transfer) = self.started.pop_front() else {
                return;
            };
            let chunk = transfer.payload.split_to(self.frame.min(transfer.payload.len()));
            self.uncut_bytes -= chunk.len();
            let more = !transfer.payload.is_empty();
            let header = Header {
                length: u32::try_from(chunk.len()).unwrap_or(u32::MAX),
                flags: transfer.header.flags.with_more(more),
                ..transfer.header
            };
            self.append(header, &[]);
            self.ready_bytes += chunk.len();
            self.ready.push_back(Segment::Chunk(chunk));
            if more {
                self.started.push_back(transfer);
            } else {
                self.started_bytes -= transfer.total;
                self.forget(&transfer);
            }
        }
    }

    /// The next queued transfer, if the peer has room to put it together beside the others.
    fn startable(&mut self) -> Option<Transfer> {
        let total = self.queued.front()?.total;
        let fits = (self.started_bytes + total) as u64 <= self.reassembly;
        if fits || self.started.is_empty() { self.queued.pop_front() } else { None }
    }
}

/// Whether the peer has asked for a message of this kind.
fn is_answer(kind: u8) -> bool {
    matches!(Kind::in_use(kind), Some(Kind::Value | Kind::ApplicationError | Kind::SystemError | Kind::Pong))
}
