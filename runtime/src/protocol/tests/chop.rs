//! A byte stream means the same however it is cut into reads.

use proptest::prelude::*;

use super::*;

/// Frames of an honest peer: requests and replies, whole and in interleaved chunks, with
/// extensions, notices and unknown kinds that may be skipped between them.
fn honest_stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        (1..20_u64, prop::collection::vec(any::<u8>(), 0..256)).prop_map(|(call, body)| frame(0x01, 0, call, &body)),
        (1..20_u64, prop::collection::vec(any::<u8>(), 0..100)).prop_map(|(call, body)| {
            let extended = [&[5, 0, 99, 0, 1, 0, 7][..], &body].concat();
            frame(0x02, 0b101, call, &extended)
        }),
        (1..20_u64).prop_map(|call| {
            let chunk = |kind, flags, byte| frame(kind, flags, call, &[byte; 200]);
            [
                chunk(0x01, MORE, b'q'),
                chunk(0x02, MORE, b'v'),
                frame(0x30, 0, 0, b""),
                chunk(0x01, MORE, b'r'),
                chunk(0x02, 0, b'w'),
                chunk(0x01, 0, b's'),
            ]
            .concat()
        }),
        Just(frame(0x7f, 0b1_0000, 0, b"from the future")),
        Just(frame(0x38, 1, 0, br#"{"drain_ms":5000}"#)),
        Just(frame(0x30, 0, 9, b"")),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_cut_of_a_stream_gives_the_same_messages(
        stream in honest_stream(),
        cuts in prop::collection::vec(1..300_usize, 1..50),
        ahead in 0..100_usize,
    ) {
        let limits = small_limits();
        let mut at_once = Incoming::new(limits, &stream);
        let expected = messages(&mut at_once).unwrap();
        prop_assert!(!at_once.is_mid_frame());

        let (ahead, mut rest) = stream.split_at(ahead.min(stream.len()));
        let mut incoming = Incoming::new(limits, ahead);
        let mut found = messages(&mut incoming).unwrap();
        let mut cuts = cuts.iter().cycle();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(cuts.next().unwrap().min(&rest.len()).to_owned());
            feed(&mut incoming, now);
            // Whoever reads need not look after each read.
            if now.len() % 3 != 0 || later.is_empty() {
                found.extend(messages(&mut incoming).unwrap());
            }
            rest = later;
        }
        prop_assert_eq!(found, expected);
        prop_assert!(!incoming.is_mid_frame());
        prop_assert_eq!(incoming.held(), (0, 0));
    }

    #[test]
    fn a_violation_is_the_same_however_it_arrives(
        stream in honest_stream(),
        wrong in prop::sample::select(vec![
            frame(0x07, 0, 0, b""),
            frame(0x01, 0x80, 0, b""),
            frame(0x01, 0, 0, &[0; 257]),
            frame(0x30, 0, 0, b"x"),
        ]),
        cut in 1..50_usize,
    ) {
        let stream = [stream, wrong].concat();
        let limits = small_limits();
        let expected = messages(&mut Incoming::new(limits, &stream)).unwrap_err();
        let mut incoming = Incoming::new(limits, &[]);
        let mut found = None;
        for piece in stream.chunks(cut) {
            feed(&mut incoming, piece);
            if let Err(violation) = messages(&mut incoming) {
                found = Some(violation);
                break;
            }
        }
        prop_assert_eq!(found, Some(expected));
    }
}

#[test]
fn a_stream_byte_by_byte() {
    let stream = [frame(0x01, MORE, 1, b"ab"), frame(0x30, 0, 0, b""), frame(0x01, 0, 1, b"c")].concat();
    let mut incoming = Incoming::new(small_limits(), &[]);
    let mut found = Vec::new();
    for (at, byte) in stream.iter().enumerate() {
        feed(&mut incoming, &[*byte]);
        found.extend(messages(&mut incoming).unwrap());
        let boundary = [26, 50, 75].contains(&(at + 1));
        assert_eq!(incoming.is_mid_frame(), !boundary, "after byte {at}");
    }
    let payloads: Vec<_> = found.iter().map(|message| &message.payload[..]).collect();
    assert_eq!(payloads, [&b""[..], b"abc"]);
}
