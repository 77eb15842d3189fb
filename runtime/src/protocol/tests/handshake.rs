//! Preamble and hello: who is let in, who is not, and what is said about it.

use proptest::prelude::*;

use crate::protocol::handshake::{Greeted, Handshake, Progress, Refused, Side};
use crate::protocol::hello::{About, Cookie, Entry, Found, Hello};

use super::*;

const FROM_HOST: &[u8] = b"\xfeOUTBRD>";
const FROM_PLUGIN: &[u8] = b"\xfeOUTBRD<";
/// The shortest hello there is.
const SHORTEST: &str = r#"{"protocol":[1]}"#;

fn hello() -> Hello {
    Hello::new(About::default(), vec![], vec![], Announced::default())
}

fn handshake(side: Side) -> Handshake {
    Handshake::new(side, &hello(), Limits::default())
}

fn opening(magic: &[u8], hello: &str) -> Vec<u8> {
    [magic, &u32::try_from(hello.len()).unwrap().to_le_bytes(), hello.as_bytes()].concat()
}

/// Feeds to the end, in pieces; a driver goes on at once after the preamble.
fn greet(mut handshake: Handshake, bytes: &[u8], piece: usize) -> Result<Greeted, Refused> {
    for (at, part) in bytes.chunks(piece).enumerate() {
        let mut progress = handshake.feed(part)?;
        if progress == Progress::PreambleSeen {
            progress = handshake.feed(&[])?;
        }
        if let Progress::Complete(mut greeted) = progress {
            greeted.rest.extend(bytes.chunks(piece).skip(at + 1).flatten());
            return Ok(*greeted);
        }
    }
    Err(handshake.ended())
}

/// The outcome on the host's side, byte by byte and at once, which must agree.
fn check_host(bytes: &[u8]) -> Result<Greeted, Refused> {
    let at_once = greet(handshake(Side::Host), bytes, usize::MAX);
    let bytewise = greet(handshake(Side::Host), bytes, 1);
    match (&at_once, &bytewise) {
        // How much was read before it was given up differs.
        (Err(Refused::NotAPlugin { .. }), Err(Refused::NotAPlugin { .. })) => {}
        _ => assert_eq!(at_once, bytewise),
    }
    at_once
}

#[test]
fn each_side_understands_the_other() {
    let host = handshake(Side::Host);
    let plugin = handshake(Side::Plugin);
    let (from_host, from_plugin) = (host.opening(), plugin.opening());
    assert_eq!(greet(host, &from_plugin, 1).unwrap().hello, hello());
    assert_eq!(greet(plugin, &from_host, 1).unwrap().hello, hello());
}

#[test]
fn the_preamble_is_reported_before_the_hello_is_looked_at() {
    // A plugin that refuses has to have said its own hello, or the host learns nothing.
    let mut plugin = handshake(Side::Plugin);
    assert_eq!(plugin.feed(&opening(FROM_HOST, r#"{"protocol":[9]}"#)), Ok(Progress::PreambleSeen));
    assert!(matches!(plugin.feed(&[]), Err(Refused::Protocol { .. })));
}

#[test]
fn text_before_the_preamble_is_survived_and_kept() {
    let bytes = [b"hello from main\n".as_slice(), &opening(FROM_PLUGIN, SHORTEST), b"frames"].concat();
    let greeted = check_host(&bytes).unwrap();
    assert_eq!((&greeted.stray[..], &greeted.rest[..]), (&b"hello from main\n"[..], &b"frames"[..]));
}

#[test]
fn half_a_magic_in_the_stray_text_is_no_preamble() {
    let bytes = [b"\xfeOUT\xfe\xfeOUTBRD".as_slice(), &opening(FROM_PLUGIN, SHORTEST)].concat();
    assert_eq!(check_host(&bytes).unwrap().stray, b"\xfeOUT\xfe\xfeOUTBRD");
}

#[test]
fn stray_text_has_a_bound() {
    let with = |stray: usize| [vec![b'x'; stray], opening(FROM_PLUGIN, SHORTEST)].concat();
    assert_eq!(check_host(&with(8192)).unwrap().stray.len(), 8192);
    assert!(matches!(check_host(&with(8193)), Err(Refused::NotAPlugin { .. })));
    let mut host = handshake(Side::Host);
    assert_eq!(host.feed(&[b'x'; 8199]), Ok(Progress::Incomplete));
    let refused = host.feed(b"x").unwrap_err();
    assert!(matches!(&refused, Refused::NotAPlugin { wrote } if wrote.len() == 8200));
}

#[test]
fn a_host_writes_nothing_before_its_preamble() {
    for piece in [1, 100] {
        let bytes = [b"x".as_slice(), &opening(FROM_HOST, SHORTEST)].concat();
        let refused = greet(handshake(Side::Plugin), &bytes, piece);
        assert!(matches!(refused, Err(Refused::NotAPlugin { .. })), "{refused:?}");
    }
}

#[test]
fn an_echo_is_told_from_a_plugin() {
    assert_eq!(check_host(&opening(FROM_HOST, SHORTEST)), Err(Refused::Echo));
    assert_eq!(check_host(&[b"$ ".as_slice(), FROM_HOST].concat()), Err(Refused::Echo));
    assert_eq!(check_host(&[FROM_HOST, &opening(FROM_PLUGIN, SHORTEST)].concat()), Err(Refused::Echo));
    let plugin = greet(handshake(Side::Plugin), &opening(FROM_PLUGIN, SHORTEST), 1);
    assert_eq!(plugin, Err(Refused::Echo));
}

#[test]
fn a_hosts_magic_inside_a_plugins_hello_is_no_echo() {
    let bytes = [&opening(FROM_PLUGIN, SHORTEST)[..], FROM_HOST].concat();
    assert_eq!(check_host(&bytes).unwrap().rest, FROM_HOST);
}

#[test]
fn the_error_quotes_what_came_instead() {
    let refused = check_host(b"Usage: hello [OPTIONS]\n\x1b[31m").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "wrote `Usage: hello [OPTIONS]\\n\\u{1b}[31m` instead of an Outboard handshake and ended; is it a plugin?"
    );
    assert_eq!(
        check_host(b"").unwrap_err().to_string(),
        "ended without a word of an Outboard handshake; is it a plugin?"
    );
}

#[test]
fn a_truncated_hello_is_told_from_none() {
    let whole = opening(FROM_PLUGIN, SHORTEST);
    for end in 1..8 {
        let wrote = whole[..end].to_vec();
        assert_eq!(check_host(&wrote), Err(Refused::Ended { wrote: wrote.clone(), preamble_seen: false }));
    }
    for end in 8..whole.len() {
        assert_eq!(check_host(&whole[..end]), Err(Refused::Ended { wrote: vec![], preamble_seen: true }));
    }
}

#[test]
fn a_hello_above_the_limit_is_refused_by_its_length() {
    for length in [65_537, u32::MAX] {
        let bytes = [FROM_PLUGIN, &length.to_le_bytes()].concat();
        assert_eq!(check_host(&bytes), Err(Refused::HelloTooLong { length, limit: 65_536 }));
    }
    let longest = [FROM_PLUGIN, &65_536_u32.to_le_bytes()].concat();
    assert_eq!(check_host(&longest), Err(Refused::Ended { wrote: vec![], preamble_seen: true }));
}

fn with_hello(hello: &str) -> Result<Greeted, Refused> {
    check_host(&opening(FROM_PLUGIN, hello))
}

#[test]
fn a_protocol_version_in_common_is_enough() {
    assert!(with_hello(r#"{"protocol":[7,1,0]}"#).is_ok());
    for (versions, who) in [("[2,3]", "this side"), ("[0]", "the other side"), ("[]", "the other side")] {
        let refused = with_hello(&format!(r#"{{"protocol":{versions},"about":{{"sdk":"acme 9"}}}}"#)).unwrap_err();
        let text = refused.to_string();
        assert!(text.contains("(`acme 9`); this side speaks version 1"), "{text}");
        assert!(text.ends_with(&format!("{who} needs a newer `outboard`")), "{text}");
    }
}

#[test]
fn the_version_is_looked_at_before_anything_a_newer_one_may_have_changed() {
    let refused = with_hello(r#"{"protocol":[2],"serves":"in another form","about":{"sdk":"acme 9"}}"#);
    assert!(matches!(refused, Err(Refused::Protocol { .. })), "{refused:?}");
}

#[test]
fn an_unknown_requirement_refuses() {
    let refused = with_hello(r#"{"protocol":[1],"requires":["telepathy","x\u0007"]}"#).unwrap_err();
    assert_eq!(refused, Refused::Requires(vec!["telepathy".to_owned(), "x\u{7}".to_owned()]));
    assert_eq!(
        refused.to_string(),
        "requires what this side does not know: `telepathy`, `x\\u{7}`; this side needs a newer `outboard`"
    );
}

#[test]
fn everything_else_unknown_is_ignored() {
    let hello = with_hello(
        r#"{"new":{"deep":[1]},"protocol":[1],"features":["telepathy"],"codecs":["cbor"],
            "about":{"name":"x","mood":"good"},"limits":{"frame":300,"patience":1},
            "serves":[{"name":"A","version":1,"min_version":1,"cookie":{"key":"k","value":"v","salt":1},
                       "methods":[{"name":"m","idempotent":true}],"color":"red"}]}"#,
    )
    .unwrap()
    .hello;
    assert_eq!(hello.limits, Announced { frame: 300, ..Announced::default() });
    assert_eq!(hello.serves[0].methods[0].fingerprint, None);
}

#[test]
fn a_hello_that_is_none() {
    for hello in ["", "{}", "[]", "{\"protocol\":1}", "{\"protocol\":[1]}x", "\u{1}", "{\"protocol\":[-1]}"] {
        assert!(matches!(with_hello(hello), Err(Refused::HelloInvalid(_))), "{hello}");
    }
    let deep = format!("{{\"protocol\":[1],\"new\":{}", "[".repeat(60_000));
    assert!(matches!(with_hello(&deep), Err(Refused::HelloInvalid(_))));
}

#[test]
fn limits_that_leave_no_room_for_a_call_are_refused() {
    for limits in [r#""frame":255"#, r#""message":300"#, r#""reassembly":1000000"#, r#""calls":0"#] {
        let refused = with_hello(&format!(r#"{{"protocol":[1],"limits":{{{limits}}}}}"#));
        assert!(matches!(refused, Err(Refused::HelloInvalid(_))), "{limits}");
    }
    let smallest = r#"{"protocol":[1],"limits":{"frame":256,"message":256,"reassembly":256,"calls":1}}"#;
    assert!(with_hello(smallest).is_ok());
    assert!(
        with_hello(&format!(r#"{{"protocol":[1],"limits":{{"frame":{0},"message":{0},"reassembly":{0}}}}}"#, u64::MAX))
            .is_ok()
    );
}

fn entry(name: &str, version: u32, min_version: u32, cookie: &str) -> Entry {
    let cookie = Cookie { key: "OUTBOARD".to_owned(), value: cookie.to_owned() };
    Entry { name: name.to_owned(), version, min_version, cookie, methods: vec![] }
}

#[test]
fn interfaces_meet_by_name_cookie_and_generation() {
    let serves = [entry("A", 5, 3, "A"), entry("B", 1, 1, "other"), entry("B", 2, 2, "B")];
    let find = |asked: Entry| match asked.find_in(&serves) {
        Found::Object(object, _) => format!("object {object}"),
        Found::OtherGeneration(served) => format!("version {}", served.version),
        Found::Absent => "absent".to_owned(),
    };
    let table = [
        (entry("A", 5, 5, "A"), "object 0"),
        (entry("A", 3, 1, "A"), "object 0"),
        (entry("A", 9, 5, "A"), "object 0"),
        (entry("A", 2, 1, "A"), "version 5"),
        (entry("A", 9, 6, "A"), "version 5"),
        (entry("A", 5, 5, "B"), "absent"),
        (entry("B", 2, 1, "B"), "object 2"),
        (entry("B", 1, 1, "other"), "object 1"),
        (entry("C", 1, 1, "C"), "absent"),
    ];
    for (asked, expected) in table {
        assert_eq!(find(asked.clone()), expected, "{asked:?}");
    }
}

proptest! {
    #[test]
    fn any_cut_of_a_handshake_gives_the_same(
        stray in prop::collection::vec(prop_oneof![Just(0xfe_u8), Just(b'O'), any::<u8>()], 0..300),
        rest in prop::collection::vec(any::<u8>(), 0..100),
        piece in 1..400_usize,
    ) {
        let bytes = [&stray[..], &opening(FROM_PLUGIN, SHORTEST), &rest].concat();
        let greeted = greet(handshake(Side::Host), &bytes, piece).unwrap();
        prop_assert_eq!(greeted.stray, stray);
        prop_assert_eq!(greeted.rest, rest);
    }
}
