//! Every kind that is sent, byte by byte. A change here is a change of the protocol.

use std::time::Duration;

use crate::codec::Codec;
use crate::protocol::frame::Kind;
use crate::protocol::handshake::{Handshake, Side};
use crate::protocol::hello::{About, Cookie, Entry, Hello, TableEntry};
use crate::protocol::{DescribedInterface, DescribedMethod, Description, PROTOCOL_VERSION, to_json};

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

#[test]
fn the_number_of_the_reserved_kind() {
    assert_eq!(Kind::Log as u8, 0x32);
    assert_eq!(Kind::in_use(0x32), None);
}
