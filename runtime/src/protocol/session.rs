//! The calls of both directions: what each message means, and what is sent because of it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use super::frame::{Flags, Header, Kind};
use super::limits::Announced;
use super::notice::{self, Goodbye, Shutdown};
use super::outbox::{Outbox, Segment, Withdrawn};
use super::silence::{Heard, Silence};
use super::table::{Answer, Answered, Calls, IdHasher};
use super::{Limits, Message, SystemError, SystemErrorKind, Violation};
use crate::codec::Codec;
use crate::error::{Error, ErrorKind};

/// The state of a connection beside the bytes that come in. Symmetric: either side calls and
/// serves.
///
/// `W` wakes a caller of this side, `R` stops a handler of this side; both are the driver's and
/// only kept and handed back here.
#[derive(Debug)]
pub(crate) struct Session<W, R> {
    calls: Calls<W>,
    served: HashMap<u64, Served<R>, IdHasher>,
    outbox: Outbox,
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
pub(crate) enum Event<W, R> {
    /// Nothing.
    Done,
    /// An answer can be taken.
    Wake(W),
    /// Run a handler.
    Run(Run),
    /// Stop a handler, if it has been attached. Its reply is still owed.
    Stop(Option<R>),
    /// Finish the open calls in this time, then say goodbye and end.
    Shutdown(Duration),
    /// The peer ends.
    Goodbye,
}

/// A request to be handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) call: u64,
    pub(crate) target: u64,
    pub(crate) method: u16,
    pub(crate) codec: Codec,
    pub(crate) payload: Bytes,
}

/// A reply, or a request, on its way out.
#[derive(Debug)]
pub(crate) struct Outgoing<'p> {
    pub(crate) codec: Codec,
    /// Left as it is if it fits a frame, so that its memory serves again; taken if not.
    pub(crate) payload: &'p mut Vec<u8>,
}

/// So many pongs may wait beside the replies.
const PINGS: usize = 16;

impl<W, R> Session<W, R> {
    pub(crate) fn new(limits: Limits, peer: Announced, description: Bytes) -> Self {
        Self {
            calls: Calls::new(),
            served: HashMap::default(),
            outbox: Outbox::new(peer),
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

    // ---- calls of this side ----

    /// Whether one more call may begin now; otherwise it waits until a call ends or bytes leave.
    pub(crate) fn admits(&self) -> bool {
        let calls = (self.limits.calls as u64).min(self.peer.calls);
        self.ended.is_some()
            || self.shutting_down
            || ((self.calls.in_flight() as u64) < calls && self.outbox.waiting_bytes() < self.limits.pending)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.calls.in_flight()
    }

    /// Queues a request; the id is what [`take`](Session::take) and [`abandon`](Session::abandon)
    /// want.
    pub(crate) fn request(
        &mut self,
        target: u64,
        method: (u16, &'static str),
        message: Outgoing<'_>,
        waiter: Option<W>,
    ) -> Result<u64, Error> {
        self.check_open()?;
        self.check_length(message.payload.len())
            .map_err(|limit| Error::new(ErrorKind::Limit, format!("the arguments of `{}` {limit}", method.1)))?;
        let call = self.calls.begin(Some(method.1), waiter);
        let header = header(Kind::Request, message.codec, method.0, call, target);
        self.push(header, message.payload);
        Ok(call)
    }

    /// Asks the other end what it serves; the answer's payload is a
    /// [`Description`](super::Description) in JSON.
    pub(crate) fn describe(&mut self, waiter: Option<W>) -> Result<u64, Error> {
        self.check_open()?;
        let call = self.calls.begin(None, waiter);
        self.outbox.push(header(Kind::Describe, Codec::Json, 0, call, 0), &[]);
        Ok(call)
    }

    /// The answer to a call, once; if there is none yet, `waiter` replaces who is woken by it.
    pub(crate) fn take(&mut self, call: u64, waiter: impl FnOnce(Option<W>) -> W) -> Result<Option<Answer>, Error> {
        match self.calls.take(call, waiter) {
            Some(answer) => Ok(Some(answer)),
            None => match &self.ended {
                Some(cause) => Err(cause.clone().after_send()),
                None => Ok(None),
            },
        }
    }

    /// The caller does not want the answer any more; the other end is told if it knows of the call.
    ///
    /// What would have woken the caller is given back.
    pub(crate) fn abandon(&mut self, call: u64) -> Option<W> {
        let gone = self.calls.abandon(call);
        if !gone.owed || self.ended.is_some() {
            return gone.waiter;
        }
        let request = |header: &Header| header.call == call && header.kind == Kind::Request as u8;
        if self.outbox.withdraw(request) == Withdrawn::Unsent {
            self.calls.forget(call);
        } else {
            self.outbox.push(header(Kind::Cancel, Codec::Postcard, 0, call, 0), &[]);
        }
        gone.waiter
    }

    /// The methods whose callers wait, in the order of their calls.
    pub(crate) fn waiting_methods(&self) -> Vec<&'static str> {
        self.calls.waiting_methods()
    }

    // ---- calls of the other side ----

    /// Keeps what stops the handler of a request. `false` if it is to be stopped at once: the
    /// caller cancelled meanwhile, or the connection ended.
    pub(crate) fn attach(&mut self, call: u64, run: R) -> bool {
        match self.served.get_mut(&call) {
            Some(served) if !served.cancelled => {
                served.run = Some(run);
                true
            }
            Some(_) => false,
            // Replied already: nothing is left to stop.
            None => self.ended.is_none(),
        }
    }

    /// Requests that have not got their reply.
    pub(crate) fn serving(&self) -> usize {
        self.served.len()
    }

    /// Replies to a request, unless it has its reply.
    pub(crate) fn reply(&mut self, call: u64, application_error: bool, message: Outgoing<'_>) {
        if let Err(limit) = self.check_length(message.payload.len()) {
            let message = format!("the reply {limit}");
            return self.refuse(call, &SystemError { kind: SystemErrorKind::Limit, message });
        }
        if self.served.remove(&call).is_some() && self.ended.is_none() {
            let kind = if application_error { Kind::ApplicationError } else { Kind::Value };
            self.push(header(kind, message.codec, 0, call, 0), message.payload);
        }
    }

    /// Replies to a request on behalf of the SDK, unless it has its reply.
    pub(crate) fn refuse(&mut self, call: u64, error: &SystemError) {
        if self.served.remove(&call).is_some() && self.ended.is_none() {
            self.push_system_error(call, error);
        }
    }

    // ---- what came in ----

    pub(crate) fn accept(&mut self, message: Message) -> Result<Event<W, R>, Violation> {
        if self.ended.is_some() {
            // Bytes that were read already: nobody waits for them any more.
            return Ok(Event::Done);
        }
        self.check_answers(message.kind)?;
        match message.kind {
            Kind::Request => self.accept_request(message),
            Kind::Value => self.accept_answer(message, Answered::Value),
            Kind::ApplicationError => self.accept_answer(message, Answered::ApplicationError),
            Kind::SystemError => {
                let error = notice::system_error(&message.payload)?;
                self.accept_answer(message, Answered::SystemError(error))
            }
            Kind::Cancel => Ok(self.accept_cancel(&message)),
            Kind::Describe => {
                self.accept_describe(message.call);
                Ok(Event::Done)
            }
            Kind::Ping => {
                self.outbox.push(header(Kind::Pong, Codec::Postcard, 0, message.call, 0), &[]);
                Ok(Event::Done)
            }
            Kind::Pong => Ok(Event::Done),
            Kind::Shutdown => {
                let shutdown: Shutdown = notice::from_json(&message.payload, "shutdown")?;
                self.draining = Some(shutdown.drain());
                Ok(Event::Shutdown(shutdown.drain()))
            }
            Kind::Goodbye => {
                let goodbye: Goodbye = notice::from_json(&message.payload, "goodbye")?;
                self.goodbye = Some(goodbye.message);
                Ok(Event::Goodbye)
            }
            // `Incoming` lets only kinds in use through.
            _ => Err(Violation::UnknownKind(message.kind as u8)),
        }
    }

    fn accept_request(&mut self, message: Message) -> Result<Event<W, R>, Violation> {
        if self.served.len() >= self.limits.calls {
            return Err(Violation::TooManyCalls { limit: self.limits.calls });
        }
        if self.served.contains_key(&message.call) {
            return Err(Violation::RepeatedRequest { call: message.call });
        }
        if self.draining.is_some() {
            let message_text = "the other end is shutting down".to_owned();
            let error = SystemError { kind: SystemErrorKind::ShuttingDown, message: message_text };
            self.push_system_error(message.call, &error);
            return Ok(Event::Done);
        }
        self.served.insert(message.call, Served { run: None, cancelled: false });
        Ok(Event::Run(Run {
            call: message.call,
            target: message.target,
            method: message.method,
            codec: message.codec,
            payload: message.payload,
        }))
    }

    fn accept_describe(&mut self, call: u64) {
        match self.check_length(self.description.len()) {
            Ok(()) => {
                let mut payload = self.description.to_vec();
                self.push(header(Kind::Value, Codec::Json, 0, call, 0), &mut payload);
            }
            Err(limit) => {
                let message = format!("the description {limit}");
                self.push_system_error(call, &SystemError { kind: SystemErrorKind::Limit, message });
            }
        }
    }

    /// Answers wait in memory until the peer reads them. One that counts its calls has no more of
    /// them open than it may; twice that, and some for its pings, is what no mistake explains.
    fn check_answers(&self, kind: Kind) -> Result<(), Violation> {
        let limit = self.limits.calls.saturating_mul(2).saturating_add(PINGS);
        let asks = matches!(kind, Kind::Request | Kind::Describe | Kind::Ping | Kind::Cancel);
        if asks && self.outbox.waiting_answers() >= limit {
            return Err(Violation::AnswersUnread { limit });
        }
        Ok(())
    }

    fn accept_answer(&mut self, message: Message, answered: Answered) -> Result<Event<W, R>, Violation> {
        let answer = Answer { answered, codec: message.codec, payload: message.payload };
        Ok(self.calls.answer(message.call, answer)?.map_or(Event::Done, Event::Wake))
    }

    fn accept_cancel(&mut self, message: &Message) -> Event<W, R> {
        if let Some(served) = self.served.get_mut(&message.call) {
            served.cancelled = true;
            return Event::Stop(served.run.take());
        }
        let reply = |header: &Header| header.call == message.call && is_reply(header.kind);
        if message.unfinished || self.outbox.withdraw(reply) != Withdrawn::Gone {
            self.push_system_error(
                message.call,
                &SystemError { kind: SystemErrorKind::Cancelled, message: String::new() },
            );
        }
        // Otherwise the reply is on its way: the two crossed.
        Event::Done
    }

    // ---- the end ----

    /// Asks the other side to finish its calls in `drain` and end. Calls fail from now on.
    pub(crate) fn shut_down(&mut self, drain: Duration) {
        if !self.shutting_down && self.ended.is_none() {
            self.shutting_down = true;
            let payload = notice::to_json(&Shutdown::new(drain));
            self.push_notice(Kind::Shutdown, 0, &payload);
        }
    }

    /// This side asked the other one to end.
    pub(crate) fn is_shutting_down(&self) -> bool {
        self.shutting_down
    }

    /// Tells the other side that this one ends; `message` is the reason, or empty after a shutdown.
    ///
    /// The peer reads nothing after it. After a shutdown it therefore waits for the replies that
    /// are still being cut; a reason does not wait.
    pub(crate) fn say_goodbye(&mut self, message: &str) {
        if message.is_empty() {
            return self.outbox.push_last(header(Kind::Goodbye, Codec::Json, 0, 0, 0), &[]);
        }
        let goodbye = Goodbye { message: self.fitting(message) };
        self.push_notice(Kind::Goodbye, 0, &notice::to_json(&goodbye));
    }

    /// The other side asked this one to end, within this time.
    pub(crate) fn draining(&self) -> Option<Duration> {
        self.draining
    }

    /// The peer's last word, if it had one.
    pub(crate) fn goodbye(&self) -> Option<&str> {
        self.goodbye.as_deref()
    }

    /// Fails all calls of this side with `cause`, now and later, and gives back who has to be
    /// woken and what has to be stopped. The first cause stays.
    pub(crate) fn end(&mut self, cause: Error) -> (Vec<W>, Vec<R>) {
        if self.ended.is_some() {
            return (Vec::new(), Vec::new());
        }
        self.ended = Some(cause);
        let runs = self.served.drain().filter_map(|(_, served)| served.run).collect();
        (self.calls.end(), runs)
    }

    pub(crate) fn ended(&self) -> Option<&Error> {
        self.ended.as_ref()
    }

    // ---- bytes and ticks ----

    /// See [`Outbox::take`].
    pub(crate) fn take_output(&mut self, batch: &mut VecDeque<Segment>) -> bool {
        self.outbox.take(batch)
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// See [`Outbox::waiting_bytes`].
    #[cfg(any(test, fuzzing))]
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.outbox.waiting_bytes()
    }

    pub(crate) fn recycle(&mut self, segment: Segment) {
        self.outbox.recycle(segment);
    }

    /// How often [`tick`](Session::tick) wants to be called.
    pub(crate) fn tick_interval(&self) -> Duration {
        Silence::tick_interval(self.limits.silence)
    }

    /// Looks for signs of life: pings a peer that is silent while calls are open, and gives up on
    /// one that stays silent, stops inside a frame or does not read.
    ///
    /// It counts its own calls instead of reading a clock, so a machine that slept wakes to a peer
    /// that has its full time.
    pub(crate) fn tick(&mut self, heard: Heard) -> Result<(), Violation> {
        let waits = self.calls.in_flight() > 0 && self.ended.is_none();
        if self.silence.tick(heard, waits)? {
            self.outbox.push(header(Kind::Ping, Codec::Postcard, 0, 0, 0), &[]);
        }
        Ok(())
    }

    fn check_open(&self) -> Result<(), Error> {
        if let Some(cause) = &self.ended {
            return Err(cause.clone());
        }
        if self.shutting_down {
            return Err(Error::new(ErrorKind::Disconnected, "the plugin is being shut down"));
        }
        Ok(())
    }

    fn check_length(&self, length: usize) -> Result<(), String> {
        let limit = self.peer.message;
        if length as u64 > limit {
            return Err(format!("take {length} bytes; the other end accepts messages of up to {limit}"));
        }
        Ok(())
    }

    fn push(&mut self, header: Header, payload: &mut Vec<u8>) {
        if self.outbox.must_cut(payload.len()) {
            self.outbox.push_large(header, Bytes::from(std::mem::take(payload)));
        } else {
            let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            self.outbox.push(Header { length, ..header }, payload);
        }
    }

    fn push_system_error(&mut self, call: u64, error: &SystemError) {
        let error = SystemError { kind: error.kind, message: self.fitting(&error.message) };
        self.push_notice(Kind::SystemError, call, &notice::to_json(&error));
    }

    /// The beginning of a text that goes into a notice, which is a single frame: an eighth of it,
    /// since JSON may write six bytes for one, and the smallest frame has to hold the rest too.
    fn fitting(&self, text: &str) -> String {
        let (beginning, _) = text.split_at(text.floor_char_boundary(self.outbox.frame() / 8));
        beginning.to_owned()
    }

    fn push_notice(&mut self, kind: Kind, call: u64, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.outbox.push(Header { length, ..header(kind, Codec::Json, 0, call, 0) }, payload);
    }
}

fn is_reply(kind: u8) -> bool {
    kind == Kind::Value as u8 || kind == Kind::ApplicationError as u8
}

fn header(kind: Kind, codec: Codec, method: u16, call: u64, target: u64) -> Header {
    Header { length: 0, kind: kind as u8, flags: Flags::new(codec), method, call, target }
}
