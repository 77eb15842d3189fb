//! Where bytes go, as whoever writes wants it.

use std::io::{self, IoSlice};
use std::task::{Context, Poll};

/// The writing half of a byte stream.
pub(crate) trait WriteHalf: Send + 'static {
    /// Writes once; `None` if there is no room. Whoever waits for room has to be told then.
    fn try_write(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<Option<usize>>;

    /// Writes once, as a driver that is polled: it is woken when there is room again. A half that
    /// threads drive is never asked.
    fn poll_write(&mut self, _cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match self.try_write(bytes) {
            Ok(Some(count)) => Poll::Ready(Ok(count)),
            Ok(None) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// A message above the size of a default pipe is about to be written for the first time.
    fn expect_large(&mut self) {}

    /// Pushes on what the half itself keeps back.
    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
