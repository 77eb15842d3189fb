//! The way of a batch: through the filters to the summary and the exporter.
//!
//! It knows the interfaces and no processes: what it is given may as well live in this program.

use std::io::Write;

use logscan::{Batch, Exporter, Filter};
use outboard::Failure;

use crate::ahead::{Ahead, ahead};
use crate::summary::Summary;

/// A plugin, and what to call it in a sentence about it.
#[derive(Debug)]
pub(crate) struct Named<P> {
    /// With its role: ``filter `status` ``.
    pub(crate) name: String,
    pub(crate) plugin: P,
}

/// The filters, in their order, and what becomes of what they keep.
pub(crate) struct Pipeline<F, E, W> {
    filters: Vec<Named<F>>,
    export: Option<Export<E, W>>,
}

/// A batch on its way.
#[derive(Debug)]
pub(crate) struct Passing {
    /// What is left of it.
    pub(crate) batch: Batch,
    /// How many records it had.
    pub(crate) read: usize,
    /// How many of those that it lost do not parse. Each line is parsed once: where it is dropped, or
    /// at the end.
    pub(crate) unparsable: usize,
}

/// An exporter, and where the bytes go that it makes.
pub(crate) struct Export<E, W> {
    exporter: Named<E>,
    output: W,
}

impl<F: Filter, E: Exporter, W: Write> Pipeline<F, E, W> {
    pub(crate) fn new(filters: Vec<Named<F>>, export: Option<Export<E, W>>) -> Self {
        Self { filters, export }
    }

    /// Passes all batches, up to the first error. What was exported by then is whole.
    ///
    /// Each filter has a thread that waits for its answers, so that all plugins work at a time, each
    /// at another batch.
    pub(crate) fn run(
        self,
        batches: impl Iterator<Item = Result<Batch, Failure>> + Send + 'static,
    ) -> Result<Summary, Failure> {
        let mut passing: Ahead<Passing> = ahead(batches.map(|batch| Ok(Passing::from(batch?))))?;
        for filter in self.filters {
            passing = ahead(passing.map(move |batch| filter.sift(batch?)))?;
        }
        let (mut summary, mut export) = (Summary::default(), self.export);
        for passed in passing {
            let passed = passed?;
            summary.count(&passed);
            match &mut export {
                Some(export) if !passed.batch.is_empty() => export.rows(&passed.batch)?,
                _ => {}
            }
        }
        if let Some(export) = export {
            export.end()?;
        }
        Ok(summary)
    }
}

impl From<Batch> for Passing {
    fn from(batch: Batch) -> Self {
        Self { read: batch.len(), unparsable: 0, batch }
    }
}

impl<P> Named<P> {
    /// A failure's text, below the plugin's name.
    pub(crate) fn blamed<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        outcome.map_err(|failure| failure.context(&self.name))
    }
}

impl<F: Filter> Named<F> {
    /// Takes from a batch what the filter does not keep.
    fn sift(&self, mut passing: Passing) -> Result<Passing, Failure> {
        let records = passing.batch.len();
        if records == 0 {
            return Ok(passing);
        }
        let keep = self.blamed(self.plugin.keep(&passing.batch))?;
        if keep.len() != records {
            let said = format!("gave {} answers for {records} records", keep.len());
            return self.blamed(Err(Failure::msg(said)));
        }
        if keep.contains(&false) {
            let dropped = passing.batch.records().zip(&keep).filter(|(_, keep)| !**keep);
            passing.unparsable += dropped.filter(|(record, _)| record.fields().is_none()).count();
            passing.batch = passing.batch.select(&keep);
        }
        Ok(passing)
    }
}

impl<E: Exporter, W: Write> Export<E, W> {
    /// Opens the output once the exporter has said how it begins.
    pub(crate) fn begin(exporter: Named<E>, open: impl FnOnce() -> Result<W, Failure>) -> Result<Self, Failure> {
        let header = exporter.blamed(exporter.plugin.header())?;
        let mut export = Self { exporter, output: open()? };
        export.write(&header)?;
        Ok(export)
    }

    fn rows(&mut self, batch: &Batch) -> Result<(), Failure> {
        let rows = self.exporter.blamed(self.exporter.plugin.rows(batch))?;
        self.write(&rows)
    }

    fn end(mut self) -> Result<(), Failure> {
        let footer = self.exporter.blamed(self.exporter.plugin.footer())?;
        self.write(&footer)
    }

    /// Whole records in one go, and at once: what comes after them may fail.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.output.write_all(bytes).and_then(|()| self.output.flush());
        written.map_err(|error| Failure::from(error).context("cannot write the export"))
    }
}

#[cfg(test)]
mod tests;
