//! A byte stream, as threads want it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::super::{Interrupt, WriteHalf};

/// A byte stream, split.
pub(crate) struct Stream {
    pub(crate) read: Box<dyn Source>,
    pub(crate) interrupt: Box<dyn Interrupt>,
    pub(crate) write: Box<dyn WriteHalf>,
    pub(crate) room: Arc<dyn Room>,
}

/// Where bytes come from.
pub(crate) trait Source: Send + 'static {
    /// Reads once, and waits for it; 0 is the end. After an [`Interrupt`] it returns soon, with
    /// whatever.
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize>;

    /// The same, but not longer than `patience`; `None` if nothing came.
    fn read_within(&mut self, room: &mut [u8], patience: Duration) -> io::Result<Option<usize>>;
}

/// Waiting for room to write, beside whoever holds the half.
pub(crate) trait Room: Send + Sync + 'static {
    /// Returns when a write would do something, be it fail, or after `patience`. It does not keep
    /// the half open.
    fn wait(&self, patience: Duration);
}
