//! Objects that are passed as values: who holds what, until when.

use std::sync::Arc;
use std::time::Duration;

use super::pair::Pair;
use super::*;
use crate::error::{Error, ErrorKind};
use crate::protocol::hello::{Cookie, Entry, TableEntry};
use crate::protocol::{Given, RunExtras};

const FIRST: u64 = 65_536;

fn handles(ids: &[u64]) -> Given<Thing> {
    Given { handles: ids.iter().map(|id| (*id, Thing::new(*id))).collect(), ..Given::default() }
}

fn give(pair: &mut Pair, side: usize, payload: &[u8], given: Given<Thing>) -> u64 {
    send_with(&mut pair.0[side].session, payload, Extras { given, ..Extras::default() })
}

fn extras(pair: &mut Pair, side: usize) -> RunExtras<Thing> {
    *pair.0[side].running.pop().unwrap().extras.unwrap()
}

/// Side 1 holds object 65,536 of side 0.
fn held() -> Pair {
    let mut pair = Pair::new([small_limits(); 2]);
    give(&mut pair, 0, b"", handles(&[FIRST]));
    pair.settle().unwrap();
    assert_eq!(extras(&mut pair, 1).received.handles, [FIRST]);
    reply(&mut pair.0[1].session, 1, b"");
    pair.settle().unwrap();
    pair
}

#[test]
fn a_handle_is_held_until_it_is_released() {
    let mut pair = held();
    assert_eq!((pair.0[0].session.exports(), pair.0[1].session.imports()), (1, 1));
    assert_eq!(pair.0[0].session.exported(FIRST), Some(Thing::new(FIRST)));
    pair.0[1].session.release(FIRST);
    assert_eq!(pair.0[1].session.imports(), 0);
    pair.0[1].session.release(FIRST);
    pair.settle().unwrap();
    assert_eq!(pair.0[0].discarded, [Thing::new(FIRST)]);
    assert_eq!(pair.0[0].session.exported(FIRST), None);
    pair.check_at_rest();
}

#[test]
fn what_goes_with_a_request_arrives_with_it() {
    for length in [0, 1000] {
        let mut pair = Pair::new([small_limits(); 2]);
        let metadata = vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())];
        let (remaining, depth) = (Some(Duration::from_millis(5)), 7);
        let sent = Extras { remaining, depth, metadata: metadata.clone(), given: Given::default() };
        send_with(&mut pair.0[0].session, &vec![1; length], sent);
        pair.settle().unwrap();
        let came = extras(&mut pair, 1);
        assert_eq!((came.remaining, came.depth, came.metadata), (remaining, depth, metadata));
    }
}

#[test]
fn a_request_without_a_block_has_no_extras() {
    let mut pair = Pair::new([small_limits(); 2]);
    request(&mut pair.0[0].session, b"");
    pair.settle().unwrap();
    assert_eq!(pair.0[1].running[0].extras, None);
}

#[test]
fn an_object_that_comes_back_is_the_owners() {
    let mut pair = held();
    give(&mut pair, 1, b"", Given { returned: vec![FIRST, 0], ..Given::default() });
    pair.0[1].session.release(FIRST);
    pair.settle().unwrap();
    let received = extras(&mut pair, 0).received;
    assert_eq!(received.returned, [(FIRST, Thing::new(FIRST))], "also if it was released right after; roots have none");
    assert_eq!(pair.0[0].session.exports(), 0);
}

#[test]
fn a_release_waits_for_a_large_message_that_gives_back() {
    let mut pair = held();
    give(&mut pair, 1, &[0; 3000], Given { returned: vec![FIRST], ..Given::default() });
    pair.0[1].session.release(FIRST);
    assert_eq!(pair.0[1].session.imports(), 1);
    pair.settle().unwrap();
    assert_eq!(extras(&mut pair, 0).received.returned.len(), 1);
    assert_eq!((pair.0[0].session.exports(), pair.0[1].session.imports()), (0, 0));
}

#[test]
fn a_release_comes_when_the_message_that_gives_back_is_taken_back() {
    let mut pair = held();
    let call = give(&mut pair, 1, &[0; 3000], Given { returned: vec![FIRST], ..Given::default() });
    pair.0[1].session.release(FIRST);
    pair.0[1].session.abandon(call);
    pair.settle().unwrap();
    pair.check_at_rest();
}

#[test]
fn what_was_let_go_of_cannot_be_given_back() {
    let mut pair = held();
    pair.0[1].session.release(FIRST);
    let mut extras = Extras { given: Given { returned: vec![FIRST], ..Given::default() }, ..Extras::default() };
    let payload = &mut Vec::new();
    let message = Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) };
    let error = pair.0[1].session.request(0, (0, "put"), message, None).unwrap_err();
    assert_eq!(error.to_string(), "the arguments of `put` give back a handle that was let go of");
    assert_eq!(extras.given.returned, [FIRST]);
    pair.settle().unwrap();
    pair.check_at_rest();
}

#[test]
fn a_request_taken_back_gives_no_handle() {
    for partly in [false, true] {
        let mut pair = Pair::new([Limits { message: 1 << 20, reassembly: 2 << 20, ..small_limits() }; 2]);
        let call = give(&mut pair, 0, &vec![0; 1_000_000], handles(&[FIRST]));
        assert_eq!(pair.0[0].session.exports(), 1);
        assert_eq!(pair.0[0].session.exported(FIRST), None, "nobody holds it yet");
        if partly {
            pair.send(0);
            pair.deliver(1, usize::MAX).unwrap();
        }
        pair.0[0].session.abandon(call);
        pair.0[0].settle();
        assert_eq!(pair.0[0].discarded.len(), 1);
        pair.settle().unwrap();
        pair.check_at_rest();
    }
}

#[test]
fn a_cancelled_large_reply_gives_no_handle() {
    let mut pair = Pair::new([Limits { message: 1 << 20, reassembly: 2 << 20, ..small_limits() }; 2]);
    let call = request(&mut pair.0[1].session, b"");
    pair.settle().unwrap();
    let mut extras = Extras { given: handles(&[FIRST]), ..Extras::default() };
    let payload = &mut vec![0; 1_000_000];
    pair.0[0].session.reply(call, true, Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) });
    pair.send(0);
    pair.deliver(1, usize::MAX).unwrap();
    pair.0[1].session.abandon(call);
    pair.settle().unwrap();
    assert_eq!(pair.0[0].discarded.len(), 1);
    pair.check_at_rest();
}

#[test]
fn a_reply_that_cannot_be_sent_gives_nothing() {
    let mut pair = Pair::new([small_limits(); 2]);
    let call = request(&mut pair.0[1].session, b"");
    pair.settle().unwrap();
    let mut extras = Extras { given: handles(&[FIRST]), ..Extras::default() };
    let payload = &mut vec![0; 5000];
    pair.0[0].session.reply(call, false, Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) });
    assert_eq!(extras.given.handles.len(), 1, "it is left to whoever made it");
    pair.settle().unwrap();
    pair.check_at_rest();
}

#[test]
fn handles_in_the_answer_of_an_abandoned_call_are_released() {
    for answered in [false, true] {
        let mut pair = held();
        let call = request(&mut pair.0[0].session, b"");
        pair.settle().unwrap();
        let mut extras = Extras::default();
        extras.given.handles = vec![(FIRST, Thing::new(7))];
        extras.given.returned = vec![FIRST];
        let payload = &mut Vec::new();
        pair.0[1].session.reply(call, false, Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) });
        if answered {
            pair.settle().unwrap();
        }
        pair.0[0].session.abandon(call);
        pair.settle().unwrap();
        assert_eq!(pair.0[1].discarded, [Thing::new(7)]);
        assert_eq!(pair.0[0].session.exports(), 1, "what came back is still held there");
        pair.0[1].session.release(FIRST);
        pair.settle().unwrap();
        pair.check_at_rest();
    }
}

#[test]
fn more_handles_than_the_other_end_takes() {
    let mut pair = Pair::new([small_limits(); 2]);
    give(&mut pair, 0, b"", handles(&[FIRST, FIRST + 1, FIRST + 2, FIRST + 3, FIRST + 4, FIRST + 5, FIRST + 6]));
    let mut extras = Extras { given: handles(&[FIRST + 7, FIRST + 8]), ..Extras::default() };
    let payload = &mut Vec::new();
    let message = Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) };
    let error = pair.0[0].session.request(0, (0, "put"), message, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let text = "the arguments of `put` bring 9 handles to the other end, which takes 8 at once";
    assert_eq!(error.to_string(), text);
    pair.settle().unwrap();
    pair.0[1].session.decline(&[], &[FIRST]);
    pair.settle().unwrap();
    give(&mut pair, 0, b"", handles(&[FIRST + 7, FIRST + 8]));
    pair.settle().unwrap();
    assert_eq!(pair.0[1].session.imports(), 8);
}

#[test]
fn more_streams_and_handles_than_fit_a_message() {
    let mut session = session(Limits { frame: 256, ..Limits::default() });
    let ids: Vec<_> = (FIRST..FIRST + 20).collect();
    let mut extras = Extras { given: handles(&ids), ..Extras::default() };
    let payload = &mut Vec::new();
    let message = Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) };
    let error = session.request(0, (0, "put"), message, None).unwrap_err();
    let text = "the arguments of `put` carry 20 streams and handles; one message takes up to 12";
    assert_eq!((error.kind(), &error.to_string()[..]), (ErrorKind::Limit, text));
}

#[test]
fn the_end_frees_every_object() {
    let mut pair = held();
    let thing = Thing::new(1);
    let given = Given { handles: vec![(FIRST + 1, Arc::clone(&thing))], ..Given::default() };
    give(&mut pair, 0, &[0; 3000], given);
    for side in [0, 1] {
        pair.0[side].session.end(Error::new(ErrorKind::Disconnected, "it is over"));
        pair.0[side].settle();
        assert_eq!((pair.0[side].session.exports(), pair.0[side].session.imports()), (0, 0));
        // What is let go of now is nobody's business.
        pair.0[side].session.release(FIRST);
    }
    assert_eq!(pair.0[0].discarded.len(), 2);
    pair.0[0].discarded.clear();
    assert_eq!(Arc::strong_count(&thing), 1);
}

fn interface(name: &str, methods: usize) -> Entry {
    let method = |at| TableEntry { name: format!("method_{at}"), fingerprint: None };
    Entry {
        name: name.to_owned(),
        version: 1,
        min_version: 1,
        cookie: Cookie { key: String::new(), value: String::new() },
        methods: (0..methods).map(method).collect(),
    }
}

#[test]
fn interfaces_are_counted_on_from_those_of_the_hello() {
    let of_hello = [interface("a", 0), interface("b", 0)];
    let mut announcing = session(Limits::default()).with_interfaces(2, &[]);
    let mut told = session(Limits::default()).with_interfaces(0, &of_hello);
    assert_eq!(announcing.announce(10, || interface("c", 1)).unwrap(), 2);
    assert_eq!(announcing.announce(11, || interface("d", 1)).unwrap(), 3);
    assert_eq!(announcing.announce(10, || panic!("it is known")).unwrap(), 2);
    accept(&mut told, Limits::default(), &output(&mut announcing)).unwrap();
    let names: Vec<_> = (0..5).map(|number| told.interface(number).map(|entry| entry.name.clone())).collect();
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(names, [name("a"), name("b"), name("c"), name("d"), None]);
}

#[test]
fn a_method_table_longer_than_a_frame_cannot_be_announced() {
    let mut session = session(small_limits());
    let error = session.announce(1, || interface("Large", 10)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let text = error.to_string();
    assert!(text.starts_with("the method table of `Large` takes ") && text.ends_with("accepts 256"), "{text}");
    assert!(!session.has_output());
}

#[test]
fn nothing_is_announced_to_an_end_that_takes_no_handles() {
    let peer = Announced { handles: 0, ..Announced::default() };
    let mut session = Numbered::new(Limits::default(), peer, DESCRIPTION.into());
    let error = session.announce(1, || interface("Store", 1)).unwrap_err();
    assert_eq!(error.to_string(), "the other end takes no handles, and so none of `Store`");
    assert!(!session.has_output());
}

#[test]
fn more_interfaces_than_the_other_end_may_be_told_of() {
    let mut announcing = session(Limits::default());
    for key in 0..1024 {
        announcing.announce(key, || interface("i", 0)).unwrap();
    }
    let error = announcing.announce(1024, || interface("Last", 0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let mut told = session(Limits::default());
    assert!(accept(&mut told, Limits::default(), &output(&mut announcing)).is_ok());
}
