//! Values and bytes.
//!
//! Everything that a peer wrote is decoded through [`decode`] or [`Arguments`], under a
//! [`Budget`]; see `ARCHITECTURE.md`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Borrow;
use std::fmt;
use std::path::{Path, PathBuf};

/// How a message's payload is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Codec {
    #[default]
    Postcard,
    Json,
}

impl Codec {
    pub(crate) fn bits(self) -> u8 {
        match self {
            Self::Postcard => 0,
            Self::Json => 1,
        }
    }

    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Postcard),
            1 => Some(Self::Json),
            _ => None,
        }
    }
}

/// What decoding one message may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) depth: usize,
    pub(crate) bytes: usize,
    pub(crate) elements: usize,
}

#[derive(Debug)]
pub(crate) struct EncodeError(String);

#[derive(Debug)]
pub(crate) struct DecodeError(String);

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

/// Appends `value`; on an error `out` is as long as before.
pub(crate) fn encode<T: Serialize + ?Sized>(_codec: Codec, value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    *out = postcard::to_extend(value, std::mem::take(out)).map_err(|error| EncodeError(error.to_string()))?;
    Ok(())
}

pub(crate) fn decode<T: DeserializeOwned + 'static>(
    _codec: Codec,
    bytes: &[u8],
    _budget: Budget,
) -> Result<T, DecodeError> {
    postcard::from_bytes(bytes).map_err(|error| DecodeError(error.to_string()))
}

/// The arguments of one request, taken one by one.
pub(crate) struct Arguments<'f> {
    rest: &'f [u8],
}

impl<'f> Arguments<'f> {
    pub(crate) fn new(_codec: Codec, bytes: &'f [u8], _budget: Budget) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn next<X: ?Sized + Hold<'f>>(&mut self) -> Result<X::Kept, DecodeError> {
        let (value, rest) = postcard::take_from_bytes(self.rest).map_err(|error| DecodeError(error.to_string()))?;
        self.rest = rest;
        Ok(value)
    }

    pub(crate) fn next_optional<X: ?Sized + Hold<'f>>(&mut self) -> Result<Option<X::Kept>, DecodeError> {
        let (value, rest) = postcard::take_from_bytes(self.rest).map_err(|error| DecodeError(error.to_string()))?;
        self.rest = rest;
        Ok(value)
    }

    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// What is kept of an argument of type `Self` while its method runs: `&str` stays in the frame.
pub trait Hold<'f>: 'f {
    type Kept: serde::Deserialize<'f> + Borrow<Self> + Send;
}

impl<'f> Hold<'f> for str {
    type Kept = &'f str;
}
impl<'f, T: DeserializeOwned + Send + 'static> Hold<'f> for [T] {
    type Kept = Vec<T>;
}
impl<'f> Hold<'f> for Path {
    type Kept = PathBuf;
}
impl<'f, T: DeserializeOwned + Send + 'static> Hold<'f> for T {
    type Kept = T;
}
