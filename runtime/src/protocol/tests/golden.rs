//! Every kind that is sent, byte by byte. A change here is a change of the protocol.

use std::time::Duration;

use crate::codec::Codec;
use crate::protocol::frame::Kind;
use crate::protocol::handshake::{Handshake, Side};
use crate::protocol::hello::{About, Cookie, Entry, Hello, TableEntry};
use crate::protocol::{DescribedInterface, DescribedMethod, Description, Given, PROTOCOL_VERSION, to_json};

use super::*;

/// A header as literal numbers, then the payload.
fn bytes(length: u8, fixed: [u8; 4], call: u8, target: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![length, 0, 0, 0];
    bytes.extend(fixed);
    bytes.extend([call, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([target, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// A session that is in the middle of call 1 of its peer.
fn serving() -> Numbered {
    let mut session = session(Limits::default());
    accept(&mut session, Limits::default(), &frame(0x01, 0, 1, b"")).unwrap();
    session
}

fn greeter() -> Entry {
    Entry {
        name: "Greeter".to_owned(),
        version: 3,
        min_version: 2,
        cookie: Cookie { key: "OUTBOARD".to_owned(), value: "Greeter".to_owned() },
        methods: vec![TableEntry { name: "greet".to_owned(), fingerprint: None }],
    }
}

fn hello(serves: Vec<Entry>, asks: Vec<Entry>) -> Hello {
    let about = About { name: "hello".to_owned(), version: "1.2.3".to_owned(), sdk: "outboard 0.1.0".to_owned() };
    Hello::new(about, serves, asks, Limits::default().announced())
}

#[test]
fn the_version_is_one() {
    assert_eq!(PROTOCOL_VERSION, 1);
}

#[test]
fn a_hosts_preamble_and_hello() {
    let opening = Handshake::new(Side::Host, &hello(vec![], vec![greeter()]), Limits::default()).opening();
    let json = concat!(
        r#"{"protocol":[1],"about":{"name":"hello","version":"1.2.3","sdk":"outboard 0.1.0"},"serves":[],"#,
        r#""asks":[{"name":"Greeter","version":3,"min_version":2,"cookie":{"key":"OUTBOARD","value":"Greeter"},"#,
        r#""methods":[{"name":"greet","fingerprint":null}]}],"codecs":["postcard","json"],"#,
        r#""limits":{"message":67108864,"frame":65536,"reassembly":268435456,"calls":1024,"streams":256,"handles":65536},"#,
        r#""features":[],"requires":[]}"#
    );
    let expected = [b"\xfeOUTBRD>", &[0x9b, 1, 0, 0][..], json.as_bytes()].concat();
    assert_eq!(String::from_utf8_lossy(&opening), String::from_utf8_lossy(&expected));
    assert_eq!(opening, expected);
}

#[test]
fn a_plugins_preamble_and_hello() {
    let opening = Handshake::new(Side::Plugin, &hello(vec![greeter()], vec![]), Limits::default()).opening();
    let json = concat!(
        r#"{"protocol":[1],"about":{"name":"hello","version":"1.2.3","sdk":"outboard 0.1.0"},"#,
        r#""serves":[{"name":"Greeter","version":3,"min_version":2,"cookie":{"key":"OUTBOARD","value":"Greeter"},"#,
        r#""methods":[{"name":"greet","fingerprint":null}]}],"asks":[],"codecs":["postcard","json"],"#,
        r#""limits":{"message":67108864,"frame":65536,"reassembly":268435456,"calls":1024,"streams":256,"handles":65536},"#,
        r#""features":[],"requires":[]}"#
    );
    assert_eq!(opening, [b"\xfeOUTBRD<", &[0x9b, 1, 0, 0][..], json.as_bytes()].concat());
}

#[test]
fn a_request() {
    let mut session = session(Limits::default());
    let mut payload = b"\x05world".to_vec();
    let message = Outgoing { codec: Codec::Postcard, payload: &mut payload, extras: None };
    assert_eq!(session.request(7, (0x0201, "greet"), message, None).unwrap(), 1);
    let message = Outgoing { codec: Codec::Json, payload: &mut b"[]".to_vec(), extras: None };
    assert_eq!(session.request(0, (0, "greet"), message, None).unwrap(), 2);
    let expected = [bytes(6, [0x01, 0, 1, 2], 1, 7, b"\x05world"), bytes(2, [0x01, 1, 0, 0], 2, 0, b"[]")].concat();
    assert_eq!(output(&mut session), expected);
}

#[test]
fn a_value() {
    let mut session = serving();
    session.reply(1, false, Outgoing { codec: Codec::Postcard, payload: &mut b"\x02hi".to_vec(), extras: None });
    assert_eq!(output(&mut session), bytes(3, [0x02, 0, 0, 0], 1, 0, b"\x02hi"));
}

#[test]
fn an_application_error() {
    let mut session = serving();
    session.reply(1, true, Outgoing { codec: Codec::Json, payload: &mut b"{}".to_vec(), extras: None });
    assert_eq!(output(&mut session), bytes(2, [0x03, 1, 0, 0], 1, 0, b"{}"));
}

#[test]
fn a_system_error() {
    let mut session = serving();
    session.refuse(1, &SystemError { kind: SystemErrorKind::Panicked, message: "ouch".to_owned() });
    let json = br#"{"kind":"panicked","message":"ouch"}"#;
    assert_eq!(output(&mut session), bytes(36, [0x04, 1, 0, 0], 1, 0, json));
}

#[test]
fn the_names_of_system_errors() {
    let names = [
        (SystemErrorKind::Panicked, "panicked"),
        (SystemErrorKind::Cancelled, "cancelled"),
        (SystemErrorKind::UnknownObject, "unknown_object"),
        (SystemErrorKind::UnknownMethod, "unknown_method"),
        (SystemErrorKind::InvalidArguments, "invalid_arguments"),
        (SystemErrorKind::Encode, "encode"),
        (SystemErrorKind::Limit, "limit"),
        (SystemErrorKind::ShuttingDown, "shutting_down"),
    ];
    for (kind, name) in names {
        assert_eq!(to_json(&kind), format!("\"{name}\"").into_bytes());
    }
    assert_eq!(serde_json::from_str::<SystemErrorKind>("\"invented_later\"").unwrap(), SystemErrorKind::Unknown);
}

#[test]
fn a_cancel() {
    let mut session = session(Limits::default());
    let call = request(&mut session, b"");
    output(&mut session);
    session.abandon(call);
    assert_eq!(output(&mut session), bytes(0, [0x05, 0, 0, 0], 1, 0, b""));
}

#[test]
fn a_ping_and_its_pong() {
    let mut asking = session(Limits::default());
    request(&mut asking, b"");
    output(&mut asking);
    asking.tick(Heard { received: false, mid_frame: false, written: true, unwritten: false }).unwrap();
    let ping = output(&mut asking);
    assert_eq!(ping, bytes(0, [0x30, 0, 0, 0], 0, 0, b""));

    let mut asked = session(Limits::default());
    accept(&mut asked, Limits::default(), &ping).unwrap();
    assert_eq!(output(&mut asked), bytes(0, [0x31, 0, 0, 0], 0, 0, b""));
}

#[test]
fn describe_and_its_answer() {
    let mut asking = session(Limits::default());
    asking.describe(None).unwrap();
    let describe = output(&mut asking);
    assert_eq!(describe, bytes(0, [0x22, 1, 0, 0], 1, 0, b""));

    let description = Description {
        interfaces: vec![DescribedInterface {
            name: "Greeter".to_owned(),
            version: 3,
            docs: "Greets people.".to_owned(),
            methods: vec![DescribedMethod { name: "greet".to_owned(), docs: String::new() }],
        }],
    };
    let limits = Limits::default();
    let mut asked = Numbered::new(limits, limits.announced(), to_json(&description).into());
    accept(&mut asked, limits, &describe).unwrap();
    let json = concat!(
        r#"{"interfaces":[{"name":"Greeter","version":3,"docs":"Greets people.","#,
        r#""methods":[{"name":"greet","docs":""}]}]}"#
    );
    assert_eq!(output(&mut asked), bytes(110, [0x02, 1, 0, 0], 1, 0, json.as_bytes()));
}

#[test]
fn shutdown() {
    let mut session = session(Limits::default());
    session.shut_down(Duration::from_secs(5));
    assert_eq!(output(&mut session), bytes(17, [0x38, 1, 0, 0], 0, 0, br#"{"drain_ms":5000}"#));
}

#[test]
fn goodbye() {
    let mut asked = session(Limits::default());
    asked.say_goodbye("");
    assert_eq!(output(&mut asked), bytes(0, [0x39, 1, 0, 0], 0, 0, b""));
    let mut offended = session(Limits::default());
    offended.say_goodbye("why");
    assert_eq!(output(&mut offended), bytes(17, [0x39, 1, 0, 0], 0, 0, br#"{"message":"why"}"#));
}

#[test]
fn a_request_in_chunks() {
    let peer = Announced { frame: 256, ..Announced::default() };
    let mut session = Numbered::new(Limits::default(), peer, DESCRIPTION.into());
    let payload = [[b'a'; 256], [b'b'; 256]].concat();
    let message = Outgoing { codec: Codec::Json, payload: &mut [&payload[..], b"c"].concat(), extras: None };
    session.request(7, (2, "greet"), message, None).unwrap();
    let mut expected = vec![0, 1, 0, 0, 0x01, 0b1001, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
    expected.extend([b'a'; 256]);
    expected.extend([0, 1, 0, 0, 0x01, 0b1001, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]);
    expected.extend([b'b'; 256]);
    expected.extend([1, 0, 0, 0, 0x01, 0b0001, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, b'c']);
    assert_eq!(output(&mut session), expected);
}

/// A session with small things of its own on the way: stream 1 and object 65,536 are given to it
/// and by it, in call 1 of either side.
fn passing() -> Numbered {
    let mut session = session(Limits::default());
    let gives = [&[24, 0][..], &[5, 0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0], &[6, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0]].concat();
    accept(&mut session, Limits::default(), &frame(0x01, 0b100, 1, &gives)).unwrap();
    let given = Given { streams: vec![1], handles: vec![(65_536, Thing::new(0))], returned: Vec::new() };
    send_with(&mut session, b"", Extras { given, ..Extras::default() });
    output(&mut session);
    session
}

#[test]
fn a_request_with_everything_beside_its_payload() {
    let mut session = passing();
    let extras = Extras {
        remaining: Some(Duration::from_micros(0x0201)),
        depth: 3,
        metadata: vec![("k".to_owned(), "vw".to_owned())],
        given: Given { streams: vec![2, 3], handles: vec![(65_537, Thing::new(1))], returned: vec![65_536] },
    };
    assert_eq!(send_with(&mut session, b"\x05world", extras), 2);
    let block = [
        &[71, 0][..],
        &[1, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 0],
        &[2, 0, 2, 0, 3, 0],
        &[3, 0, 5, 0, 1, 0, b'k', b'v', b'w'],
        &[5, 0, 16, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0],
        &[6, 0, 8, 0, 1, 0, 1, 0, 0, 0, 0, 0],
        &[7, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0],
    ];
    let expected = bytes(73 + 6, [0x01, 0b100, 0, 0], 2, 0, &[&block.concat()[..], b"\x05world"].concat());
    assert_eq!(output(&mut session), expected);
}

#[test]
fn a_value_that_gives_a_stream() {
    let mut session = serving();
    let mut extras = Extras { given: Given { streams: vec![1], ..Given::default() }, ..Extras::default() };
    let payload = &mut b"\x01".to_vec();
    session.reply(1, false, Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) });
    let body = [12, 0, 5, 0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
    assert_eq!(output(&mut session), bytes(15, [0x02, 0b100, 0, 0], 1, 0, &body));
}

#[test]
fn a_request_in_chunks_has_its_block_on_the_first() {
    let peer = Announced { frame: 256, ..Announced::default() };
    let mut session = Numbered::new(Limits::default(), peer, DESCRIPTION.into());
    send_with(&mut session, &[b'a'; 250], Extras { depth: 1, ..Extras::default() });
    let mut expected = vec![0, 1, 0, 0, 0x01, 0b1100, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expected.extend([6, 0, 2, 0, 2, 0, 1, 0]);
    expected.extend([b'a'; 248]);
    expected.extend(bytes(2, [0x01, 0, 0, 0], 1, 0, b"aa"));
    assert_eq!(output(&mut session), expected);
}

#[test]
fn items_of_a_stream() {
    let mut session = passing();
    accept(&mut session, Limits::default(), &bytes(0, [0x11, 0, 0x02, 0x01], 1, 100, b"")).unwrap();
    let message = Outgoing { codec: Codec::Postcard, payload: &mut b"\x01\x02\x03".to_vec(), extras: None };
    session.stream_send(1, 3, message).unwrap();
    assert_eq!(output(&mut session), bytes(3, [0x10, 0, 3, 0], 1, 0, b"\x01\x02\x03"));
}

#[test]
fn credit_for_a_stream() {
    let mut session = passing();
    session.stream_grant(1, 64, 0x7f);
    assert_eq!(output(&mut session), bytes(0, [0x11, 0, 64, 0], 1, 0x7f, b""));
    session.stream_grant(1, 65_536, 1);
    let expected = [bytes(0, [0x11, 0, 0xff, 0xff], 1, 1, b""), bytes(0, [0x11, 0, 1, 0], 1, 0, b"")].concat();
    assert_eq!(output(&mut session), expected, "more than fits the field");
}

#[test]
fn the_end_of_a_stream() {
    let mut session = passing();
    session.stream_finish(1, None);
    assert_eq!(output(&mut session), bytes(0, [0x12, 1, 0, 0], 1, 0, b""));
}

#[test]
fn the_end_of_a_stream_that_broke() {
    let mut session = passing();
    session.stream_finish(1, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(output(&mut session), bytes(22, [0x12, 1, 0, 0], 1, 0, br#"{"messages":["a","b"]}"#));
}

#[test]
fn the_reset_of_a_stream() {
    let mut session = passing();
    session.stream_close(1);
    assert_eq!(output(&mut session), bytes(0, [0x13, 0, 0, 0], 1, 0, b""));
}

#[test]
fn the_release_of_a_handle() {
    let mut session = passing();
    session.release(65_536);
    let expected = [&[0, 0, 0, 0, 0x20, 0, 0, 0][..], &[0; 8], &[0, 0, 1, 0, 0, 0, 0, 0]].concat();
    assert_eq!(output(&mut session), expected);
}

#[test]
fn an_interface() {
    let mut session = session(Limits::default()).with_interfaces(2, &[]);
    assert_eq!(session.announce(7, greeter).unwrap(), 2);
    let json = concat!(
        r#"{"name":"Greeter","version":3,"min_version":2,"cookie":{"key":"OUTBOARD","value":"Greeter"},"#,
        r#""methods":[{"name":"greet","fingerprint":null}]}"#
    );
    assert_eq!(output(&mut session), bytes(140, [0x21, 1, 0, 0], 0, 0, json.as_bytes()));
}

#[test]
fn the_number_of_the_reserved_kind() {
    assert_eq!(Kind::Log as u8, 0x32);
    assert_eq!(Kind::in_use(0x32), None);
}
