//! Two sessions that talk through memory, with the test as the network between them.

use std::collections::VecDeque;

use crate::error::{Error, ErrorKind};
use crate::protocol::{Answer, Run};

use super::*;

/// One side: its session, and the bytes on their way to it.
pub(super) struct End {
    pub(super) session: Numbered,
    pub(super) incoming: Incoming,
    pub(super) wire: VecDeque<u8>,
    /// Requests that a handler has begun, oldest first.
    pub(super) running: Vec<Run<Thing>>,
    /// Handlers that were stopped; their reply is still owed.
    pub(super) stopped: Vec<u64>,
    pub(super) woken: Vec<u64>,
    pub(super) discarded: Vec<Thing>,
    pub(super) said_goodbye: bool,
}

impl End {
    /// Notes what a session left to be woken and dropped.
    pub(super) fn settle(&mut self) {
        if let Some(aftermath) = self.session.aftermath() {
            self.woken.extend(aftermath.woken);
            self.discarded.extend(aftermath.discarded);
        }
    }
}

/// Two ends. Nothing moves by itself: [`send`](Pair::send) empties an outbox onto the wire,
/// [`deliver`](Pair::deliver) lets an end read from it.
pub(super) struct Pair(pub(super) [End; 2]);

impl Pair {
    pub(super) fn new(limits: [Limits; 2]) -> Self {
        let [first, second] = limits;
        let end = |mine: Limits, theirs: Limits| End {
            session: Session::new(mine, theirs.announced(), DESCRIPTION.into()),
            incoming: Incoming::new(mine, &[]),
            wire: VecDeque::new(),
            running: Vec::new(),
            stopped: Vec::new(),
            woken: Vec::new(),
            discarded: Vec::new(),
            said_goodbye: false,
        };
        Self([end(first, second), end(second, first)])
    }

    /// What `side` has ready at this moment goes onto the wire; `false` if that is nothing.
    pub(super) fn send(&mut self, side: usize) -> bool {
        let mut batch = VecDeque::new();
        let some = self.0[side].session.take_output(&mut batch);
        self.0[side].settle();
        for segment in batch {
            self.0[1 - side].wire.extend(segment.bytes());
            self.0[side].session.recycle(segment);
        }
        some
    }

    /// `side` reads at most `count` bytes and acts on the messages; `false` if none were there.
    pub(super) fn deliver(&mut self, side: usize, count: usize) -> Result<bool, Violation> {
        let end = &mut self.0[side];
        let bytes: Vec<u8> = end.wire.drain(..count.min(end.wire.len())).collect();
        feed(&mut end.incoming, &bytes);
        while let Some(message) = end.incoming.next()? {
            match end.session.accept(message)? {
                Event::Run(run) => {
                    assert!(end.session.attach(run.call, run.call));
                    end.running.push(run);
                }
                Event::Stop(stopped) => end.stopped.extend(stopped),
                Event::Wake(waiter) => end.woken.push(waiter),
                Event::Goodbye => end.said_goodbye = true,
                Event::Done | Event::Shutdown(_) => {}
            }
        }
        end.settle();
        Ok(!bytes.is_empty())
    }

    /// Moves bytes until none are left to move.
    pub(super) fn settle(&mut self) -> Result<(), Violation> {
        loop {
            let sent = self.send(0) | self.send(1);
            let read = self.deliver(0, usize::MAX)? | self.deliver(1, usize::MAX)?;
            if !sent && !read {
                return Ok(());
            }
        }
    }

    /// Nothing is open, waiting or held at either end.
    pub(super) fn check_at_rest(&self) {
        for end in &self.0 {
            assert_eq!(end.session.in_flight(), 0);
            assert_eq!(end.session.serving(), 0);
            assert!(!end.session.has_output());
            assert_eq!(end.session.waiting_bytes(), 0);
            assert!(!end.incoming.is_mid_frame());
            assert_eq!(end.incoming.held(), (0, 0));
            assert_eq!(end.session.open_streams(), (0, 0));
            assert_eq!((end.session.exports(), end.session.imports()), (0, 0));
        }
    }
}

fn default_pair() -> Pair {
    Pair::new([small_limits(); 2])
}

fn taken(end: &mut End, call: u64) -> Option<Answer<Thing>> {
    end.session.take(call, |_| call).unwrap()
}

fn system_error(answer: &Answer<Thing>) -> SystemErrorKind {
    match &answer.answered {
        Answered::SystemError(error) => error.kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_sides_call_each_other_with_the_same_ids() {
    let mut pair = default_pair();
    let calls = [request(&mut pair.0[0].session, b"from 0"), request(&mut pair.0[1].session, b"from 1")];
    assert_eq!(calls, [1, 1]);
    pair.settle().unwrap();
    for side in [0, 1] {
        assert_eq!(pair.0[side].running[0].payload, format!("from {}", 1 - side));
        reply(&mut pair.0[side].session, 1, format!("by {side}").as_bytes());
    }
    pair.settle().unwrap();
    for side in [0, 1] {
        let answer = taken(&mut pair.0[side], 1).unwrap();
        assert_eq!((answer.answered, &answer.payload[..]), (Answered::Value, format!("by {}", 1 - side).as_bytes()));
    }
    pair.check_at_rest();
}

#[test]
fn a_large_call_both_ways_arrives_as_it_was() {
    let mut pair = default_pair();
    let large: Vec<u8> = (0..4096_u32).map(|at| (at % 251) as u8).collect();
    let call = request(&mut pair.0[0].session, &large);
    pair.settle().unwrap();
    assert_eq!(pair.0[1].running[0].payload, large);
    reply(&mut pair.0[1].session, call, &large);
    pair.settle().unwrap();
    assert_eq!(taken(&mut pair.0[0], call).unwrap().payload, large);
    pair.check_at_rest();
}

#[test]
fn a_waiter_is_woken_once_and_the_last_one_counts() {
    let mut pair = default_pair();
    let call = request(&mut pair.0[0].session, b"");
    assert_eq!(pair.0[0].session.take(call, |_| 7).unwrap(), None);
    assert_eq!(pair.0[0].session.take(call, |before| before.unwrap() + 1).unwrap(), None);
    pair.settle().unwrap();
    reply(&mut pair.0[1].session, call, b"");
    pair.settle().unwrap();
    assert_eq!(pair.0[0].woken, [8]);
}

#[test]
fn a_cancelled_call_is_counted_until_its_late_reply_is_swallowed() {
    let mut pair = default_pair();
    let call = request(&mut pair.0[0].session, b"");
    pair.settle().unwrap();
    pair.0[0].session.abandon(call);
    pair.settle().unwrap();
    assert_eq!(pair.0[1].stopped, [call]);
    assert_eq!(pair.0[0].session.in_flight(), 1);
    // The handler had finished all the same.
    reply(&mut pair.0[1].session, call, b"too late");
    pair.settle().unwrap();
    assert_eq!(taken(&mut pair.0[0], call), None);
    pair.check_at_rest();
}

#[test]
fn a_cancel_that_crosses_the_reply_changes_nothing() {
    let mut pair = default_pair();
    let call = request(&mut pair.0[0].session, b"");
    pair.settle().unwrap();
    reply(&mut pair.0[1].session, call, b"");
    pair.0[0].session.abandon(call);
    pair.settle().unwrap();
    assert_eq!(pair.0[1].stopped, [0_u64; 0]);
    pair.check_at_rest();
}

#[test]
fn a_cancelled_request_that_was_not_sent_leaves_no_trace() {
    let mut pair = default_pair();
    let call = request(&mut pair.0[0].session, &[0; 1000]);
    pair.0[0].session.abandon(call);
    assert_eq!(pair.0[0].session.in_flight(), 0);
    assert!(!pair.send(0));
    pair.check_at_rest();
}

#[test]
fn a_cancelled_request_that_was_half_sent_gets_its_reply() {
    let limits = Limits { message: 1 << 20, reassembly: 2 << 20, ..small_limits() };
    let mut pair = Pair::new([limits; 2]);
    let call = request(&mut pair.0[0].session, &vec![0; 1 << 20]);
    pair.send(0);
    pair.deliver(1, usize::MAX).unwrap();
    let (messages, bytes) = pair.0[1].incoming.held();
    assert!(messages == 1 && bytes > 0);
    pair.0[0].session.abandon(call);
    assert_eq!(pair.0[0].session.in_flight(), 1);
    pair.settle().unwrap();
    assert_eq!(pair.0[1].running, []);
    pair.check_at_rest();
}

#[test]
fn a_cancel_stops_a_reply_that_is_half_sent() {
    let limits = Limits { message: 1 << 20, reassembly: 2 << 20, ..small_limits() };
    let mut pair = Pair::new([limits; 2]);
    let call = request(&mut pair.0[0].session, b"");
    pair.settle().unwrap();
    reply(&mut pair.0[1].session, call, &vec![0; 1 << 20]);
    pair.send(1);
    pair.deliver(0, usize::MAX).unwrap();
    pair.0[0].session.abandon(call);
    pair.settle().unwrap();
    pair.check_at_rest();
}

#[test]
fn a_reply_above_the_callers_limit_becomes_an_error() {
    let mut pair = Pair::new([small_limits(), Limits::default()]);
    let call = request(&mut pair.0[0].session, b"");
    pair.settle().unwrap();
    reply(&mut pair.0[1].session, call, &[0; 4097]);
    pair.settle().unwrap();
    assert_eq!(system_error(&taken(&mut pair.0[0], call).unwrap()), SystemErrorKind::Limit);
    pair.check_at_rest();
}

#[test]
fn arguments_above_the_servers_limit_are_not_sent() {
    let mut pair = Pair::new([Limits::default(), small_limits()]);
    let message = Outgoing { codec: Codec::Postcard, payload: &mut vec![0; 4097], extras: None };
    let error = pair.0[0].session.request(0, (0, "put"), message, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the arguments of `put` take 4097 bytes; the other end accepts messages of up to 4096"
    );
    pair.check_at_rest();
}

#[test]
fn a_system_error_fits_the_smallest_frame_however_long_its_message() {
    let smallest = Limits { frame: 256, ..small_limits() };
    for text in ["x".repeat(100_000), "\0".repeat(100_000), "é".repeat(100_000), "\"".repeat(100_000)] {
        let mut pair = Pair::new([smallest, Limits::default()]);
        let call = request(&mut pair.0[0].session, b"");
        pair.settle().unwrap();
        let error = SystemError { kind: SystemErrorKind::InvalidArguments, message: text };
        pair.0[1].session.refuse(call, &error);
        pair.settle().unwrap();
        assert_eq!(system_error(&taken(&mut pair.0[0], call).unwrap()), SystemErrorKind::InvalidArguments);
    }
}

#[test]
fn a_goodbye_fits_the_smallest_frame_however_long_its_reason() {
    let smallest = Limits { frame: 256, ..small_limits() };
    for text in ["x".repeat(100_000), "\0".repeat(100_000)] {
        let mut pair = Pair::new([smallest, Limits::default()]);
        pair.0[1].session.say_goodbye(&text);
        pair.settle().unwrap();
        assert!(pair.0[0].said_goodbye);
        assert!(text.starts_with(pair.0[0].session.goodbye().unwrap()));
    }
}

#[test]
fn a_description_longer_than_a_frame_comes_in_chunks() {
    let mut pair = default_pair();
    pair.0[1].session = Session::new(small_limits(), small_limits().announced(), vec![b'd'; 4096].into());
    let call = pair.0[0].session.describe(None).unwrap();
    pair.settle().unwrap();
    assert_eq!(taken(&mut pair.0[0], call).unwrap().payload, vec![b'd'; 4096]);
    pair.check_at_rest();
}

#[test]
fn a_description_above_the_askers_limit_becomes_an_error() {
    let mut pair = default_pair();
    pair.0[1].session = Session::new(small_limits(), small_limits().announced(), vec![b'd'; 4097].into());
    let call = pair.0[0].session.describe(None).unwrap();
    pair.settle().unwrap();
    assert_eq!(system_error(&taken(&mut pair.0[0], call).unwrap()), SystemErrorKind::Limit);
    pair.check_at_rest();
}

#[test]
fn bytes_that_were_read_before_the_end_do_nothing_after_it() {
    let mut pair = default_pair();
    let call = request(&mut pair.0[0].session, b"");
    request(&mut pair.0[1].session, b"a request that is too late");
    pair.send(1);
    pair.0[0].session.end(Error::new(ErrorKind::Disconnected, "it is over"));
    pair.deliver(0, usize::MAX).unwrap();
    assert_eq!(pair.0[0].running, []);
    assert!(!pair.0[0].session.attach(1, 1));
    // Nor is a reply to a call that the end has answered a second reply.
    let late = accept(&mut pair.0[0].session, small_limits(), &frame(0x02, 0, call, b""));
    assert_eq!(late, Ok(vec![Event::Done]));
    assert_eq!(pair.0[0].session.take(call, |_| 0).unwrap_err().to_string(), "it is over");
}

#[test]
fn a_handler_that_is_cancelled_before_it_can_be_stopped_is_stopped_at_once() {
    let mut serving = session(small_limits());
    let cancelled = [frame(0x01, 0, 1, b""), frame(0x05, 0, 1, b"")].concat();
    let events = accept(&mut serving, small_limits(), &cancelled).unwrap();
    assert!(matches!(events[..], [Event::Run(_), Event::Stop(None)]));
    assert!(!serving.attach(1, 1));
    assert_eq!(serving.serving(), 1, "its reply is still owed");
}
