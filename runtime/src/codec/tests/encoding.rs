//! What is written, and what cannot be.

use std::collections::{BTreeMap, VecDeque};

use serde::ser::{Error, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};

use super::super::{Arguments, encode_arguments};
use super::*;

fn encode_refusal<T: Serialize>(codec: Codec, value: &T) -> String {
    let mut out = b"before".to_vec();
    let error = encode(codec, value, &mut out).expect_err("a refusal");
    assert_eq!(out, b"before", "what was there before is there still");
    error.to_string()
}

#[derive(Serialize)]
struct Blob {
    id: u32,
    data: Vec<u8>,
}

#[test]
fn bytes_in_bulk_are_the_bytes_of_plain_postcard() {
    fn check<T: Serialize>(value: T) {
        assert_eq!(encoded(Codec::Postcard, &value), postcard::to_allocvec(&value).unwrap());
    }
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    check(&bytes[..]);
    check(Blob { id: 7, data: bytes.clone() });
    check(Some(bytes.iter().copied().collect::<VecDeque<u8>>()));
    check(vec![vec![1u8], vec![], bytes.clone()]);
    check(bytes::Bytes::from(bytes));
    check([1u8, 2, 3]);
    check(vec![1i8, -1]);
}

#[test]
fn numbers_from_an_iterator_are_written_one_by_one() {
    struct Numbers;
    impl Serialize for Numbers {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq([300u16, 2].iter())
        }
    }
    assert_eq!(encoded(Codec::Postcard, &Numbers), postcard::to_allocvec(&vec![300u16, 2]).unwrap());
}

#[derive(Serialize)]
struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    nick: Option<String>,
    age: u8,
}

#[test]
fn a_field_left_out_is_an_error_in_postcard_and_none_in_json() {
    let value = BTreeMap::from([("p", Some(vec![Profile { nick: None, age: 1 }]))]);
    assert_eq!(
        encode_refusal(Codec::Postcard, &value),
        "field `[0][0].nick`: `Profile` leaves it out (`skip_serializing_if`), \
         and postcard cannot carry a struct with a field left out"
    );
    assert_eq!(encoded(Codec::Json, &value), br#"{"p":[{"age":1}]}"#);
    assert!(encode(Codec::Postcard, &Profile { nick: Some(String::new()), age: 1 }, &mut Vec::new()).is_ok());
}

#[test]
fn a_flattened_struct_is_an_error_in_words() {
    #[derive(Serialize)]
    struct Outer {
        list: Vec<Flat>,
    }
    #[derive(Serialize)]
    struct Flat {
        #[serde(flatten)]
        more: BTreeMap<String, u8>,
    }
    let said = encode_refusal(Codec::Postcard, &Outer { list: vec![Flat { more: BTreeMap::new() }] });
    assert!(said.starts_with("field `list[0]`: postcard needs the length before the elements"), "{said}");
}

#[test]
fn a_sequence_of_unknown_or_wrong_length_is_an_error_in_words() {
    struct Odd;
    impl Serialize for Odd {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq((0..9).filter(|n| n % 2 == 1))
        }
    }
    struct Short;
    impl Serialize for Short {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut elements = serializer.serialize_seq(Some(3))?;
            elements.serialize_element(&1)?;
            elements.end()
        }
    }
    assert!(encode_refusal(Codec::Postcard, &Odd).contains("needs the length"));
    assert!(encode_refusal(Codec::Postcard, &Short).contains("announced 3 elements and wrote 1"));
    assert_eq!(encoded(Codec::Json, &Odd), b"[1,3,5,7]");
}

#[test]
fn what_a_type_says_about_itself_reaches_the_caller() {
    struct Closed;
    impl Serialize for Closed {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("the door is closed"))
        }
    }
    #[derive(Serialize)]
    enum House {
        Small { door: Closed },
        Large(Vec<Closed>),
    }
    let small = House::Small { door: Closed };
    assert_eq!(encode_refusal(Codec::Postcard, &small), "field `Small.door`: the door is closed");
    let large = House::Large(vec![Closed]);
    assert_eq!(encode_refusal(Codec::Postcard, &large), "field `Large[0]`: the door is closed");
    assert_eq!(encode_refusal(Codec::Json, &large), "the door is closed");
}

fn arguments_of<T: Serialize>(codec: Codec, arguments: T) -> Vec<u8> {
    let mut out = b"head".to_vec();
    encode_arguments(codec, &arguments, &mut out).unwrap();
    out.split_off(4)
}

#[test]
fn arguments_are_a_tuple_in_postcard_and_an_array_in_json() {
    assert_eq!(arguments_of(Codec::Postcard, ()), b"");
    assert_eq!(arguments_of(Codec::Json, ()), b"[]");
    assert_eq!(arguments_of(Codec::Json, ("a\"", None::<u8>)), br#"["a\"",null]"#);
    assert_eq!(arguments_of(Codec::Json, ((),)), b"[null]");
    assert_eq!(arguments_of(Codec::Postcard, ("a", 300u16)), [1, b'a', 0xac, 2]);
}

#[test]
fn no_arguments_are_taken_in_both_codecs() {
    for codec in BOTH {
        Arguments::new(codec, &arguments_of(codec, ()), BUDGET).finish().unwrap();
    }
}

#[test]
fn borrowed_arguments_stay_in_the_frame() {
    let bytes = arguments_of(Codec::Postcard, ("text", Some(&b"blob"[..]), Some("more"), None::<&str>));
    let mut arguments = Arguments::new(Codec::Postcard, &bytes, BUDGET);
    let inside = |pointer: *const u8| bytes.as_ptr_range().contains(&pointer);
    let text = arguments.next::<str>().unwrap();
    assert!(inside(borrow::<str>(&text).as_ptr()));
    let blob = arguments.next_optional::<[u8]>().unwrap().unwrap();
    assert_eq!(borrow::<[u8]>(&blob), b"blob");
    assert!(inside(borrow::<[u8]>(&blob).as_ptr()));
    assert_eq!(borrow::<str>(&arguments.next_optional::<str>().unwrap().unwrap()), "more");
    assert!(arguments.next_optional::<str>().unwrap().is_none());
    arguments.finish().unwrap();
}

#[test]
fn a_borrowed_text_with_escapes_arrives_in_json() {
    let bytes = br#" [ "plain" , "a\"\u00e9" , [1,2] ] "#;
    let mut arguments = Arguments::new(Codec::Json, bytes, BUDGET);
    assert_eq!(borrow::<str>(&arguments.next::<str>().unwrap()), "plain");
    assert_eq!(borrow::<str>(&arguments.next::<str>().unwrap()), "a\"é");
    assert_eq!(borrow::<[u8]>(&arguments.next::<[u8]>().unwrap()), [1, 2]);
    arguments.finish().unwrap();
}

#[test]
fn too_few_and_too_many_arguments_are_refused_with_their_number() {
    let bytes = arguments_of(Codec::Json, (1, 2));
    let mut arguments = Arguments::new(Codec::Json, &bytes, BUDGET);
    arguments.next::<u8>().unwrap();
    arguments.next::<u8>().unwrap();
    assert_eq!(arguments.next::<u8>().unwrap_err().to_string(), "only 2 arguments were sent");
    let mut arguments = Arguments::new(Codec::Json, &bytes, BUDGET);
    arguments.next::<u8>().unwrap();
    assert_eq!(arguments.finish().unwrap_err().to_string(), "more than 1 arguments");
    let bytes = arguments_of(Codec::Postcard, (1u8, 2u8));
    let mut arguments = Arguments::new(Codec::Postcard, &bytes, BUDGET);
    arguments.next::<u8>().unwrap();
    assert_eq!(arguments.finish().unwrap_err().to_string(), "1 bytes are left over");
}

#[test]
fn arguments_that_are_no_array_are_refused() {
    for bytes in [&b""[..], b"{}", b"null", b"[", b"[,1]", b"[1", b"[1 2]", b"[1,]", b"[1,2]x"] {
        let mut arguments = Arguments::new(Codec::Json, bytes, BUDGET);
        let taken = arguments.next::<u8>().and_then(|_| arguments.next::<u8>());
        let refused = taken.and_then(|_| arguments.finish()).is_err();
        assert!(refused, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_panic_in_a_value_leaves_the_buffer_usable() {
    #[derive(Deserialize)]
    struct Bomb;
    impl Serialize for Bomb {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("as tested")
        }
    }
    let mut out = b"before".to_vec();
    let run = std::panic::AssertUnwindSafe(|| encode(Codec::Postcard, &(1u8, Bomb), &mut out));
    assert!(std::panic::catch_unwind(run).is_err());
    out.truncate(6);
    encode(Codec::Postcard, &2u8, &mut out).unwrap();
    assert_eq!(out, b"before\x02");
}
