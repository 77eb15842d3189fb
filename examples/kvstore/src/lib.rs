//! What the host and its plugins share.
//!
//! The host has a key-value store and lends it to a plugin, which keeps an index of notes in it. So
//! there are objects on both sides: [`Store`] and [`Transaction`] are the host's, [`Indexer`] and
//! [`Index`] the plugin's.

use outboard::{Result, Stream, plugin_interface};
use serde::{Deserialize, Serialize};

// ANCHOR: host
/// What the store has under a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// By which it is found.
    pub key: String,
    /// Any text.
    pub value: String,
}

/// The host's store, as plugins see it.
#[plugin_interface(version = 1, name = "kvstore-store")]
pub trait Store {
    /// The entries whose keys begin with `prefix`, in the order of their keys, as they are now.
    ///
    /// # Errors
    /// None of its own.
    fn scan(&self, prefix: &str) -> Result<Stream<Entry>>;

    /// Begins a transaction.
    ///
    /// # Errors
    /// None of its own.
    fn begin(&self) -> Result<TransactionClient>;
}

/// Changes of the store that are made together or not at all.
///
/// They are made by `commit`. A transaction that is let go of before, by whom and for whatever
/// reason, has changed nothing.
#[plugin_interface(version = 1, name = "kvstore-transaction")]
pub trait Transaction {
    /// Writes entries, over those with the same keys.
    ///
    /// # Errors
    /// If the transaction is over.
    fn put(&self, entries: &[Entry]) -> Result<()>;

    /// Makes the changes, and ends the transaction.
    ///
    /// # Errors
    /// If the transaction is over.
    fn commit(&self) -> Result<()>;
}
// ANCHOR_END: host

// ANCHOR: plugin
/// A text with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is called.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// A plugin: keeps an index in anybody's store.
#[plugin_interface(version = 1, name = "kvstore-indexer")]
pub trait Indexer {
    /// The index in this store.
    ///
    /// # Errors
    /// If there can be none.
    fn open(&self, store: StoreClient) -> Result<IndexClient>;
}

/// An index of notes.
#[plugin_interface(version = 1, name = "kvstore-index")]
pub trait Index {
    /// Adds notes as they come, in one transaction, and says how many.
    ///
    /// # Errors
    /// If the store or the source of the notes fails. Then none is added.
    fn add(&self, notes: Stream<Note>) -> Result<u64>;

    /// The notes in which a word stands.
    ///
    /// # Errors
    /// If the store fails.
    fn search(&self, word: &str) -> Result<Stream<Note>>;
}
// ANCHOR_END: plugin
