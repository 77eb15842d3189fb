//! What the adapter costs beside plain postcard and serde_json. Run by hand:
//! `cargo test --release -p outboard codec::tests::speed -- --ignored --nocapture`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Serialize, Deserialize)]
struct Record {
    id: u64,
    name: String,
    tags: Vec<String>,
    position: Option<(f64, f64)>,
    state: State,
}

#[derive(Serialize, Deserialize)]
enum State {
    New,
    Seen { count: u32 },
    Done(i64),
}

#[derive(Serialize, Deserialize)]
struct Blob {
    id: u32,
    data: Vec<u8>,
}

fn records(count: u64) -> Vec<Record> {
    let record = |id| Record {
        id: id * 977,
        name: format!("record number {id}"),
        tags: vec!["first tag".to_owned(), "second".to_owned(), format!("{id}")],
        position: (id % 3 != 0).then_some((id as f64, -1.5)),
        state: match id % 3 {
            0 => State::New,
            1 => State::Seen { count: 12 },
            _ => State::Done(-77),
        },
    };
    (0..count).map(record).collect()
}

/// The fastest of many rounds, of either.
fn compare<A, B>(what: &str, plain: impl Fn() -> A, ours: impl Fn() -> B) {
    let once = |run: &dyn Fn()| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    let plain = || drop(black_box(plain()));
    let ours = || drop(black_box(ours()));
    let repeat = u32::try_from(Duration::from_millis(1).as_nanos() / once(&plain).as_nanos().max(20)).unwrap().max(1);
    let best = |run: &dyn Fn()| {
        let rounds = (0..300).map(|_| once(&|| (0..repeat).for_each(|_| run())));
        rounds.min().unwrap().as_nanos() as f64 / f64::from(repeat)
    };
    let (plain, ours) = (best(&plain), best(&ours));
    println!("{what:<28} plain {plain:>10.1} ns, ours {ours:>10.1} ns, ratio {:.2}", ours / plain);
}

fn compare_all<T: Serialize + DeserializeOwned + 'static>(what: &str, value: &T) {
    let bytes = encoded(Codec::Postcard, value);
    let json = encoded(Codec::Json, value);
    println!("{what}: {} bytes", bytes.len());
    compare(
        "  postcard encode",
        || postcard::to_extend(value, Vec::with_capacity(bytes.len())).unwrap(),
        || {
            let mut out = Vec::with_capacity(bytes.len());
            encode(Codec::Postcard, value, &mut out).unwrap();
            out
        },
    );
    compare(
        "  postcard decode",
        || postcard::from_bytes::<T>(black_box(&bytes)).unwrap(),
        || decode::<T>(Codec::Postcard, black_box(&bytes), BUDGET).unwrap(),
    );
    compare(
        "  json decode",
        || serde_json::from_slice::<T>(black_box(&json)).unwrap(),
        || decode::<T>(Codec::Json, black_box(&json), BUDGET).unwrap(),
    );
}

#[test]
#[ignore = "a measurement, to be read by a person"]
fn beside_the_plain_codecs() {
    compare_all("String of 32", &"x".repeat(32));
    compare_all("records", &records(700));
    compare_all("numbers", &(0..10_000u64).collect::<Vec<_>>());
    compare_all("Vec<u8> of 1 MiB", &vec![7u8; 1 << 20]);
    compare_all("Blob of 1 MiB", &Blob { id: 1, data: vec![7u8; 1 << 20] });
}
