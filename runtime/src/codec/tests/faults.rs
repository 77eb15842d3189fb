//! What a refusal says.

use std::collections::BTreeMap;
use std::num::NonZeroU8;

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    items: Vec<Item>,
    notes: BTreeMap<String, NonZeroU8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Item {
    id: u8,
    name: String,
    kind: Kind,
}

#[derive(Debug, Serialize, Deserialize)]
enum Kind {
    Plain,
    Sized { width: bool },
    Boxed(Box<bool>),
    Both(bool, bool),
}

/// The same shape with values that [`Order`] refuses.
type Loose = (Vec<(u8, Vec<u8>, (u8, u8))>, BTreeMap<String, u8>);

fn order_refusal(loose: Loose) -> String {
    refusal::<Order>(Codec::Postcard, &encoded(Codec::Postcard, &loose))
}

#[test]
fn a_refusal_names_the_field() {
    let good = (0, b"good".to_vec(), (2, 1));
    let bad_text = (0, vec![0xff], (2, 1));
    assert_eq!(order_refusal((vec![good.clone(), bad_text], BTreeMap::new())), "field `items[1].name`: invalid UTF-8");
    for (variant, place) in [(1, "Sized.width"), (2, "Boxed"), (3, "Both[0]")] {
        assert_eq!(
            order_refusal((vec![good.clone(), (0, vec![], (variant, 9))], BTreeMap::new())),
            format!("field `items[1].kind.{place}`: a bool is neither 0 nor 1")
        );
    }
}

#[test]
fn a_refusal_keeps_what_the_type_said_and_names_the_key() {
    let zero = BTreeMap::from([("fine".to_owned(), 1), ("none".to_owned(), 0)]);
    let said = "invalid value: integer `0`, expected a nonzero u8";
    assert_eq!(order_refusal((vec![], zero)), format!(r#"field `notes["none"]`: {said}"#));
    let json = br#"{"items":[],"notes":{"fine":1,"none":0}}"#;
    assert_eq!(refusal::<Order>(Codec::Json, json), format!(r#"field `notes["none"]`: {said}"#));
}

#[test]
fn a_refusal_in_json_names_the_field() {
    let json = br#"{"notes":{},"items":[{"id":1,"name":7,"kind":"Plain"}]}"#;
    let said = refusal::<Order>(Codec::Json, json);
    assert!(said.starts_with("field `items[0].name`: invalid type: integer `7`, expected a string"), "{said}");
    let json = br#"{"notes":{},"items":[{"id":1,"name":"","kind":{"Sized":{"width":3}}}]}"#;
    let said = refusal::<Order>(Codec::Json, json);
    assert!(said.starts_with("field `items[0].kind.Sized.width`: invalid type"), "{said}");
    let said = refusal::<Order>(Codec::Json, br#"{"items":[]}"#);
    assert!(said.contains("missing field `notes`"), "{said}");
}

#[test]
fn an_unknown_variant_says_which_are_known() {
    let said = order_refusal((vec![(0, vec![], (9, 0))], BTreeMap::new()));
    assert!(said.starts_with("field `items[0].kind`: invalid value: integer `9`"), "{said}");
}

#[test]
fn a_type_that_must_look_first_is_refused_in_words() {
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Either {
        #[expect(dead_code, reason = "only its shape matters")]
        Number(u8),
    }
    assert!(refusal::<Either>(Codec::Postcard, &[1]).contains("`untagged`"));
    assert!(refusal::<serde_json::Value>(Codec::Postcard, &[1]).contains("`serde_json::Value`"));
    assert!(refusal::<serde::de::IgnoredAny>(Codec::Postcard, &[1]).contains("look at the data first"));
    assert!(decode::<Either>(Codec::Json, b"1", BUDGET).is_ok());
}

#[test]
fn a_peer_cannot_make_an_error_long() {
    let json = format!(r#""{}""#, "x".repeat(1 << 20));
    assert!(refusal::<Kind>(Codec::Json, json.as_bytes()).len() < 1200);
    let json = format!(r#"{{"items":[],"notes":{{"{}":0}}}}"#, "x".repeat(1 << 20));
    assert!(refusal::<Order>(Codec::Json, json.as_bytes()).len() < 200);
}
