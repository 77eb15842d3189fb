//! A plugin that has one of everything when it dies.
#![allow(clippy::expect_used, reason = "it only lives for a test")]

use std::sync::Mutex;

use outboard::{Error, Result, Stream};
use outboard_book::ends::{Archive, ArchiveServer, Cursor, CursorClient, Log as _, LogClient};
use tokio_stream::StreamExt as _;

#[derive(Default)]
struct Shelf {
    streams: Mutex<Vec<Stream<String>>>,
    logs: Mutex<Vec<LogClient>>,
}

impl Archive for Shelf {
    async fn entries(&self) -> Result<Stream<String>> {
        let entries = ["first", "second"].map(str::to_owned);
        Ok(Stream::new(tokio_stream::iter(entries).chain(tokio_stream::pending())))
    }

    async fn add(&self, mut entries: Stream<String>) -> Result<()> {
        entries.next().await.unwrap_or_else(|| Err(Error::other("nothing to add")))?;
        self.streams.lock().expect("no panic").push(entries);
        Ok(())
    }

    async fn open(&self) -> Result<CursorClient> {
        Ok(CursorClient::local(Row))
    }

    async fn watch(&self, log: LogClient) -> Result<()> {
        self.logs.lock().expect("no panic").push(log.clone());
        tokio::spawn(async move { log.line("watching").await });
        Ok(())
    }

    async fn abort(&self) -> Result<()> {
        std::process::abort()
    }

    async fn wait(&self) -> Result<()> {
        std::future::pending().await
    }
}

struct Row;

impl Cursor for Row {
    async fn next(&self) -> Result<Option<u64>> {
        Ok(Some(1))
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(ArchiveServer::new(Shelf::default()))
}
