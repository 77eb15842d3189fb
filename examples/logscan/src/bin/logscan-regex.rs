//! A filter: keeps the records whose line matches a pattern, in the syntax of the `regex` crate.

// ANCHOR: plugin
use std::sync::OnceLock;

use logscan::{Batch, Filter, FilterServer};
use outboard::Failure;
use regex::Regex;

#[derive(Default)]
pub(crate) struct Matching {
    pattern: OnceLock<Regex>,
}

impl Filter for Matching {
    fn configure(&self, argument: Option<&str>) -> Result<(), Failure> {
        let pattern = argument.ok_or_else(|| Failure::msg("say which pattern, as in `regex=^192\\.0\\.2\\.`"))?;
        let pattern = Regex::new(pattern).map_err(|error| Failure::msg(sentence(&error)))?;
        self.pattern.set(pattern).map_err(|_| Failure::msg("configured twice"))
    }

    fn keep(&self, batch: &Batch) -> Result<Vec<bool>, Failure> {
        let pattern = self.pattern.get().ok_or_else(|| Failure::msg("not configured"))?;
        Ok(batch.records().map(|record| pattern.is_match(record.line)).collect())
    }
}

/// The last line of what the crate says: those before draw the pattern, with a mark below it.
fn sentence(error: &regex::Error) -> String {
    let said = error.to_string();
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn main() -> std::process::ExitCode {
    outboard::serve(FilterServer::new(Matching::default()))
}
// ANCHOR_END: plugin
