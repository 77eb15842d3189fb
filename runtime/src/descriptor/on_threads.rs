//! Descriptors that threads read and write.
//!
//! A read simply blocks: it is the one system call that waits and brings the bytes. Calling such a
//! thread back is what needs a way. A pipe has one on Linux, by opening its other end through
//! `/proc` and writing to it; it costs nothing before it is needed. For anything else the reader
//! polls a second descriptor beside the first, at the price of one more system call a read.

use std::io::{self, IoSlice, PipeReader, PipeWriter, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::{Share, enlarge, read, set_nonblocking, wait, write};
use crate::connection::{Interrupt, Room, Source, Stream, WriteHalf};

/// Makes a stream of two descriptors.
///
/// The one to write to becomes non-blocking, and the one to read from blocking, for everybody who
/// shares their open file descriptions.
///
/// # Errors
///
/// When a descriptor cannot be polled: a regular file is one.
pub(crate) fn stream(input: OwnedFd, output: OwnedFd) -> io::Result<Stream> {
    for descriptor in [&input, &output] {
        if rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(descriptor)?.st_mode).is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a regular file is no stream"));
        }
    }
    set_nonblocking(&output, true)?;
    let (read, interrupt) = source(Arc::new(input))?;
    let output = Arc::new(output);
    Ok(Stream {
        read,
        interrupt,
        room: Arc::new(Watched(Arc::downgrade(&output))),
        write: Box::new(Output { descriptor: output, share: None }),
    })
}

fn source(input: Arc<OwnedFd>) -> io::Result<(Box<dyn Source>, Box<dyn Interrupt>)> {
    if reopen(&input).is_some() {
        set_nonblocking(&*input, false)?;
        return Ok((Box::new(Direct(Arc::clone(&input))), Box::new(ThroughProc(input))));
    }
    polled(input)
}

fn polled(input: Arc<OwnedFd>) -> io::Result<(Box<dyn Source>, Box<dyn Interrupt>)> {
    set_nonblocking(&*input, true)?;
    let (door, bell) = io::pipe()?;
    Ok((Box::new(Polled { input, door }), Box::new(Bell(bell))))
}

/// A pipe whose other end can be had again.
struct Direct(Arc<OwnedFd>);

impl Source for Direct {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::io::read(&self.0, &mut *room) {
                // Somebody who shares the pipe has made it non-blocking.
                Err(Errno::AGAIN) => {
                    wait(&self.0, PollFlags::IN, Duration::MAX)?;
                }
                read => return Ok(read?),
            }
        }
    }

    fn read_within(&mut self, room: &mut [u8], patience: Duration) -> io::Result<Option<usize>> {
        if wait(&self.0, PollFlags::IN, patience)? { read(&self.0, room) } else { Ok(None) }
    }
}

/// It keeps the descriptor open, so that its number cannot become another file's.
struct ThroughProc(Arc<OwnedFd>);

impl Interrupt for ThroughProc {
    fn interrupt(&self) {
        if let Some(other_end) = reopen(&self.0) {
            // Where there is no room for a byte, no reader waits.
            let _ = rustix::io::write(other_end, &[0]);
        }
    }
}

/// The end of a pipe that bytes are written to, from the one they are read from.
#[cfg(target_os = "linux")]
fn reopen(pipe: &OwnedFd) -> Option<OwnedFd> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{FileType, Mode, OFlags, fstat, open};

    if FileType::from_raw_mode(fstat(pipe).ok()?.st_mode) != FileType::Fifo {
        return None;
    }
    let path = format!("/proc/self/fd/{}", pipe.as_raw_fd());
    open(path, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn reopen(_pipe: &OwnedFd) -> Option<OwnedFd> {
    None
}

/// Anything that can be polled.
struct Polled {
    input: Arc<OwnedFd>,
    /// Readable once there was an interrupt.
    door: PipeReader,
}

impl Source for Polled {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let interest = [&self.input as &dyn AsFd, &self.door];
            let mut waited = interest.map(|one| PollFd::from_borrowed_fd(one.as_fd(), PollFlags::IN));
            match poll(&mut waited, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if !matches!(&waited, [_, door] if door.revents().is_empty()) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if let Some(count) = read(&self.input, room)? {
                return Ok(count);
            }
        }
    }

    fn read_within(&mut self, room: &mut [u8], patience: Duration) -> io::Result<Option<usize>> {
        if wait(&self.input, PollFlags::IN, patience)? { read(&self.input, room) } else { Ok(None) }
    }
}

struct Bell(PipeWriter);

impl Interrupt for Bell {
    fn interrupt(&self) {
        // It is rung once, and a pipe has room for that.
        let _ = (&self.0).write(&[0]);
    }
}

struct Output {
    descriptor: Arc<OwnedFd>,
    /// While the pipe is enlarged.
    share: Option<Share>,
}

impl WriteHalf for Output {
    fn try_write(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        write(&self.descriptor, bytes)
    }

    fn expect_large(&mut self) {
        self.share = enlarge(&self.descriptor);
    }
}

/// The output, for those who wait for room in it. It is the writer's to close.
struct Watched(Weak<OwnedFd>);

impl Room for Watched {
    fn wait(&self, patience: Duration) {
        if let Some(output) = self.0.upgrade() {
            let _ = wait(&output, PollFlags::OUT, patience);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::connection::crossing::Parcel;
    use crate::connection::{BareStream, Connection, Establish, StandBy, establish_on_threads};
    use crate::error::{Error, ErrorKind};
    use crate::protocol::handshake::Side;

    /// A connection over pipes, and the ends that its peer has.
    fn connected() -> (Connection, PipeReader, PipeWriter) {
        let (from_host, to_plugin) = io::pipe().unwrap();
        let (from_plugin, to_host) = io::pipe().unwrap();
        let (theirs, ours) = (from_host.try_clone().unwrap(), to_host.try_clone().unwrap());
        let plugin = thread::spawn(move || {
            let stream = stream(from_host.into(), to_host.into()).unwrap();
            let serving = Establish::new(Side::Plugin, BareStream::serving());
            establish_on_threads(stream, serving, StandBy::Here).unwrap()
        });
        let stream = stream(from_plugin.into(), to_plugin.into()).unwrap();
        let calling = Establish::new(Side::Host, BareStream::calling());
        let connection = establish_on_threads(stream, calling, StandBy::Thread).unwrap();
        drop(plugin.join().unwrap());
        (connection, theirs, ours)
    }

    fn soon<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
        let (send, receive) = mpsc::channel();
        thread::spawn(move || send.send(run()));
        receive.recv_timeout(Duration::from_secs(20)).expect("it hangs, or panicked")
    }

    fn until_broken(pipe: &mut PipeWriter) {
        while pipe.write(&[0]).map_err(|error| error.kind()) != Err(io::ErrorKind::BrokenPipe) {
            thread::yield_now();
        }
    }

    #[test]
    fn closing_the_writer_closes_the_pipe_while_there_are_clients() {
        let (connection, mut theirs, _ours) = connected();
        connection.wire().close_writer();
        assert_eq!(soon(move || theirs.read(&mut [0; 16])).unwrap(), 0);
    }

    #[test]
    fn a_writer_that_is_closed_while_the_pipe_is_full_closes_it() {
        let (connection, mut theirs, _ours) = connected();
        let wire = connection.wire();
        let mut parcel = Parcel { payload: vec![0; 1 << 20], baggage: None };
        let mut call = Box::pin(async { connection.call(0, (0, "x"), &mut parcel, None).await });
        let mut nobody = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut nobody).is_pending());
        thread::sleep(Duration::from_millis(10));
        wire.close_writer();
        soon(move || while theirs.read(&mut [0; 4096]).unwrap() > 0 {});
    }

    #[test]
    fn a_pipe_that_somebody_makes_non_blocking_is_waited_for_all_the_same() {
        let (input, mut other_end) = io::pipe().unwrap();
        let shared = input.try_clone().unwrap();
        let (mut read, interrupt) = source(Arc::new(input.into())).unwrap();
        set_nonblocking(&shared, true).unwrap();
        let reading = thread::spawn(move || read.read(&mut [0; 8]).unwrap());
        thread::sleep(Duration::from_millis(10));
        other_end.write_all(b"x").unwrap();
        assert_eq!(soon(move || reading.join().unwrap()), 1);
        drop(interrupt);
    }

    #[test]
    fn nothing_is_open_after_the_end() {
        let (connection, mut theirs, mut ours) = connected();
        connection.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
        soon(move || while theirs.read(&mut [0; 4096]).unwrap() > 0 {});
        soon(move || until_broken(&mut ours));
        drop(connection);
    }

    #[test]
    fn the_reading_end_is_closed_with_the_last_handle() {
        let (connection, theirs, mut ours) = connected();
        let wire = connection.wire();
        drop(connection);
        soon(move || until_broken(&mut ours));
        drop((theirs, wire));
    }
}
