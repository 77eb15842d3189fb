//! What is left of everything when the other program dies: the table of the errors' page.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::thread;

use outboard::{Context, Plugin, Result, Stream};
use outboard_book::ends::{Archive, ArchiveClient, Cursor, Log, LogClient};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

const PLUGIN: &str = env!("CARGO_BIN_EXE_book-ends");

/// Tells what happens to it.
struct Told(mpsc::UnboundedSender<String>);

impl Log for Told {
    async fn line(&self, text: &str) -> Result<()> {
        let _ = self.0.send(text.to_owned());
        let _guard = Guard(self.0.clone());
        std::future::pending().await
    }
}

/// Stands in a handler that runs.
struct Guard(mpsc::UnboundedSender<String>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send("the handler is dropped".to_owned());
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_root_cause() -> Result<()> {
    let archive = ArchiveClient::launch(PLUGIN).await?;
    // ANCHOR: stream
    let mut entries = archive.entries().await?;
    assert_eq!(entries.next().await.transpose()?.as_deref(), Some("first"));
    archive.abort().await.unwrap_err(); // the process dies
    assert_eq!(entries.next().await.transpose()?.as_deref(), Some("second")); // was here already

    let error = entries.next().await.unwrap().unwrap_err();
    assert!(error.is_disconnected());
    assert!(error.to_string().contains("was killed by SIGABRT"), "{error}");
    assert!(entries.next().await.is_none());
    // ANCHOR_END: stream
    Ok(())
}

#[tokio::test]
async fn what_was_lent_comes_back_and_what_was_held_fails() -> Result<()> {
    let archive = ArchiveClient::launch(PLUGIN).await?;
    let (lines, mut told) = mpsc::unbounded_channel();
    // ANCHOR: handles
    let cursor = archive.open().await?;
    archive.watch(LogClient::local(Told(lines))).await?;
    assert_eq!(told.recv().await.as_deref(), Some("watching"));
    archive.abort().await.unwrap_err(); // the process dies

    let error = cursor.next().await.unwrap_err();
    assert!(error.is_disconnected() && error.is_safe_to_retry());
    assert!(error.to_string().contains("was killed by SIGABRT"), "{error}");
    // The plugin was calling `line`.
    assert_eq!(told.recv().await.as_deref(), Some("the handler is dropped"));
    assert_eq!(told.recv().await, None); // and so is the log
    // ANCHOR_END: handles
    Ok(())
}

#[tokio::test]
async fn calls_fail_and_sources_stop() -> Result<()> {
    let archive = ArchiveClient::launch(PLUGIN).await?;
    let (entries, receiver) = mpsc::channel(1);
    let (iterator, mut iterated) = mpsc::unbounded_channel();
    entries.send("one".to_owned()).await.unwrap();
    archive.add(Stream::new(ReceiverStream::new(receiver))).await?;
    let slow = std::iter::once("one".to_owned()).chain(std::iter::from_fn(move || {
        let context = Context::current();
        while !context.is_cancelled() {
            thread::yield_now();
        }
        let _ = iterator.send("cancelled");
        Some("two".to_owned())
    }));
    archive.add(Stream::from_iter(slow)).await?;
    let waiting = tokio::spawn({
        let archive = archive.clone();
        async move { archive.wait().await }
    });
    archive.abort().await.unwrap_err();

    assert!(waiting.await.unwrap().unwrap_err().is_disconnected());
    let later = archive.open().await.unwrap_err();
    assert!(later.is_disconnected() && later.is_safe_to_retry());
    entries.closed().await;
    assert_eq!(iterated.recv().await, Some("cancelled"));
    assert_eq!(iterated.recv().await, None);
    Ok(())
}

#[tokio::test]
async fn a_shutdown_waits_for_calls_alone() -> Result<()> {
    let plugin = Plugin::builder(PLUGIN).interface::<ArchiveClient>().launch().await?;
    let archive = plugin.client::<ArchiveClient>()?;
    let mut entries = archive.entries().await?;
    assert_eq!(entries.next().await.transpose()?.as_deref(), Some("first"));
    let cursor = archive.open().await?;
    plugin.shutdown().await?;
    assert_eq!(entries.next().await.transpose()?.as_deref(), Some("second"));
    let error = entries.next().await.unwrap().unwrap_err();
    assert!(error.is_disconnected());
    assert!(error.to_string().ends_with("was shut down"), "{error}");
    assert!(cursor.next().await.unwrap_err().is_disconnected());
    Ok(())
}
