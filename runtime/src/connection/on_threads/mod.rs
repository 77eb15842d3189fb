//! The connection without a runtime: whoever needs something done does it.
//!
//! A caller that waits for its answer reads, delivers the answers of others, and hands the reading
//! on when its own has come. A request is handled by the thread that read it. What is left over
//! (reading for those who do not wait, writing when a pipe was full, ticks, dates) is the
//! [`standby`]'s to see to.

mod caller;
mod greeting;
mod memory;
mod parker;
mod slot;
mod slow;
mod standby;
mod transport;
mod worker;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

pub(super) use caller::Attended;
pub(crate) use memory::pipe;
pub(crate) use parker::block_on;
pub(crate) use transport::{Room, Source, Stream};

use super::establish::{Begun, Establish};
use super::greeting::GreetingFailed;
use super::shared::{Driven, Shared};
use super::writer::As;
use super::{Connection, End, pool};
use slot::{Reader, Slot};
use slow::{Key, Slow};
use standby::Standby;

/// What those who drive a connection share beside the connection itself.
///
/// Held by the connection's handles and by the threads that read. When all have let go, the standby
/// ends.
pub(crate) struct Threads {
    shared: Arc<Shared>,
    slot: Slot,
    standby: Arc<Standby>,
    /// For the standby to wait at.
    room: Arc<dyn Room>,
    /// The last read ended inside a frame; set by whoever reads, and cleared when nobody does.
    mid_frame: AtomicBool,
    /// A thread of the pool has been asked to read and has not begun.
    reader_asked: AtomicBool,
    /// Somebody waits who does not read: a reader that is left is not to lie there.
    wanted: AtomicBool,
    /// What is given a thread at once.
    slow: Arc<Slow>,
}

/// Who looks after the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StandBy {
    /// A thread that is started when there is traffic.
    Thread,
    /// Whoever made it: [`Connection::stand_by`] is going to be called.
    Here,
}

/// Makes the handshake. Bounded in bytes and in time.
pub(crate) fn establish(
    mut stream: Stream,
    mut bring: Establish,
    stand_by: StandBy,
) -> Result<Connection, GreetingFailed> {
    let greeting = bring.greeting();
    let greeted = greeting::greet(&mut stream, greeting, bring.within)?;
    let Stream { read, interrupt, write, room } = stream;
    let Begun { shared, incoming, stray } = bring.begin(greeted, write, Driven::ByThreads(interrupt));
    let threads = Arc::new_cyclic(|threads| Threads {
        shared: Arc::clone(&shared),
        slot: Slot::default(),
        standby: Arc::new(Standby::new(Weak::clone(threads))),
        room,
        mid_frame: AtomicBool::new(false),
        reader_asked: AtomicBool::new(false),
        wanted: AtomicBool::new(false),
        slow: Arc::new(Slow::new()),
    });
    shared.is_driven_by(Waker::from(Arc::clone(&threads.standby)));
    if stand_by == StandBy::Here {
        threads.standby.is_taken_over();
    }
    let serves = shared.serves;
    // First the connection: what is read may bring what holds it.
    let connection = Connection::new(shared, Some(Arc::clone(&threads)), stray);
    threads.slot.put(Box::new(Reader { source: read, incoming, woken: Vec::new() }), None);
    if serves {
        threads.read_elsewhere();
    }
    Ok(connection)
}

impl Threads {
    /// Leaves the reader for whoever needs it next, perhaps while this thread runs a method.
    fn leave(self: &Arc<Self>, reader: Box<Reader>, running: Option<Key>) {
        // What is not read says nothing of the peer; the next one to read finds it out anew.
        self.mid_frame.store(false, Ordering::Relaxed);
        self.slot.put(reader, running);
        self.standby.traffic();
        // Whoever runs a method comes back for it soon, or the standby sees to it.
        if running.is_none() && self.wanted.load(Ordering::SeqCst) {
            self.wanted.store(false, Ordering::SeqCst);
            self.read_elsewhere();
        }
    }

    /// Somebody waits for what the peer sends and does not read: a stream that is produced here, or one
    /// that is read by a future. The standby would notice too, but only at its next look, and a stream
    /// waits like this once in every half of its window.
    pub(super) fn is_waited_for(self: &Arc<Self>) {
        self.wanted.store(true, Ordering::SeqCst);
        if self.slot.is_taken_by_nobody() {
            self.read_elsewhere();
        }
    }

    /// Looks after the connection until it has ended, on the thread of the caller.
    pub(super) fn stand_by(&self) {
        standby::stand_by(&self.standby);
    }

    /// The last handle is gone, and with it most of those who would write what is left.
    pub(super) fn see_off(self: &Arc<Self>) {
        if self.shared.is_finished() || !self.shared.is_behind() {
            return;
        }
        let threads = Arc::clone(self);
        let began = Instant::now();
        // Without a thread, the peer is told by the end of the stream.
        let _ = pool::run(Box::new(move || {
            while threads.shared.is_behind() && !threads.shared.is_finished() && began.elapsed() < crate::DRAIN {
                threads.room.wait(SEE_OFF);
                threads.shared.flush(As::Standby);
            }
        }));
    }

    /// Ends the connection if this thread panics, as it should not: others wait for what it reads.
    fn end_on_panic(&self) -> EndOnPanic<'_> {
        EndOnPanic { threads: self, panicked_before: thread::panicking() }
    }
}

/// How long room is waited for at a time when nobody else waits any more.
const SEE_OFF: Duration = Duration::from_millis(20);

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.nobody_reads();
        self.standby.dismiss();
    }
}

struct EndOnPanic<'t> {
    threads: &'t Threads,
    /// Somebody calls from a destructor, which is their good right.
    panicked_before: bool,
}

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() && !self.panicked_before {
            self.threads.slot.close();
            let panicked = std::io::Error::other("the thread that read it panicked");
            self.threads.shared.reading_is_over(End::Failed(panicked));
        }
    }
}
