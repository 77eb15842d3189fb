//! The state of a connection: what each message means, and what is sent because of it.

mod accepting;
mod calls;
mod ending;
mod handles;
mod sending;
mod streaming;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use super::frame::{Flags, Header, Kind};
use super::hello::Entry;
use super::limits::Announced;
use super::objects::{Exports, Imports, Interfaces};
use super::outbox::{Outbox, Segment};
use super::silence::{Heard, Silence};
use super::streams::{Consuming, Producing};
use super::table::{Calls, IdHasher};
use super::{Extras, Limits, Received, Violation};
use crate::codec::Codec;
use crate::error::Error;

pub(crate) use ending::Aftermath;
pub(crate) use streaming::Next;

/// The state of a connection beside the bytes that come in. Symmetric: either side calls and
/// serves, and either produces streams and passes objects.
///
/// `W` wakes whoever waits on this side, `R` stops a handler of this side, `O` is an object of this
/// side; all are the driver's and only kept and handed back here.
#[derive(Debug)]
pub(crate) struct Session<W, R, O> {
    calls: Calls<W, O>,
    served: HashMap<u64, Served<R>, IdHasher>,
    producing: Producing<W>,
    consuming: Consuming<W, O>,
    exports: Exports<O>,
    imports: Imports,
    interfaces: Interfaces,
    outbox: Outbox,
    /// The extension block of the message that is being sent.
    block: Vec<u8>,
    /// See [`aftermath`](Session::aftermath).
    aftermath: Aftermath<W, O>,
    limits: Limits,
    peer: Announced,
    /// The reply to describe.
    description: Bytes,
    /// Set once; every call fails with it from then on.
    ended: Option<Error>,
    /// This side asked the other to end; no new calls are made.
    shutting_down: bool,
    /// The other side asked this one to end; no new calls are taken.
    draining: Option<Duration>,
    goodbye: Option<String>,
    silence: Silence,
}

/// A request that has not got its reply.
#[derive(Debug)]
struct Served<R> {
    run: Option<R>,
    cancelled: bool,
}

/// What the driver has to do about a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<W, R, O> {
    /// Nothing.
    Done,
    /// An answer can be taken, or items, or the end of a stream.
    Wake(W),
    /// Run a handler.
    Run(Run<O>),
    /// Stop a handler, if it has been attached. Its reply is still owed.
    Stop(Option<R>),
    /// Finish the open calls in this time, then say goodbye and end.
    Shutdown(Duration),
    /// The peer ends.
    Goodbye,
}

/// A request to be handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run<O> {
    pub(crate) call: u64,
    pub(crate) target: u64,
    pub(crate) method: u16,
    pub(crate) codec: Codec,
    pub(crate) payload: Bytes,
    /// What came beside the payload, if anything did.
    pub(crate) extras: Option<Box<RunExtras<O>>>,
}

/// What came with a request beside its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunExtras<O> {
    /// The time that the caller gives it.
    pub(crate) remaining: Option<Duration>,
    /// How many calls it is nested in, itself included; 0 if that was not told.
    pub(crate) depth: u16,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) received: Received<O>,
}

/// A request, a reply or items, on the way out.
#[derive(Debug)]
pub(crate) struct Outgoing<'p, O> {
    pub(crate) codec: Codec,
    /// Left as it is if it fits a frame, so that its memory serves again; taken if not.
    pub(crate) payload: &'p mut Vec<u8>,
    /// What goes with it. What it gives is taken if the message is sent, and left if not: it is to
    /// be dropped where that can do no harm.
    pub(crate) extras: Option<&'p mut Extras<O>>,
}

impl<W, R, O: Clone> Session<W, R, O> {
    pub(crate) fn new(limits: Limits, peer: Announced, description: Bytes) -> Self {
        Self {
            calls: Calls::new(),
            served: HashMap::default(),
            producing: Producing::new(),
            consuming: Consuming::new(),
            exports: Exports::new(),
            imports: Imports::new(),
            interfaces: Interfaces::default(),
            outbox: Outbox::new(peer),
            block: Vec::new(),
            aftermath: Aftermath::new(),
            limits,
            peer,
            description,
            ended: None,
            shutting_down: false,
            draining: None,
            goodbye: None,
            silence: Silence::default(),
        }
    }

    /// Tells what the hellos listed: how many interfaces of this side, and which of the other.
    pub(crate) fn with_interfaces(mut self, own: usize, theirs: &[Entry]) -> Self {
        self.interfaces = Interfaces::new(own, theirs);
        self
    }

    // ---- bytes and ticks ----

    /// See [`Outbox::take`]. What became of large messages is dealt with on the way.
    pub(crate) fn take_output(&mut self, batch: &mut VecDeque<Segment>) -> bool {
        let taken = self.outbox.take(batch);
        if taken {
            self.has_left();
        }
        taken
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// See [`Outbox::waiting_bytes`].
    #[cfg(any(test, fuzzing))]
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.outbox.waiting_bytes()
    }

    /// See [`Outbox::set_ahead`].
    #[cfg(any(test, fuzzing))]
    pub(crate) fn set_ahead(&mut self, bytes: usize) {
        self.outbox.set_ahead(bytes);
    }

    pub(crate) fn recycle(&mut self, segment: Segment) {
        self.outbox.recycle(segment);
    }

    /// How often [`tick`](Session::tick) wants to be called.
    pub(crate) fn tick_interval(&self) -> Duration {
        Silence::tick_interval(self.limits.silence)
    }

    /// Whether something is to come from the other end: the answer to a call, or the end of a stream.
    pub(crate) fn is_waiting(&self) -> bool {
        self.ended.is_none() && (self.calls.in_flight() > 0 || self.consuming.open() > 0)
    }

    /// Looks for signs of life: pings a peer that is silent while something is to come from it, and
    /// gives up on one that stays silent, stops inside a frame or does not read.
    ///
    /// It counts its own calls instead of reading a clock, so a machine that slept wakes to a peer
    /// that has its full time.
    pub(crate) fn tick(&mut self, heard: Heard) -> Result<(), Violation> {
        if self.silence.tick(heard, self.is_waiting())? {
            self.outbox.push(header(Kind::Ping, Codec::Postcard, 0, 0, 0), &[]);
        }
        Ok(())
    }
}

fn is_reply(kind: u8) -> bool {
    kind == Kind::Value as u8 || kind == Kind::ApplicationError as u8
}

fn header(kind: Kind, codec: Codec, method: u16, call: u64, target: u64) -> Header {
    Header { length: 0, kind: kind as u8, flags: Flags::new(codec), method, call, target }
}
