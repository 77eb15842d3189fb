//! The connection's transport over two descriptors: pipes, sockets, whatever can be polled.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe::{Receiver, Sender};

use crate::connection::{BlockingRead, Duplex, ReadHalf, WriteHalf};

/// Makes a stream of two descriptors, on the current tokio runtime.
///
/// Both become non-blocking, for everybody who shares their open file description.
///
/// # Errors
///
/// When a descriptor cannot be polled: a regular file is one.
pub(crate) fn duplex(read: OwnedFd, write: OwnedFd) -> io::Result<Duplex> {
    for descriptor in [&read, &write] {
        fcntl_setfl(descriptor, fcntl_getfl(descriptor)? | OFlags::NONBLOCK)?;
    }
    // Unchecked means: need not be a pipe. Whatever epoll takes will do, a socket for example.
    Ok(Duplex {
        read: Box::new(ReadDescriptor(Receiver::from_owned_fd_unchecked(read)?)),
        write: Box::new(WriteDescriptor(Sender::from_owned_fd_unchecked(write)?)),
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
    fn read_within(&mut self, room: &mut [u8], patience: Duration) -> io::Result<Option<usize>> {
        let patience = Timespec::try_from(patience).unwrap_or_default();
        let mut waited = [PollFd::new(&self.0, PollFlags::IN)];
        match poll(&mut waited, Some(&patience)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        match rustix::io::read(self.0.as_fd(), room) {
            Ok(count) => Ok(Some(count)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

struct WriteDescriptor(Sender);

impl WriteHalf for WriteDescriptor {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match bytes {
            [one] => Pin::new(&mut self.0).poll_write(cx, one),
            several => Pin::new(&mut self.0).poll_write_vectored(cx, several),
        }
    }

    // Straight to the system: the runtime's record of readiness is as old as its last turn.
    fn try_write(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        let written = match bytes {
            [one] => rustix::io::write(&self.0, one),
            several => rustix::io::writev(&self.0, several),
        };
        match written {
            Ok(count) => Ok(Some(count)),
            Err(rustix::io::Errno::AGAIN) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
