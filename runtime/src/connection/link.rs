//! A connection as values see it that cross it: they take numbers, announce interfaces and let go of
//! objects.
//!
//! A link does not keep the connection alive as its clients do.

use std::any::TypeId;
use std::sync::Arc;

use super::shared::Shared;
use super::{Connection, Object, Sender};
use crate::protocol::hello::Entry;

#[derive(Clone)]
pub(crate) struct Link(pub(super) Arc<Shared>);

impl Link {
    pub(crate) fn is_of(&self, connection: &Connection) -> bool {
        Arc::ptr_eq(&self.0, &connection.0.shared)
    }

    /// The connection, unless everybody has let go of it.
    pub(crate) fn connection(&self) -> Option<Connection> {
        self.0.connection()
    }

    /// Somebody waits for what the peer sends, and does not read.
    pub(super) fn is_waited_for(&self) {
        if self.0.is_driven_by_a_task() {
            return;
        }
        if let Some(threads) = self.connection().and_then(|connection| connection.0.threads.clone()) {
            threads.is_waited_for();
        }
    }

    pub(crate) fn next_stream(&self) -> u64 {
        self.0.numbers.next_stream()
    }

    pub(crate) fn next_handle(&self) -> u64 {
        self.0.numbers.next_handle()
    }

    /// A stream of this side's, which its message has given.
    pub(crate) fn sender(&self, id: u64) -> Sender {
        Sender::new(self.clone(), id)
    }

    /// The number under which the peer knows the object's interface, which it is told if need be.
    /// `client` is the type of its clients, and `version` that of what is behind it; `entry` is the SDK's.
    pub(crate) fn announce(&self, client: TypeId, version: u32, entry: impl FnOnce() -> Entry) -> Result<u32, String> {
        let mut state = self.0.lock();
        if state.session.ended().is_some() {
            // Whatever it is for is not sent, and fails with the root cause.
            return Ok(0);
        }
        let known = state.interfaces.len();
        let key = *state.interfaces.entry((client, version)).or_insert(known);
        let number = state.session.announce(key, entry).map_err(|error| error.to_string());
        self.0.release(state);
        number
    }

    /// The longest frame that the peer takes, in bytes.
    pub(crate) fn frame(&self) -> usize {
        self.0.lock().session.frame()
    }

    /// An interface of the peer's.
    pub(crate) fn interface(&self, number: u32) -> Option<Arc<Entry>> {
        self.0.lock().session.interface(number)
    }

    /// An object that this side serves from the beginning.
    pub(crate) fn root(&self, id: u64) -> Option<Arc<dyn Object>> {
        self.0.lock().root(id)
    }

    /// Sends back what came with a message and was not taken.
    pub(crate) fn decline(&self, streams: &[u64], handles: &[u64]) {
        if streams.is_empty() && handles.is_empty() {
            return;
        }
        let mut state = self.0.lock();
        state.session.decline(streams, handles);
        self.0.ask_flush(state);
    }

    /// Lets go of an object of the peer's. Never blocks.
    pub(crate) fn release(&self, object: u64) {
        let mut state = self.0.lock();
        state.session.release(object);
        self.0.ask_flush(state);
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
