//! Byte buffers in bulk, recognised by their type and not by how somebody spelled it.
//!
//! serde knows `Vec<u8>` as a sequence and decodes it byte by byte, about thirty times slower than
//! a copy. The encoding is the same either way.

use std::any::{Any, TypeId};
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Impossible, Serialize, Serializer};

/// Reads a whole argument or return; a `Vec<u8>`, a `Bytes` or an `Option` of one is copied at once.
#[inline]
pub(super) fn whole<'de, T, D>(source: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + 'static,
    D: Deserializer<'de>,
{
    let asked = TypeId::of::<T>();
    // JSON has no bytes: there they are a list of numbers, as serde would have it.
    if source.is_human_readable() {
        T::deserialize(source)
    } else if asked == TypeId::of::<Vec<u8>>() || asked == TypeId::of::<Bytes>() {
        source.deserialize_bytes(Buffer(PhantomData))
    } else if asked == TypeId::of::<Option<Vec<u8>>>() || asked == TypeId::of::<Option<Bytes>>() {
        source.deserialize_option(Buffer(PhantomData))
    } else {
        T::deserialize(source)
    }
}

/// Visits the four types that [`whole`] knows.
struct Buffer<T>(PhantomData<T>);

impl<'de, T: 'static> Visitor<'de> for Buffer<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
        let found = same_type(|| bytes.to_vec())
            .or_else(|| same_type(|| Bytes::copy_from_slice(bytes)))
            .or_else(|| same_type(|| Some(bytes.to_vec())))
            .or_else(|| same_type(|| Some(Bytes::copy_from_slice(bytes))));
        found.ok_or_else(|| E::custom("not a byte buffer"))
    }

    fn visit_none<E: Error>(self) -> Result<T, E> {
        let found = same_type(|| None::<Vec<u8>>).or_else(|| same_type(|| None::<Bytes>));
        found.ok_or_else(|| E::custom("not an optional byte buffer"))
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<T, D::Error> {
        source.deserialize_bytes(self)
    }
}

/// The value as `T`, if `T` is what `make` makes. The test is gone once compiled.
fn same_type<T: 'static, U: 'static>(make: impl FnOnce() -> U) -> Option<T> {
    let mut slot: Option<T> = None;
    if let Some(slot) = (&mut slot as &mut dyn Any).downcast_mut::<Option<U>>() {
        *slot = Some(make());
    }
    slot
}

/// Turns bytes into a slice of `T`; there is one only if `T` is `u8`.
pub(super) type Witness<T> = for<'a> fn(&'a [u8]) -> &'a [T];

pub(super) fn witness<T: 'static>() -> Option<Witness<T>> {
    let identity: Witness<u8> = |bytes| bytes;
    (&identity as &dyn Any).downcast_ref::<Witness<T>>().copied()
}

/// Whether the items of a sequence look like bytes. A guess by name, since the items need not be
/// `'static`: each is asked with [`Byte`], and if one is none, all is written the usual way.
#[inline]
pub(super) fn looks_like_bytes<I>() -> bool {
    matches!(std::any::type_name::<I>(), "u8" | "&u8")
}

/// A serializer of one `u8`, and of nothing else.
pub(super) struct Byte;

type Not = Impossible<u8, fmt::Error>;

macro_rules! refused {
    ($($method:ident($($argument:ty),*) $(-> $answer:ty)?;)*) => {$(
        #[inline]
        fn $method(self, $(_: $argument),*) -> refused!(@ $($answer)?) { Err(fmt::Error) }
    )*};
    (@) => { Result<u8, fmt::Error> };
    (@ $answer:ty) => { Result<$answer, fmt::Error> };
}

impl Serializer for Byte {
    type Ok = u8;
    type Error = fmt::Error;
    type SerializeSeq = Not;
    type SerializeTuple = Not;
    type SerializeTupleStruct = Not;
    type SerializeTupleVariant = Not;
    type SerializeMap = Not;
    type SerializeStruct = Not;
    type SerializeStructVariant = Not;

    #[inline]
    fn serialize_u8(self, byte: u8) -> Result<u8, fmt::Error> {
        Ok(byte)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<u8, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<u8, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<u8, fmt::Error> {
        Err(fmt::Error)
    }

    refused! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
        serialize_seq(Option<usize>) -> Not;
        serialize_tuple(usize) -> Not;
        serialize_tuple_struct(&'static str, usize) -> Not;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Not;
        serialize_map(Option<usize>) -> Not;
        serialize_struct(&'static str, usize) -> Not;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Not;
    }
}
