//! postcard's serializer, watched: what postcard would corrupt in silence becomes an error.

use std::fmt;

use postcard::ser_flavors::Flavor;
use serde::ser::{Serialize, Serializer};

use super::bytes::{Byte, looks_like_bytes};
use super::fault::{Fault, Step};
use super::parts::Parts;

/// Appends the encoding; on an error there may be a part of it.
pub(super) fn postcard<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Fault> {
    let before = out.len();
    let mut serializer = postcard::Serializer { output: Appended { out, bulk: true, guessed_wrong: false } };
    let mut written = value.serialize(Encoder(&mut serializer));
    if serializer.output.guessed_wrong {
        serializer.output.out.truncate(before);
        serializer.output.bulk = false;
        written = value.serialize(Encoder(&mut serializer));
    }
    written
}

/// Writes to the end of the caller's buffer.
pub(super) struct Appended<'o> {
    out: &'o mut Vec<u8>,
    /// Whether sequences that look like bytes are written in bulk.
    bulk: bool,
    /// Something looked like bytes and was none: what was written is void.
    guessed_wrong: bool,
}

impl Flavor for Appended<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.out.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        // Mostly a few bytes of a number, for which a call to copy memory would cost more.
        self.out.extend(bytes.iter().copied());
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

pub(super) type Postcard<'o> = postcard::Serializer<Appended<'o>>;

pub(super) struct Encoder<'s, 'o>(pub(super) &'s mut Postcard<'o>);

/// Methods that postcard alone can carry out.
macro_rules! plain {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {$(
        #[inline]
        fn $method(self, $($name: $type),*) -> Result<(), Fault> {
            self.0.$method($($name),*).map_err(Fault::new)
        }
    )*};
}

impl<'s, 'o> Serializer for Encoder<'s, 'o> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Parts<'s, 'o>;
    type SerializeTuple = Parts<'s, 'o>;
    type SerializeTupleStruct = Parts<'s, 'o>;
    type SerializeTupleVariant = Parts<'s, 'o>;
    type SerializeMap = Parts<'s, 'o>;
    type SerializeStruct = Parts<'s, 'o>;
    type SerializeStructVariant = Parts<'s, 'o>;

    plain! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.0.serialize_u8(1).map_err(Fault::new)?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.0.serialize_unit_variant(name, index, variant).map_err(Fault::new)?;
        value.serialize(self).map_err(|fault| fault.at(Step::Variant(variant)))
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Parts<'s, 'o>, Fault> {
        self.0.serialize_seq(len).map_err(Fault::new)?;
        Ok(Parts::counted(self.0, len))
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Parts<'s, 'o>, Fault> {
        self.0.serialize_map(len).map_err(Fault::new)?;
        Ok(Parts::counted(self.0, len))
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Parts<'s, 'o>, Fault> {
        Ok(Parts::of(self.0, "", None))
    }

    #[inline]
    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Parts<'s, 'o>, Fault> {
        Ok(Parts::of(self.0, name, None))
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'s, 'o>, Fault> {
        self.0.serialize_unit_variant(name, index, variant).map_err(Fault::new)?;
        Ok(Parts::of(self.0, name, Some(variant)))
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'s, 'o>, Fault> {
        Ok(Parts::of(self.0, name, None))
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'s, 'o>, Fault> {
        self.0.serialize_unit_variant(name, index, variant).map_err(Fault::new)?;
        Ok(Parts::of(self.0, name, Some(variant)))
    }

    #[inline]
    fn collect_seq<I>(self, items: I) -> Result<(), Fault>
    where
        I: IntoIterator<Item: Serialize>,
    {
        use serde::ser::SerializeSeq;

        let items = items.into_iter();
        let (at_least, at_most) = items.size_hint();
        let mut parts = self.serialize_seq(at_most.filter(|at_most| *at_most == at_least))?;
        if looks_like_bytes::<I::Item>() && parts.is_bulk() {
            parts.bytes(items)?;
        } else {
            for item in items {
                parts.serialize_element(&item)?;
            }
        }
        SerializeSeq::end(parts)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.0.collect_str(value).map_err(Fault::new)
    }
}

impl Appended<'_> {
    #[inline]
    pub(super) fn is_bulk(&self) -> bool {
        self.bulk
    }

    /// Appends items that look like bytes and says how many. A loop of its own, without errors:
    /// for a slice it compiles to a copy.
    #[inline]
    pub(super) fn bytes(&mut self, items: impl Iterator<Item: Serialize>) -> Result<usize, Fault> {
        let before = self.out.len();
        let mut wrong = false;
        self.out.extend(items.map(|item| {
            item.serialize(Byte).unwrap_or_else(|_| {
                wrong = true;
                0
            })
        }));
        if wrong {
            self.guessed_wrong = true;
            return Err(Fault::new("a byte is none"));
        }
        Ok(self.out.len() - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_that_only_looked_like_bytes_void_what_was_written() {
        let mut out = Vec::new();
        let mut appended = Appended { out: &mut out, bulk: true, guessed_wrong: false };
        assert!(appended.bytes([1u16, 2].iter()).is_err());
        assert!(appended.guessed_wrong);
    }

    #[test]
    fn without_bulk_bytes_are_written_one_by_one_and_the_same() {
        let value = (vec![1u8, 200], "text", vec![0u8; 300]);
        let mut out = Vec::new();
        let output = Appended { out: &mut out, bulk: false, guessed_wrong: false };
        value.serialize(Encoder(&mut postcard::Serializer { output })).unwrap();
        let mut bulk = Vec::new();
        postcard(&value, &mut bulk).unwrap();
        assert_eq!(out, bulk);
    }
}
