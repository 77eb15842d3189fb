//! The writing: whoever has something to send writes, and writes what others have queued too.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};

use super::transport::WriteHalf;
use crate::protocol::Segment;

/// At most so many runs of bytes go into one system call.
const SLICES: usize = 16;

/// The write half and what is being written. Locked by whoever writes; nobody waits for the lock,
/// for the writer looks again after it has unlocked.
pub(super) struct Writer {
    /// Gone once it failed or was closed.
    half: Option<Box<dyn WriteHalf>>,
    /// Taken from the session, so that the session is not locked during the system call.
    batch: VecDeque<Segment>,
    /// What has been written of the first segment.
    offset: usize,
    /// Written but perhaps not flushed.
    unflushed: bool,
    /// The half knows that large messages come.
    large: bool,
}

/// How a round of writing ended.
pub(super) enum Wrote {
    /// The batch is written.
    All,
    /// The stream has no room. Whoever is not the driver has to wake it.
    Blocked,
    Failed(io::Error),
}

/// Who writes.
pub(super) enum As<'w, 'c> {
    /// The driver, which can be woken.
    Driver(&'w mut Context<'c>),
    /// A caller or a handler.
    Visitor,
    /// The standby, which tries again by itself.
    Standby,
}

impl Writer {
    pub(super) fn new(half: Box<dyn WriteHalf>) -> Self {
        Self { half: Some(half), batch: VecDeque::new(), offset: 0, unflushed: false, large: false }
    }

    pub(super) fn batch(&mut self) -> &mut VecDeque<Segment> {
        &mut self.batch
    }

    /// Whether bytes wait here for room in the stream.
    pub(super) fn is_behind(&self) -> bool {
        !self.batch.is_empty()
    }

    /// Closes the stream; what was not written is dropped.
    pub(super) fn close(&mut self) {
        self.half = None;
        self.batch.clear();
        self.offset = 0;
    }

    /// Writes the batch as far as the stream takes it; `done` gets the segments back.
    pub(super) fn write(&mut self, role: &mut As<'_, '_>, done: &mut Vec<Segment>) -> (Wrote, bool) {
        let mut progress = false;
        loop {
            if self.half.is_none() {
                // Closed: nobody can be told anything any more.
                self.batch.clear();
                self.offset = 0;
            }
            if self.batch.is_empty() {
                return (Wrote::All, progress);
            }
            match self.write_once(role) {
                Ok(Some(0)) => return (Wrote::Failed(io::ErrorKind::WriteZero.into()), progress),
                Ok(Some(written)) => {
                    progress = true;
                    self.advance(written, done);
                }
                Ok(None) => return (Wrote::Blocked, progress),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (Wrote::Failed(error), progress),
            }
        }
    }

    fn write_once(&mut self, role: &mut As<'_, '_>) -> io::Result<Option<usize>> {
        let Some(half) = &mut self.half else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        if !self.large && self.batch.iter().any(|segment| matches!(segment, Segment::Chunk(_))) {
            self.large = true;
            half.expect_large();
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut used = 0;
        let mut skip = self.offset;
        for (slice, segment) in slices.iter_mut().zip(&self.batch) {
            *slice = IoSlice::new(segment.bytes().get(skip..).unwrap_or_default());
            skip = 0;
            used += 1;
        }
        let slices = slices.get(..used).unwrap_or_default();
        self.unflushed = true;
        match role {
            As::Visitor | As::Standby => half.try_write(slices),
            As::Driver(cx) => match half.poll_write(cx, slices) {
                Poll::Ready(result) => result.map(Some),
                Poll::Pending => Ok(None),
            },
        }
    }

    /// Pushes on what the half keeps back, as the driver.
    pub(super) fn flush(&mut self, role: &mut As<'_, '_>) -> Wrote {
        if let (true, As::Driver(cx), Some(half)) = (self.unflushed, role, &mut self.half) {
            match half.poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Wrote::Failed(error),
                // The half wakes the driver, which comes here again.
                Poll::Pending => {}
            }
        }
        Wrote::All
    }

    fn advance(&mut self, mut written: usize, done: &mut Vec<Segment>) {
        written += self.offset;
        while let Some(first) = self.batch.front() {
            let length = first.bytes().len();
            if written < length {
                break;
            }
            written -= length;
            done.extend(self.batch.pop_front());
        }
        self.offset = written;
    }
}
