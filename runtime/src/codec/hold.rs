//! Arguments that a method takes by reference, while it runs.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, Visitor};

use super::bytes::{self, Witness};

/// What is kept of an argument of type `Self` while its method runs: `&str` stays in the frame.
pub trait Hold<'f>: 'f {
    /// Lends the argument to the method.
    type Kept: Deserialize<'f> + Borrow<Self> + Send;

    /// Reads what is kept.
    fn hold<D: Deserializer<'f>>(source: D) -> Result<Self::Kept, D::Error> {
        Self::Kept::deserialize(source)
    }
}

impl<'f> Hold<'f> for str {
    type Kept = Text<'f>;
}

impl<'f, T: DeserializeOwned + Send + 'static> Hold<'f> for [T] {
    type Kept = Items<'f, T>;
}

impl<'f> Hold<'f> for Path {
    type Kept = PathBuf;
}

impl<'f, T: DeserializeOwned + Send + 'static> Hold<'f> for T {
    type Kept = T;

    #[inline]
    fn hold<D: Deserializer<'f>>(source: D) -> Result<T, D::Error> {
        bytes::whole(source)
    }
}

/// A text in the frame; a copy only where JSON wrote it with escapes.
#[derive(Debug)]
pub struct Text<'f>(Cow<'f, str>);

impl Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'f> Deserialize<'f> for Text<'f> {
    #[inline]
    fn deserialize<D: Deserializer<'f>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'f> Visitor<'f> for TextVisitor {
    type Value = Text<'f>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, text: &'f str) -> Result<Text<'f>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'f>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

/// A slice: bytes stay in the frame, everything else is decoded.
pub struct Items<'f, T>(Place<'f, T>);

enum Place<'f, T> {
    Frame(&'f [u8], Witness<T>),
    Own(Vec<T>),
}

impl<T: fmt::Debug> fmt::Debug for Items<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Borrow::<[T]>::borrow(self)).finish()
    }
}

impl<T> Borrow<[T]> for Items<'_, T> {
    fn borrow(&self) -> &[T] {
        match &self.0 {
            Place::Frame(bytes, as_items) => as_items(bytes),
            Place::Own(items) => items,
        }
    }
}

impl<'f, T: DeserializeOwned + 'static> Deserialize<'f> for Items<'f, T> {
    #[inline]
    fn deserialize<D: Deserializer<'f>>(source: D) -> Result<Self, D::Error> {
        match bytes::witness::<T>() {
            Some(witness) if !source.is_human_readable() => {
                source.deserialize_bytes(ItemsVisitor(witness, PhantomData))
            }
            _ => Ok(Self(Place::Own(Vec::deserialize(source)?))),
        }
    }
}

struct ItemsVisitor<'f, T>(Witness<T>, PhantomData<&'f ()>);

impl<'f, T> Visitor<'f> for ItemsVisitor<'f, T> {
    type Value = Items<'f, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    #[inline]
    fn visit_borrowed_bytes<E: Error>(self, bytes: &'f [u8]) -> Result<Items<'f, T>, E> {
        Ok(Items(Place::Frame(bytes, self.0)))
    }
}
