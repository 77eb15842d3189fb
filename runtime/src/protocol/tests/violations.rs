//! Each way to break the protocol, from the bytes that do it.

use super::*;

/// What the session says to these bytes of its peer, in a connection with small limits where this
/// side has made call 1.
fn check(bytes: &[u8], expected: &Violation) {
    let mut session = session(small_limits());
    request(&mut session, b"");
    assert_eq!(accept(&mut session, small_limits(), bytes).as_ref(), Err(expected));
}

/// A header alone, with a length of its own.
fn header(length: u32, kind: u8) -> Vec<u8> {
    let mut header = frame(kind, 0, 1, b"");
    header[..4].copy_from_slice(&length.to_le_bytes());
    header
}

#[test]
fn a_frame_above_the_limit_is_refused_by_its_header() {
    for length in [257, 1 << 20, u32::MAX] {
        let limit = small_limits().frame;
        check(&header(length, 0x01), &Violation::FrameTooLong { length: length.into(), limit });
    }
}

#[test]
fn nothing_is_allocated_for_a_frame_of_four_gigabytes() {
    let mut incoming = Incoming::new(small_limits(), &header(u32::MAX, 0x01));
    let before = incoming.memory();
    assert!(incoming.next().is_err());
    assert_eq!(incoming.memory(), before);
}

#[test]
fn unknown_and_reserved_kinds_are_refused_unless_ignorable() {
    for kind in [0x00, 0x06, 0x14, 0x1f, 0x23, 0x32, 0x7f, 0xff] {
        check(&frame(kind, 0, 0, b""), &Violation::UnknownKind(kind));
        let mut session = session(small_limits());
        let skipped = frame(kind, 0b1_1100, 0, b"anything");
        assert_eq!(accept(&mut session, small_limits(), &skipped), Ok(vec![]));
    }
}

#[test]
fn reserved_flags_are_refused() {
    for flags in [0b10, 0b11, 0b0010_0000, 0b0100_0000, 0b1000_0000] {
        check(&frame(0x01, flags, 1, b""), &Violation::ReservedFlags(flags));
    }
}

#[test]
fn what_is_never_cut_is_not_taken_in_chunks() {
    for (kind, body) in
        [(0x04, &b"{}"[..]), (0x05, b""), (0x22, b""), (0x30, b""), (0x31, b""), (0x38, b""), (0x39, b"")]
    {
        check(&frame(kind, MORE, 1, body), &Violation::ChunkedKind(kind));
    }
}

#[test]
fn broken_extensions_are_refused_on_every_kind() {
    for kind in [0x01, 0x02, 0x03, 0x04, 0x05, 0x22, 0x30, 0x31, 0x38, 0x39] {
        check(&frame(kind, 0b100, 1, b"\x05\0abc"), &Violation::BadExtensions);
        check(&frame(kind, 0b100, 1, b""), &Violation::BadExtensions);
    }
}

#[test]
fn a_payload_where_there_is_none() {
    for kind in [0x05, 0x22, 0x30, 0x31] {
        check(&frame(kind, 0, 1, b"x"), &Violation::PayloadWhereNone(kind));
        check(&frame(kind, 0b100, 1, b"\0\0x"), &Violation::PayloadWhereNone(kind));
    }
    let mut session = session(small_limits());
    assert!(accept(&mut session, small_limits(), &frame(0x30, 0b100, 1, b"\0\0")).is_ok());
}

#[test]
fn a_message_above_the_limit() {
    for kind in [0x01, 0x02, 0x03] {
        let chunks = frame(kind, MORE, 1, &[0; 256]).repeat(16);
        check(&[chunks, frame(kind, 0, 1, b"x")].concat(), &Violation::MessageTooLong { limit: 4096 });
    }
}

#[test]
fn unfinished_messages_above_the_limit() {
    let half = |call| frame(0x01, MORE, call, &[0; 250]).repeat(12);
    let full = [half(1), half(2)].concat();
    let mut incoming = Incoming::new(small_limits(), &full);
    assert_eq!(messages(&mut incoming), Ok(vec![]));
    assert_eq!(incoming.held(), (2, 6000));
    check(&[full, frame(0x02, MORE, 1, b"x")].concat(), &Violation::ReassemblyFull { limit: 6000 });
}

#[test]
fn chunks_of_two_messages_under_one_id() {
    let begun = frame(0x02, MORE, 1, b"a");
    let expected = Violation::ChunkMismatch { call: 1 };
    check(&[begun.clone(), frame(0x03, 0, 1, b"b")].concat(), &expected);
    check(&[begun.clone(), frame(0x02, 1, 1, b"b")].concat(), &expected);
    for at in [6, 16] {
        let mut other = frame(0x02, 0, 1, b"b");
        other[at] = 1;
        check(&[begun.clone(), other].concat(), &expected);
    }
}

#[test]
fn a_second_request_with_the_id_of_an_open_one() {
    check(&frame(0x01, 0, 5, b"").repeat(2), &Violation::RepeatedRequest { call: 5 });
}

#[test]
fn more_calls_than_allowed() {
    let calls: Vec<_> = (1..=9).map(|call| frame(0x01, 0, call, b"")).collect();
    check(&calls.concat(), &Violation::TooManyCalls { limit: 8 });
    let mut session = session(small_limits());
    assert_eq!(accept(&mut session, small_limits(), &calls[..8].concat()).unwrap().len(), 8);
}

#[test]
fn more_unfinished_messages_than_there_can_be_calls_and_streams() {
    let begun: Vec<_> = (1..=21).map(|call| frame(0x01, MORE, call, b"")).collect();
    check(&begun.concat(), &Violation::TooManyUnfinished { limit: 20 });
}

#[test]
fn a_reply_to_a_call_nobody_made() {
    for call in [0, 2, u64::MAX] {
        for (kind, body) in [(0x02, &b""[..]), (0x03, b""), (0x04, br#"{"kind":"panicked"}"#)] {
            check(&frame(kind, 0, call, body), &Violation::ReplyToNoCall { call });
        }
    }
}

#[test]
fn a_second_reply() {
    check(&frame(0x02, 0, 1, b"").repeat(2), &Violation::SecondReply { call: 1 });
    let mut session = session(small_limits());
    let call = request(&mut session, b"");
    accept(&mut session, small_limits(), &frame(0x02, 0, call, b"")).unwrap();
    assert!(session.take(call, |_| 0).unwrap().is_some());
    let second = accept(&mut session, small_limits(), &frame(0x02, 0, call, b""));
    assert_eq!(second, Err(Violation::SecondReply { call: 1 }), "also after the answer was fetched");
}

#[test]
fn a_second_reply_to_a_cancelled_call() {
    let mut session = session(small_limits());
    let call = request(&mut session, b"");
    output(&mut session);
    session.abandon(call);
    let replies = frame(0x02, 0, call, b"").repeat(2);
    assert_eq!(accept(&mut session, small_limits(), &replies), Err(Violation::SecondReply { call: 1 }));
}

#[test]
fn the_rest_of_a_reply_that_an_error_took_the_place_of() {
    let replies =
        [frame(0x02, MORE, 1, b"half"), frame(0x04, 1, 1, br#"{"kind":"cancelled"}"#), frame(0x02, 0, 1, b"rest")];
    let mut session = session(small_limits());
    request(&mut session, b"");
    assert!(accept(&mut session, small_limits(), &replies[..2].concat()).is_ok());
    check(&replies.concat(), &Violation::SecondReply { call: 1 });
}

#[test]
fn a_cancel_of_a_call_that_was_not_made() {
    for call in [0, 3, u64::MAX] {
        let cancel = [frame(0x01, 0, 2, b""), frame(0x05, 0, call, b"")].concat();
        check(&cancel, &Violation::CancelOfNoCall { call });
    }
    let mut session = session(small_limits());
    let late = [frame(0x01, 0, 2, b""), frame(0x05, 0, 1, b""), frame(0x05, 0, 2, b"").repeat(2)].concat();
    assert!(accept(&mut session, small_limits(), &late).is_ok(), "an earlier one may have been answered");
}

#[test]
fn notices_that_are_not_what_they_should_be() {
    for body in [&b"{"[..], b"[]", b"\xff", b"{\"kind\":7}", b"null"] {
        check(&frame(0x04, 1, 1, body), &Violation::BadNotice("system-error"));
    }
    check(&frame(0x04, 1, 1, b""), &Violation::BadNotice("system-error"));
    check(&frame(0x38, 1, 0, br#"{"drain_ms":-1}"#), &Violation::BadNotice("shutdown"));
    check(&frame(0x39, 1, 0, br#"{"message":7}"#), &Violation::BadNotice("goodbye"));
    let nested = "[".repeat(200);
    check(&frame(0x39, 1, 0, format!("{{\"new\":{nested}").as_bytes()), &Violation::BadNotice("goodbye"));
}

#[test]
fn unknown_fields_of_notices_are_ignored() {
    let mut session = session(small_limits());
    let call = request(&mut session, b"");
    let notices = [
        frame(0x04, 1, call, br#"{"kind":"invented_later","new":[1]}"#),
        frame(0x38, 1, 0, br#"{"drain_ms":1,"new":{}}"#),
        frame(0x39, 1, 0, br#"{"new":null}"#),
    ];
    assert!(accept(&mut session, small_limits(), &notices.concat()).is_ok());
}

#[test]
fn who_keeps_asking_must_read_the_answers() {
    for question in [frame(0x30, 0, 0, b""), frame(0x22, 0, 1, b"")] {
        let expected = Violation::AnswersUnread { limit: 32 };
        check(&question.repeat(33), &expected);
        let mut session = session(small_limits());
        for _ in 0..10 {
            accept(&mut session, small_limits(), &question.repeat(32)).unwrap();
            output(&mut session);
        }
    }
}

#[test]
fn who_keeps_calling_must_read_the_replies() {
    let limits = small_limits();
    let mut session = session(limits);
    let mut incoming = Incoming::new(limits, &[]);
    let mut answered = 0;
    let violation = loop {
        feed(&mut incoming, &frame(0x01, 0, answered + 1, b""));
        match session.accept(incoming.next().unwrap().unwrap()) {
            Ok(Event::Run(run)) => reply(&mut session, run.call, &[0; 1000]),
            Ok(event) => panic!("{event:?}"),
            Err(violation) => break violation,
        }
        answered += 1;
    };
    assert_eq!((violation, answered), (Violation::AnswersUnread { limit: 32 }, 32));
}

#[test]
fn who_keeps_cancelling_must_read_the_answers() {
    let storm: Vec<_> = (1..=33).flat_map(|call| [frame(0x01, MORE, call, b"x"), frame(0x05, 0, call, b"")]).collect();
    check(&storm.concat(), &Violation::AnswersUnread { limit: 32 });
}

#[test]
fn who_keeps_calling_a_side_that_ends_must_read_the_refusals() {
    let calls: Vec<_> = (1..=40).map(|call| frame(0x01, 0, call, b"")).collect();
    check(&[frame(0x38, 1, 0, b""), calls.concat()].concat(), &Violation::AnswersUnread { limit: 32 });
}
