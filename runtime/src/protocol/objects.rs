//! Objects that are passed as values, and the interfaces that are announced for them.

use std::collections::HashMap;
use std::sync::Arc;

use super::Violation;
use super::hello::Entry;
use super::table::IdHasher;

/// Ids below are those of root objects, which the hello lists and nobody releases.
pub(crate) const FIRST_HANDLE: u64 = 65_536;
/// Interfaces that a side may announce beside those of its hello.
pub(crate) const MOST_INTERFACES: usize = 1024;

/// The objects of this side that the other one holds. Each time one is given it is a new entry.
#[derive(Debug)]
pub(crate) struct Exports<O>(pub(crate) HashMap<u64, Export<O>, IdHasher>);

#[derive(Debug)]
pub(crate) struct Export<O> {
    pub(crate) object: O,
    /// The message that gives it has left; until then the other side does not hold it.
    pub(crate) given: bool,
}

/// The objects of the other side that this one holds.
#[derive(Debug)]
pub(crate) struct Imports(pub(crate) HashMap<u64, Import, IdHasher>);

#[derive(Debug, Default)]
pub(crate) struct Import {
    /// Messages under way in chunks that give it back: they need it at the other end.
    pub(crate) pins: usize,
    /// This side let go of it; the other is told when no message needs it any more.
    pub(crate) released: bool,
}

/// Method tables beside those of the hellos.
#[derive(Debug, Default)]
pub(crate) struct Interfaces {
    /// The interfaces in this side's hello; the announced ones are counted on from there.
    own: u32,
    announced: HashMap<usize, u32>,
    /// The other side's, by number.
    theirs: Vec<Arc<Entry>>,
    /// Of these, announced.
    learned: usize,
}

impl<O> Exports<O> {
    pub(crate) fn new() -> Self {
        Self(HashMap::default())
    }

    /// The object under this id, if the other side holds it.
    pub(crate) fn held(&self, id: u64) -> Option<&O> {
        self.0.get(&id).filter(|export| export.given).map(|export| &export.object)
    }

    /// The other side lets go of an object.
    pub(crate) fn release(&mut self, id: u64) -> Result<Option<O>, Violation> {
        if self.held(id).is_none() {
            return Err(Violation::ReleaseOfNoObject { object: id });
        }
        Ok(self.0.remove(&id).map(|export| export.object))
    }
}

impl Imports {
    pub(crate) fn new() -> Self {
        Self(HashMap::default())
    }

    /// A message that gave it is complete.
    pub(crate) fn begin(&mut self, id: u64, limit: usize) -> Result<(), Violation> {
        if id < FIRST_HANDLE || self.0.contains_key(&id) {
            return Err(Violation::BadHandle { object: id });
        }
        if self.0.len() >= limit {
            return Err(Violation::TooManyHandles { limit });
        }
        self.0.insert(id, Import::default());
        Ok(())
    }

    /// Whether it can be given back.
    pub(crate) fn holds(&self, id: u64) -> bool {
        id < FIRST_HANDLE || self.0.get(&id).is_some_and(|import| !import.released)
    }

    /// It is needed until [`unpin`](Imports::unpin).
    pub(crate) fn pin(&mut self, id: u64) {
        if let Some(import) = self.0.get_mut(&id) {
            import.pins += 1;
        }
    }

    /// Whether the other side is to be told of its release now.
    pub(crate) fn unpin(&mut self, id: u64) -> bool {
        if let Some(import) = self.0.get_mut(&id) {
            import.pins = import.pins.saturating_sub(1);
        }
        self.forget(id)
    }

    /// This side lets go of it. Whether the other is to be told now.
    pub(crate) fn release(&mut self, id: u64) -> bool {
        if let Some(import) = self.0.get_mut(&id) {
            import.released = true;
        }
        self.forget(id)
    }

    fn forget(&mut self, id: u64) -> bool {
        let over = self.0.get(&id).is_some_and(|import| import.released && import.pins == 0);
        over && self.0.remove(&id).is_some()
    }
}

impl Interfaces {
    /// `own` is how many the hello of this side lists, `theirs` what that of the other side does.
    pub(crate) fn new(own: usize, theirs: &[Entry]) -> Self {
        Self {
            own: u32::try_from(own).unwrap_or(u32::MAX),
            theirs: theirs.iter().cloned().map(Arc::new).collect(),
            ..Self::default()
        }
    }

    /// The number under which the interface with this key was announced.
    pub(crate) fn number(&self, key: usize) -> Option<u32> {
        self.announced.get(&key).copied()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.announced.len() >= MOST_INTERFACES
    }

    pub(crate) fn announce(&mut self, key: usize) -> u32 {
        let number = self.own.saturating_add(u32::try_from(self.announced.len()).unwrap_or(u32::MAX));
        self.announced.insert(key, number);
        number
    }

    /// The other side announced one.
    pub(crate) fn learn(&mut self, entry: Entry) -> Result<(), Violation> {
        if self.learned >= MOST_INTERFACES {
            return Err(Violation::TooManyInterfaces { limit: MOST_INTERFACES });
        }
        self.learned += 1;
        self.theirs.push(Arc::new(entry));
        Ok(())
    }

    pub(crate) fn theirs(&self, number: u32) -> Option<Arc<Entry>> {
        self.theirs.get(usize::try_from(number).ok()?).cloned()
    }
}
