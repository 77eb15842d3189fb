//! The two halves of a byte stream, as the driver wants them.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::WriteHalf;

/// A byte stream, split.
pub(crate) struct Duplex {
    pub(crate) read: Box<dyn ReadHalf>,
    pub(crate) write: Box<dyn WriteHalf>,
}

/// Where bytes come from.
pub(crate) trait ReadHalf: Send + 'static {
    /// Reads once; 0 is the end.
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>>;

    /// The same stream for a thread that waits by itself, if it can be read without the runtime.
    fn blocking(&mut self) -> Option<&mut dyn BlockingRead> {
        None
    }
}

/// Reading by a thread, without the runtime's help.
pub(crate) trait BlockingRead {
    /// Whether a read would give something now, be it the end.
    fn is_readable(&self) -> bool;

    /// Reads once, as soon as something comes within `patience`; `None` if nothing did.
    fn read_within(&mut self, room: &mut [u8], patience: Duration) -> io::Result<Option<usize>>;
}

/// Any stream of tokio's kind.
pub(crate) fn any<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(stream: S) -> Duplex {
    let (read, write) = tokio::io::split(stream);
    Duplex { read: Box::new(AnyRead(read)), write: Box::new(AnyWrite(write)) }
}

struct AnyRead<R>(R);

impl<R: AsyncRead + Send + Unpin + 'static> ReadHalf for AnyRead<R> {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(room);
        match Pin::new(&mut self.0).poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(buffer.filled().len())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

struct AnyWrite<W>(W);

impl<W: AsyncWrite + Send + Unpin + 'static> WriteHalf for AnyWrite<W> {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bytes)
    }

    fn try_write(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        // A visit would take the driver's place as the one who is woken, and could leave bytes
        // behind in a buffer that nobody flushes.
        let _ = bytes;
        Ok(None)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
}
