//! The host: it has the store, and tokio.
#![expect(clippy::print_stdout, reason = "it tells what happens")]

mod memory;

// ANCHOR: host
use std::sync::mpsc;
use std::time::Duration;

use kvstore::{IndexAsyncClient, IndexerAsyncClient, Note, StoreClient};
use outboard::{Client, Result, Stream};

use memory::Memory;

const NOTES: [(&str, &str); 4] = [
    ("tea", "Pour the water on the leaves, and wait."),
    ("coffee", "Grind the beans, and pour hot water on them."),
    ("bread", "Flour, water, salt and a night of patience."),
    ("ants", "They come for the sugar."),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let plugin = std::env::args().nth(1).unwrap_or_else(|| "target/debug/kvstore-words".to_owned());
    let indexer = outboard::launch::<IndexerAsyncClient>(plugin).await?;

    let store = Memory::default();
    let index = indexer.open(StoreClient::local(store.clone())).await?;
    // The interface is one of plain functions; this host is async.
    let index: IndexAsyncClient = index.try_into()?;

    println!("Adding notes.");
    add(&index, Stream::from_iter(NOTES.map(note)), &store).await;

    println!("Looking for two notes with `water`.");
    let mut found = index.search("water").await?;
    for _ in 0..2 {
        if let Some(note) = found.next().await.transpose()? {
            println!("    {}: {}", note.name, note.text);
        }
    }
    // The third is not asked for.
    drop(found);

    println!("Adding what comes from a feed, for a second at most.");
    let (feed, notes) = mpsc::channel();
    // It begins, and falls silent.
    feed.send(note(("soup", "Water and whatever there is."))).ok();
    let hasty = index.with_timeout(Duration::from_secs(1));
    add(&hasty, Stream::from_iter(notes), &store).await;

    println!("Adding a note.");
    add(&index, Stream::from_iter([note(("rice", "Twice its weight in water."))]), &store).await;
    Ok(())
}

/// Adds notes, and tells what came of it.
async fn add(index: &IndexAsyncClient, notes: Stream<Note>, store: &Memory) {
    match index.add(notes).await {
        Ok(added) => println!("    {added} added"),
        Err(error) => println!("    none added: {error}"),
    }
    store.settled().await;
    println!("    the store has {store}");
}

fn note((name, text): (&str, &str)) -> Note {
    Note { name: name.to_owned(), text: text.to_owned() }
}
// ANCHOR_END: host
