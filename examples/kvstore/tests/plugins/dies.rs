//! An index that dies in the middle of a transaction.
#![allow(clippy::print_stderr, reason = "its last words")]

use kvstore::{Index, IndexClient, Indexer, IndexerServer, Note, Store, StoreClient, Transaction};
use outboard::{Error, Result, Stream};

struct Dies;

impl Indexer for Dies {
    fn open(&self, store: StoreClient) -> Result<IndexClient> {
        Ok(IndexClient::local(Dying(store)))
    }
}

struct Dying(StoreClient);

impl Index for Dying {
    fn add(&self, notes: Stream<Note>) -> Result<u64> {
        let transaction = self.0.begin()?;
        for note in notes {
            transaction.put(&[kvstore::Entry { key: note?.name, value: String::new() }])?;
        }
        eprintln!("it was all too much");
        std::process::abort()
    }

    fn search(&self, _: &str) -> Result<Stream<Note>> {
        Err(Error::other("there is nothing"))
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(IndexerServer::new(Dies))
}
