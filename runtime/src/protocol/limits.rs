//! The bounds of a connection, each with its default.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::codec::Budget;

/// What one side of a connection accepts of the other. Lengths are bytes.
///
/// Every bound has a default that suits most plugins. What a side accepts it announces in the
/// handshake, and the other keeps to it with an error of its own
/// ([`ErrorKind::Limit`](crate::ErrorKind::Limit)); a peer that does not is disconnected.
///
/// ```
/// use std::time::Duration;
///
/// let limits = outboard::Limits::default().max_message(256 << 20).silence(Duration::from_secs(5));
/// # let _ = limits;
/// ```
///
/// Set with [`PluginBuilder::limits`](crate::PluginBuilder::limits) on a host and
/// [`ServerBuilder::limits`](crate::ServerBuilder::limits) on a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message.
    pub(crate) message: usize,
    /// The longest frame after its header; longer messages come in chunks. Small enough that a
    /// large transfer delays a small call by a fraction of a millisecond.
    pub(crate) frame: usize,
    /// All unfinished messages together.
    pub(crate) reassembly: usize,
    /// Calls in flight in one direction, cancelled ones without a reply included.
    pub(crate) calls: usize,
    /// Streams of the peer that are open at once.
    pub(crate) streams: usize,
    /// Objects of the peer that are held at once.
    pub(crate) handles: usize,
    /// What the producer of a stream may send ahead of its consumer.
    pub(crate) window: Window,
    /// Calls that are nested in each other, across the boundary.
    pub(crate) call_depth: u16,
    /// Bytes that wait to be written before further calls wait.
    pub(crate) pending: usize,
    /// Nesting of a decoded value; deeper ones could overflow the stack, which aborts.
    pub(crate) depth: usize,
    /// Memory of one decoded value.
    pub(crate) decoded: usize,
    /// Elements of one decoded value that consume no input of their own.
    pub(crate) elements: usize,
    /// The peer's hello.
    pub(crate) hello: usize,
    /// Text before a plugin's preamble that is survived.
    pub(crate) stray: usize,
    /// Silence while calls are open, after a ping; also a half frame, and a peer that reads nothing.
    pub(crate) silence: Duration,
}

/// See [`Limits::stream_window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) items: u16,
    pub(crate) bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 64 << 20,
            frame: 64 << 10,
            reassembly: 256 << 20,
            calls: 1024,
            streams: 256,
            handles: 65_536,
            window: Window { items: 64, bytes: 1 << 20 },
            call_depth: 16,
            pending: 32 << 20,
            depth: 128,
            decoded: 256 << 20,
            elements: 4 << 20,
            hello: 64 << 10,
            stray: 8 << 10,
            silence: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// The longest message, and so the longest arguments or return value: 64 MiB by default, never
    /// less than one frame (64 KiB).
    #[must_use]
    pub fn max_message(mut self, bytes: usize) -> Self {
        self.message = bytes.max(self.frame);
        self.reassembly = self.reassembly.max(self.message);
        self
    }

    /// All messages together that are still arriving: 256 MiB by default, never less than one
    /// message.
    #[must_use]
    pub fn max_arriving(mut self, bytes: usize) -> Self {
        self.reassembly = bytes.max(self.message);
        self
    }

    /// Calls in flight at once, in each direction: 1,024 by default, 1 at least. The next one waits.
    #[must_use]
    pub fn max_calls(mut self, count: usize) -> Self {
        self.calls = count.max(1);
        self
    }

    /// Streams that are open at once, in each direction: 256 by default. What would carry one more
    /// fails.
    #[must_use]
    pub fn max_streams(mut self, count: usize) -> Self {
        self.streams = count;
        self
    }

    /// Objects of the other end that are held at once, each a client that came as a value: 65,536
    /// by default. What would carry one more fails.
    #[must_use]
    pub fn max_handles(mut self, count: usize) -> Self {
        self.handles = count;
        self
    }

    /// What the other end may send of one stream ahead of whoever reads it: 64 items and 1 MiB by
    /// default, 1 at least and 65,535 items at most. An item may be longer than the window: it is
    /// sent when there is room for a byte.
    ///
    /// A stream whose reader stalls holds so much memory on this side. Larger windows help where the
    /// way to the other end is long.
    #[must_use]
    pub fn stream_window(mut self, items: usize, bytes: usize) -> Self {
        let items = u16::try_from(items).unwrap_or(u16::MAX).max(1);
        self.window = Window { items, bytes: bytes.max(1) as u64 };
        self
    }

    /// How deep calls may be nested in each other across the boundary (host, plugin, host, …): 16 by
    /// default, 1 at least. The next one fails, before two sides that call each other without end
    /// take all memory.
    #[must_use]
    pub fn max_call_depth(mut self, depth: u16) -> Self {
        self.call_depth = depth.max(1);
        self
    }

    /// Bytes that wait to be written before further calls wait: 32 MiB by default.
    #[must_use]
    pub fn max_pending(mut self, bytes: usize) -> Self {
        self.pending = bytes.max(1);
        self
    }

    /// The memory that decoding one message may take: 256 MiB by default. A small message can hold
    /// a large value, so this is a bound of its own.
    #[must_use]
    pub fn max_decoded(mut self, bytes: usize) -> Self {
        self.decoded = bytes;
        self
    }

    /// How long a peer may be silent while calls are open, before it counts as hung and the
    /// connection ends: 30 s by default. It is asked first, so a peer that only computes is not
    /// silent. The same bound holds for half a frame, and for bytes that a peer does not read.
    /// Looked at three times in this period, at least every millisecond.
    #[must_use]
    pub fn silence(mut self, limit: Duration) -> Self {
        self.silence = limit.max(Duration::from_millis(3));
        self
    }

    /// What decoding one message may cost.
    pub(crate) fn budget(&self) -> Budget {
        Budget { depth: self.depth, bytes: self.decoded, elements: self.elements }
    }

    /// What the peer has to know of them.
    pub(crate) fn announced(&self) -> Announced {
        Announced {
            message: self.message as u64,
            frame: self.frame as u64,
            reassembly: self.reassembly as u64,
            calls: self.calls as u64,
            streams: self.streams as u64,
            handles: self.handles as u64,
        }
    }
}

/// The limits in a hello: what the announcing side accepts. A missing one is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Announced {
    pub(crate) message: u64,
    pub(crate) frame: u64,
    pub(crate) reassembly: u64,
    pub(crate) calls: u64,
    pub(crate) streams: u64,
    pub(crate) handles: u64,
}

impl Default for Announced {
    fn default() -> Self {
        Limits::default().announced()
    }
}

impl Announced {
    /// No peer may announce less: below this, no call could be made at all.
    pub(crate) const SMALLEST_FRAME: u64 = 256;

    pub(crate) fn is_usable(&self) -> bool {
        self.frame >= Self::SMALLEST_FRAME
            && self.message >= self.frame
            && self.reassembly >= self.message
            && self.calls > 0
    }
}
