//! The arguments of one request, taken one by one.
//!
//! In postcard they stand one after the other, as the elements of a tuple do; in JSON they are an
//! array.

use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::budget::{Budget, Ledger};
use super::decode::Adapter;
use super::fault::Fault;
use super::{Codec, DecodeError, Hold};

pub(crate) struct Arguments<'f> {
    codec: Codec,
    rest: &'f [u8],
    /// Of the whole request.
    ledger: Ledger<'f>,
    taken: usize,
}

/// How one argument is read, from whichever codec.
trait Argument<'f> {
    type Kept;
    fn read<D: Deserializer<'f>>(source: D) -> Result<Self::Kept, D::Error>;
}

struct Required<X: ?Sized>(std::marker::PhantomData<X>);
struct Optional<X: ?Sized>(std::marker::PhantomData<X>);

impl<'f, X: ?Sized + Hold<'f>> Argument<'f> for Required<X> {
    type Kept = X::Kept;

    #[inline]
    fn read<D: Deserializer<'f>>(source: D) -> Result<X::Kept, D::Error> {
        X::hold(source)
    }
}

impl<'f, X: ?Sized + Hold<'f>> Argument<'f> for Optional<X> {
    type Kept = Option<X::Kept>;

    #[inline]
    fn read<D: Deserializer<'f>>(source: D) -> Result<Option<X::Kept>, D::Error> {
        Option::deserialize(source)
    }
}

impl<'f> Arguments<'f> {
    pub(crate) fn new(codec: Codec, bytes: &'f [u8], budget: Budget) -> Self {
        let ledger = Ledger::new(budget, bytes.len(), codec == Codec::Json);
        Self { codec, rest: bytes, ledger, taken: 0 }
    }

    /// An argument of type `X` or `&X`.
    pub(crate) fn next<X: ?Sized + Hold<'f>>(&mut self) -> Result<X::Kept, DecodeError> {
        Ok(self.take::<Required<X>>()?)
    }

    /// An argument of type `Option<&X>`.
    pub(crate) fn next_optional<X: ?Sized + Hold<'f>>(&mut self) -> Result<Option<X::Kept>, DecodeError> {
        Ok(self.take::<Optional<X>>()?)
    }

    /// Checks that nothing is left over.
    pub(crate) fn finish(mut self) -> Result<(), DecodeError> {
        match self.codec {
            Codec::Postcard => Ok(nothing_left(self.rest)?),
            Codec::Json => {
                if self.taken == 0 {
                    self.json_byte(b'[')?;
                }
                self.json_byte(b']').map_err(|_| Fault::new(format_args!("more than {} arguments", self.taken)))?;
                Ok(nothing_left(self.rest.trim_ascii_start())?)
            }
        }
    }

    #[inline]
    fn take<A: Argument<'f>>(&mut self) -> Result<A::Kept, Fault> {
        match self.codec {
            Codec::Postcard => {
                let mut source = postcard::Deserializer::from_bytes(self.rest);
                let kept = A::read(Adapter::new(&mut source, &self.ledger))?;
                self.rest = source.finalize().map_err(Fault::new)?;
                Ok(kept)
            }
            Codec::Json => {
                let mut source = serde_json::Deserializer::from_str(self.json_element()?);
                A::read(Adapter::new(&mut source, &self.ledger))
            }
        }
    }

    /// The text of the next element. What it says is looked at when its type is known.
    fn json_element(&mut self) -> Result<&'f str, Fault> {
        self.json_byte(if self.taken == 0 { b'[' } else { b',' })
            .map_err(|_| Fault::new(format_args!("only {} arguments were sent", self.taken)))?;
        if self.rest.trim_ascii_start().first() == Some(&b']') {
            return Err(Fault::new(format_args!("only {} arguments were sent", self.taken)));
        }
        let mut elements = serde_json::Deserializer::from_slice(self.rest).into_iter::<&'f RawValue>();
        let element = elements.next().ok_or_else(|| Fault::new("the message ends too early"))?.map_err(Fault::new)?;
        self.rest = self.rest.get(elements.byte_offset()..).unwrap_or_default();
        self.taken += 1;
        Ok(element.get())
    }

    fn json_byte(&mut self, expected: u8) -> Result<(), Fault> {
        match self.rest.trim_ascii_start().split_first() {
            Some((byte, rest)) if *byte == expected => {
                self.rest = rest;
                Ok(())
            }
            _ => Err(Fault::new("the arguments are not a JSON array")),
        }
    }
}

/// A value whose end is not the message's was written for another type.
pub(super) fn nothing_left(rest: &[u8]) -> Result<(), Fault> {
    if rest.is_empty() { Ok(()) } else { Err(Fault::new(format_args!("{} bytes are left over", rest.len()))) }
}
