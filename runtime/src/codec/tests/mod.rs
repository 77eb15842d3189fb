//! The codec as a whole; what one file can prove alone is tested there.

mod attacks;
mod encoding;
mod faults;
mod round_trips;
mod speed;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Budget, Codec, decode, encode};

const BUDGET: Budget = Budget { depth: 128, bytes: 256 << 20, elements: 4_000_000 };
const BOTH: [Codec; 2] = [Codec::Postcard, Codec::Json];

fn encoded<T: Serialize + ?Sized>(codec: Codec, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    encode(codec, value, &mut out).unwrap();
    out
}

/// What the decoder says about `bytes` as a `T`.
fn refusal<T: DeserializeOwned + 'static>(codec: Codec, bytes: &[u8]) -> String {
    decode::<T>(codec, bytes, BUDGET).err().expect("a refusal").to_string()
}

/// What a method gets of an argument that was kept.
fn borrow<X: ?Sized>(kept: &impl std::borrow::Borrow<X>) -> &X {
    kept.borrow()
}
