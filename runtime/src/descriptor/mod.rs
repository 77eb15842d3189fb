//! The connection's transport over two descriptors: pipes, sockets, whatever can be polled.

mod on_threads;
#[cfg(feature = "tokio")]
mod on_tokio;

use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

pub(crate) use on_threads::stream;
#[cfg(feature = "tokio")]
pub(crate) use on_tokio::duplex;

/// For everybody who shares the open file description.
fn set_nonblocking(descriptor: impl AsFd, nonblocking: bool) -> io::Result<()> {
    let flags = fcntl_getfl(&descriptor)?;
    let wanted = if nonblocking { flags | OFlags::NONBLOCK } else { flags - OFlags::NONBLOCK };
    if wanted != flags {
        fcntl_setfl(&descriptor, wanted)?;
    }
    Ok(())
}

/// Waits until one of these events, or an end, is there; `false` if nothing happened meanwhile.
fn wait(descriptor: impl AsFd, events: PollFlags, patience: Duration) -> io::Result<bool> {
    // What is too long for the system's type is for ever.
    let patience = Timespec::try_from(patience).ok();
    match poll(&mut [PollFd::new(&descriptor, events)], patience.as_ref()) {
        Ok(0) | Err(Errno::INTR) => Ok(false),
        Ok(_) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Reads once; `None` if nothing is there.
fn read(descriptor: impl AsFd, room: &mut [u8]) -> io::Result<Option<usize>> {
    match rustix::io::read(descriptor, room) {
        Ok(count) => Ok(Some(count)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes once; `None` if there is no room.
fn write(descriptor: impl AsFd, bytes: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
    let written = match bytes {
        [one] => rustix::io::write(descriptor, one),
        several => rustix::io::writev(descriptor, several),
    };
    match written {
        Ok(count) => Ok(Some(count)),
        Err(Errno::AGAIN) => Ok(None),
        Err(error) => Err(error.into()),
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
fn enlarge(pipe: impl AsFd) -> Option<Share> {
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
