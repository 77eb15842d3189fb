//! The plugin: an index by words, in plain functions.

// ANCHOR: plugin
use std::collections::BTreeSet;

use kvstore::{Entry, Index, IndexClient, Indexer, IndexerServer, Note, Store, StoreClient, Transaction};
use outboard::{Result, Stream};

struct Words;

impl Indexer for Words {
    fn open(&self, store: StoreClient) -> Result<IndexClient> {
        Ok(IndexClient::local(WordIndex { store }))
    }
}

/// Has an entry `WORD/NAME` for every word of every note.
struct WordIndex {
    store: StoreClient,
}

impl Index for WordIndex {
    fn add(&self, notes: Stream<Note>) -> Result<u64> {
        let transaction = self.store.begin()?;
        let mut added = 0;
        // Once nobody waits for this call any more, the next note and the next `put` are errors. Like
        // every error here they drop the transaction, which has changed nothing then.
        for note in notes {
            transaction.put(&entries(&note?))?;
            added += 1;
        }
        transaction.commit()?;
        Ok(added)
    }

    fn search(&self, word: &str) -> Result<Stream<Note>> {
        let prefix = format!("{}/", word.to_lowercase());
        let entries = self.store.scan(&prefix)?;
        // Runs as the reader reads, and ends when he leaves.
        let notes = entries.into_iter().map(move |entry| {
            let Entry { key, value } = entry?;
            Ok::<_, outboard::Error>(Note { name: key.replacen(&prefix, "", 1), text: value })
        });
        Ok(Stream::try_from_iter(notes))
    }
}

fn entries(note: &Note) -> Vec<Entry> {
    let words = note.text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: BTreeSet<String> = words.map(str::to_lowercase).collect();
    words.iter().map(|word| Entry { key: format!("{word}/{}", note.name), value: note.text.clone() }).collect()
}

fn main() -> std::process::ExitCode {
    outboard::serve(IndexerServer::new(Words))
}
// ANCHOR_END: plugin
