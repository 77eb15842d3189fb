//! Arbitrary bytes: no panic, and no more memory than the limits allow.

use proptest::prelude::*;

use crate::error::{Error, ErrorKind};
use crate::protocol::handshake::{Handshake, Side};
use crate::protocol::hello::{About, Hello};

use super::*;

/// Frames that are nearly right: known kinds, low ids, any flags that parse.
fn nearly_frames() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop::sample::select(vec![
        0x01, 0x01, 0x01, 0x02, 0x03, 0x04, 0x05, 0x05, 0x10, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x30, 0x31,
        0x38, 0x39, 0x32, 0x7f,
    ]);
    let flags = prop::sample::select(vec![0, 0, 1, MORE, MORE, MORE | 1, 0b1_0000, 0b100, 0b1100]);
    let body = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 0..256),
        Just(br#"{"kind":"panicked"}"#.to_vec()),
        Just(br#"{"drain_ms":1}"#.to_vec()),
        Just(vec![5, 0, 9, 0, 1, 0, 7]),
        (1..8_u8).prop_map(|stream| vec![12, 0, 5, 0, 8, 0, stream, 0, 0, 0, 0, 0, 0, 0]),
        (0..8_u8).prop_map(|object| vec![12, 0, 6, 0, 8, 0, object, 0, 1, 0, 0, 0, 0, 0]),
        Just(br#"{"messages":["why"]}"#.to_vec()),
    ];
    let one = (kind, flags, 0..12_u64, body).prop_map(|(kind, flags, call, body)| frame(kind, flags, call, &body));
    prop::collection::vec(one, 0..60).prop_map(|frames| frames.concat())
}

/// A session with two calls of its own that reads `bytes` in pieces and answers every second call.
fn read(bytes: &[u8], piece: usize) {
    let limits = small_limits();
    let mut session = session(limits);
    request(&mut session, b"one");
    let abandoned = request(&mut session, b"two");
    output(&mut session);
    session.abandon(abandoned);
    let mut incoming = Incoming::new(limits, &[]);
    for piece in bytes.chunks(piece) {
        feed(&mut incoming, piece);
        loop {
            match incoming.next().map(|message| message.map(|message| session.accept(message))) {
                Ok(Some(Ok(Event::Run(run)))) if run.call % 2 == 0 => reply(&mut session, run.call, &[0; 300]),
                Ok(Some(Ok(_))) => {}
                Ok(None) => break,
                Ok(Some(Err(_))) | Err(_) => {
                    session.end(Error::new(ErrorKind::Disconnected, "it broke the protocol"));
                    return;
                }
            }
            check_bounds(&session, &incoming);
        }
    }
}

fn check_bounds(session: &Numbered, incoming: &Incoming) {
    let limits = small_limits();
    let (unfinished, held) = incoming.held();
    assert!(unfinished <= 2 * limits.calls + limits.streams && held <= limits.reassembly);
    assert!(session.serving() <= limits.calls && session.in_flight() <= 2);
    let (streams, _) = session.open_streams();
    assert!(streams <= limits.streams && session.imports() <= limits.handles);
    // A vector that grows by doubling, and the read buffer, which one read may double.
    assert!(incoming.memory() <= 2 * limits.reassembly + (256 << 10), "{}", incoming.memory());
    let answers = 2 * limits.calls + 16 + limits.calls;
    assert!(session.waiting_bytes() <= answers * (HEADER + 300), "{}", session.waiting_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_break_nothing(bytes in prop::collection::vec(any::<u8>(), 0..2000), piece in 1..500_usize) {
        read(&bytes, piece);
    }

    #[test]
    fn nearly_right_frames_break_nothing(bytes in nearly_frames(), piece in 1..500_usize) {
        read(&bytes, piece);
    }

    #[test]
    fn arbitrary_bytes_break_no_handshake(
        stray in prop::collection::vec(any::<u8>(), 0..100),
        magic in any::<bool>(),
        length in prop_oneof![any::<u32>(), 0..200_u32],
        hello in prop::collection::vec(any::<u8>(), 0..200),
        host in any::<bool>(),
        piece in 1..100_usize,
    ) {
        let side = if host { Side::Host } else { Side::Plugin };
        let limits = Limits { hello: 100, stray: 50, ..Limits::default() };
        let ours = Hello::new(About::default(), vec![], vec![], limits.announced());
        let mut handshake = Handshake::new(side, &ours, limits);
        let magic = if magic { &b"\xfeOUTBRD<"[..] } else { b"\xfeOUTBRD>" };
        let bytes = [&stray, magic, &length.to_le_bytes(), &hello].concat();
        for piece in bytes.chunks(piece) {
            if handshake.feed(piece).is_err() {
                return Ok(());
            }
        }
        let _ = handshake.ended().to_string();
    }
}

#[test]
fn what_a_frame_announces_is_not_reserved() {
    let limits = Limits::default();
    let mut header = frame(0x01, MORE, 1, b"");
    header[..4].copy_from_slice(&65_536_u32.to_le_bytes());
    let mut incoming = Incoming::new(limits, &header);
    assert_eq!(incoming.next(), Ok(None));
    assert!(incoming.memory() < 1024, "{}", incoming.memory());
}

#[test]
fn a_long_connection_reads_into_the_same_memory() {
    let limits = Limits::default();
    let mut incoming = Incoming::new(limits, &[]);
    let bytes = [frame(0x01, 0, 1, &[0; 1000]), frame(0x02, MORE, 1, &[0; 60_000]), frame(0x02, 0, 1, &[0; 60_000])];
    let bytes = bytes.concat();
    for _ in 0..1000 {
        for piece in bytes.chunks(7919) {
            feed(&mut incoming, piece);
            while incoming.next().unwrap().is_some() {}
        }
        assert!(incoming.memory() <= 512 << 10, "{}", incoming.memory());
    }
}

#[test]
fn ids_that_share_their_low_bits_do_not_share_a_bucket() {
    use std::hash::BuildHasher;
    let hasher = crate::protocol::table::IdHasher::default();
    let mut buckets: Vec<_> = (1..=1024_u64).map(|id| hasher.hash_one(id << 48) % 4096).collect();
    buckets.sort_unstable();
    buckets.dedup();
    assert!(buckets.len() > 512, "{} buckets for 1,024 ids", buckets.len());
}
