//! What came in.

use super::super::frame::{Header, Kind};
use super::super::hello::Entry;
use super::super::notice::{self, Goodbye, Shutdown};
use super::super::outbox::Withdrawn;
use super::super::streams::{Finish, Flow, StreamItems};
use super::super::table::{Answer, Answered, Delivery};
use super::super::{Extensions, Message, Received, SystemError, SystemErrorKind, Violation};
use super::{Event, Run, RunExtras, Served, Session, header, is_reply};
use crate::codec::Codec;

/// So many pongs may wait beside the replies.
const PINGS: usize = 16;

type Accepted<W, R, O> = Result<Event<W, R, O>, Violation>;

impl<W, R, O: Clone> Session<W, R, O> {
    /// Acts on a message. [`aftermath`](Session::aftermath) may have something to say after it.
    pub(crate) fn accept(&mut self, message: Message) -> Accepted<W, R, O> {
        if self.ended.is_some() {
            // Bytes that were read already: nobody waits for them any more.
            return Ok(Event::Done);
        }
        self.check_unread(&message)?;
        match message.kind {
            Kind::Request => self.accept_request(message),
            Kind::Value => self.accept_answer(message, Answered::Value),
            Kind::ApplicationError => self.accept_answer(message, Answered::ApplicationError),
            Kind::SystemError => {
                let error = notice::system_error(&message.payload)?;
                self.accept_answer(message, Answered::SystemError(error))
            }
            Kind::Cancel => Ok(self.accept_cancel(&message)),
            Kind::StreamItem => self.accept_items(message),
            Kind::StreamEnd => self.accept_end(&message),
            Kind::StreamCredit => self.accept_credit(&message),
            Kind::StreamReset => self.accept_reset(message.call),
            Kind::Release => self.accept_release(message.target),
            Kind::Interface => self.accept_interface(&message),
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
            Kind::Log => Err(Violation::UnknownKind(message.kind as u8)),
        }
    }

    // ---- calls ----

    fn accept_request(&mut self, message: Message) -> Accepted<W, R, O> {
        if self.served.len() >= self.limits.calls {
            return Err(Violation::TooManyCalls { limit: self.limits.calls });
        }
        if self.served.contains_key(&message.call) {
            return Err(Violation::RepeatedRequest { call: message.call });
        }
        let extras = match message.extensions {
            None => None,
            Some(extensions) => Some(Box::new(self.receive_extras(*extensions)?)),
        };
        if self.draining.is_some() {
            if let Some(extras) = extras {
                self.refuse_received(extras.received);
            }
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
            extras,
        }))
    }

    fn accept_answer(&mut self, message: Message, answered: Answered) -> Accepted<W, R, O> {
        let received = self.receive_boxed(message.extensions)?;
        let answer = Answer { answered, codec: message.codec, payload: message.payload, received };
        match self.calls.answer(message.call, answer)? {
            Delivery::Kept(waiter) => Ok(waiter.map_or(Event::Done, Event::Wake)),
            Delivery::Unwanted(answer) => {
                if let Some(received) = answer.received {
                    self.refuse_received(*received);
                }
                Ok(Event::Done)
            }
        }
    }

    fn accept_cancel(&mut self, message: &Message) -> Event<W, R, O> {
        if let Some(served) = self.served.get_mut(&message.call) {
            served.cancelled = true;
            return Event::Stop(served.run.take());
        }
        let reply = |header: &Header| header.call == message.call && is_reply(header.kind);
        let withdrawn = self.outbox.withdraw(reply);
        if message.unfinished || withdrawn != Withdrawn::Gone {
            self.push_system_error(
                message.call,
                &SystemError { kind: SystemErrorKind::Cancelled, message: String::new() },
            );
        }
        self.take_back(withdrawn);
        // Otherwise the reply is on its way: the two crossed.
        Event::Done
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

    // ---- streams ----

    fn accept_items(&mut self, message: Message) -> Accepted<W, R, O> {
        let Message { call: stream, method: count, codec, payload, .. } = message;
        let wanted = self.consuming.spend(stream, count, payload.len())?.state == Flow::Open;
        let received = self.receive_boxed(message.extensions)?;
        if !wanted {
            if let Some(received) = received {
                self.refuse_received(*received);
            }
            return Ok(Event::Done);
        }
        let items = StreamItems { codec, payload, count, received };
        let waiter = self.consuming.streams.get_mut(&stream).and_then(|consumed| consumed.push(items));
        Ok(waiter.map_or(Event::Done, Event::Wake))
    }

    fn accept_end(&mut self, message: &Message) -> Accepted<W, R, O> {
        let finish = if message.payload.is_empty() {
            Finish::Complete
        } else {
            Finish::Broken(notice::broken(&message.payload)?)
        };
        let waiter = self.consuming.finish(message.call, finish, message.unfinished)?;
        Ok(waiter.map_or(Event::Done, Event::Wake))
    }

    fn accept_credit(&mut self, message: &Message) -> Accepted<W, R, O> {
        let (stream, items, bytes) = (message.call, message.method, message.target);
        let named = self.producing.named(stream).map_err(|_| Violation::CreditForNoStream { stream })?;
        let waiter = named.and_then(|produced| {
            produced.add_credit(items, bytes);
            if produced.has_credit() { produced.waiter.take() } else { None }
        });
        Ok(waiter.map_or(Event::Done, Event::Wake))
    }

    fn accept_reset(&mut self, stream: u64) -> Accepted<W, R, O> {
        if self.producing.named(stream).map_err(|_| Violation::ResetOfNoStream { stream })?.is_none() {
            return Ok(Event::Done);
        }
        let items = |header: &Header| header.call == stream && header.kind == Kind::StreamItem as u8;
        let withdrawn = self.outbox.withdraw(items);
        self.take_back(withdrawn);
        let waiter = self.push_end(stream, &Finish::Complete);
        Ok(waiter.map_or(Event::Done, Event::Wake))
    }

    // ---- objects ----

    fn accept_release(&mut self, object: u64) -> Accepted<W, R, O> {
        let released = self.exports.release(object)?;
        self.aftermath.discarded.extend(released);
        Ok(Event::Done)
    }

    fn accept_interface(&mut self, message: &Message) -> Accepted<W, R, O> {
        let entry: Entry = serde_json::from_slice(&message.payload).map_err(|_| Violation::BadNotice("interface"))?;
        self.interfaces.learn(entry)?;
        Ok(Event::Done)
    }

    // ---- what a message gives ----

    fn receive_extras(&mut self, extensions: Extensions) -> Result<RunExtras<O>, Violation> {
        let received = self.receive(&extensions)?;
        let Extensions { remaining, depth, metadata, .. } = extensions;
        Ok(RunExtras { remaining, depth, metadata, received })
    }

    fn receive_boxed(&mut self, extensions: Option<Box<Extensions>>) -> Result<Option<Box<Received<O>>>, Violation> {
        match extensions {
            Some(extensions) if extensions.gives() => Ok(Some(Box::new(self.receive(&extensions)?))),
            _ => Ok(None),
        }
    }

    /// The message is complete: what it gives is here.
    fn receive(&mut self, extensions: &Extensions) -> Result<Received<O>, Violation> {
        let mut received = Received::default();
        for id in &extensions.streams {
            self.consuming.begin(*id, self.limits.streams)?;
            received.streams.push(*id);
        }
        for id in &extensions.handles {
            self.imports.begin(*id, self.limits.handles)?;
            received.handles.push(*id);
        }
        for id in &extensions.returned {
            received.returned.extend(self.returned(*id)?.map(|object| (*id, object)));
        }
        Ok(received)
    }

    /// What came and nobody takes.
    pub(super) fn refuse_received(&mut self, received: Received<O>) {
        self.decline(&received.streams, &received.handles);
        self.aftermath.discarded.extend(received.returned.into_iter().map(|(_, object)| object));
    }

    // ---- what is not read ----

    /// Answers wait in memory until the peer reads them. One that counts its calls has no more of
    /// them open than it may; twice that, and some for its pings, is what no mistake explains. The
    /// same of what is told about streams and objects: a peer that reads none of it can bring about
    /// only so much.
    fn check_unread(&self, message: &Message) -> Result<(), Violation> {
        let limit = self.limits.calls.saturating_mul(2).saturating_add(PINGS);
        let asks = matches!(message.kind, Kind::Request | Kind::Describe | Kind::Ping | Kind::Cancel);
        if asks && self.outbox.waiting_answers() >= limit {
            return Err(Violation::AnswersUnread { limit });
        }
        if message.extensions.is_some() || message.kind == Kind::StreamItem {
            let window = usize::from(self.limits.window.items).saturating_add(2);
            let limit = self.limits.streams.saturating_mul(window).saturating_add(self.limits.handles);
            let limit = limit.saturating_mul(2).saturating_add(PINGS);
            if self.outbox.waiting_notes() >= limit {
                return Err(Violation::AnswersUnread { limit });
            }
        }
        Ok(())
    }
}
