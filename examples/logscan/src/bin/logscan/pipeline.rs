//! The way of a batch: through the filters to the summary and the exporter.
//!
//! It knows the interfaces and no processes: what it is given may as well live in this program.

use std::io::Write;

use logscan::{Batch, Exporter, Filter};
use outboard::Failure;

use crate::ahead::{Ahead, ahead};
use crate::sieve::Sieve;
use crate::summary::Summary;

/// A plugin, and what to call it in a sentence about it.
#[derive(Debug)]
pub(crate) struct Named<P> {
    /// With its role: ``filter `status` ``.
    pub(crate) name: String,
    pub(crate) plugin: P,
}

/// What the filters keep, and what becomes of it.
pub(crate) struct Pipeline<E, W> {
    sifted: Ahead<Passing>,
    export: Option<Export<E, W>>,
}

/// A batch on its way.
#[derive(Debug, Default)]
pub(crate) struct Passing {
    /// What is left of it.
    pub(crate) batch: Batch,
    /// How many records were read for it.
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

/// Starts to pass batches through the filters, in their order.
///
/// Each filter has a thread that takes its answers, so that all plugins work at a time.
pub(crate) fn sift<F: Filter>(
    batches: impl Iterator<Item = Result<Batch, Failure>> + Send + 'static,
    filters: Vec<Sieve<F>>,
) -> Result<Ahead<Passing>, Failure> {
    let mut passing = ahead(batches.map(|batch| Ok(Passing::from(batch?))))?;
    for filter in filters {
        passing = ahead(filter.start(passing)?)?;
    }
    Ok(passing)
}

impl<E: Exporter, W: Write> Pipeline<E, W> {
    pub(crate) fn new(sifted: Ahead<Passing>, export: Option<Export<E, W>>) -> Self {
        Self { sifted, export }
    }

    /// Takes all batches, up to the first error. What was exported by then is whole.
    pub(crate) fn run(self) -> Result<Summary, Failure> {
        let (mut summary, mut export) = (Summary::default(), self.export);
        for passed in self.sifted {
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

impl Passing {
    /// The same, with what is to be counted of one before it that is empty.
    pub(crate) fn after(self, empty: &Self) -> Self {
        Self { read: empty.read + self.read, unparsable: empty.unparsable + self.unparsable, batch: self.batch }
    }

    /// Takes away the records that a filter does not keep.
    pub(crate) fn kept(mut self, keep: &[bool]) -> Result<Self, Failure> {
        let records = self.batch.len();
        if keep.len() != records {
            return Err(Failure::msg(format!("gave {} answers for {records} records", keep.len())));
        }
        if keep.contains(&false) {
            let dropped = self.batch.records().zip(keep).filter(|(_, keep)| !**keep);
            self.unparsable += dropped.filter(|(record, _)| record.fields().is_none()).count();
            self.batch = self.batch.select(keep);
        }
        Ok(self)
    }
}

impl<P> Named<P> {
    /// A failure's text, below the plugin's name.
    pub(crate) fn blamed<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        outcome.map_err(|failure| failure.context(&self.name))
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
