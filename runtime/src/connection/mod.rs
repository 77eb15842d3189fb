//! Calls over any byte stream, driven by tokio or by the threads that call.
//!
//! The shape, which the performance rests on: no task, channel or thread stands between a caller
//! and the pipe. A caller encodes, puts its frame into the [`Session`](crate::protocol::Session)
//! and writes by itself if it is alone. What is the same for both drivers lives here: the state,
//! the writing, the calls, the end. Reading and running handlers is theirs; see [`on_tokio`] and
//! [`on_threads`].

pub(crate) mod call;
mod calling;
pub(crate) mod crossing;
#[cfg(test)]
#[cfg(feature = "tokio")]
mod deadlines;
mod establish;
mod events;
#[cfg(test)]
#[cfg(feature = "tokio")]
mod grace;
mod greeting;
mod link;
mod numbers;
mod object;
mod on_threads;
#[cfg(feature = "tokio")]
mod on_tokio;
mod pool;
#[cfg(test)]
mod properties;
mod receiver;
mod sender;
mod shared;
mod stop;
#[cfg(test)]
mod tables;
mod transport;
mod writer;
#[cfg(test)]
mod zoo;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use establish::{Establish, program_name};
pub(crate) use greeting::GreetingFailed;
pub(crate) use link::Link;
pub(crate) use object::{Answer, Object};
pub(crate) use on_threads::{Room, Source, StandBy, Stream, block_on, establish as establish_on_threads, pipe};
#[cfg(feature = "tokio")]
pub(crate) use on_tokio::{BlockingRead, Duplex, ReadHalf, any, establish};
pub(crate) use pool::run as run_on_pool;
#[cfg(feature = "tokio")]
pub(crate) use pool::run_and_tell as run_on_thread;
pub(crate) use receiver::{Arrival, Items, Receiver};
pub(crate) use sender::{Allowance, Sender};
pub(crate) use shared::Interrupt;
pub(crate) use transport::WriteHalf;

use crate::announcement::Waiter;
use crate::context::{Bounds, Readable};
use crate::error::{Error, ErrorKind};
use crate::protocol::hello::Hello;
use crate::protocol::{Limits, Violation};
use calling::{Calling, Request};
use crossing::{Arriving, Parcel};
use on_threads::{Attended, Threads};
use shared::Shared;

/// A running connection; the clones share it.
///
/// The driver task does not hold it: when the last clone is dropped,
/// [`Lifeline::released`] decides what becomes of the peer.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    /// The driver, if callers are a part of it.
    threads: Option<Arc<Threads>>,
    stray: Vec<u8>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.lifeline.released(Wire(Arc::clone(&self.shared)));
        if let Some(threads) = &self.threads {
            threads.see_off();
        }
    }
}

/// What stands behind the byte stream, and knows more than the stream does.
pub(crate) trait Lifeline: Send + Sync + 'static {
    /// The root cause of an end, which every call of this side fails with. `waiting` are the
    /// methods whose callers wait.
    fn cause(&self, end: End, waiting: Vec<&'static str>) -> Cause;

    /// How long a call that was given up may stay unanswered before somebody has to know. Nobody has if
    /// nothing is said.
    fn grace(&self) -> Option<Grace> {
        None
    }

    /// A call that was given up has not been answered within the grace.
    fn unanswered(&self, _method: &'static str) {}

    /// The last handle is gone. Called from a drop: it must not block.
    fn released(&self, wire: Wire);
}

/// What a peer is given to answer a call that was given up.
pub(crate) struct Grace {
    pub(crate) patience: Duration,
    /// A deadline that the author of this side set is a reason to end the peer after that.
    pub(crate) ends_it: bool,
}

/// The root cause of an end.
pub(crate) enum Cause {
    Known(Error),
    /// To be found out by this, which may block. Calls stay open meanwhile: it must not take long.
    Sought(Box<dyn FnOnce() -> Error + Send>),
}

/// How the reading or the writing came to its end.
#[derive(Debug)]
pub(crate) enum End {
    /// The peer closed its side.
    Eof {
        mid_frame: bool,
    },
    Failed(std::io::Error),
    Violation(Violation),
    /// The peer said goodbye, with its reason, if it was not asked to.
    Goodbye(String),
    /// This side said goodbye, having been asked to end.
    Drained,
    /// The peer did not answer a call, neither within its deadline nor within the grace after that.
    Unresponsive {
        method: &'static str,
        deadline: Duration,
        grace: Duration,
    },
}

/// The writing side, for a lifeline that ends a connection.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Shared>);

impl Wire {
    /// Asks the peer to end within `drain`, with one attempt to write that now.
    pub(crate) fn shut_down(&self, drain: Duration) {
        self.0.shut_down(drain);
    }

    /// Closes the stream to the peer. What was not written is lost.
    pub(crate) fn close_writer(&self) {
        self.0.close_writer();
    }

    /// The end of the connection, and why: for a task or a thread to wait for.
    pub(crate) fn ended(&self) -> Waiter<Error> {
        Waiter::new(&self.0.ended)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.is_finished()
    }

    /// The connection is going to end, with a cause that is being found.
    pub(crate) fn is_ending(&self) -> bool {
        self.0.is_ending()
    }

    /// The methods whose callers wait.
    pub(crate) fn waiting_methods(&self) -> Vec<&'static str> {
        self.0.lock().session.waiting_methods()
    }

    /// The peer asked this side to end, within this time.
    pub(crate) fn draining(&self) -> Option<Duration> {
        self.0.lock().session.draining()
    }

    /// Ends the connection now; the first cause stays.
    pub(crate) fn end(&self, cause: Error) {
        self.0.end(cause);
    }
}

impl Connection {
    fn new(shared: Arc<Shared>, threads: Option<Arc<Threads>>, stray: Vec<u8>) -> Self {
        let handle = Arc::new(Handle { shared, threads, stray });
        let _ = handle.shared.handle.set(Arc::downgrade(&handle));
        Self(handle)
    }

    /// The connection as values see it that cross it.
    pub(crate) fn link(&self) -> Link {
        Link(Arc::clone(&self.0.shared))
    }

    /// A stream that came with a message of the peer's.
    pub(crate) fn receiver(&self, stream: u64) -> Receiver {
        Receiver::new(self.clone(), stream)
    }

    /// What the peer said of itself.
    pub(crate) fn peer(&self) -> &Hello {
        &self.0.shared.peer
    }

    /// What the peer wrote before its preamble.
    pub(crate) fn stray(&self) -> &[u8] {
        &self.0.stray
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.shared.limits
    }

    /// Sends a request and waits for its answer.
    ///
    /// Dropping the future cancels the call: a request that was not written is taken back, any
    /// other is cancelled at the other end. No byte of a frame is lost or doubled by it.
    pub(crate) async fn call(
        &self,
        target: u64,
        method: (u16, &'static str),
        parcel: &mut Parcel,
        bounds: Option<Box<Bounds>>,
    ) -> Result<Answer, Error> {
        Calling::new(&self.0.shared, Request::Method { target, method, parcel }, bounds).await
    }

    /// The same from a thread, which waits.
    ///
    /// Meant for connections that threads drive. Another connection's answer is brought by its
    /// runtime, so a thread of that runtime must not wait for it; clients make sure.
    pub(crate) fn call_blocking(
        &self,
        target: u64,
        method: (u16, &'static str),
        parcel: &mut Parcel,
        bounds: Option<Box<Bounds>>,
    ) -> Result<Answer, Error> {
        self.wait_for(Request::Method { target, method, parcel }, bounds)
    }

    /// As [`describe`](Connection::describe), from a thread, which waits.
    pub(crate) fn describe_blocking(&self) -> Result<Answer, Error> {
        self.wait_for(Request::Describe, None).map(|answer| self.plain(answer))
    }

    /// An answer that has no business to give anything: what it gave is sent back.
    fn plain(&self, mut answer: Answer) -> Answer {
        drop(answer.received.take().map(|received| Arriving::new(self.link(), *received)));
        answer
    }

    fn wait_for(&self, request: Request<'_>, bounds: Option<Box<Bounds>>) -> Result<Answer, Error> {
        match &self.0.threads {
            Some(threads) => threads.wait(Calling::attended(&self.0.shared, request, bounds)),
            None => self.0.shared.wait_in_place(Calling::new(&self.0.shared, request, bounds))?,
        }
    }

    /// Waits on this thread for something that the connection brings.
    fn wait<W: Attended>(&self, waiting: W) -> Result<W::Output, Error> {
        match &self.0.threads {
            Some(threads) => Ok(threads.wait(waiting)),
            None => self.0.shared.wait_in_place(waiting),
        }
    }

    /// Asks what the other side serves; the answer is a [`Description`] in JSON.
    pub(crate) async fn describe(&self) -> Result<Answer, Error> {
        Calling::new(&self.0.shared, Request::Describe, None).await.map(|answer| self.plain(answer))
    }

    /// Calls of this side that nobody waits for any more, and that are not answered yet.
    pub(crate) fn abandoned_calls(&self) -> usize {
        self.0.shared.lock().session.abandoned()
    }

    pub(crate) fn wire(&self) -> Wire {
        Wire(Arc::clone(&self.0.shared))
    }

    /// The end of the connection, and why: for a task or a thread to wait for.
    pub(crate) fn ended(&self) -> Waiter<Error> {
        self.wire().ended()
    }

    /// Looks after a connection that was made with [`StandBy::Here`] until it has ended.
    pub(crate) fn stand_by(&self) {
        if let Some(threads) = &self.0.threads {
            threads.stand_by();
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Connection").field(&self.peer().about.name).finish()
    }
}

/// The lifeline of a stream that nothing stands behind.
#[derive(Debug)]
pub(crate) struct BareStream {
    /// What the peer is given to finish its calls when the last handle is dropped; `None` leaves
    /// it alone.
    drain: Option<Duration>,
}

impl BareStream {
    /// For a side that calls: with its last client the peer has nothing to do any more.
    pub(crate) fn calling() -> Arc<Self> {
        Arc::new(Self { drain: Some(crate::DRAIN) })
    }

    /// For a side that serves.
    pub(crate) fn serving() -> Arc<Self> {
        Arc::new(Self { drain: None })
    }
}

impl Lifeline for BareStream {
    fn cause(&self, end: End, _waiting: Vec<&'static str>) -> Cause {
        Cause::Known(end.into_error("the peer"))
    }

    fn released(&self, wire: Wire) {
        if let Some(drain) = self.drain {
            wire.shut_down(drain);
        }
    }
}

/// How a peer was unresponsive, for a sentence that it begins.
pub(crate) fn unresponsive(method: &str, deadline: Duration, grace: Duration) -> String {
    let (deadline, grace) = (Readable(deadline), Readable(grace));
    format!("did not end `{method}` within {grace} after its deadline of {deadline}")
}

/// What a peer did, for a sentence that it begins. A hang is its own matter, not the protocol's.
pub(crate) fn misdeed(violation: &Violation) -> String {
    match violation {
        Violation::Stalled(what) => format!("does not respond: it {what}"),
        violation => format!("broke the protocol: it {violation}"),
    }
}

impl End {
    /// What is known from the stream alone about `peer`.
    pub(crate) fn into_error(self, peer: &str) -> Error {
        let gone = |message: String| Error::build(ErrorKind::Disconnected, message);
        match self {
            Self::Eof { mid_frame: true } => gone(format!("{peer} ended in the middle of a frame")).finish(),
            Self::Eof { mid_frame: false } => gone(format!("{peer} closed the connection")).finish(),
            Self::Failed(error) => gone(format!("the connection to {peer} failed")).source(error).finish(),
            Self::Violation(violation) => gone(format!("{peer} {}", misdeed(&violation))).finish(),
            Self::Goodbye(reason) if reason.is_empty() => gone(format!("{peer} was shut down")).finish(),
            Self::Goodbye(reason) => gone(format!("{peer} said goodbye: {}", crate::escape::escape(&reason))).finish(),
            Self::Unresponsive { method, deadline, grace } => {
                gone(format!("{peer} {}", unresponsive(method, deadline, grace))).finish()
            }
            Self::Drained => gone("this side was shut down".to_owned()).finish(),
        }
    }
}
