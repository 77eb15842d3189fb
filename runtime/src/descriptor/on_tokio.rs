//! Descriptors that tokio watches.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::event::PollFlags;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe::{Receiver, Sender};

use super::{Share, enlarge, read, set_nonblocking, wait, write};
use crate::connection::{BlockingRead, Duplex, ReadHalf, WriteHalf};

/// Makes a stream of two descriptors, on the current tokio runtime.
///
/// Both become non-blocking, for everybody who shares their open file description.
///
/// # Errors
///
/// When a descriptor cannot be polled: a regular file is one.
pub(crate) fn duplex(read: OwnedFd, write: OwnedFd) -> io::Result<Duplex> {
    set_nonblocking(&read, true)?;
    set_nonblocking(&write, true)?;
    // Unchecked means: need not be a pipe. Whatever epoll takes will do, a socket for example.
    Ok(Duplex {
        read: Box::new(ReadDescriptor(Receiver::from_owned_fd_unchecked(read)?)),
        write: Box::new(WriteDescriptor { pipe: Sender::from_owned_fd_unchecked(write)?, share: None }),
    })
}

struct ReadDescriptor(Receiver);

impl ReadHalf for ReadDescriptor {
    // A read that does not fill its room has emptied the pipe; tokio does not ask again to learn
    // that.
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(room);
        let read = ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer));
        Poll::Ready(read.map(|()| buffer.filled().len()))
    }

    fn blocking(&mut self) -> Option<&mut dyn BlockingRead> {
        Some(self)
    }
}

impl BlockingRead for ReadDescriptor {
    fn is_readable(&self) -> bool {
        wait(&self.0, PollFlags::IN, Duration::ZERO).unwrap_or(false)
    }

    fn read_within(&mut self, room: &mut [u8], patience: Duration) -> io::Result<Option<usize>> {
        if !wait(&self.0, PollFlags::IN, patience)? {
            return Ok(None);
        }
        read(&self.0, room)
    }
}

struct WriteDescriptor {
    pipe: Sender,
    /// While the pipe is enlarged.
    share: Option<Share>,
}

impl WriteHalf for WriteDescriptor {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match bytes {
            [one] => Pin::new(&mut self.pipe).poll_write(cx, one),
            several => Pin::new(&mut self.pipe).poll_write_vectored(cx, several),
        }
    }

    fn expect_large(&mut self) {
        self.share = enlarge(&self.pipe);
    }

    // Straight to the system: the runtime's record of readiness is as old as its last turn.
    fn try_write(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        write(&self.pipe, bytes)
    }
}
