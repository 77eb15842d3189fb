//! How messages leave, with what they give.

use bytes::Bytes;

use super::super::frame::{Header, Kind};
use super::super::notice;
use super::super::objects::Export;
use super::super::outbox::{Cargo, Gifts, Withdrawn};
use super::super::streams::Stage;
use super::super::{Extras, Given, SystemError};
use super::{Outgoing, Session, header};
use crate::codec::Codec;
use crate::error::{Error, ErrorKind};

/// Why a message cannot be sent.
pub(super) struct Unfit {
    pub(super) kind: ErrorKind,
    /// Goes on after what the message is, in the plural.
    pub(super) why: String,
}

impl Unfit {
    fn limit(why: String) -> Self {
        Self { kind: ErrorKind::Limit, why }
    }

    pub(super) fn into_error(self, what: &str) -> Error {
        Error::new(self.kind, format!("{what} {}", self.why))
    }
}

impl<W, R, O: Clone> Session<W, R, O> {
    /// Whether the other end takes a message. Nothing has happened yet if not; if so, it is to be
    /// [sent](Session::send) next.
    pub(super) fn check_message(&mut self, message: &Outgoing<'_, O>) -> Result<(), Unfit> {
        let mut length = message.payload.len();
        if let Some(extras) = &message.extras {
            self.check_extras(extras)?;
            length += self.block.len();
        }
        self.check_length(length).map_err(Unfit::limit)
    }

    /// Writes the block, if it may be sent.
    fn check_extras(&mut self, extras: &Extras<O>) -> Result<(), Unfit> {
        extras.check(self.outbox.frame()).map_err(Unfit::limit)?;
        let given = &extras.given;
        let open = self.producing.streams.len() + given.streams.len();
        if !given.streams.is_empty() && open as u64 > self.peer.streams {
            let why = format!("bring {open} streams to the other end, which takes {} at once", self.peer.streams);
            return Err(Unfit::limit(why));
        }
        let held = self.exports.0.len() + given.handles.len();
        if !given.handles.is_empty() && held as u64 > self.peer.handles {
            let why = format!("bring {held} handles to the other end, which takes {} at once", self.peer.handles);
            return Err(Unfit::limit(why));
        }
        if given.returned.iter().any(|id| !self.imports.holds(*id)) {
            let why = "give back a handle that was let go of".to_owned();
            return Err(Unfit { kind: ErrorKind::Encode, why });
        }
        self.block.clear();
        extras.write(&mut self.block);
        Ok(())
    }

    pub(super) fn check_length(&self, length: usize) -> Result<(), String> {
        let limit = self.peer.message;
        if length as u64 > limit {
            return Err(format!("take {length} bytes; the other end accepts messages of up to {limit}"));
        }
        Ok(())
    }

    /// Sends a message that was checked; `true` if it goes in chunks.
    pub(super) fn send(&mut self, header: Header, message: Outgoing<'_, O>) -> bool {
        let Some(extras) = message.extras else {
            return self.push(header, message.payload);
        };
        let length = self.block.len() + message.payload.len();
        let cut = self.outbox.must_cut(length);
        let gifts = self.give(&mut extras.given, cut);
        let header = Header { flags: header.flags.with_extensions(), ..header };
        if cut {
            let cargo = Cargo { block: std::mem::take(&mut self.block), gifts };
            let payload = Bytes::from(std::mem::take(message.payload));
            self.outbox.push_large(header, payload, Some(Box::new(cargo)));
        } else {
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            self.outbox.push_extended(Header { length, ..header }, &self.block, message.payload);
        }
        cut
    }

    pub(super) fn push(&mut self, header: Header, payload: &mut Vec<u8>) -> bool {
        if self.outbox.must_cut(payload.len()) {
            self.outbox.push_large(header, Bytes::from(std::mem::take(payload)), None);
            return true;
        }
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.outbox.push(Header { length, ..header }, payload);
        false
    }

    /// Takes what a message gives. In one that goes in chunks it is given when the last has left.
    fn give(&mut self, given: &mut Given<O>, cut: bool) -> Gifts {
        let mut gifts = Gifts::default();
        if given.is_empty() {
            return gifts;
        }
        let Given { streams, handles, returned } = std::mem::take(given);
        streams.iter().for_each(|id| self.producing.begin(*id, cut));
        if cut {
            gifts.handles = handles.iter().map(|(id, _)| *id).collect();
            returned.iter().for_each(|id| self.imports.pin(*id));
        }
        let exports = handles.into_iter().map(|(id, object)| (id, Export { object, given: !cut }));
        self.exports.0.extend(exports);
        if cut {
            gifts.streams = streams;
            gifts.returned = returned;
        }
        gifts
    }

    /// The message is not completed: what it would have given stays here.
    pub(super) fn take_back(&mut self, withdrawn: Withdrawn) {
        let (Withdrawn::Unsent(gifts) | Withdrawn::Partial(gifts)) = withdrawn else {
            return;
        };
        for id in gifts.streams {
            let produced = self.producing.streams.remove(&id);
            self.aftermath.woken.extend(produced.and_then(|produced| produced.waiter));
        }
        for id in gifts.handles {
            self.aftermath.discarded.extend(self.exports.0.remove(&id).map(|export| export.object));
        }
        self.unpin(gifts.returned);
    }

    /// Bytes were taken to be written: large messages may be done, and there may be room.
    pub(super) fn has_left(&mut self) {
        for done in self.outbox.take_done() {
            if done.header.kind == Kind::StreamItem as u8 {
                self.advance(done.header.call);
            }
            for id in done.gifts.streams {
                self.producing.highest = self.producing.highest.max(id);
                self.advance(id);
            }
            for id in done.gifts.handles {
                if let Some(export) = self.exports.0.get_mut(&id) {
                    export.given = true;
                }
            }
            self.unpin(done.gifts.returned);
        }
        if !self.producing.for_room.is_empty() && self.outbox.has_room_for_items() {
            for id in std::mem::take(&mut self.producing.for_room) {
                let waiter = self.producing.streams.get_mut(&id).and_then(|produced| produced.waiter.take());
                self.aftermath.woken.extend(waiter);
            }
        }
    }

    /// What was being cut of a stream has left: the next of it may follow.
    fn advance(&mut self, stream: u64) {
        let Some(produced) = self.producing.streams.get_mut(&stream) else {
            return;
        };
        produced.stage = Stage::Idle;
        let waiter = match produced.finish.take() {
            Some(finish) => self.push_end(stream, &finish),
            None => produced.waiter.take(),
        };
        self.aftermath.woken.extend(waiter);
    }

    fn unpin(&mut self, returned: Vec<u64>) {
        for id in returned {
            if self.imports.unpin(id) {
                self.push_release(id);
            }
        }
    }

    pub(super) fn push_release(&mut self, object: u64) {
        if self.ended.is_none() {
            self.outbox.push_note(header(Kind::Release, Codec::Postcard, 0, 0, object), &[]);
        }
    }

    pub(super) fn push_system_error(&mut self, call: u64, error: &SystemError) {
        let error = SystemError { kind: error.kind, message: self.fitting(&error.message) };
        self.push_notice(Kind::SystemError, call, &notice::to_json(&error));
    }

    /// The beginning of a text that goes into a notice, which is a single frame: an eighth of it,
    /// since JSON may write six bytes for one, and the smallest frame has to hold the rest too.
    pub(super) fn fitting(&self, text: &str) -> String {
        let (beginning, _) = text.split_at(text.floor_char_boundary(self.outbox.frame() / 8));
        beginning.to_owned()
    }

    pub(super) fn push_notice(&mut self, kind: Kind, call: u64, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.outbox.push(Header { length, ..header(kind, Codec::Json, 0, call, 0) }, payload);
    }
}
