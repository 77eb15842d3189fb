//! Objects that are passed as values, and the interfaces they have.

use std::sync::Arc;

use super::super::Violation;
use super::super::frame::Kind;
use super::super::hello::Entry;
use super::super::notice;
use super::super::objects::{FIRST_HANDLE, MOST_INTERFACES};
use super::Session;
use crate::error::{Error, ErrorKind};

impl<W, R, O: Clone> Session<W, R, O> {
    /// The number of an interface of this side, which `key` stands for. The other side is told of
    /// it the first time.
    pub(crate) fn announce(&mut self, key: usize, entry: impl FnOnce() -> Entry) -> Result<u32, Error> {
        if let Some(number) = self.interfaces.number(key) {
            return Ok(number);
        }
        if let Some(cause) = &self.ended {
            return Err(cause.clone());
        }
        let entry = entry();
        if self.peer.handles == 0 {
            // It may not know the kind.
            let message = format!("the other end takes no handles, and so none of `{}`", entry.name);
            return Err(Error::new(ErrorKind::Limit, message));
        }
        if self.interfaces.is_full() {
            let message = format!(
                "`{}` is one more interface than the {MOST_INTERFACES} that the other end may be told of",
                entry.name
            );
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let payload = notice::to_json(&entry);
        let limit = self.outbox.frame();
        if payload.len() > limit {
            let (name, length) = (&entry.name, payload.len());
            let message = format!("the method table of `{name}` takes {length} bytes; the other end accepts {limit}");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        self.push_notice(Kind::Interface, 0, &payload);
        Ok(self.interfaces.announce(key))
    }

    /// The longest payload of a frame that the other side takes.
    pub(crate) fn frame(&self) -> usize {
        self.outbox.frame()
    }

    /// The other side's interface with this number.
    pub(crate) fn interface(&self, number: u32) -> Option<Arc<Entry>> {
        self.interfaces.theirs(number)
    }

    /// An object of this side that the other one holds.
    pub(crate) fn exported(&self, id: u64) -> Option<O> {
        self.exports.held(id).cloned()
    }

    /// This side lets go of an object of the other.
    pub(crate) fn release(&mut self, id: u64) {
        if self.imports.release(id) {
            self.push_release(id);
        }
    }

    /// Objects of this side that the other one holds, or is about to.
    pub(crate) fn exports(&self) -> usize {
        self.exports.0.len()
    }

    /// Objects of the other side that this one holds.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn imports(&self) -> usize {
        self.imports.0.len()
    }

    /// The object of this side that came back; `None` for a root object, which is always there.
    pub(super) fn returned(&self, id: u64) -> Result<Option<O>, Violation> {
        if id < FIRST_HANDLE {
            return Ok(None);
        }
        match self.exports.held(id) {
            Some(object) => Ok(Some(object.clone())),
            None => Err(Violation::ReturnOfNoObject { object: id }),
        }
    }
}
