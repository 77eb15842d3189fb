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
    /// Transfers that take turns: together within the peer's reassembly limit.
    started: VecDeque<Transfer>,
    /// Transfers that have sent nothing.
    queued: VecDeque<Transfer>,
    /// What the peer may have to put together: the whole length of everything in `started`.
    started_bytes: usize,
    /// What of all transfers is not ready yet.
    uncut_bytes: usize,
    /// Answers among the transfers.
    uncut_answers: usize,
    /// What of transfers with items is not ready yet.
    uncut_items: usize,
    /// Frames among `ready` that only tell the peer what it may send or forget.
    ready_notes: usize,
    /// Transfers that are all in what was taken, if somebody has to know.
    done: Vec<Done>,
    /// Written when nothing else is left.
    last: Option<BytesMut>,
    /// See [`AHEAD`].
    ahead: usize,
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
    cargo: Option<Box<Cargo>>,
}

impl Transfer {
    /// What of it is not ready yet.
    fn uncut(&self) -> usize {
        self.payload.len() + self.cargo.as_ref().map_or(0, |cargo| cargo.block.len())
    }
}

/// What a message in chunks has beside its payload.
#[derive(Debug, Default)]
pub(crate) struct Cargo {
    /// The extension block, until the first chunk has it.
    pub(crate) block: Vec<u8>,
    pub(crate) gifts: Gifts,
}

/// What a message gives when its last chunk has come, and never if it does not come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gifts {
    pub(crate) streams: Vec<u64>,
    pub(crate) handles: Vec<u64>,
    pub(crate) returned: Vec<u64>,
}

/// A transfer whose last chunk has been taken: whatever is pushed now comes after it.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) header: Header,
    pub(crate) gifts: Gifts,
}

/// What became of a message that was to be withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    /// No byte of it was made ready; none will be.
    Unsent(Gifts),
    /// The peer has or gets a part of it; the rest is gone.
    Partial(Gifts),
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
            uncut_items: 0,
            ready_notes: 0,
            done: Vec::new(),
            last: None,
            ahead: AHEAD,
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

    /// Whether a further message of items would not have to wait for long. Of large messages only
    /// those with items count, since the others take turns with it.
    pub(crate) fn has_room_for_items(&self) -> bool {
        self.ready_bytes + self.uncut_items < self.ahead
    }

    /// Makes fewer bytes ready at a time, so that a test need not send many.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn set_ahead(&mut self, bytes: usize) {
        self.ahead = bytes;
    }

    /// Credits, resets, ends and releases that wait here.
    pub(crate) fn waiting_notes(&self) -> usize {
        self.ready_notes
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
        self.append(header, [payload]);
    }

    /// The same with an extension block; both together fit a frame.
    pub(crate) fn push_extended(&mut self, header: Header, block: &[u8], payload: &[u8]) {
        self.ready_answers += usize::from(is_answer(header.kind));
        self.append(header, [block, payload]);
    }

    /// Appends what tells the peer what it may send or forget.
    pub(crate) fn push_note(&mut self, header: Header, payload: &[u8]) {
        self.ready_notes += 1;
        self.append(header, [payload]);
    }

    /// Keeps a message that fits a frame until everything else has gone.
    pub(crate) fn push_last(&mut self, header: Header, payload: &[u8]) {
        let mut last = BytesMut::from(&header.to_bytes()[..]);
        last.extend_from_slice(payload);
        self.last = Some(last);
    }

    /// Queues a message that has to be cut.
    pub(crate) fn push_large(&mut self, header: Header, payload: Bytes, cargo: Option<Box<Cargo>>) {
        let mut transfer = Transfer { header, total: 0, payload, cargo };
        transfer.total = transfer.uncut();
        self.uncut_bytes += transfer.total;
        self.uncut_answers += usize::from(is_answer(header.kind));
        if is_items(&header) {
            self.uncut_items += transfer.total;
        }
        self.queued.push_back(transfer);
    }

    /// Takes back what is not yet ready of a message.
    pub(crate) fn withdraw(&mut self, matches: impl Fn(&Header) -> bool) -> Withdrawn {
        let find = |transfers: &VecDeque<Transfer>| transfers.iter().position(|transfer| matches(&transfer.header));
        if let Some(transfer) = find(&self.queued).and_then(|at| self.queued.remove(at)) {
            return Withdrawn::Unsent(self.forget(transfer));
        }
        if let Some(transfer) = find(&self.started).and_then(|at| self.started.remove(at)) {
            self.started_bytes -= transfer.total;
            // It may have had no turn yet.
            let unsent = transfer.uncut() == transfer.total;
            let gifts = self.forget(transfer);
            return if unsent { Withdrawn::Unsent(gifts) } else { Withdrawn::Partial(gifts) };
        }
        Withdrawn::Gone
    }

    /// Transfers that are done; to be asked for after each [`take`](Outbox::take).
    pub(crate) fn take_done(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.done)
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
        self.ready_notes = 0;
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
    fn forget(&mut self, transfer: Transfer) -> Gifts {
        self.count_cut(&transfer.header, transfer.uncut());
        self.uncut_answers -= usize::from(is_answer(transfer.header.kind));
        transfer.cargo.map(|cargo| cargo.gifts).unwrap_or_default()
    }

    fn count_cut(&mut self, header: &Header, bytes: usize) {
        self.uncut_bytes -= bytes;
        if is_items(header) {
            self.uncut_items -= bytes;
        }
    }

    /// Appends to the last run of frames, or begins a new one.
    fn append<const N: usize>(&mut self, header: Header, parts: [&[u8]; N]) {
        let length = HEADER + parts.iter().map(|part| part.len()).sum::<usize>();
        let write = |frames: &mut BytesMut| {
            frames.extend_from_slice(&header.to_bytes());
            parts.iter().for_each(|part| frames.extend_from_slice(part));
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
        while self.ready_bytes < self.ahead {
            if let Some(transfer) = self.startable() {
                self.started_bytes += transfer.total;
                self.started.push_back(transfer);
            }
            let Some(mut transfer) = self.started.pop_front() else {
                return;
            };
            let block = transfer.cargo.as_mut().map(|cargo| std::mem::take(&mut cargo.block)).unwrap_or_default();
            let room = self.frame.saturating_sub(block.len());
            let chunk = transfer.payload.split_to(room.min(transfer.payload.len()));
            self.count_cut(&transfer.header, block.len() + chunk.len());
            let more = !transfer.payload.is_empty();
            let header = Header {
                length: u32::try_from(block.len() + chunk.len()).unwrap_or(u32::MAX),
                flags: transfer.header.flags.with_more(more),
                ..transfer.header
            };
            transfer.header.flags = transfer.header.flags.without_extensions();
            self.append(header, [&block]);
            self.ready_bytes += chunk.len();
            self.ready.push_back(Segment::Chunk(chunk));
            if more {
                self.started.push_back(transfer);
            } else {
                self.started_bytes -= transfer.total;
                let header = transfer.header;
                let told = is_items(&header) || transfer.cargo.is_some();
                let gifts = self.forget(transfer);
                if told {
                    self.done.push(Done { header, gifts });
                }
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

fn is_items(header: &Header) -> bool {
    header.kind == Kind::StreamItem as u8
}
