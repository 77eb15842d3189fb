//! Each way to break the rules of streams, handles and interfaces, from the bytes that do it.

use super::*;
use crate::protocol::Given;

const FIRST: u64 = 65_536;

/// An entry of an extension block with ids.
fn ids(tag: u8, ids: &[u64]) -> Vec<u8> {
    let mut entry = vec![tag, 0];
    entry.extend(u16::try_from(8 * ids.len()).unwrap().to_le_bytes());
    ids.iter().for_each(|id| entry.extend(id.to_le_bytes()));
    entry
}

/// A request whose block gives.
fn giving(call: u64, entries: &[Vec<u8>]) -> Vec<u8> {
    let entries = entries.concat();
    let block = [&u16::try_from(entries.len()).unwrap().to_le_bytes()[..], &entries].concat();
    frame(0x01, 0b100, call, &block)
}

/// A frame with all fields of its header.
fn full(kind: u8, flags: u8, method: u16, call: u64, target: u64, body: &[u8]) -> Vec<u8> {
    let mut frame = frame(kind, flags, call, body);
    frame[6..8].copy_from_slice(&method.to_le_bytes());
    frame[16..24].copy_from_slice(&target.to_le_bytes());
    frame
}

fn items(stream: u64, count: u16, payload: &[u8]) -> Vec<u8> {
    full(0x10, 0, count, stream, 0, payload)
}

fn end(stream: u64) -> Vec<u8> {
    frame(0x12, 1, stream, b"")
}

/// A session that has got stream 1 and given stream 3 and object 65,536, with credit for three
/// items and ten bytes of the one.
fn prepared() -> Numbered {
    let mut session = session(small_limits());
    accept(&mut session, small_limits(), &giving(1, &[ids(5, &[1])])).unwrap();
    let given = Given { streams: vec![3], handles: vec![(FIRST, Thing::new(0))], returned: Vec::new() };
    send_with(&mut session, b"", Extras { given, ..Extras::default() });
    session.stream_grant(1, 3, 10);
    output(&mut session);
    session
}

fn check(bytes: &[u8], expected: &Violation) {
    let mut session = prepared();
    assert_eq!(accept(&mut session, small_limits(), bytes).as_ref(), Err(expected));
}

fn check_honest(bytes: &[u8]) {
    let mut session = prepared();
    if let Err(violation) = accept(&mut session, small_limits(), bytes) {
        panic!("the peer {violation}");
    }
}

#[test]
fn items_beyond_the_credit() {
    let expected = Violation::ItemsWithoutCredit { stream: 1 };
    check_honest(&items(1, 3, b"abc"));
    check(&items(1, 4, b"abcd"), &expected);
    check(&[items(1, 3, b"abc"), items(1, 1, b"")].concat(), &expected);
    check_honest(&[items(1, 1, &[0; 9]), items(1, 1, &[0; 250])].concat());
    check(&[items(1, 1, &[0; 10]), items(1, 1, b"")].concat(), &expected);
    check(&[items(1, 1, &[0; 250]), items(1, 1, b"")].concat(), &expected);
}

#[test]
fn items_without_any_credit() {
    let bytes = [giving(2, &[ids(5, &[2])]), items(2, 1, b"")].concat();
    check(&bytes, &Violation::ItemsWithoutCredit { stream: 2 });
}

#[test]
fn items_beyond_the_credit_after_a_reset() {
    let mut session = prepared();
    session.stream_close(1);
    assert!(accept(&mut session, small_limits(), &items(1, 3, b"abc")).is_ok());
    let expected = Err(Violation::ItemsWithoutCredit { stream: 1 });
    assert_eq!(accept(&mut session, small_limits(), &items(1, 1, b"")), expected);
}

#[test]
fn a_message_of_no_items() {
    check(&items(1, 0, b""), &Violation::NoItems { stream: 1 });
}

#[test]
fn items_of_a_stream_that_is_not_open() {
    for stream in [0, 2, 3, u64::MAX] {
        check(&items(stream, 1, b""), &Violation::ItemsOfNoStream { stream });
    }
    check(&[end(1), items(1, 1, b"")].concat(), &Violation::ItemsOfNoStream { stream: 1 });
    let mut session = prepared();
    session.stream_close(1);
    let late = [end(1), items(1, 1, b"")].concat();
    assert_eq!(accept(&mut session, small_limits(), &late), Err(Violation::ItemsOfNoStream { stream: 1 }));
}

#[test]
fn the_end_of_a_stream_that_is_not_open() {
    for stream in [0, 2, 3, u64::MAX] {
        check(&end(stream), &Violation::EndOfNoStream { stream });
    }
    check(&end(1).repeat(2), &Violation::EndOfNoStream { stream: 1 });
    let mut session = prepared();
    session.stream_close(1);
    assert_eq!(accept(&mut session, small_limits(), &end(1).repeat(2)), Err(Violation::EndOfNoStream { stream: 1 }));
}

#[test]
fn an_end_in_the_middle_of_items() {
    let begun = full(0x10, MORE, 1, 1, 0, b"half");
    check(&[begun.clone(), end(1)].concat(), &Violation::EndWithinItems { stream: 1 });
    let mut session = prepared();
    session.stream_close(1);
    let cut_short = [begun, end(1)].concat();
    assert!(accept(&mut session, small_limits(), &cut_short).is_ok(), "a reset asks for just that");
}

#[test]
fn items_that_overtake_others_of_their_stream() {
    let begun = full(0x10, MORE, 2, 1, 0, b"half");
    check(&[begun, items(1, 1, b"small")].concat(), &Violation::ChunkMismatch { call: 1 });
}

#[test]
fn an_end_that_is_not_what_it_should_be() {
    for body in [&b"{"[..], b"[]", b"{}", b"\xff", br#"{"messages":"why"}"#, br#"{"messages":[7]}"#] {
        check(&frame(0x12, 1, 1, body), &Violation::BadNotice("end-of-stream"));
    }
    check_honest(&frame(0x12, 0, 1, br#"{"messages":[],"new":7}"#));
}

#[test]
fn credit_and_resets_for_streams_that_were_never_given() {
    for stream in [0, 4, u64::MAX] {
        check(&full(0x11, 0, 1, stream, 1, b""), &Violation::CreditForNoStream { stream });
        check(&frame(0x13, 0, stream, b""), &Violation::ResetOfNoStream { stream });
    }
    // Lower ids may be over.
    check_honest(&[full(0x11, 0, 1, 2, 1, b""), frame(0x13, 0, 2, b"")].concat());
    check_honest(&[frame(0x13, 0, 3, b"").repeat(2), full(0x11, 0, 1, 3, 1, b"")].concat());
}

#[test]
fn credit_and_resets_for_a_stream_that_is_not_given_yet() {
    let given = || Given { streams: vec![9], handles: vec![(FIRST + 9, Thing::new(0))], returned: Vec::new() };
    let early = [
        (full(0x11, 0, 1, 9, 1, b""), Violation::CreditForNoStream { stream: 9 }),
        (frame(0x13, 0, 9, b""), Violation::ResetOfNoStream { stream: 9 }),
        (full(0x20, 0, 0, 0, FIRST + 9, b""), Violation::ReleaseOfNoObject { object: FIRST + 9 }),
        (giving(2, &[ids(7, &[FIRST + 9])]), Violation::ReturnOfNoObject { object: FIRST + 9 }),
    ];
    for (bytes, expected) in early {
        let mut session = prepared();
        send_with(&mut session, &[0; 1000], Extras { given: given(), ..Extras::default() });
        assert_eq!(accept(&mut session, small_limits(), &bytes), Err(expected));
        let mut session = prepared();
        send_with(&mut session, &[0; 1000], Extras { given: given(), ..Extras::default() });
        output(&mut session);
        assert!(accept(&mut session, small_limits(), &bytes).is_ok(), "its last chunk has left");
    }
}

#[test]
fn a_stream_under_an_id_in_use() {
    let expected = |stream| Violation::BadStream { stream };
    check(&giving(2, &[ids(5, &[1])]), &expected(1));
    check(&giving(2, &[ids(5, &[2, 2])]), &expected(2));
    check(&giving(2, &[ids(5, &[0])]), &expected(0));
    check_honest(&giving(2, &[ids(5, &[9, 2, 7])]));
}

#[test]
fn more_streams_than_allowed() {
    check_honest(&giving(2, &[ids(5, &[2, 3, 4])]));
    check(&giving(2, &[ids(5, &[2, 3, 4, 5])]), &Violation::TooManyStreams { limit: 4 });
    check_honest(&[end(1), giving(2, &[ids(5, &[2, 3, 4, 5])])].concat());
    let mut session = prepared();
    session.stream_close(1);
    let full = giving(2, &[ids(5, &[2, 3, 4, 5])]);
    let expected = Err(Violation::TooManyStreams { limit: 4 });
    assert_eq!(accept(&mut session, small_limits(), &full), expected, "one that is reset counts until its end");
}

#[test]
fn handles_under_ids_in_use_or_of_root_objects() {
    let expected = |object| Violation::BadHandle { object };
    check(&giving(2, &[ids(6, &[0])]), &expected(0));
    check(&giving(2, &[ids(6, &[FIRST - 1])]), &expected(FIRST - 1));
    check(&giving(2, &[ids(6, &[FIRST, FIRST])]), &expected(FIRST));
    check(&[giving(2, &[ids(6, &[FIRST])]), giving(3, &[ids(6, &[FIRST])])].concat(), &expected(FIRST));
}

#[test]
fn more_handles_than_allowed() {
    let many: Vec<_> = (FIRST..FIRST + 9).collect();
    check_honest(&giving(2, &[ids(6, &many[..8])]));
    check(&giving(2, &[ids(6, &many)]), &Violation::TooManyHandles { limit: 8 });
}

#[test]
fn a_release_of_what_is_not_held() {
    let release = |object| full(0x20, 0, 0, 0, object, b"");
    for object in [0, FIRST + 1, u64::MAX] {
        check(&release(object), &Violation::ReleaseOfNoObject { object });
    }
    check(&release(FIRST).repeat(2), &Violation::ReleaseOfNoObject { object: FIRST });
}

#[test]
fn giving_back_what_is_not_held() {
    for object in [FIRST + 1, u64::MAX] {
        check(&giving(2, &[ids(7, &[object])]), &Violation::ReturnOfNoObject { object });
    }
    let released = [full(0x20, 0, 0, 0, FIRST, b""), giving(2, &[ids(7, &[FIRST])])].concat();
    check(&released, &Violation::ReturnOfNoObject { object: FIRST });
    check_honest(&giving(2, &[ids(7, &[FIRST, FIRST, 0, 7])]));
}

#[test]
fn what_a_message_gives_in_vain_is_checked_too() {
    for kind in [0x02, 0x03] {
        let mut reply = giving(1, &[ids(5, &[1])]);
        reply[4] = kind;
        check(&reply, &Violation::BadStream { stream: 1 });
        let mut session = prepared();
        session.abandon(1);
        assert_eq!(accept(&mut session, small_limits(), &reply), Err(Violation::BadStream { stream: 1 }));
    }
    let mut nested = giving(1, &[ids(5, &[1])]);
    nested[4] = 0x10;
    nested[6] = 1;
    check(&nested, &Violation::BadStream { stream: 1 });
}

#[test]
fn interfaces_that_are_none_or_too_many() {
    for body in [&b""[..], b"{", b"{}", b"[]", br#"{"name":"x"}"#] {
        check(&frame(0x21, 1, 0, body), &Violation::BadNotice("interface"));
    }
    let body = br#"{"name":"","version":1,"min_version":1,"cookie":{"key":"","value":""},"methods":[]}"#;
    let one = frame(0x21, 0, 0, body);
    check_honest(&one.repeat(1024));
    check(&one.repeat(1025), &Violation::TooManyInterfaces { limit: 1024 });
}

#[test]
fn bare_kinds_have_no_payload_and_no_chunks() {
    for kind in [0x11, 0x13, 0x20] {
        check(&frame(kind, 0, 3, b"x"), &Violation::PayloadWhereNone(kind));
        check(&frame(kind, MORE, 3, b""), &Violation::ChunkedKind(kind));
    }
    for kind in [0x12, 0x21] {
        check(&frame(kind, MORE, 1, b""), &Violation::ChunkedKind(kind));
    }
}

#[test]
fn who_keeps_giving_must_read_what_becomes_of_it() {
    let mut session = prepared();
    accept(&mut session, small_limits(), &frame(0x38, 1, 0, b"")).unwrap();
    // Everything is given in vain, and released at once: eight releases for each request.
    let in_vain = |call: u64| giving(call, &[ids(6, &(0..8).map(|at| FIRST + 8 * call + at).collect::<Vec<_>>())]);
    let requests: Vec<_> = (2..100).map(in_vain).collect();
    let expected = Violation::AnswersUnread { limit: 112 };
    assert_eq!(accept(&mut session, small_limits(), &requests.concat()), Err(expected));
    let mut reading = prepared();
    accept(&mut reading, small_limits(), &frame(0x38, 1, 0, b"")).unwrap();
    for request in requests {
        assert!(accept(&mut reading, small_limits(), &request).is_ok());
        output(&mut reading);
    }
}
