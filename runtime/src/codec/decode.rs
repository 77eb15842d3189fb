//! The deserializer that everything a peer wrote goes through.
//!
//! It stands around postcard's and around serde_json's alike: it keeps the account, the text of
//! errors (postcard drops it) and, on the way out, the path.

use serde::de::{Deserializer, Visitor};

use super::budget::Ledger;
use super::fault::Fault;
use super::visit::{Shape, Watch};

pub(super) struct Adapter<'l, 'de, D> {
    inner: D,
    ledger: &'l Ledger<'de>,
    /// Levels left.
    depth: usize,
}

impl<'l, 'de, D> Adapter<'l, 'de, D> {
    #[inline]
    pub(super) fn new(inner: D, ledger: &'l Ledger<'de>) -> Self {
        Self::below(inner, ledger, ledger.depth())
    }

    #[inline]
    pub(super) fn below(inner: D, ledger: &'l Ledger<'de>, depth: usize) -> Self {
        Self { inner, ledger, depth }
    }

    #[inline]
    fn watch<V>(&self, visitor: V, shape: Shape) -> Watch<'l, 'de, V> {
        Watch { visitor, ledger: self.ledger, depth: self.depth, shape }
    }
}

/// Methods whose value always takes input.
macro_rules! taking_input {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.ledger.take_input();
            let watch = self.watch(visitor, Shape::Open);
            self.inner.$method(watch).map_err(|error| self.ledger.recover(error))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Adapter<'_, 'de, D> {
    type Error = Fault;

    taking_input! {
        deserialize_any deserialize_ignored_any deserialize_identifier
        deserialize_bool deserialize_char deserialize_f32 deserialize_f64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_str deserialize_bytes
        deserialize_option deserialize_seq deserialize_map
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    // The owned variants are only hints, and both codecs can lend what they would copy; a lent text
    // can be named in a path.
    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let watch = self.watch(visitor, Shape::Fixed);
        self.inner.deserialize_unit(watch).map_err(|error| self.ledger.recover(error))
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        let watch = self.watch(visitor, Shape::Fixed);
        self.inner.deserialize_unit_struct(name, watch).map_err(|error| self.ledger.recover(error))
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        let watch = self.watch(visitor, Shape::Fixed);
        self.inner.deserialize_newtype_struct(name, watch).map_err(|error| self.ledger.recover(error))
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        let watch = self.watch(visitor, Shape::Fixed);
        self.inner.deserialize_tuple(len, watch).map_err(|error| self.ledger.recover(error))
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let watch = self.watch(visitor, Shape::Fixed);
        self.inner.deserialize_tuple_struct(name, len, watch).map_err(|error| self.ledger.recover(error))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let watch = self.watch(visitor, Shape::Named(fields));
        self.inner.deserialize_struct(name, fields, watch).map_err(|error| self.ledger.recover(error))
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.ledger.take_input();
        let watch = self.watch(visitor, Shape::Named(variants));
        self.inner.deserialize_enum(name, variants, watch).map_err(|error| self.ledger.recover(error))
    }
}
