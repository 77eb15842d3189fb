//! What decoding may cost, and what it has cost so far.

use std::cell::Cell;
use std::fmt;

use super::fault::Fault;

/// What decoding one message may cost.
///
/// A cap on the length of a message is none of these: 1 MiB of `Vec<Option<[u64; 64]>>` becomes
/// 1.6 GB, 100 kB of nested boxes overflow the stack, and five bytes announce 2^60 units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Levels of nesting: options, newtypes, tuples, structs, enums, sequences and maps.
    pub(crate) depth: usize,
    /// Memory of the decoded values by `size_of`, texts and bytes by their length.
    pub(crate) bytes: usize,
    /// Elements of sequences and maps that take nothing of the input, like `()` in postcard.
    pub(crate) elements: usize,
}

/// The account of one message, shared by all adapters that decode a part of it.
pub(super) struct Ledger<'de> {
    limit: Budget,
    bytes: Cell<usize>,
    elements: Cell<usize>,
    /// Upper bound for whatever a peer announces: no honest count exceeds it.
    input: usize,
    /// In a textual codec every value takes input, so elements are not counted.
    textual: bool,
    /// Whether input was taken since the innermost element began.
    took: Cell<bool>,
    /// The last text that lies in the input; after a map's key, that is the key.
    text: Cell<Option<&'de str>>,
    /// The last `u32`: after a variant's index, that is the index.
    index: Cell<u32>,
    /// The fault on its way through a codec whose own error type cannot carry it.
    aside: Cell<Option<Fault>>,
}

impl<'de> Ledger<'de> {
    pub(super) fn new(limit: Budget, input: usize, textual: bool) -> Self {
        Self {
            limit,
            bytes: Cell::new(limit.bytes),
            elements: Cell::new(limit.elements),
            input,
            textual,
            took: Cell::new(false),
            text: Cell::new(None),
            index: Cell::new(u32::MAX),
            aside: Cell::new(None),
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.limit.depth
    }

    #[inline]
    pub(super) fn charge(&self, bytes: usize) -> Result<(), Fault> {
        match self.bytes.get().checked_sub(bytes) {
            Some(left) => {
                self.bytes.set(left);
                Ok(())
            }
            None => Err(self.out_of_bytes()),
        }
    }

    #[inline]
    pub(super) fn deeper(&self, depth: usize) -> Result<usize, Fault> {
        depth.checked_sub(1).ok_or_else(|| self.too_deep())
    }

    #[inline]
    pub(super) fn take_input(&self) {
        self.took.set(true);
    }

    /// Begins an element of a sequence or map, whose length was read from the input before.
    #[inline]
    pub(super) fn begin_element(&self) {
        self.took.set(self.textual);
    }

    #[inline]
    pub(super) fn end_element(&self) -> Result<(), Fault> {
        if self.took.get() { Ok(()) } else { self.count_element() }
    }

    /// There was no further element after all.
    #[inline]
    pub(super) fn no_element(&self) {
        self.took.set(true);
    }

    #[inline(never)]
    fn count_element(&self) -> Result<(), Fault> {
        // For the element around this one: at least the length was taken.
        self.took.set(true);
        let left = self.elements.get().checked_sub(1).ok_or_else(|| self.out_of_elements())?;
        self.elements.set(left);
        Ok(())
    }

    #[inline]
    pub(super) fn size_hint(&self, announced: Option<usize>) -> Option<usize> {
        announced.map(|count| count.min(self.input).min(self.bytes.get()))
    }

    #[inline]
    pub(super) fn note_text(&self, text: &'de str) {
        self.text.set(Some(text));
    }

    #[inline]
    pub(super) fn note_index(&self, index: u32) {
        self.index.set(index);
    }

    #[inline]
    pub(super) fn forget_names(&self) {
        self.text.set(None);
        self.index.set(u32::MAX);
    }

    #[inline]
    pub(super) fn noted(&self) -> (Option<&'de str>, u32) {
        (self.text.get(), self.index.get())
    }

    /// Hands a result to the codec below: it gets an empty error, the fault waits here.
    #[inline]
    pub(super) fn pass<T, E: serde::de::Error>(&self, result: Result<T, Fault>) -> Result<T, E> {
        result.map_err(|fault| self.set_aside(fault))
    }

    #[cold]
    fn set_aside<E: serde::de::Error>(&self, fault: Fault) -> E {
        self.aside.set(Some(fault));
        E::custom("")
    }

    /// The fault behind an error of the codec below.
    #[cold]
    pub(super) fn recover(&self, error: impl fmt::Display) -> Fault {
        self.aside.take().unwrap_or_else(|| Fault::new(error))
    }

    #[cold]
    fn out_of_bytes(&self) -> Fault {
        // Somebody's visitor may swallow the error: nothing after it is free.
        self.bytes.set(0);
        Fault::new(format_args!("it takes more memory than the limit for one message, {} bytes", self.limit.bytes))
    }

    #[cold]
    fn out_of_elements(&self) -> Fault {
        self.elements.set(0);
        Fault::new(format_args!("it has more elements without content than the limit, {}", self.limit.elements))
    }

    #[cold]
    fn too_deep(&self) -> Fault {
        Fault::new(format_args!("it is nested deeper than the limit, {} levels", self.limit.depth))
    }
}
