//! Numbers for what this side gives along with its messages.

use std::sync::atomic::{AtomicU64, Ordering};

/// The first number of an object that is not there from the beginning.
const FIRST_HANDLE: u64 = 65_536;

/// Each is used once. They are taken while a message is being encoded, when nothing is locked.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    streams: AtomicU64,
    handles: AtomicU64,
}

impl Numbers {
    pub(super) fn next_stream(&self) -> u64 {
        self.streams.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn next_handle(&self) -> u64 {
        self.handles.fetch_add(1, Ordering::Relaxed) + FIRST_HANDLE
    }
}
