//! What becomes of a transaction whose plugin is interrupted, with the real plugin.
#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

#[path = "../src/memory.rs"]
mod memory;

use std::io;
use std::sync::mpsc::{Sender, channel};

use kvstore::{IndexAsyncClient, IndexerAsyncClient, Note, Store, StoreClient};
use outboard::{ErrorKind, Result, Stream};

use memory::{Memory, Transactions};

const ROLLED_BACK: Transactions = Transactions { open: 0, committed: 0, rolled_back: 1 };

async fn open(store: &Memory) -> Result<IndexAsyncClient> {
    let indexer = outboard::launch::<IndexerAsyncClient>(env!("CARGO_BIN_EXE_kvstore-words")).await?;
    indexer.open(StoreClient::local(store.clone())).await?.try_into()
}

fn note(name: &str) -> Note {
    Note { name: name.to_owned(), text: format!("the note {name}") }
}

/// Notes without an end: as long as there is the sender, the reader waits for more.
fn silent() -> (Sender<Note>, Stream<Note>) {
    let (feed, notes) = channel();
    for name in ["a", "b"] {
        feed.send(note(name)).expect("the stream has the other end");
    }
    (feed, Stream::from_iter(notes))
}

/// The keys under which anything is.
fn keys(store: &Memory) -> Vec<String> {
    let entries = store.scan("").expect("a stream");
    entries.into_iter().map(|entry| entry.expect("an entry").key).collect()
}

/// It is as good as new, and so is the plugin.
async fn unharmed(store: &Memory, index: &IndexAsyncClient) {
    assert_eq!(store.settled().await, ROLLED_BACK);
    assert_eq!(keys(store), Vec::<String>::new());
    assert_eq!(index.add(Stream::from_iter([note("c")])).await.expect("it adds"), 1);
    assert_eq!(store.settled().await, Transactions { committed: 1, ..ROLLED_BACK });
    assert_eq!(keys(store), ["c/c", "note/c", "the/c"]);
}

#[tokio::test]
async fn a_dropped_call_is_rolled_back() -> Result<()> {
    let store = Memory::default();
    let index = open(&store).await?;
    let (feed, notes) = silent();
    tokio::select! {
        added = index.add(notes) => panic!("the feed has no end: {added:?}"),
        _ = store.transactions(|transactions| transactions.open == 1) => {}
    }
    unharmed(&store, &index).await;
    // Until here: a stream that ended would be committed.
    drop(feed);
    Ok(())
}

#[tokio::test]
async fn notes_that_break_off_are_rolled_back() -> Result<()> {
    let store = Memory::default();
    let index = open(&store).await?;
    let notes = [Ok(note("a")), Err(io::Error::other("the disk is gone"))];
    let error = index.add(Stream::try_from_iter(notes)).await.expect_err("not all came");
    assert_eq!(error.kind(), ErrorKind::Remote);
    let said = error.report().to_string();
    assert!(said.ends_with("the disk is gone"), "{said}");
    unharmed(&store, &index).await;
    Ok(())
}

#[tokio::test]
async fn a_plugin_that_is_killed_is_rolled_back() -> Result<()> {
    let store = Memory::default();
    let plugin = outboard::Plugin::builder(env!("CARGO_BIN_EXE_kvstore-words"));
    let plugin = plugin.interface::<IndexerAsyncClient>().launch().await?;
    let index = plugin.client::<IndexerAsyncClient>()?.open(StoreClient::local(store.clone())).await?;
    let index: IndexAsyncClient = index.try_into()?;
    let (feed, notes) = silent();
    let kill = async {
        store.transactions(|transactions| transactions.open == 1).await;
        std::process::Command::new("kill").args(["-KILL", &plugin.pid().to_string()]).status().expect("it runs");
    };
    let (added, ()) = tokio::join!(index.add(notes), kill);
    let error = added.expect_err("it was killed");
    assert!(error.is_disconnected(), "{error:?}");
    assert!(error.to_string().ends_with("was killed by SIGKILL, with `add` in flight"), "{error}");
    assert_eq!(store.settled().await, ROLLED_BACK);
    assert_eq!(keys(&store), Vec::<String>::new());
    // Nobody is left who reads: the feed is told.
    while feed.send(note("d")).is_ok() {
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_reader_who_leaves_a_search_disturbs_no_other() -> Result<()> {
    let store = Memory::default();
    let index = open(&store).await?;
    let notes = (0..1_000).map(|number| note(&number.to_string()));
    assert_eq!(index.add(Stream::from_iter(notes)).await?, 1_000);

    let mut found = index.search("note").await?;
    assert_eq!(found.next().await.transpose()?, Some(note("0")));
    assert_eq!(found.next().await.transpose()?, Some(note("1")));
    drop(found);

    let mut found = index.search("the").await?;
    let mut count = 0;
    while found.next().await.transpose()?.is_some() {
        count += 1;
    }
    assert_eq!(count, 1_000);
    Ok(())
}
