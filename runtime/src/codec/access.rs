//! Elements, entries and variants on their way from a codec to a type's visitor.

use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::budget::Ledger;
use super::decode::Adapter;
use super::fault::{Fault, Step};
use super::visit::{Shape, Watch};

/// A part of a value, charged when the codec says that it is there.
struct Part<'l, 'de, S> {
    seed: S,
    ledger: &'l Ledger<'de>,
    depth: usize,
    cost: usize,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Part<'_, 'de, S> {
    type Value = S::Value;

    #[inline(always)]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let Self { seed, ledger, depth, cost } = self;
        // In a struct the cost is zero, known when compiled.
        let charged = if cost == 0 { Ok(()) } else { ledger.charge(cost) };
        ledger.pass(charged.and_then(|()| seed.deserialize(Adapter::below(inner, ledger, depth))))
    }
}

pub(super) struct Elements<'l, 'de, A> {
    pub(super) inner: A,
    pub(super) ledger: &'l Ledger<'de>,
    pub(super) depth: usize,
    pub(super) shape: Shape,
    pub(super) at: usize,
    /// What is paid already for each element to come.
    pub(super) paid: usize,
}

impl<'de, A: SeqAccess<'de>> Elements<'_, 'de, A> {
    #[inline(always)]
    fn element<S: DeserializeSeed<'de>>(&mut self, seed: S, cost: usize) -> Result<Option<S::Value>, Fault> {
        let part = Part { seed, ledger: self.ledger, depth: self.depth, cost };
        match self.inner.next_element_seed(part) {
            Ok(element) => {
                self.at += 1;
                Ok(element)
            }
            Err(error) => Err(element_fault(self.ledger.recover(error), self.shape, self.at)),
        }
    }

    /// Pays for all elements at once where the codec knows how many there are: one by one costs as
    /// much as decoding a number, and a list that is too large need not be begun.
    #[inline]
    fn pay_ahead(&mut self, cost: usize) -> Result<(), Fault> {
        if let Some(count) = self.inner.size_hint() {
            self.ledger.charge(count.saturating_mul(cost))?;
            self.paid = cost;
        }
        Ok(())
    }
}

/// Takes no reference to [`Elements`], which can then stay in registers.
#[cold]
fn element_fault(fault: Fault, shape: Shape, at: usize) -> Fault {
    fault.at(shape.names().get(at).map_or(Step::Index(at), |name| Step::Field(name)))
}

// Inlined always where the loop over a list of numbers would otherwise call a function for each.
impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, 'de, A> {
    type Error = Fault;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        if !self.shape.is_open() {
            return self.element(seed, 0);
        }
        if self.at == 0 {
            self.pay_ahead(size_of::<S::Value>())?;
        }
        self.ledger.begin_element();
        let element = self.element(seed, size_of::<S::Value>().saturating_sub(self.paid))?;
        match element {
            Some(_) => self.ledger.end_element()?,
            None => self.ledger.no_element(),
        }
        Ok(element)
    }

    #[inline(always)]
    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, Fault> {
        self.next_element_seed(PhantomData)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.ledger.size_hint(self.inner.size_hint())
    }
}

/// The first entry of a map makes it allocate a node, which has room for this many in a `BTreeMap`
/// (for four in a `HashMap`). Without it, maps of one entry take five times what they were charged.
const FIRST_NODE: usize = 11;

pub(super) struct Entries<'l, 'de, A> {
    inner: A,
    ledger: &'l Ledger<'de>,
    depth: usize,
    shape: Shape,
    at: usize,
    key: Option<&'de str>,
}

impl<'l, 'de, A> Entries<'l, 'de, A> {
    #[inline]
    pub(super) fn new(inner: A, ledger: &'l Ledger<'de>, depth: usize, shape: Shape) -> Self {
        Self { inner, ledger, depth, shape, at: 0, key: None }
    }

    #[inline]
    fn part<S>(&self, seed: S, cost: usize) -> Part<'l, 'de, S> {
        let cost = match self.shape {
            Shape::Open if self.at == 0 => cost.saturating_mul(FIRST_NODE),
            Shape::Open => cost,
            Shape::Fixed | Shape::Named(_) => 0,
        };
        Part { seed, ledger: self.ledger, depth: self.depth, cost }
    }

    #[cold]
    fn step(&self) -> Step {
        let Some(key) = self.key else { return Step::Index(self.at) };
        match self.shape.names().iter().find(|name| **name == key) {
            Some(name) => Step::Field(name),
            None => Step::key(key),
        }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, 'de, A> {
    type Error = Fault;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.ledger.begin_element();
        self.ledger.forget_names();
        self.key = None;
        let part = self.part(seed, size_of::<S::Value>());
        let key =
            self.inner.next_key_seed(part).map_err(|error| self.ledger.recover(error).at(Step::Index(self.at)))?;
        match key {
            Some(_) => self.key = self.ledger.noted().0,
            None => self.ledger.no_element(),
        }
        Ok(key)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let part = self.part(seed, size_of::<S::Value>());
        let value = self.inner.next_value_seed(part).map_err(|error| self.ledger.recover(error).at(self.step()))?;
        self.ledger.end_element()?;
        self.at += 1;
        Ok(value)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.ledger.size_hint(self.inner.size_hint())
    }
}

/// An enum before its variant is known.
pub(super) struct Choice<'l, 'de, A> {
    pub(super) inner: A,
    pub(super) ledger: &'l Ledger<'de>,
    pub(super) depth: usize,
    pub(super) names: &'static [&'static str],
}

/// The content of a variant.
pub(super) struct Chosen<'l, 'de, A> {
    inner: A,
    ledger: &'l Ledger<'de>,
    depth: usize,
    names: &'static [&'static str],
    /// The text and the index last seen: one of them was the variant.
    noted: (Option<&'de str>, u32),
}

impl<'l, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Choice<'l, 'de, A> {
    type Error = Fault;
    type Variant = Chosen<'l, 'de, A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), Fault> {
        let Self { inner, ledger, depth, names } = self;
        ledger.forget_names();
        let part = Part { seed, ledger, depth, cost: 0 };
        let (value, inner) = inner.variant_seed(part).map_err(|error| ledger.recover(error))?;
        Ok((value, Chosen { inner, ledger, depth, names, noted: ledger.noted() }))
    }
}

/// The step of a chosen variant, if it has a name we know.
#[cold]
fn variant_step(fault: Fault, names: &'static [&'static str], noted: (Option<&str>, u32)) -> Fault {
    let (text, index) = noted;
    let name = match text {
        Some(text) => names.iter().find(|name| **name == text),
        None => usize::try_from(index).ok().and_then(|index| names.get(index)),
    };
    match name {
        Some(name) => fault.at(Step::Variant(name)),
        None => fault,
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Chosen<'_, 'de, A> {
    type Error = Fault;

    #[inline]
    fn unit_variant(self) -> Result<(), Fault> {
        let Self { inner, ledger, names, noted, .. } = self;
        inner.unit_variant().map_err(|error| variant_step(ledger.recover(error), names, noted))
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let Self { inner, ledger, depth, names, noted } = self;
        let part = Part { seed, ledger, depth, cost: 0 };
        inner.newtype_variant_seed(part).map_err(|error| variant_step(ledger.recover(error), names, noted))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        let Self { inner, ledger, depth, names, noted } = self;
        let watch = Watch { visitor, ledger, depth, shape: Shape::Fixed };
        inner.tuple_variant(len, watch).map_err(|error| variant_step(ledger.recover(error), names, noted))
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        let Self { inner, ledger, depth, names, noted } = self;
        let watch = Watch { visitor, ledger, depth, shape: Shape::Named(fields) };
        inner.struct_variant(fields, watch).map_err(|error| variant_step(ledger.recover(error), names, noted))
    }
}
