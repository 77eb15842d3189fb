//! Streams: credit and order.

use super::pair::{End, Pair};
use super::*;
use crate::error::{Error, ErrorKind};
use crate::protocol::streams::StreamItems;
use crate::protocol::{Given, Next, Permits};

/// Side 0 produces stream 1, side 1 has it; nothing is granted.
pub(super) fn opened(limits: Limits) -> Pair {
    let mut pair = Pair::new([limits; 2]);
    give(&mut pair, 1, b"");
    pair.settle().unwrap();
    answer_all(&mut pair);
    pair
}

/// Side 0 makes a call that gives a stream.
pub(super) fn give(pair: &mut Pair, stream: u64, payload: &[u8]) -> u64 {
    let given = Given { streams: vec![stream], ..Given::default() };
    send_with(&mut pair.0[0].session, payload, Extras { given, ..Extras::default() })
}

fn answer_all(pair: &mut Pair) {
    for run in std::mem::take(&mut pair.0[1].running) {
        reply(&mut pair.0[1].session, run.call, b"");
    }
    pair.settle().unwrap();
}

pub(super) fn permits(end: &mut End, stream: u64) -> Permits {
    end.session.stream_permits(stream, |_| 10)
}

pub(super) fn send(end: &mut End, stream: u64, count: u16, payload: &[u8]) -> Result<(), Error> {
    let message = Outgoing { codec: Codec::Postcard, payload: &mut payload.to_vec(), extras: None };
    end.session.stream_send(stream, count, message)
}

pub(super) fn next(end: &mut End, stream: u64) -> Next<Thing> {
    end.session.stream_next(stream, |_| 20)
}

pub(super) fn items(end: &mut End, stream: u64) -> StreamItems<Thing> {
    match next(end, stream) {
        Next::Items(items) => items,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_begins_without_credit() {
    let mut pair = opened(small_limits());
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    assert!(send(&mut pair.0[0], 1, 1, b"").is_err(), "it is not sent");
    pair.0[1].session.stream_grant(1, 2, 100);
    pair.settle().unwrap();
    assert_eq!(pair.0[0].woken, [10]);
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Ready { items: 2, bytes: 100 });
}

#[test]
fn items_come_as_they_were_sent_and_the_end_after_them() {
    let mut pair = opened(small_limits());
    assert!(matches!(next(&mut pair.0[1], 1), Next::Wait));
    pair.0[1].session.stream_grant(1, 5, 100);
    pair.settle().unwrap();
    send(&mut pair.0[0], 1, 2, b"ab").unwrap();
    send(&mut pair.0[0], 1, 1, b"c").unwrap();
    pair.0[0].session.stream_finish(1, None);
    pair.settle().unwrap();
    assert_eq!(pair.0[1].woken, [20], "once, for whoever waited");
    for (payload, count) in [(&b"ab"[..], 2), (b"c", 1)] {
        let items = items(&mut pair.0[1], 1);
        assert_eq!((&items.payload[..], items.count, items.codec), (payload, count, Codec::Postcard));
    }
    assert!(matches!(next(&mut pair.0[1], 1), Next::Ended));
    assert!(matches!(next(&mut pair.0[1], 1), Next::Ended), "and stays so");
    pair.0[1].session.stream_close(1);
    pair.settle().unwrap();
    pair.check_at_rest();
}

#[test]
fn a_message_may_exceed_the_bytes_but_the_next_one_waits_for_them() {
    let mut pair = opened(small_limits());
    pair.0[1].session.stream_grant(1, 9, 10);
    pair.settle().unwrap();
    send(&mut pair.0[0], 1, 1, &[0; 30]).unwrap();
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    pair.0[1].session.stream_grant(1, 0, 20);
    pair.settle().unwrap();
    assert_eq!(pair.0[0].woken, [0_u64; 0], "10 - 30 + 20 is nothing");
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    pair.0[1].session.stream_grant(1, 0, 1);
    pair.settle().unwrap();
    assert_eq!(pair.0[0].woken, [10]);
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Ready { items: 8, bytes: 1 });
}

#[test]
fn bytes_without_items_are_no_credit() {
    let mut pair = opened(small_limits());
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    pair.0[1].session.stream_grant(1, 0, 1000);
    pair.settle().unwrap();
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    pair.0[1].session.stream_grant(1, 1, 0);
    pair.settle().unwrap();
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Ready { items: 1, bytes: 1000 });
    assert!(send(&mut pair.0[0], 1, 2, b"").is_err(), "two items need two credits");
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Ready { items: 1, bytes: 1000 }, "what failed cost nothing");
}

#[test]
fn the_largest_credit_does_not_overflow() {
    let mut pair = opened(small_limits());
    for _ in 0..3 {
        pair.0[1].session.stream_grant(1, 1, u64::MAX);
    }
    pair.settle().unwrap();
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Ready { items: 3, bytes: i64::MAX });
    send(&mut pair.0[0], 1, 3, b"abc").unwrap();
    pair.settle().unwrap();
    assert_eq!(items(&mut pair.0[1], 1).count, 3);
}

#[test]
fn nothing_of_a_stream_overtakes_a_large_item_of_it() {
    let mut pair = opened(small_limits());
    pair.0[1].session.stream_grant(1, 5, 10_000);
    pair.settle().unwrap();
    send(&mut pair.0[0], 1, 1, &[7; 3000]).unwrap();
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    assert!(send(&mut pair.0[0], 1, 1, b"too soon").is_err());
    pair.send(0);
    assert_eq!(pair.0[0].woken, [10], "its last chunk has left");
    send(&mut pair.0[0], 1, 1, &[8; 3000]).unwrap();
    pair.0[0].session.stream_finish(1, Some(vec!["why".to_owned()]));
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Over);
    pair.settle().unwrap();
    assert_eq!(items(&mut pair.0[1], 1).payload, vec![7; 3000]);
    assert_eq!(items(&mut pair.0[1], 1).payload, vec![8; 3000]);
    assert!(matches!(next(&mut pair.0[1], 1), Next::Broken(messages) if messages == ["why"]));
    assert!(matches!(next(&mut pair.0[1], 1), Next::Ended), "the reason is told once");
    pair.0[1].session.stream_close(1);
    pair.check_at_rest();
}

#[test]
fn large_items_of_two_streams_take_turns() {
    let mut pair = Pair::new([Limits { message: 1 << 20, reassembly: 2 << 20, ..small_limits() }; 2]);
    give(&mut pair, 1, b"");
    give(&mut pair, 2, b"");
    pair.settle().unwrap();
    for stream in [1, 2] {
        pair.0[1].session.stream_grant(stream, 1, 1);
    }
    pair.settle().unwrap();
    for stream in [1, 2] {
        send(&mut pair.0[0], stream, 1, &vec![0; 100_000]).unwrap();
    }
    let order: Vec<_> = headers(&output(&mut pair.0[0].session)).iter().map(|header| header.call).collect();
    let first = |stream| order.iter().position(|call| *call == stream).unwrap();
    let last = |stream| order.iter().rposition(|call| *call == stream).unwrap();
    assert!(first(2) < last(1) && first(1) < last(2));
}

#[test]
fn an_empty_stream_does_not_end_before_it_is_given() {
    let mut pair = Pair::new([small_limits(); 2]);
    give(&mut pair, 1, &[0; 3000]);
    pair.0[0].session.stream_finish(1, None);
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Over);
    pair.settle().unwrap();
    assert!(matches!(next(&mut pair.0[1], 1), Next::Ended));
}

#[test]
fn items_wait_while_others_fill_the_way() {
    let mut pair = opened(Limits { frame: 65_536, message: 1 << 20, reassembly: 2 << 20, ..small_limits() });
    give(&mut pair, 2, b"");
    pair.settle().unwrap();
    for stream in [1, 2] {
        pair.0[1].session.stream_grant(stream, 100, 1 << 20);
    }
    pair.settle().unwrap();
    send(&mut pair.0[0], 1, 1, &vec![0; 60_000]).unwrap();
    assert!(matches!(permits(&mut pair.0[0], 1), Permits::Ready { .. }), "there is room for a little more");
    send(&mut pair.0[0], 1, 1, &vec![0; 60_000]).unwrap();
    assert_eq!(permits(&mut pair.0[0], 1), Permits::Wait);
    assert_eq!(pair.0[0].session.stream_permits(2, |_| 12), Permits::Wait);
    assert_eq!(pair.0[0].woken, [0_u64; 0]);
    pair.send(0);
    assert_eq!(pair.0[0].woken, [10, 12]);
    assert!(matches!(permits(&mut pair.0[0], 2), Permits::Ready { .. }));
}

#[test]
fn items_take_turns_with_a_large_reply() {
    let mut pair = opened(Limits { message: 1 << 20, reassembly: 2 << 20, ..small_limits() });
    pair.0[1].session.stream_grant(1, 1, 1);
    request(&mut pair.0[1].session, b"");
    pair.settle().unwrap();
    reply(&mut pair.0[0].session, 1, &vec![0; 1 << 20]);
    assert!(matches!(permits(&mut pair.0[0], 1), Permits::Ready { .. }), "a megabyte of others is in nobody's way");
}

#[test]
fn more_streams_than_the_other_end_takes() {
    let mut pair = Pair::new([small_limits(); 2]);
    for stream in 1..=4 {
        give(&mut pair, stream, b"");
    }
    let given = Given { streams: vec![5], ..Given::default() };
    let mut extras = Extras { given, ..Extras::default() };
    let payload = &mut Vec::new();
    let message = Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) };
    let error = pair.0[0].session.request(0, (0, "put"), message, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let text = "the arguments of `put` bring 5 streams to the other end, which takes 4 at once";
    assert_eq!(error.to_string(), text);
    assert_eq!(extras.given.streams, [5], "it is left to whoever made it");
    pair.0[0].session.stream_finish(1, None);
    give(&mut pair, 5, b"");
    pair.settle().unwrap();
}

#[test]
fn items_longer_than_a_message_are_refused_and_the_stream_goes_on() {
    let mut pair = opened(small_limits());
    pair.0[1].session.stream_grant(1, 5, 1000);
    pair.settle().unwrap();
    let error = send(&mut pair.0[0], 1, 1, &[0; 4097]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let text = "the items of a stream take 4097 bytes; the other end accepts messages of up to 4096";
    assert_eq!(error.to_string(), text);
    send(&mut pair.0[0], 1, 1, b"next").unwrap();
    pair.settle().unwrap();
    assert_eq!(items(&mut pair.0[1], 1).payload, "next");
}

#[test]
fn why_a_stream_broke_fits_the_smallest_frame() {
    for text in ["x".repeat(100_000), "\0".repeat(100_000), "é\"".repeat(100_000)] {
        let mut pair = opened(small_limits());
        let messages = vec!["short".to_owned(), text.clone(), "never told".to_owned()];
        pair.0[0].session.stream_finish(1, Some(messages));
        pair.settle().unwrap();
        let Next::Broken(told) = next(&mut pair.0[1], 1) else { panic!("it broke") };
        assert_eq!(told.len(), 2);
        assert_eq!(told[0], "short");
        assert!(told[1].len() > 20 && text.starts_with(&told[1]), "{told:?}");
    }
    let mut pair = opened(Limits::default());
    pair.0[0].session.stream_finish(1, Some(vec!["cause".to_owned(); 20]));
    pair.settle().unwrap();
    assert!(matches!(next(&mut pair.0[1], 1), Next::Broken(told) if told.len() == 16));
}

#[test]
fn an_open_stream_is_a_reason_to_ping() {
    let quiet = Heard { received: false, mid_frame: false, written: true, unwritten: false };
    let mut pair = opened(small_limits());
    for end in &mut pair.0 {
        end.session.tick(quiet).unwrap();
    }
    assert!(!pair.0[0].session.has_output(), "its producer waits for nobody");
    assert_eq!(headers(&output(&mut pair.0[1].session))[0].kind, 0x30);
    pair.0[0].session.stream_finish(1, None);
    pair.settle().unwrap();
    pair.0[1].session.tick(Heard { received: true, ..quiet }).unwrap();
    pair.0[1].session.tick(quiet).unwrap();
    assert!(!pair.0[1].session.has_output(), "it has ended");
}

#[test]
fn small_items_that_wait_hold_no_read_buffer() {
    let mut pair = opened(small_limits());
    pair.0[1].session.stream_grant(1, 50, 1000);
    pair.settle().unwrap();
    for _ in 0..50 {
        send(&mut pair.0[0], 1, 1, b"small").unwrap();
    }
    pair.settle().unwrap();
    let first = items(&mut pair.0[1], 1);
    assert!(!first.payload.is_unique(), "it lies where it was read");
    for _ in 1..50 {
        assert!(items(&mut pair.0[1], 1).payload.is_unique());
    }
}
