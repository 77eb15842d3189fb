//! What the host and the plugins of `logscan` share: the two interfaces, and what a record is.
//!
//! A plugin is an executable named `logscan-NAME` beside the host. `logscan --filter NAME` starts
//! it for a [`Filter`], `logscan --export NAME` for an [`Exporter`]; it may be both. See
//! `src/bin/logscan-status.rs` for a filter and `src/bin/logscan-jsonl.rs` for an exporter.

mod batch;
mod fields;
mod row;

use outboard::{Failure, Stream, plugin_interface};

pub use batch::{Batch, Record, keep_if};
pub use fields::Fields;
pub use row::Row;

// ANCHOR: filter
/// Keeps some records and drops the others.
#[plugin_interface(version = 2, name = "logscan-filter")]
pub trait Filter {
    /// Whether to keep each record: for each batch, in their order, one answer for each record.
    ///
    /// The argument is the text after the `=` of `--filter NAME=ARGUMENT`. The batches come as they are
    /// read; an error in place of an answer stops the host.
    ///
    /// # Errors
    /// If there is no sense in the argument. The user reads the error, after the filter's name.
    fn keep(&self, argument: Option<&str>, batches: Stream<Batch>) -> Result<Stream<Vec<bool>>, Failure>;
}
// ANCHOR_END: filter

// ANCHOR: exporter
/// Writes records in some format.
///
/// What it returns are the bytes of the export. It is the host that has the file: an exporter that
/// dies tears no record, and one that runs on another machine still writes where the user said.
#[plugin_interface(version = 1, name = "logscan-exporter")]
pub trait Exporter {
    /// What stands before the first record. Called once, before any batch.
    ///
    /// # Errors
    /// If there can be no export. The host stops before it has opened a file.
    fn header(&self) -> Result<Vec<u8>, Failure>;

    /// The records of a batch, whole.
    ///
    /// # Errors
    /// If they cannot be written. The host stops; what it has of earlier batches stays.
    fn rows(&self, batch: &Batch) -> Result<Vec<u8>, Failure>;

    /// What stands after the last record. Called once, after all batches.
    ///
    /// # Errors
    /// If the export cannot be completed.
    fn footer(&self) -> Result<Vec<u8>, Failure>;
}
// ANCHOR_END: exporter
