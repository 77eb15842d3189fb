//! Calls over any byte stream, driven by tokio.
//!
//! The shape, which the performance rests on: no task, channel or thread stands between a caller
//! and the pipe. A caller encodes, puts its frame into the [`Session`](crate::protocol::Session)
//! and writes by itself if it is alone; one driver task per connection reads, wakes callers and
//! polls fresh handlers in place; a standby thread takes the reading over when a handler keeps the
//! driver from it.

mod calling;
mod driver;
mod establish;
mod greeting;
mod handler;
mod object;
mod shared;
mod standby;
mod transport;
mod writer;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use establish::{Establish, establish, program_name};
pub(crate) use greeting::GreetingFailed;
pub(crate) use object::Object;
pub(crate) use transport::{BlockingRead, Duplex, ReadHalf, WriteHalf, any};

use crate::announcement::Waiter;
use crate::error::{Error, ErrorKind};
use crate::protocol::handshake::Greeted;
use crate::protocol::hello::Hello;
use crate::protocol::{Answer, Description, Incoming, Limits, Session, Violation, to_json};
use calling::{Calling, Request};
use shared::Shared;

/// A running connection; the clones share it.
///
/// The driver task does not hold it: when the last clone is dropped,
/// [`Lifeline::released`] decides what becomes of the peer.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    stray: Vec<u8>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.lifeline.released(Wire(Arc::clone(&self.shared)));
    }
}

/// What stands behind the byte stream, and knows more than the stream does.
pub(crate) trait Lifeline: Send + Sync + 'static {
    /// The root cause of an end, which every call of this side fails with. `waiting` are the
    /// methods whose callers wait. Calls stay open until it is known: it must not take long.
    fn cause(&self, end: End, waiting: Vec<&'static str>) -> Pin<Box<dyn Future<Output = Error> + Send>>;

    /// The last handle is gone. Called from a drop: it must not block.
    fn released(&self, wire: Wire);
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

    /// Waits until the connection has ended, and says why.
    pub(crate) async fn ended(&self) -> Error {
        Waiter::new(&self.0.ended).await
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

/// What a connection is made of, after the handshake.
pub(crate) struct Parts {
    pub(crate) stream: Duplex,
    pub(crate) greeted: Greeted,
    /// What this side serves, in the order of its hello.
    pub(crate) objects: Vec<Arc<dyn Object>>,
    pub(crate) limits: Limits,
    pub(crate) lifeline: Arc<dyn Lifeline>,
}

impl Connection {
    /// Starts the driver on the current runtime.
    pub(crate) fn start(parts: Parts) -> Self {
        let Parts { stream, greeted, objects, limits, lifeline } = parts;
        let description =
            to_json(&Description { interfaces: objects.iter().map(|object| object.describe()).collect() });
        let session = Session::new(limits, greeted.hello.limits, description.into());
        let incoming = Incoming::new(limits, &greeted.rest);
        let shared = Arc::new(Shared::new(session, stream.write, objects, greeted.hello, limits, lifeline));
        driver::spawn(Arc::clone(&shared), stream.read, incoming);
        Self(Arc::new(Handle { shared, stray: greeted.stray }))
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
        payload: &mut Vec<u8>,
    ) -> Result<Answer, Error> {
        Calling::new(&self.0.shared, Request::Method { target, method, payload }).await
    }

    /// The same from a thread, which waits.
    pub(crate) fn call_blocking(
        &self,
        _target: u64,
        _method: (u16, &'static str),
        _payload: &mut Vec<u8>,
    ) -> Result<Answer, Error> {
        Err(Error::new(ErrorKind::Unsupported, "not yet"))
    }

    /// Asks what the other side serves; the answer is a [`Description`] in JSON.
    pub(crate) async fn describe(&self) -> Result<Answer, Error> {
        Calling::new(&self.0.shared, Request::Describe).await
    }

    pub(crate) fn wire(&self) -> Wire {
        Wire(Arc::clone(&self.0.shared))
    }

    /// Waits until the connection has ended, and says why.
    pub(crate) async fn ended(&self) -> Error {
        self.wire().ended().await
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
    fn cause(&self, end: End, _waiting: Vec<&'static str>) -> Pin<Box<dyn Future<Output = Error> + Send>> {
        Box::pin(std::future::ready(end.into_error("the peer")))
    }

    fn released(&self, wire: Wire) {
        if let Some(drain) = self.drain {
            wire.shut_down(drain);
        }
    }
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
            Self::Drained => gone("this side was shut down".to_owned()).finish(),
        }
    }
}
