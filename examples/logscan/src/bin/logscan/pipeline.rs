//! The way of a batch: through the filters to the summary and the exporter.
//!
//! It knows the interfaces and no processes: what it is given may as well live in this program.

use std::io::Write;

use logscan::{Batch, Exporter, Filter};
use outboard::Failure;

use crate::summary::Summary;

/// A plugin, and what to call it in a sentence about it.
#[derive(Debug)]
pub(crate) struct Named<P> {
    /// With its role: ``filter `status` ``.
    pub(crate) name: String,
    pub(crate) plugin: P,
}

pub(crate) struct Pipeline<F, E, W> {
    filters: Vec<Named<F>>,
    export: Option<Export<E, W>>,
    summary: Summary,
}

/// An exporter, and where the bytes go that it makes.
pub(crate) struct Export<E, W> {
    exporter: Named<E>,
    output: W,
}

impl<F: Filter, E: Exporter, W: Write> Pipeline<F, E, W> {
    pub(crate) fn new(filters: Vec<Named<F>>, export: Option<Export<E, W>>) -> Self {
        Self { filters, export, summary: Summary::default() }
    }

    /// Passes all batches, up to the first error. What was exported by then is whole.
    pub(crate) fn run(&mut self, batches: impl Iterator<Item = Result<Batch, Failure>>) -> Result<(), Failure> {
        for batch in batches {
            self.pass(batch?)?;
        }
        Ok(())
    }

    fn pass(&mut self, batch: Batch) -> Result<(), Failure> {
        self.summary.count_read(&batch);
        let matches = self.matches(batch)?;
        self.summary.count_matches(&matches);
        match &mut self.export {
            Some(export) if !matches.is_empty() => export.rows(&matches),
            _ => Ok(()),
        }
    }

    /// What is left of a batch after every filter; each sees only what the one before it kept.
    fn matches(&self, mut batch: Batch) -> Result<Batch, Failure> {
        for filter in &self.filters {
            if batch.is_empty() {
                break;
            }
            batch = filter.kept(batch)?;
        }
        Ok(batch)
    }

    /// Completes the export.
    pub(crate) fn finish(self) -> Result<Summary, Failure> {
        if let Some(export) = self.export {
            export.end()?;
        }
        Ok(self.summary)
    }
}

impl<P> Named<P> {
    /// A failure's text, below the plugin's name.
    pub(crate) fn blamed<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        outcome.map_err(|failure| failure.context(&self.name))
    }
}

impl<F: Filter> Named<F> {
    fn kept(&self, batch: Batch) -> Result<Batch, Failure> {
        let keep = self.blamed(self.plugin.keep(&batch))?;
        if keep.len() != batch.len() {
            let said = format!("gave {} answers for {} records", keep.len(), batch.len());
            return self.blamed(Err(Failure::msg(said)));
        }
        Ok(if keep.iter().all(|keep| *keep) { batch } else { batch.select(&keep) })
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
