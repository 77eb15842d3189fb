//! How each way for a stream to end meets the others, and what is on its way.

use super::pair::Pair;
use super::streams::{give, items, next, opened, permits, send};
use super::*;
use crate::error::{Error, ErrorKind};
use crate::protocol::{Given, Next, Permits};

#[test]
fn a_reset_stops_the_producer_and_is_answered_with_the_end() {
    let mut pair = opened(small_limits());
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    pair.0[1].session.stream_close(1);
    assert_eq!(pair.0[1].session.open_streams(), (1, 0), "until the end comes");
    pair.settle().unwrap();
    assert_eq!(pair.0[0].woken, [10]);
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Over);
    assert!(send(&mut pair.0[0], 1, 1, b"late").is_ok(), "nobody is told: it is thrown away");
    pair.0[0].session.stream_finish(1, Some(vec!["late".to_owned()]));
    pair.settle().unwrap();
    pair.check_at_rest();
}

#[test]
fn items_and_an_end_that_cross_a_reset_are_swallowed() {
    let mut pair = opened(small_limits());
    pair.0[1].session.stream_grant(1, 5, 1000);
    pair.settle().unwrap();
    send(&mut pair.0[0], 1, 2, b"ab").unwrap();
    pair.0[0].session.stream_finish(1, None);
    pair.0[1].session.stream_close(1);
    pair.settle().unwrap();
    pair.check_at_rest();
}

#[test]
fn credit_that_crosses_the_end_is_ignored() {
    let mut pair = opened(small_limits());
    pair.0[0].session.stream_finish(1, None);
    pair.0[1].session.stream_grant(1, 5, 1000);
    pair.settle().unwrap();
    pair.0[1].session.stream_grant(1, 5, 1000);
    assert!(!pair.0[1].session.has_output(), "after the end none is given");
    pair.0[1].session.stream_close(1);
    pair.check_at_rest();
}

#[test]
fn a_reset_cuts_a_large_item_short() {
    let mut pair = opened(Limits { message: 1 << 20, reassembly: 2 << 20, ..small_limits() });
    pair.0[1].session.stream_grant(1, 5, 1000);
    pair.settle().unwrap();
    send(&mut pair.0[0], 1, 1, &vec![0; 1 << 20]).unwrap();
    pair.send(0);
    pair.deliver(1, usize::MAX).unwrap();
    assert_eq!(pair.0[1].incoming.held().0, 1);
    pair.0[1].session.stream_close(1);
    pair.send(1);
    pair.deliver(0, usize::MAX).unwrap();
    assert!(pair.0[0].session.waiting_bytes() < 1000, "the rest is not sent");
    pair.settle().unwrap();
    pair.check_at_rest();
}

#[test]
fn a_reset_before_the_first_chunk_of_an_item_takes_it_back_whole() {
    let mut pair = opened(small_limits());
    pair.0[1].session.stream_grant(1, 5, 1000);
    pair.settle().unwrap();
    pair.0[1].session.stream_close(1);
    pair.send(1);
    send(&mut pair.0[0], 1, 1, &[0; 3000]).unwrap();
    pair.deliver(0, usize::MAX).unwrap();
    let kinds: Vec<_> = headers(&output(&mut pair.0[0].session)).iter().map(|header| header.kind).collect();
    assert_eq!(kinds, [0x12]);
}

#[test]
fn a_request_taken_back_gives_no_stream() {
    let mut pair = Pair::new([Limits { message: 1 << 20, reassembly: 2 << 20, ..small_limits() }; 2]);
    for partly in [false, true] {
        let call = give(&mut pair, 1 + u64::from(partly), &vec![0; 1_000_000]);
        assert_eq!(pair.0[0].session.open_streams(), (0, 1));
        assert_eq!(permits(&mut pair.0[0], 1 + u64::from(partly)), Permits::Wait);
        if partly {
            pair.send(0);
            pair.deliver(1, usize::MAX).unwrap();
        }
        pair.0[0].session.abandon(call);
        pair.0[0].settle();
        assert_eq!(std::mem::take(&mut pair.0[0].woken), [10]);
        assert_eq!(permits(&mut pair.0[0], 1 + u64::from(partly)), Permits::Over);
        pair.settle().unwrap();
        assert_eq!(pair.0[1].session.open_streams(), (0, 0));
        pair.check_at_rest();
    }
}

#[test]
fn a_stream_in_the_answer_of_an_abandoned_call_is_reset() {
    for answered in [false, true] {
        let mut pair = Pair::new([small_limits(); 2]);
        let call = request(&mut pair.0[1].session, b"");
        pair.settle().unwrap();
        let mut extras = Extras { given: Given { streams: vec![1], ..Given::default() }, ..Extras::default() };
        let payload = &mut Vec::new();
        let message = Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) };
        pair.0[0].session.reply(call, false, message);
        if answered {
            pair.settle().unwrap();
        }
        pair.0[1].session.abandon(call);
        pair.settle().unwrap();
        assert_eq!(permits(&mut pair.0[0], 1), Permits::Over);
        pair.check_at_rest();
    }
}

#[test]
fn what_a_refused_request_gives_is_let_go_of() {
    let mut pair = Pair::new([small_limits(); 2]);
    let given = Given { streams: vec![1], handles: vec![(65_536, Thing::new(0))], returned: Vec::new() };
    send_with(&mut pair.0[0].session, b"", Extras { given, ..Extras::default() });
    // It arrives after the shutdown, which it crossed.
    let shutdown = frame(0x38, 1, 0, b"");
    accept(&mut pair.0[1].session, small_limits(), &shutdown).unwrap();
    pair.settle().unwrap();
    assert_eq!(pair.0[1].running, []);
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Over);
    assert_eq!(pair.0[0].discarded.len(), 1);
    pair.check_at_rest();
}

#[test]
fn streams_go_on_while_the_other_side_is_asked_to_end() {
    let mut pair = opened(small_limits());
    pair.0[1].session.shut_down(std::time::Duration::from_secs(1));
    pair.0[1].session.stream_grant(1, 1, 1);
    pair.settle().unwrap();
    send(&mut pair.0[0], 1, 1, b"last").unwrap();
    pair.0[0].session.stream_finish(1, None);
    pair.settle().unwrap();
    assert_eq!(items(&mut pair.0[1], 1).payload, "last");
    assert!(matches!(next(&mut pair.0[1], 1), Next::Ended));
}

#[test]
fn what_came_before_death_is_read_before_its_cause() {
    let mut pair = opened(small_limits());
    pair.0[1].session.stream_grant(1, 5, 1000);
    pair.settle().unwrap();
    send(&mut pair.0[0], 1, 1, b"last").unwrap();
    pair.settle().unwrap();
    for side in [0, 1] {
        pair.0[side].session.end(Error::new(ErrorKind::Disconnected, "it is over"));
    }
    assert_eq!(items(&mut pair.0[1], 1).payload, "last");
    assert!(matches!(next(&mut pair.0[1], 1), Next::Failed(cause) if cause.to_string() == "it is over"));
    pair.0[1].session.stream_close(1);
    assert!(matches!(next(&mut pair.0[1], 1), Next::Failed(_)));
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Over);
    assert!(send(&mut pair.0[0], 1, 1, b"late").is_ok());
    for side in [0, 1] {
        assert!(!pair.0[side].session.has_output());
    }
}

#[test]
fn death_wakes_who_waits_at_either_end_of_a_stream() {
    let mut pair = opened(small_limits());
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    assert!(matches!(next(&mut pair.0[1], 1), Next::Wait));
    for (side, waiter) in [(0, 10), (1, 20)] {
        pair.0[side].session.end(Error::new(ErrorKind::Disconnected, "it is over"));
        pair.0[side].settle();
        assert_eq!(pair.0[side].woken, [waiter]);
    }
}
