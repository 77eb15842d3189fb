//! The attacks that length limits do not stop, and the others that decoders have seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, Deserialize)]
enum Nest {
    #[expect(dead_code, reason = "only its shape matters")]
    Node(Box<Nest>),
    Leaf,
}

#[derive(Debug, Deserialize)]
struct Chain(#[expect(dead_code, reason = "only its shape matters")] Option<Box<Chain>>);

#[derive(Debug, Deserialize)]
struct Branch {
    #[expect(dead_code, reason = "only its shape matters")]
    children: Vec<Branch>,
}

#[derive(Debug, Default, Deserialize)]
struct Skipped {
    #[serde(skip)]
    #[expect(dead_code, reason = "only its size matters")]
    memory: u8,
}

/// Runs on a stack as small as tokio's threads have.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

#[test]
fn boxes_nested_100_000_deep_are_stopped_before_the_stack_ends() {
    on_a_small_stack(|| {
        let limit = "nested deeper than the limit, 128 levels";
        assert!(refusal::<Nest>(Codec::Postcard, &[0; 100_000]).contains(limit));
        assert!(refusal::<Chain>(Codec::Postcard, &[1; 100_000]).contains(limit));
        assert!(refusal::<Branch>(Codec::Postcard, &[1; 100_000]).contains(limit));
        let json = r#"{"Node":"#.repeat(100_000);
        assert!(refusal::<Nest>(Codec::Json, json.as_bytes()).contains(limit));
        let json = r#"{"children":["#.repeat(100_000);
        assert!(refusal::<Branch>(Codec::Json, json.as_bytes()).contains(limit));
        let json = "[".repeat(100_000);
        assert!(refusal::<serde_json::Value>(Codec::Json, json.as_bytes()).contains("128 levels"));
    });
}

#[test]
fn deep_json_that_nobody_asked_for_is_stopped_before_the_stack_ends() {
    on_a_small_stack(|| {
        #[derive(Debug, Deserialize)]
        struct Empty {}
        let json = format!(r#"{{"unknown":{}"#, "[".repeat(100_000));
        refusal::<Empty>(Codec::Json, json.as_bytes());
        let json = format!("[{}", "[".repeat(100_000));
        let mut arguments = super::super::Arguments::new(Codec::Json, json.as_bytes(), BUDGET);
        assert!(arguments.next::<Branch>().is_err());
    });
}

#[test]
fn a_depth_within_the_limit_is_decoded() {
    let mut bytes = vec![0; 120];
    bytes.push(1);
    assert!(matches!(decode::<Nest>(Codec::Postcard, &bytes, BUDGET), Ok(Nest::Node(_))));
    assert!(matches!(decode::<Nest>(Codec::Postcard, &[1], BUDGET), Ok(Nest::Leaf)));
}

#[test]
fn a_small_message_of_large_values_is_stopped() {
    let mut bytes = varint(1 << 20);
    bytes.resize((1 << 20) + 3, 0);
    let limit = "more memory than the limit for one message, 268435456 bytes";
    assert!(refusal::<Vec<Option<[u64; 32]>>>(Codec::Postcard, &bytes).contains(limit));
    assert!(refusal::<Vec<Box<Option<[u64; 32]>>>>(Codec::Postcard, &bytes).contains(limit));
    let json = format!("[{}null]", "null,".repeat(1 << 20));
    assert!(refusal::<Vec<Box<Option<[u64; 32]>>>>(Codec::Json, json.as_bytes()).contains(limit));
}

#[test]
fn maps_of_one_entry_are_charged_with_the_node_that_they_allocate() {
    let mut bytes = varint(100_000);
    bytes.extend([&[1, 7][..], &[0; 32]].concat().repeat(100_000));
    let said = refusal::<Vec<BTreeMap<u8, [u64; 32]>>>(Codec::Postcard, &bytes);
    assert!(said.contains("more memory than the limit"), "{said}");
}

#[test]
fn a_flood_of_elements_without_content_is_stopped() {
    let limit = "more elements without content than the limit, 4000000";
    assert!(refusal::<Vec<()>>(Codec::Postcard, &varint(u64::MAX)).contains(limit));
    assert!(refusal::<BTreeSet<()>>(Codec::Postcard, &varint(1 << 30)).contains(limit));
    assert!(refusal::<Vec<PhantomData<u8>>>(Codec::Postcard, &varint(1 << 40)).contains(limit));
    assert!(refusal::<Vec<Skipped>>(Codec::Postcard, &varint(1 << 40)).contains(limit));
    assert!(refusal::<HashMap<(), ()>>(Codec::Postcard, &varint(1 << 40)).contains(limit));
    assert!(refusal::<Vec<((), [(); 2])>>(Codec::Postcard, &varint(1 << 40)).contains(limit));
}

#[test]
fn elements_with_content_are_not_counted() {
    let few = Budget { elements: 2, ..BUDGET };
    #[derive(Serialize, Deserialize)]
    struct Marked(u8, PhantomData<u64>, ());
    let items: Vec<_> = (0..100).map(|n| Marked(n, PhantomData, ())).collect();
    for codec in BOTH {
        let bytes = encoded(codec, &items);
        assert_eq!(decode::<Vec<Marked>>(codec, &bytes, few).unwrap().len(), 100);
        let bytes = encoded(codec, &vec![vec![(); 1], vec![]]);
        assert_eq!(decode::<Vec<Vec<()>>>(codec, &bytes, few).unwrap().len(), 2);
    }
    assert!(decode::<Vec<()>>(Codec::Json, b"[null,null,null]", few).is_ok());
    assert!(decode::<Vec<()>>(Codec::Postcard, &[3], few).is_err());
}

#[test]
fn an_announced_length_without_a_body_is_refused_at_once() {
    let huge = varint(1 << 60);
    assert!(refusal::<String>(Codec::Postcard, &huge).contains("ends too early"));
    assert!(refusal::<Vec<u8>>(Codec::Postcard, &huge).contains("ends too early"));
    assert!(refusal::<Vec<u64>>(Codec::Postcard, &huge).contains("ends too early"));
    assert!(refusal::<HashMap<u64, u64>>(Codec::Postcard, &huge).contains("ends too early"));
}

#[test]
fn texts_and_buffers_are_charged_by_their_length() {
    let tight = Budget { bytes: 100, ..BUDGET };
    for codec in BOTH {
        assert!(decode::<String>(codec, &encoded(codec, &"x".repeat(101)), tight).is_err());
        assert!(decode::<Vec<u8>>(codec, &encoded(codec, &vec![0u8; 101]), tight).is_err());
        assert!(decode::<String>(codec, &encoded(codec, "short"), tight).is_ok());
    }
}

#[test]
fn one_budget_holds_for_all_arguments_of_a_request() {
    let tight = Budget { bytes: 100, ..BUDGET };
    let bytes = encoded(Codec::Postcard, &("x".repeat(40), "y".repeat(40)));
    let mut arguments = super::super::Arguments::new(Codec::Postcard, &bytes, tight);
    assert!(arguments.next::<String>().is_ok());
    assert!(arguments.next::<String>().is_err());
}

#[test]
fn bytes_after_the_value_are_refused() {
    assert_eq!(refusal::<u8>(Codec::Postcard, &[1, 2, 3]), "2 bytes are left over");
    assert_eq!(refusal::<Vec<u8>>(Codec::Postcard, &[1, 2, 3]), "1 bytes are left over");
    assert_eq!(refusal::<()>(Codec::Postcard, &[0]), "1 bytes are left over");
    assert!(refusal::<u8>(Codec::Json, b"1 2").contains("trailing characters"));
    assert!(decode::<u8>(Codec::Json, b" 1 ", BUDGET).is_ok());
}
