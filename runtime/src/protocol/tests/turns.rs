//! Who is written next: small messages overtake large ones, large ones take turns.

use std::collections::VecDeque;

use proptest::prelude::*;

use crate::protocol::frame::{Flags, Kind};
use crate::protocol::outbox::{Gifts, Outbox, Withdrawn};

use super::*;

const CHUNK: usize = 64 << 10;

fn header(call: u64) -> Header {
    Header { length: 0, kind: Kind::Request as u8, flags: Flags::default(), method: 0, call, target: 0 }
}

fn outbox(peer: Announced) -> Outbox {
    Outbox::new(peer)
}

fn large(outbox: &mut Outbox, call: u64, length: usize) {
    outbox.push_large(header(call), vec![0; length].into(), None);
}

/// One round of writing, as (call, bytes, more chunks follow).
fn round(outbox: &mut Outbox) -> Vec<(u64, usize, bool)> {
    let mut batch = VecDeque::new();
    outbox.take(&mut batch);
    let bytes: Vec<u8> = batch.iter().flat_map(|segment| segment.bytes()).copied().collect();
    headers(&bytes).iter().map(|header| (header.call, header.length as usize, header.flags.more())).collect()
}

#[test]
fn a_small_message_waits_for_one_chunk_at_most() {
    let mut outbox = outbox(Announced::default());
    large(&mut outbox, 1, 64 << 20);
    for small in 2..100 {
        let chunk = round(&mut outbox);
        assert_eq!(chunk, [(1, CHUNK, true)]);
        outbox.push(header(small), b"");
        let next = round(&mut outbox);
        assert_eq!(next[0], (small, 0, false));
        assert!(next.len() <= 2);
    }
}

#[test]
fn a_peer_that_takes_larger_frames_does_not_make_small_messages_wait() {
    let announced = Announced { message: u64::MAX, frame: u64::MAX, reassembly: u64::MAX, ..Announced::default() };
    let mut outbox = outbox(announced);
    assert!(outbox.must_cut(CHUNK + 1) && !outbox.must_cut(CHUNK));
    large(&mut outbox, 1, 1 << 20);
    assert_eq!(round(&mut outbox), [(1, CHUNK, true)]);
}

#[test]
fn two_large_messages_take_turns() {
    let mut outbox = outbox(Announced::default());
    large(&mut outbox, 1, 4 * CHUNK);
    large(&mut outbox, 2, 3 * CHUNK + 1);
    let order: Vec<_> = std::iter::from_fn(|| Some(round(&mut outbox)).filter(|round| !round.is_empty())).collect();
    let calls: Vec<_> = order.concat().iter().map(|(call, ..)| *call).collect();
    assert_eq!(calls, [1, 1, 2, 1, 2, 1, 2, 2], "from where the second has begun");
    assert!(outbox.is_empty());
    assert_eq!(outbox.waiting_bytes(), 0);
}

#[test]
fn a_late_large_message_gets_its_turn_at_once() {
    let mut outbox = outbox(Announced::default());
    large(&mut outbox, 1, 100 * CHUNK);
    round(&mut outbox);
    large(&mut outbox, 2, 2 * CHUNK);
    let calls: Vec<_> = (0..4).flat_map(|_| round(&mut outbox)).map(|(call, ..)| call).collect();
    assert_eq!(calls, [1, 2, 1, 2]);
}

#[test]
fn started_messages_stay_within_what_the_peer_puts_together() {
    let peer = Announced { frame: 1000, message: 10_000, reassembly: 10_000, ..Announced::default() };
    let mut outbox = outbox(peer);
    for call in 1..=3 {
        large(&mut outbox, call, 5000);
    }
    large(&mut outbox, 4, 10_000);
    let order: Vec<_> = std::iter::from_fn(|| Some(round(&mut outbox)).filter(|round| !round.is_empty())).collect();
    let order = order.concat();
    let first = |call| order.iter().position(|(of, ..)| *of == call).unwrap();
    let last = |call| order.iter().rposition(|(of, ..)| *of == call).unwrap();
    assert!(first(2) < last(1), "the first two go together");
    assert!(first(3) > last(1).min(last(2)), "the third waits for one of them");
    assert!(first(4) > last(3), "the fourth needs all the room");
}

#[test]
fn a_message_that_was_not_begun_is_taken_back_whole() {
    let mut outbox = outbox(Announced::default());
    large(&mut outbox, 1, 10 * CHUNK);
    assert_eq!(outbox.withdraw(|header| header.call == 1), Withdrawn::Unsent(Gifts::default()));
    assert_eq!(outbox.waiting_bytes(), 0);
    assert!(outbox.is_empty());
    assert_eq!(outbox.withdraw(|header| header.call == 1), Withdrawn::Gone);
}

#[test]
fn a_message_that_was_begun_is_taken_back_in_part() {
    let mut outbox = outbox(Announced::default());
    large(&mut outbox, 1, 10 * CHUNK);
    large(&mut outbox, 2, 10 * CHUNK);
    round(&mut outbox);
    assert_eq!(outbox.withdraw(|header| header.call == 1), Withdrawn::Partial(Gifts::default()));
    assert_eq!(round(&mut outbox), [(2, CHUNK, true)]);
    assert_eq!(outbox.withdraw(|header| header.call == 2), Withdrawn::Partial(Gifts::default()));
    assert_eq!(outbox.waiting_bytes(), 0);
    assert!(outbox.is_empty());
}

#[test]
fn a_message_that_waits_for_its_first_turn_is_taken_back_whole() {
    let mut outbox = outbox(Announced::default());
    large(&mut outbox, 1, 10 * CHUNK);
    round(&mut outbox);
    large(&mut outbox, 2, 10 * CHUNK);
    assert_eq!(round(&mut outbox), [(1, CHUNK, true)]);
    assert_eq!(outbox.withdraw(|header| header.call == 2), Withdrawn::Unsent(Gifts::default()));
    assert_eq!(round(&mut outbox), [(1, CHUNK, true)]);
    assert_eq!(outbox.waiting_bytes(), 7 * CHUNK);
}

#[test]
fn a_message_that_was_sent_whole_cannot_be_taken_back() {
    let mut outbox = outbox(Announced::default());
    large(&mut outbox, 1, CHUNK + 1);
    outbox.push(header(2), b"");
    while !outbox.is_empty() {
        round(&mut outbox);
    }
    for call in [1, 2] {
        assert_eq!(outbox.withdraw(|header| header.call == call), Withdrawn::Gone);
    }
}

#[test]
fn what_a_transfer_has_sent_does_not_count_as_waiting() {
    let mut outbox = outbox(Announced::default());
    large(&mut outbox, 1, 10 * CHUNK);
    assert_eq!(outbox.waiting_bytes(), 10 * CHUNK);
    for sent in 1..=10 {
        round(&mut outbox);
        assert_eq!(outbox.waiting_bytes(), (10 - sent) * CHUNK);
    }
}

#[test]
fn goodbye_is_the_last_word() {
    let mut session = session(small_limits());
    accept(&mut session, small_limits(), &frame(0x01, 0, 1, b"")).unwrap();
    reply(&mut session, 1, &[0; 4096]);
    session.say_goodbye("");
    let kinds: Vec<_> = headers(&output(&mut session)).iter().map(|header| header.kind).collect();
    assert_eq!(kinds, [[0x02; 16].as_slice(), &[0x39]].concat());
}

#[test]
fn goodbye_to_a_peer_that_broke_the_protocol_does_not_wait() {
    let mut session = session(small_limits());
    request(&mut session, &[0; 4096]);
    session.say_goodbye("you broke the protocol");
    assert_eq!(headers(&output(&mut session))[0].kind, 0x39);
}

proptest! {
    /// The counts of bytes never go below zero and end at zero, whatever is pushed and withdrawn.
    #[test]
    fn the_counts_of_an_outbox_come_out_even(acts in prop::collection::vec((0..4_u8, 1..20_u64, 0..9000_usize), 0..100)) {
        let peer = Announced { frame: 256, message: 10_000, reassembly: 20_000, ..Announced::default() };
        let mut outbox = outbox(peer);
        for (act, call, length) in acts {
            match act {
                0 => outbox.push(Header { length: 10, ..header(call) }, &[0; 10]),
                1 => large(&mut outbox, call, length + 257),
                2 => _ = outbox.withdraw(|header| header.call == call),
                _ => _ = outbox.take(&mut VecDeque::new()),
            }
            prop_assert!(outbox.waiting_bytes() < 10_000_000);
        }
        while outbox.take(&mut VecDeque::new()) {}
        prop_assert!(outbox.is_empty());
        prop_assert_eq!(outbox.waiting_bytes(), 0);
    }
}
