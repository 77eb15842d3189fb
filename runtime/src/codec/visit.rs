//! The visitor between a codec and the visitor of a type: it charges and passes on.

use std::fmt;

use serde::de::{Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use super::access::{Choice, Elements, Entries};
use super::budget::Ledger;
use super::decode::Adapter;
use super::fault::Fault;

/// What was asked for, as far as account and path need it.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// The peer decides how many elements there are.
    Open,
    /// The type decides.
    Fixed,
    /// The type decides, and its fields or variants have names.
    Named(&'static [&'static str]),
}

impl Shape {
    #[inline]
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }

    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Named(names) => names,
            Self::Open | Self::Fixed => &[],
        }
    }
}

pub(super) struct Watch<'l, 'de, V> {
    pub(super) visitor: V,
    pub(super) ledger: &'l Ledger<'de>,
    /// Levels left.
    pub(super) depth: usize,
    pub(super) shape: Shape,
}

/// A scalar up to this size lies within something already charged, or in a box that an
/// allocator makes no smaller.
const SMALL: usize = 16;

impl<'de, V: Visitor<'de>> Watch<'_, 'de, V> {
    /// Charges what a scalar or text turns into; nothing, and no code, for the usual ones.
    #[inline]
    fn value(&self, content: usize) -> Result<(), Fault> {
        let own = if size_of::<V::Value>() > SMALL { size_of::<V::Value>() } else { 0 };
        if own == 0 && content == 0 { Ok(()) } else { self.ledger.charge(own.saturating_add(content)) }
    }

    /// Charges the value itself, which may stand alone in a box, and goes one level down.
    #[inline]
    fn nest(&self) -> Result<usize, Fault> {
        self.ledger.charge(size_of::<V::Value>())?;
        self.ledger.deeper(self.depth)
    }
}

macro_rules! scalars {
    ($($method:ident: $type:ty)*) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            let ledger = self.ledger;
            ledger.pass(self.value(0).and_then(|()| self.visitor.$method(value)))
        }
    )*};
}

macro_rules! contents {
    ($($method:ident: $type:ty)*) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            let ledger = self.ledger;
            ledger.pass(self.value(value.len()).and_then(|()| self.visitor.$method(value)))
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watch<'_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    scalars! {
        visit_bool: bool visit_char: char visit_f32: f32 visit_f64: f64
        visit_i8: i8 visit_i16: i16 visit_i32: i32 visit_i64: i64 visit_i128: i128
        visit_u8: u8 visit_u16: u16 visit_u64: u64 visit_u128: u128
    }

    contents! {
        visit_str: &str visit_string: String
        visit_bytes: &[u8] visit_borrowed_bytes: &'de [u8] visit_byte_buf: Vec<u8>
    }

    #[inline]
    fn visit_u32<E: Error>(self, value: u32) -> Result<V::Value, E> {
        let ledger = self.ledger;
        ledger.note_index(value);
        ledger.pass(self.value(0).and_then(|()| self.visitor.visit_u32(value)))
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<V::Value, E> {
        let ledger = self.ledger;
        ledger.note_text(value);
        ledger.pass(self.value(value.len()).and_then(|()| self.visitor.visit_borrowed_str(value)))
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        let ledger = self.ledger;
        ledger.pass(self.value(0).and_then(|()| self.visitor.visit_unit()))
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        let ledger = self.ledger;
        // An absent value in a box takes as much room as a present one.
        ledger.pass(ledger.charge(size_of::<V::Value>()).and_then(|()| self.visitor.visit_none()))
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let ledger = self.ledger;
        ledger.pass(self.nest().and_then(|depth| self.visitor.visit_some(Adapter::below(inner, ledger, depth))))
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let ledger = self.ledger;
        let nested = self.nest();
        ledger.pass(nested.and_then(|depth| self.visitor.visit_newtype_struct(Adapter::below(inner, ledger, depth))))
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let (ledger, shape) = (self.ledger, self.shape);
        let nested = self.nest();
        ledger.pass(
            nested.and_then(|depth| self.visitor.visit_seq(Elements { inner, ledger, depth, shape, at: 0, paid: 0 })),
        )
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let (ledger, shape) = (self.ledger, self.shape);
        let nested = self.nest();
        ledger.pass(nested.and_then(|depth| self.visitor.visit_map(Entries::new(inner, ledger, depth, shape))))
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let (ledger, names) = (self.ledger, self.shape.names());
        let nested = self.nest();
        ledger.pass(nested.and_then(|depth| self.visitor.visit_enum(Choice { inner, ledger, depth, names })))
    }
}
