//! The model: what each side has, and what it expects of the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::super::pair::Pair;
use super::*;
use crate::error::ErrorKind;
use crate::protocol::streams::StreamItems;
use crate::protocol::{Extras, Given, Next, Permits, Received, Run};

/// Waiters say who they are.
const CALLER: u64 = 1_000;
const PRODUCER: u64 = 1_000_000;
const CONSUMER: u64 = 2_000_000;

/// A stream from its producer's side.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) sent: u64,
    pub(super) finished: Option<Option<Vec<String>>>,
    pub(super) waiting: bool,
}

/// A stream from its consumer's side.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) seen: u64,
    pub(super) waiting: bool,
}

#[derive(Debug, Default)]
pub(super) struct Side {
    /// Calls whose answer was neither fetched nor given up.
    pub(super) open: BTreeSet<u64>,
    pub(super) made: BTreeMap<u64, Made>,
    pub(super) read: BTreeMap<u64, Read>,
    /// Ids of the other side's objects.
    pub(super) held: BTreeSet<u64>,
    pub(super) things: Vec<Thing>,
    last_stream: u64,
    shut_down: bool,
}

pub(super) struct Play {
    pub(super) pair: Pair,
    pub(super) sides: [Side; 2],
}

fn pick<'i>(mut ids: impl ExactSizeIterator<Item = &'i u64>, which: &Index) -> Option<u64> {
    if ids.len() == 0 { None } else { ids.nth(which.index(ids.len())).copied() }
}

/// A payload that says whose it is.
fn payload(number: u64, first: u64, length: usize) -> Vec<u8> {
    let mut payload = [number.to_le_bytes(), first.to_le_bytes()].concat();
    payload.resize(16 + length, 7);
    payload
}

fn entry(key: usize) -> crate::protocol::hello::Entry {
    serde_json::from_value(serde_json::json!({
        "name": format!("interface {key}"), "version": 1, "min_version": 1,
        "cookie": { "key": "", "value": "" }, "methods": [],
    }))
    .unwrap()
}

impl Play {
    pub(super) fn new(limits: [Limits; 2]) -> Self {
        let mut pair = Pair::new(limits);
        // A few hundred bytes at a time, so that large messages are under way for a while.
        pair.0.iter_mut().for_each(|end| end.session.set_ahead(600));
        Self { pair, sides: Default::default() }
    }

    pub(super) fn act(&mut self, side: usize, act: &Act) {
        match act {
            Act::Call { length, gives, on_handle } => self.call(side, *length, *gives, on_handle.as_ref()),
            Act::Abandon(which) => {
                if let Some(call) = pick(self.sides[side].open.iter(), which) {
                    self.sides[side].open.remove(&call);
                    self.pair.0[side].session.abandon(call);
                }
            }
            Act::Take { which, keep } => {
                if let Some(call) = pick(self.sides[side].open.iter(), which) {
                    self.take(side, call, *keep);
                }
            }
            Act::Reply { which, length, gives, keep } => {
                if let Some(at) = self.pick_run(side, which) {
                    self.reply(side, at, *length, *gives, *keep);
                }
            }
            Act::Refuse(which) => {
                if let Some(at) = self.pick_run(side, which) {
                    let run = self.pair.0[side].running.remove(at);
                    self.refuse(side, run, SystemErrorKind::InvalidArguments);
                }
            }
            Act::Release(which) => {
                if let Some(id) = pick(self.sides[side].held.iter(), which) {
                    self.sides[side].held.remove(&id);
                    self.pair.0[side].session.release(id);
                }
            }
            Act::Announce(key) => {
                match self.pair.0[side].session.announce(*key, || entry(*key)) {
                    Ok(number) => {
                        let again = self.pair.0[side].session.announce(*key, || panic!("it is known"));
                        assert_eq!(again.unwrap(), number);
                    }
                    // It takes no handles.
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Limit),
                }
            }
            Act::Send => _ = self.pair.send(side),
            Act::Deliver(count) => _ = self.pair.deliver(side, *count).unwrap(),
            Act::ShutDown => {
                self.sides[side].shut_down = true;
                self.pair.0[side].session.shut_down(Duration::from_secs(1));
            }
            _ => self.act_on_stream(side, act),
        }
        self.settle(side);
    }

    fn act_on_stream(&mut self, side: usize, act: &Act) {
        let (Act::Produce { which, .. }
        | Act::Finish { which, .. }
        | Act::Grant { which, .. }
        | Act::Next { which, .. }
        | Act::Close(which)) = act
        else {
            return;
        };
        let made = matches!(act, Act::Produce { .. } | Act::Finish { .. });
        let Side { made: producing, read, .. } = &self.sides[side];
        let picked = if made { pick(producing.keys(), which) } else { pick(read.keys(), which) };
        let Some(stream) = picked else {
            return;
        };
        match act {
            Act::Produce { count, length, gives, .. } => _ = self.produce(side, stream, *count, *length, *gives),
            Act::Finish { broken, .. } => {
                let broken = broken.then(|| vec!["it broke".to_owned(), format!("stream {stream}")]);
                let made = self.sides[side].made.get_mut(&stream).unwrap();
                made.finished.get_or_insert(broken.clone());
                self.pair.0[side].session.stream_finish(stream, broken);
            }
            Act::Grant { items, bytes, .. } => self.pair.0[side].session.stream_grant(stream, *items, *bytes),
            Act::Next { keep, .. } => _ = self.next(side, stream, *keep),
            _ => self.close(side, stream),
        }
    }

    fn pick_run(&self, side: usize, which: &Index) -> Option<usize> {
        let count = self.pair.0[side].running.len();
        (count > 0).then(|| which.index(count))
    }

    fn refuse(&mut self, side: usize, run: Run<Thing>, kind: SystemErrorKind) {
        self.pair.0[side].session.refuse(run.call, &SystemError { kind, message: String::new() });
        self.receive(side, run.extras.map(|extras| extras.received), false);
    }

    /// Notes who was woken, and refuses requests for objects that are gone.
    pub(super) fn settle(&mut self, side: usize) {
        let end = &mut self.pair.0[side];
        end.settle();
        for waiter in end.woken.drain(..) {
            if let Some(read) = waiter.checked_sub(CONSUMER).and_then(|id| self.sides[side].read.get_mut(&id)) {
                read.waiting = false;
            } else if let Some(made) = waiter.checked_sub(PRODUCER).and_then(|id| self.sides[side].made.get_mut(&id)) {
                made.waiting = false;
            }
        }
        let gone = |run: &Run<Thing>| run.target >= 65_536 && end.session.exported(run.target).is_none();
        let (refused, running): (Vec<_>, _) = std::mem::take(&mut end.running).into_iter().partition(gone);
        end.running = running;
        for run in refused {
            self.refuse(side, run, SystemErrorKind::UnknownObject);
        }
    }

    // ---- messages ----

    /// New streams and objects, and some of what is held, for a message.
    fn extras(&mut self, side: usize, gives: Gives) -> Extras<Thing> {
        let this = &mut self.sides[side];
        let streams = (0..gives.streams as u64).map(|at| this.last_stream + 1 + at).collect();
        this.last_stream += gives.streams as u64;
        let first = 65_536 + this.things.len() as u64;
        let handles: Vec<_> = (first..first + gives.handles as u64).map(|id| (id, Arc::new(id))).collect();
        this.things.extend(handles.iter().map(|(_, thing)| Arc::clone(thing)));
        let returned = this.held.iter().copied().take(gives.returned).collect();
        let mut extras = Extras { given: Given { streams, handles, returned }, ..Extras::default() };
        if gives.context {
            extras.remaining = Some(Duration::from_millis(7));
            extras.depth = 2;
            extras.metadata = vec![("key".to_owned(), "value".to_owned())];
        }
        extras
    }

    /// The message is on its way: its streams can be produced.
    fn gave(&mut self, side: usize, streams: &[u64], extras: &Extras<Thing>) {
        assert!(extras.given.is_empty(), "it was taken");
        self.sides[side].made.extend(streams.iter().map(|id| (*id, Made::default())));
    }

    pub(super) fn receive(&mut self, side: usize, received: Option<Received<Thing>>, keep: bool) {
        let Some(received) = received else {
            return;
        };
        for (id, thing) in &received.returned {
            assert_eq!(**thing, *id);
        }
        if keep {
            self.sides[side].read.extend(received.streams.into_iter().map(|id| (id, Read::default())));
            self.sides[side].held.extend(received.handles);
        } else {
            self.pair.0[side].session.decline(&received.streams, &received.handles);
        }
    }

    fn call(&mut self, side: usize, length: usize, gives: Gives, on_handle: Option<&Index>) {
        if !self.pair.0[side].session.admits() {
            return;
        }
        let target = on_handle.and_then(|which| pick(self.sides[side].held.iter(), which)).unwrap_or(0);
        let mut extras = self.extras(side, gives);
        let streams = extras.given.streams.clone();
        let mut arguments = payload(0, 0, length);
        let message = Outgoing { codec: Codec::Postcard, payload: &mut arguments, extras: Some(&mut extras) };
        match self.pair.0[side].session.request(target, (1, "method"), message, Some(CALLER)) {
            Ok(call) => {
                self.gave(side, &streams, &extras);
                self.sides[side].open.insert(call);
            }
            Err(error) => {
                assert!(error.kind() == ErrorKind::Limit || self.sides[side].shut_down, "{error}");
                assert_eq!(extras.given.streams, streams, "it is left");
            }
        }
    }

    pub(super) fn reply(&mut self, side: usize, at: usize, length: usize, gives: Gives, keep: bool) {
        let run = self.pair.0[side].running.remove(at);
        let gives = Gives { context: false, ..gives };
        let mut extras = self.extras(side, gives);
        let streams = extras.given.streams.clone();
        let some = !extras.given.is_empty();
        let mut value = payload(run.call, 0, length);
        let message = Outgoing { codec: Codec::Json, payload: &mut value, extras: Some(&mut extras) };
        self.pair.0[side].session.reply(run.call, length % 2 == 1, message);
        if some && extras.given.is_empty() {
            self.gave(side, &streams, &extras);
        }
        if let Some(extras) = &run.extras
            && let Some(remaining) = extras.remaining
        {
            assert_eq!((remaining, extras.depth), (Duration::from_millis(7), 2));
            assert_eq!(extras.metadata, [("key".to_owned(), "value".to_owned())]);
        }
        self.receive(side, run.extras.map(|extras| extras.received), keep);
    }

    pub(super) fn take(&mut self, side: usize, call: u64, keep: bool) -> bool {
        let Some(answer) = self.pair.0[side].session.take(call, |_| CALLER).unwrap() else {
            return false;
        };
        self.sides[side].open.remove(&call);
        if !matches!(answer.answered, Answered::SystemError(_)) {
            assert_eq!(answer.payload, payload(call, 0, answer.payload.len() - 16));
        }
        self.receive(side, answer.received.map(|received| *received), keep);
        true
    }

    // ---- streams ----

    /// Sends some items if it may; `false` if the stream is over.
    pub(super) fn produce(&mut self, side: usize, stream: u64, count: u16, length: usize, gives: Gives) -> bool {
        let permits = self.pair.0[side].session.stream_permits(stream, |_| PRODUCER + stream);
        let items = match permits {
            Permits::Ready { items, bytes } => {
                assert!(items > 0 && bytes > 0);
                items
            }
            Permits::Wait => {
                self.sides[side].made.get_mut(&stream).unwrap().waiting = true;
                return true;
            }
            Permits::Over => {
                let made = self.sides[side].made.get_mut(&stream).unwrap();
                made.waiting = false;
                return false;
            }
        };
        let count = count.min(u16::try_from(items).unwrap_or(u16::MAX));
        let mut extras = self.extras(side, Gives { context: false, ..gives });
        let streams = extras.given.streams.clone();
        let first = self.sides[side].made[&stream].sent;
        let mut items = payload(stream, first, length);
        let message = Outgoing { codec: Codec::Postcard, payload: &mut items, extras: Some(&mut extras) };
        match self.pair.0[side].session.stream_send(stream, count, message) {
            Ok(()) => {
                self.gave(side, &streams, &extras);
                self.sides[side].made.get_mut(&stream).unwrap().sent += u64::from(count);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Limit, "{error}"),
        }
        true
    }

    fn see(&mut self, side: usize, stream: u64, items: StreamItems<Thing>, keep: bool) -> usize {
        let read = self.sides[side].read.get_mut(&stream).unwrap();
        assert_eq!(items.payload, payload(stream, read.seen, items.payload.len() - 16), "in order, without loss");
        read.seen += u64::from(items.count);
        self.receive(side, items.received.map(|received| *received), keep);
        items.payload.len()
    }

    /// What comes next: whether there was something, and how many bytes of items.
    pub(super) fn next(&mut self, side: usize, stream: u64, keep: bool) -> Option<usize> {
        let next = self.pair.0[side].session.stream_next(stream, |_| CONSUMER + stream);
        let seen = self.sides[side].read[&stream].seen;
        let made = &self.sides[1 - side].made[&stream];
        match next {
            Next::Items(items) => return Some(self.see(side, stream, items, keep)),
            Next::Wait => {
                self.sides[side].read.get_mut(&stream).unwrap().waiting = true;
                return None;
            }
            Next::Ended => assert_eq!((made.finished.clone(), made.sent), (Some(None), seen)),
            Next::Broken(messages) => assert_eq!((made.finished.clone(), made.sent), (Some(Some(messages)), seen)),
            Next::Failed(cause) => assert_eq!(cause.to_string(), "it is over"),
        }
        self.close(side, stream);
        Some(0)
    }

    fn close(&mut self, side: usize, stream: u64) {
        self.sides[side].read.remove(&stream);
        self.pair.0[side].session.stream_close(stream);
    }
}
