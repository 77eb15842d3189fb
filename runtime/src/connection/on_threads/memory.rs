//! A byte stream in memory, for a connection whose both ends are in one process.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::{Interrupt, WriteHalf};
use super::transport::{Room, Source, Stream};

/// The two ends of a pair of pipes, each of which holds so many bytes.
pub(crate) fn pipe(capacity: usize) -> (Stream, Stream) {
    let (one, other) = (Arc::new(Pipe::new(capacity)), Arc::new(Pipe::new(capacity)));
    (end(&one, &other), end(&other, &one))
}

fn end(read: &Arc<Pipe>, write: &Arc<Pipe>) -> Stream {
    Stream {
        read: Box::new(Output(Arc::clone(read))),
        interrupt: Box::new(Waiting(Arc::clone(read))),
        write: Box::new(Input(Arc::clone(write))),
        room: Arc::new(Waiting(Arc::clone(write))),
    }
}

struct Pipe {
    state: Mutex<State>,
    /// Something happened: bytes, room, an end.
    change: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    /// Nobody writes any more.
    ended: bool,
    /// Nobody reads any more.
    broken: bool,
    interrupted: bool,
}

impl Pipe {
    fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), change: Condvar::new(), capacity }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.change.notify_all();
    }

    /// Waits until the state is as wanted, or for so long.
    fn wait(&self, patience: Option<Duration>, wanted: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let began = Instant::now();
        let mut state = self.lock();
        while !wanted(&state) {
            state = match patience.map(|patience| patience.saturating_sub(began.elapsed())) {
                None => self.change.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(left) => self.change.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        state
    }
}

struct Output(Arc<Pipe>);

impl Output {
    fn read(&self, room: &mut [u8], patience: Option<Duration>) -> io::Result<Option<usize>> {
        let readable = |state: &State| !state.bytes.is_empty() || state.ended || state.interrupted;
        let mut state = self.0.wait(patience, readable);
        if state.bytes.is_empty() {
            return match (state.interrupted, state.ended) {
                (true, _) => Err(io::ErrorKind::Interrupted.into()),
                (false, true) => Ok(Some(0)),
                (false, false) => Ok(None),
            };
        }
        let count = state.bytes.len().min(room.len());
        for (place, byte) in room.iter_mut().zip(state.bytes.drain(..count)) {
            *place = byte;
        }
        drop(state);
        self.0.change.notify_all();
        Ok(Some(count))
    }
}

impl Source for Output {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        Ok((*self).read(room, None)?.unwrap_or_default())
    }

    fn read_within(&mut self, room: &mut [u8], patience: Duration) -> io::Result<Option<usize>> {
        (*self).read(room, Some(patience))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.0.change(|state| state.broken = true);
    }
}

struct Input(Arc<Pipe>);

impl WriteHalf for Input {
    fn try_write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        let mut state = self.0.lock();
        if state.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut written = 0;
        for slice in slices {
            let room = self.0.capacity.saturating_sub(state.bytes.len());
            let fitting = slice.get(..room).unwrap_or(slice);
            state.bytes.extend(fitting);
            written += fitting.len();
        }
        drop(state);
        self.0.change.notify_all();
        Ok((written > 0).then_some(written))
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.0.change(|state| state.ended = true);
    }
}

/// A pipe for those who neither read nor write.
struct Waiting(Arc<Pipe>);

impl Interrupt for Waiting {
    fn interrupt(&self) {
        self.0.change(|state| state.interrupted = true);
    }
}

impl Room for Waiting {
    fn wait(&self, patience: Duration) {
        let writable = |state: &State| state.broken || state.bytes.len() < self.0.capacity;
        drop(self.0.wait(Some(patience), writable));
    }
}
