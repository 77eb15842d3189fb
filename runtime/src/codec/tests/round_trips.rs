//! Values that come back as they went, and bytes that are no values.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;

use bytes::Bytes;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::{Arguments, encode_arguments};
use super::*;

/// Every way in which serde can ask for something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Zoo {
    truth: bool,
    small: (u8, i8, u16, i16),
    wide: (u32, i32, u64, i64),
    huge: (u128, i128),
    real: (f32, f64),
    letter: char,
    text: String,
    blob: Vec<u8>,
    bytes: Bytes,
    nothing: (),
    unit: Unit,
    id: Id,
    pair: Pair,
    maybe: Option<Box<Zoo>>,
    shapes: Vec<Shape>,
    names: BTreeMap<String, Vec<Option<u32>>>,
    by_number: HashMap<u32, Shape>,
    set: BTreeSet<i64>,
    array: [u16; 4],
    outcome: Result<u8, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Id(u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pair(String, Id);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i32, i32),
    Box { width: u8, tags: Vec<String> },
    Group(Vec<Shape>),
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Point),
        (-1e9..1e9).prop_map(Shape::Circle),
        any::<(i32, i32)>().prop_map(|(a, b)| Shape::Line(a, b)),
        (any::<u8>(), prop::collection::vec(".{0,8}", 0..3)).prop_map(|(width, tags)| Shape::Box { width, tags }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Shape::Group))
}

fn plain_zoo() -> impl Strategy<Value = Zoo> {
    let numbers = (any::<(u8, i8, u16, i16)>(), any::<(u32, i32, u64, i64)>(), any::<(u128, i128)>());
    let reals = (-1e9f32..1e9, -1e99..1e99);
    let texts = (any::<char>(), ".{0,40}", any::<Vec<u8>>());
    let lists = (
        prop::collection::vec(shape(), 0..4),
        prop::collection::btree_map(".{0,5}", any::<Vec<Option<u32>>>(), 0..3),
        prop::collection::hash_map(any::<u32>(), shape(), 0..3),
        any::<BTreeSet<i64>>(),
    );
    let rest = (any::<bool>(), any::<[u16; 4]>(), any::<Result<u8, String>>());
    (numbers, reals, texts, lists, rest).prop_map(|(numbers, real, texts, lists, rest)| Zoo {
        truth: rest.0,
        small: numbers.0,
        wide: numbers.1,
        huge: numbers.2,
        real,
        letter: texts.0,
        text: texts.1.clone(),
        blob: texts.2.clone(),
        bytes: texts.2.into(),
        nothing: (),
        unit: Unit,
        id: Id(numbers.1.2),
        pair: Pair(texts.1, Id(7)),
        maybe: None,
        shapes: lists.0,
        names: lists.1,
        by_number: lists.2,
        set: lists.3,
        array: rest.1,
        outcome: rest.2,
    })
}

fn zoo() -> impl Strategy<Value = Zoo> {
    plain_zoo().prop_recursive(3, 4, 1, |inner| {
        (plain_zoo(), inner).prop_map(|(outer, inner)| Zoo { maybe: Some(Box::new(inner)), ..outer })
    })
}

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug + 'static>(value: &T) {
    for codec in BOTH {
        let bytes = encoded(codec, value);
        assert_eq!(&decode::<T>(codec, &bytes, BUDGET).unwrap(), value, "{codec:?}");
    }
    assert_eq!(encoded(Codec::Postcard, value), postcard::to_allocvec(value).unwrap());
}

proptest! {
    #[test]
    fn any_value_comes_back_in_both_codecs_and_postcard_is_plain_postcard(value in zoo()) {
        check(&value);
        check(&vec![value]);
    }

    #[test]
    fn a_truncated_message_is_refused(value in zoo(), cut in any::<prop::sample::Index>()) {
        for codec in BOTH {
            let bytes = encoded(codec, &value);
            let part = &bytes[..cut.index(bytes.len())];
            prop_assert!(decode::<Zoo>(codec, part, BUDGET).is_err());
        }
    }

    #[test]
    fn a_damaged_message_decodes_or_is_refused(value in zoo(), at in any::<prop::sample::Index>(), byte: u8) {
        for codec in BOTH {
            let mut bytes = encoded(codec, &value);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = decode::<Zoo>(codec, &bytes, BUDGET);
        }
    }

    #[test]
    fn arbitrary_bytes_decode_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for codec in BOTH {
            let _ = decode::<Zoo>(codec, &bytes, BUDGET);
            let _ = decode::<Vec<Shape>>(codec, &bytes, BUDGET);
            let _ = decode::<serde_json::Value>(codec, &bytes, BUDGET);
            let _ = decode::<Option<Bytes>>(codec, &bytes, BUDGET);
            let mut arguments = Arguments::new(codec, &bytes, BUDGET);
            let _ = arguments.next::<str>();
            let _ = arguments.next_optional::<[u8]>();
            let _ = arguments.next::<[Shape]>();
            let _ = arguments.finish();
        }
    }

    #[test]
    fn what_was_decoded_was_charged(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let budget = Budget { bytes: 4096, ..BUDGET };
        if let Ok(lists) = decode::<Vec<Vec<Option<Box<[u64; 8]>>>>>(Codec::Postcard, &bytes, budget) {
            let inner: usize = lists.iter().flatten().map(|item| 8 + item.as_ref().map_or(0, |_| 64)).sum();
            prop_assert!(lists.len() * 24 + inner <= budget.bytes);
        }
    }

    #[test]
    fn any_arguments_come_back_in_both_codecs(text in ".{0,20}", blob: Vec<u8>, maybe: Option<Vec<u8>>, value in zoo()) {
        for codec in BOTH {
            let mut bytes = Vec::new();
            encode_arguments(codec, &(&text, &blob, &maybe, &value), &mut bytes).unwrap();
            let mut arguments = Arguments::new(codec, &bytes, BUDGET);
            let kept = arguments.next::<str>().unwrap();
            prop_assert_eq!(borrow::<str>(&kept), &text);
            let kept = arguments.next::<[u8]>().unwrap();
            prop_assert_eq!(borrow::<[u8]>(&kept), &blob);
            prop_assert_eq!(arguments.next::<Option<Vec<u8>>>().unwrap(), maybe.clone());
            prop_assert_eq!(arguments.next::<Zoo>().unwrap(), value.clone());
            arguments.finish().unwrap();
        }
    }
}

#[test]
fn whole_byte_buffers_come_back() {
    check(&vec![0u8, 255, 7]);
    check(&Bytes::from_static(b"bytes"));
    check(&Some(Bytes::new()));
    check(&None::<Vec<u8>>);
    check(&Some(vec![1u8; 70_000]));
}

#[test]
fn types_of_the_standard_library_come_back() {
    use std::net::{IpAddr, Ipv6Addr, SocketAddr};
    use std::time::{Duration, SystemTime};

    check(&(IpAddr::from([127, 0, 0, 1]), Ipv6Addr::LOCALHOST, SocketAddr::from(([1, 2, 3, 4], 5))));
    check(&(Duration::from_nanos(1_000_000_007), SystemTime::UNIX_EPOCH + Duration::from_secs(9)));
    check(&(std::path::PathBuf::from("/a/b"), Box::<str>::from("boxed"), std::borrow::Cow::Borrowed("lent")));
    check(&(1..5u8, std::num::Wrapping(3i8), std::num::NonZeroI128::MIN, std::ops::Bound::Included('ß')));
    check(&((), ((),), [[1u8; 2]; 3], Some(Box::new(Some(2u64)))));
    check(&BTreeMap::from([(-3i64, BTreeSet::from([Some(1)]))]));
}

#[test]
fn evolution_by_serde_attributes_works_in_json() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Newer {
        #[serde(alias = "old")]
        new: u8,
        #[serde(default)]
        added: Option<Vec<u8>>,
        #[serde(flatten)]
        more: BTreeMap<String, u8>,
    }
    let value: Newer = decode(Codec::Json, br#"{"old":1,"other":2}"#, BUDGET).unwrap();
    assert_eq!(value, Newer { new: 1, added: None, more: BTreeMap::from([("other".to_owned(), 2)]) });
    let raw: Box<serde_json::value::RawValue> = decode(Codec::Json, br#"{"a": [1]}"#, BUDGET).unwrap();
    assert_eq!(raw.get(), r#"{"a": [1]}"#);
    let free: serde_json::Value = decode(Codec::Json, br#"{"a":[1,{"b":null}],"c":1.5}"#, BUDGET).unwrap();
    assert_eq!(free.to_string(), r#"{"a":[1,{"b":null}],"c":1.5}"#);
}

#[test]
fn nothing_takes_no_bytes_in_postcard_and_is_null_in_json() {
    assert_eq!(encoded(Codec::Postcard, &()), b"");
    assert_eq!(encoded(Codec::Json, &()), b"null");
    check(&());
}

#[test]
fn codecs_keep_their_wire_bits() {
    for codec in BOTH {
        assert_eq!(Codec::from_bits(codec.bits()), Some(codec));
    }
    assert_eq!((Codec::Postcard.bits(), Codec::Json.bits()), (0, 1));
    assert_eq!(Codec::from_bits(2), None);
}
