//! The extension block, written and read.

use std::time::Duration;

use super::*;
use crate::protocol::{Extensions, Given};

const REMAINING: u16 = 1;
const DEPTH: u16 = 2;
const METADATA: u16 = 3;
const STREAMS: u16 = 5;
const HANDLES: u16 = 6;
const RETURNED: u16 = 7;

fn write_entry(out: &mut Vec<u8>, tag: u16, value: &[u8]) {
    out.extend(tag.to_le_bytes());
    out.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
    out.extend(value);
}

/// A block of these entries.
fn block(entries: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (tag, value) in entries {
        write_entry(&mut body, *tag, value);
    }
    [&u16::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
}

fn refused(entries: &[(u16, &[u8])]) {
    assert_eq!(Extensions::parse(&block(entries)), Err(Violation::BadExtensions), "{entries:?}");
}

fn ids(count: u64) -> Vec<u64> {
    (1..=count).collect()
}

#[test]
fn what_is_written_is_what_is_read() {
    let extras = Extras {
        remaining: Some(Duration::from_micros(1_500_000)),
        depth: 3,
        metadata: vec![("k".to_owned(), "value".to_owned()), (String::new(), "ü".to_owned())],
        given: Given { streams: vec![1, 2], handles: vec![(65_536, ())], returned: vec![u64::MAX] },
    };
    let mut bytes = vec![9];
    extras.write(&mut bytes);
    let (read, length) = Extensions::parse(&[&bytes[1..], b"payload"].concat()).unwrap();
    assert_eq!(length, bytes.len() - 1);
    let Extras { remaining, depth, metadata, .. } = extras;
    let expected =
        Extensions { remaining, depth, metadata, streams: vec![1, 2], handles: vec![65_536], returned: vec![u64::MAX] };
    assert_eq!(read, expected);
}

#[test]
fn a_block_byte_by_byte() {
    let mut bytes = Vec::new();
    let given = Given { streams: vec![7], handles: vec![(65_537, ())], returned: vec![65_536] };
    let metadata = vec![("ab".to_owned(), "c".to_owned())];
    Extras { remaining: Some(Duration::from_micros(258)), depth: 2, metadata, given }.write(&mut bytes);
    let expected = [
        &[63, 0][..],
        &[1, 0, 8, 0, 2, 1, 0, 0, 0, 0, 0, 0],
        &[2, 0, 2, 0, 2, 0],
        &[3, 0, 5, 0, 2, 0, b'a', b'b', b'c'],
        &[5, 0, 8, 0, 7, 0, 0, 0, 0, 0, 0, 0],
        &[6, 0, 8, 0, 1, 0, 1, 0, 0, 0, 0, 0],
        &[7, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0],
    ];
    assert_eq!(bytes, expected.concat());
}

#[test]
fn unknown_and_reserved_tags_are_skipped_when_they_are_whole() {
    for skip in [Extensions::skip, |body: &[u8]| Extensions::parse(body).map(|(_, length)| length)] {
        assert_eq!(skip(&[0, 0, 9, 9]), Ok(2));
        assert_eq!(skip(&[7, 0, 99, 0, 3, 0, 1, 2, 3, 9]), Ok(9));
        assert_eq!(skip(&block(&[(4, b"trace"), (4, b""), (99, b"x"), (99, b"y")])), Ok(25));
        for broken in [&[][..], &[1], &[1, 0], &[4, 0, 1, 0, 1, 0], &[5, 0, 1, 0, 2, 0, 7], &[3, 0, 1, 0, 0]] {
            assert_eq!(skip(broken), Err(Violation::BadExtensions), "{broken:?}");
        }
    }
}

#[test]
fn values_of_a_wrong_length_are_refused() {
    for tag in [REMAINING, STREAMS, HANDLES, RETURNED] {
        refused(&[(tag, &[0; 7])]);
        refused(&[(tag, &[0; 9])]);
    }
    refused(&[(REMAINING, b"")]);
    refused(&[(REMAINING, &[0; 16])]);
    refused(&[(DEPTH, &[0; 1])]);
    refused(&[(DEPTH, &[0; 3])]);
    refused(&[(METADATA, b"")]);
    refused(&[(METADATA, &[0])]);
    refused(&[(METADATA, &[2, 0, b'k'])]);
}

#[test]
fn a_tag_twice_is_refused_unless_it_is_metadata() {
    for (tag, value) in [(REMAINING, &[0; 8][..]), (DEPTH, &[0; 2]), (STREAMS, b""), (HANDLES, b""), (RETURNED, b"")] {
        refused(&[(tag, value), (tag, value)]);
    }
    let pair: (u16, &[u8]) = (METADATA, &[1, 0, b'k', b'v']);
    assert_eq!(Extensions::parse(&block(&[pair, pair])).unwrap().0.metadata.len(), 2);
}

#[test]
fn metadata_is_text() {
    refused(&[(METADATA, &[1, 0, 0xff, b'v'])]);
    refused(&[(METADATA, &[1, 0, b'k', 0xff])]);
}

#[test]
fn more_metadata_than_a_message_takes() {
    let pair: (u16, &[u8]) = (METADATA, &[1, 0, b'k', b'v']);
    assert!(Extensions::parse(&block(&[pair; 64])).is_ok());
    refused(&[pair; 65]);
    let long = [&[0, 0][..], &[b'v'; 8192]].concat();
    assert!(Extensions::parse(&block(&[(METADATA, &long)])).is_ok());
    refused(&[(METADATA, &long), (METADATA, &[0, 0, b'v'])]);
}

#[test]
fn more_ids_than_a_message_takes() {
    let half = vec![0; 8 * 2048];
    let whole: &[(u16, &[u8])] = &[(STREAMS, &half), (RETURNED, &half)];
    assert!(Extensions::parse(&block(whole)).is_ok());
    refused(&[whole, &[(HANDLES, &[0; 8])]].concat());
}

#[test]
fn what_the_sender_lets_pass_is_what_a_frame_takes() {
    for frame in [256, 1000, 65_536] {
        for most in 0..=4096 {
            let metadata = vec![("key".to_owned(), "value".to_owned())];
            let given = Given::<()> { streams: ids(most), ..Given::default() };
            let extras = Extras { remaining: Some(Duration::ZERO), depth: 1, metadata, given };
            if extras.check(frame).is_ok() {
                let mut bytes = Vec::new();
                extras.write(&mut bytes);
                assert!(bytes.len() <= frame / 2);
                assert!(Extensions::parse(&bytes).is_ok());
            } else {
                assert!(most > 0, "nothing fits {frame}");
            }
        }
    }
}

#[test]
fn the_sender_says_what_does_not_fit() {
    let given = Given::<()> { streams: ids(3000), returned: ids(2000), ..Given::default() };
    let extras = Extras { given, ..Extras::default() };
    let why = "carry 5000 streams and handles; one message takes up to 4092";
    assert_eq!(extras.check(65_536).unwrap_err(), why);
    let extras = Extras::<()> { metadata: vec![("k".to_owned(), "v".repeat(9000))], ..Extras::default() };
    let why = "carry 1 pairs of metadata of 9001 bytes; one message takes up to 64 of 8192";
    assert_eq!(extras.check(65_536).unwrap_err(), why);
}
