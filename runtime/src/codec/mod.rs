//! Values and bytes.
//!
//! Everything that a peer wrote is decoded through [`decode`] or [`Arguments`], under a
//! [`Budget`]; see `ARCHITECTURE.md`.

mod access;
mod arguments;
mod budget;
mod bytes;
mod decode;
mod encode;
mod fault;
mod hold;
mod parts;
#[cfg(test)]
mod tests;
mod visit;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use arguments::Arguments;
pub(crate) use budget::Budget;
pub use hold::Hold;

use budget::Ledger;
use decode::Adapter;
use fault::Fault;

/// How a message's payload is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Compact; both ends must have the same types.
    #[default]
    Postcard,
    /// Self-describing; both ends may differ in age.
    Json,
}

impl Codec {
    /// As in the flags of a frame.
    pub(crate) fn bits(self) -> u8 {
        match self {
            Self::Postcard => 0,
            Self::Json => 1,
        }
    }

    /// From the flags of a frame; other bits than the codec's must be masked out.
    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Postcard),
            1 => Some(Self::Json),
            _ => None,
        }
    }
}

/// A value cannot be sent: the author of its type, or of its `Serialize`, can help.
#[derive(Debug)]
pub(crate) struct EncodeError(String);

/// A peer sent something else than the value that was expected, or too much of it.
#[derive(Debug)]
pub(crate) struct DecodeError(String);

/// Appends `value`; on an error `out` is as long as before.
pub(crate) fn encode<T: Serialize + ?Sized>(codec: Codec, value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let before = out.len();
    let encoded = match codec {
        Codec::Postcard => encode::postcard(value, out),
        Codec::Json => serde_json::to_writer(&mut *out, value).map_err(Fault::new),
    };
    encoded.map_err(|fault| {
        out.truncate(before);
        EncodeError(fault.to_string())
    })
}

/// Appends the tuple of a method's arguments, for [`Arguments`]; on an error `out` is as long as
/// before.
///
/// `()` is the tuple of no arguments: JSON's `null` for it would be no array.
pub(crate) fn encode_arguments<T: Serialize + ?Sized>(
    codec: Codec,
    arguments: &T,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let before = out.len();
    encode(codec, arguments, out)?;
    if codec == Codec::Json && out.get(before..) == Some(b"null") {
        out.truncate(before);
        out.extend_from_slice(b"[]");
    }
    Ok(())
}

/// The value that `bytes` are, all of them.
pub(crate) fn decode<T: DeserializeOwned + 'static>(
    codec: Codec,
    bytes: &[u8],
    budget: Budget,
) -> Result<T, DecodeError> {
    let ledger = Ledger::new(budget, bytes.len(), codec == Codec::Json);
    match codec {
        Codec::Postcard => Ok(decode_postcard(bytes, &ledger)?),
        Codec::Json => Ok(decode_json(bytes, &ledger)?),
    }
}

fn decode_postcard<'b, T: DeserializeOwned + 'static>(bytes: &'b [u8], ledger: &Ledger<'b>) -> Result<T, Fault> {
    let mut source = postcard::Deserializer::from_bytes(bytes);
    let value = bytes::whole(Adapter::new(&mut source, ledger))?;
    arguments::nothing_left(source.finalize().map_err(Fault::new)?)?;
    Ok(value)
}

fn decode_json<'b, T: DeserializeOwned + 'static>(bytes: &'b [u8], ledger: &Ledger<'b>) -> Result<T, Fault> {
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let value = bytes::whole(Adapter::new(&mut source, ledger))?;
    source.end().map_err(Fault::new)?;
    Ok(value)
}

impl From<Fault> for DecodeError {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EncodeError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecodeError {}
