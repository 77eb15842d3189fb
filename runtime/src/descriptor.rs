//! The connection's transport over two descriptors: pipes, sockets, whatever can be polled.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
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
        let mut asked = [PollFd::new(&self.0, PollFlags::IN)];
        poll(&mut asked, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

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
        let written = match bytes {
            [one] => rustix::io::write(&self.pipe, one),
            several => rustix::io::writev(&self.pipe, several),
        };
        match written {
            Ok(count) => Ok(Some(count)),
            Err(rustix::io::Errno::AGAIN) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The size of an enlarged pipe: what an ordinary user may ask for by default.
const LARGE_PIPE: usize = 1 << 20;
/// All enlarged pipes of this process: the system shrinks every new pipe of a user, in any process,
/// who holds more than 64 MiB of them.
const LARGE_PIPES: usize = 16 << 20;
static ENLARGED: AtomicUsize = AtomicUsize::new(0);

/// A large pipe's part of what this process may have; given back when it is dropped.
struct Share;

impl Share {
    fn take() -> Option<Self> {
        let more = |enlarged: usize| Some(enlarged + LARGE_PIPE).filter(|sum| *sum <= LARGE_PIPES);
        ENLARGED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        ENLARGED.fetch_sub(LARGE_PIPE, Ordering::Relaxed);
    }
}

/// Gives a pipe a larger buffer: a large message then costs fewer turns of writer and reader. A
/// socket stays as it is, and so does everything on systems without the call.
fn enlarge(pipe: &Sender) -> Option<Share> {
    let share = Share::take()?;
    #[cfg(target_os = "linux")]
    let enlarged = rustix::pipe::fcntl_setpipe_size(pipe, LARGE_PIPE).is_ok();
    #[cfg(not(target_os = "linux"))]
    let enlarged = {
        let _ = pipe;
        false
    };
    enlarged.then_some(share)
}
