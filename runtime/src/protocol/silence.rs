//! Signs of life, counted in ticks.

use std::time::Duration;

use super::Violation;

/// A peer is given up after so many ticks without what was waited for; a tick is this part of the
/// limit.
const TICKS: u32 = 3;

/// Ticks without a sign of life, by what was missed.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    unanswered: u32,
    mid_frame: u32,
    unread: u32,
}

/// What the driver saw since the last tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Bytes came.
    pub(crate) received: bool,
    /// The last of them began a frame and did not end it.
    pub(crate) mid_frame: bool,
    /// The peer took bytes.
    pub(crate) written: bool,
    /// Bytes are waiting for the peer to take them.
    pub(crate) unwritten: bool,
}

impl Silence {
    /// How often [`tick`](Silence::tick) wants to be called.
    pub(crate) fn tick_interval(limit: Duration) -> Duration {
        limit / TICKS
    }

    /// Whether a ping should go out. `waits` says that calls are open.
    pub(crate) fn tick(&mut self, heard: Heard, waits: bool) -> Result<bool, Violation> {
        let next = |count: u32, missed: bool| if missed { count + 1 } else { 0 };
        self.mid_frame = next(self.mid_frame, heard.mid_frame && !heard.received);
        self.unread = next(self.unread, heard.unwritten && !heard.written);
        self.unanswered = next(self.unanswered, waits && !heard.received);
        if self.mid_frame > TICKS {
            return Err(Violation::Stalled("stopped in the middle of a frame"));
        }
        if self.unread > TICKS {
            return Err(Violation::Stalled("does not read what is sent to it"));
        }
        if self.unanswered > TICKS {
            return Err(Violation::Stalled("answers neither its calls nor a ping"));
        }
        Ok(self.unanswered == 1)
    }
}
