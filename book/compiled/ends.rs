//! The plugin whose end the book shows.

use outboard::{Result, Stream, plugin_interface};

/// What the host lends it.
#[plugin_interface(version = 1, name = "book-log")]
pub trait Log {
    /// Takes a line, and may take long for it.
    ///
    /// # Errors
    /// None of its own.
    async fn line(&self, text: &str) -> Result<()>;
}

/// What it opens.
#[plugin_interface(version = 1, name = "book-cursor")]
pub trait Cursor {
    /// The next row.
    ///
    /// # Errors
    /// None of its own.
    async fn next(&self) -> Result<Option<u64>>;
}

/// Has one of everything that lasts longer than a call.
#[plugin_interface(version = 1, name = "book-archive")]
pub trait Archive {
    /// Two entries, and then none for a long time.
    ///
    /// # Errors
    /// None of its own.
    async fn entries(&self) -> Result<Stream<String>>;
    /// Keeps the stream, and reads its first entry.
    ///
    /// # Errors
    /// That of the stream.
    async fn add(&self, entries: Stream<String>) -> Result<()>;
    /// Opens a cursor.
    ///
    /// # Errors
    /// None of its own.
    async fn open(&self) -> Result<CursorClient>;
    /// Keeps the log, and begins to write to it.
    ///
    /// # Errors
    /// None of its own.
    async fn watch(&self, log: LogClient) -> Result<()>;
    /// Aborts the process.
    ///
    /// # Errors
    /// Always.
    async fn abort(&self) -> Result<()>;
    /// Waits for ever.
    ///
    /// # Errors
    /// None of its own.
    async fn wait(&self) -> Result<()>;
}
