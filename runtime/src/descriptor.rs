//! The connection's transport over two descriptors: pipes, sockets, whatever can be polled.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

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
    Ok(Duplex {
        read: Box::new(ReadDescriptor(AsyncFd::with_interest(read, Interest::READABLE)?)),
        write: Box::new(WriteDescriptor(AsyncFd::with_interest(write, Interest::WRITABLE)?)),
    })
}

struct ReadDescriptor(AsyncFd<OwnedFd>);

impl ReadHalf for ReadDescriptor {
    fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(cx))?;
            match rustix::io::read(&self.0, &mut *room) {
                Ok(count) => {
                    // A read that did not fill its room has emptied the pipe: asking again would
                    // cost a system call to learn that. The end stays readable all the same.
                    if 0 < count && count < room.len() {
                        ready.clear_ready();
                    }
                    return Poll::Ready(Ok(count));
                }
                Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    fn blocking(&mut self) -> Option<&mut dyn BlockingRead> {
        Some(self)
    }
}

impl BlockingRead for ReadDescriptor {
    fn read_within(&mut self, room: &mut [u8], patience: Duration) -> io::Result<Option<usize>> {
        let patience = Timespec::try_from(patience).unwrap_or_default();
        let mut waited = [PollFd::new(self.0.get_ref(), PollFlags::IN)];
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

struct WriteDescriptor(AsyncFd<OwnedFd>);

impl WriteDescriptor {
    fn write(&self, bytes: &[IoSlice<'_>]) -> rustix::io::Result<usize> {
        match bytes {
            [one] => rustix::io::write(&self.0, one),
            several => rustix::io::writev(&self.0, several),
        }
    }
}

impl WriteHalf for WriteDescriptor {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_write_ready(cx))?;
            match self.write(bytes) {
                Ok(count) => return Poll::Ready(Ok(count)),
                Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    fn try_write(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        match self.write(bytes) {
            Ok(count) => Ok(Some(count)),
            Err(rustix::io::Errno::AGAIN) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
