//! A filter: keeps the records whose line matches a pattern, in the syntax of the `regex` crate.

// ANCHOR: plugin
use logscan::{Batch, Filter, FilterServer, keep_if};
use outboard::{Failure, Stream};
use regex::Regex;

pub(crate) struct Matching;

impl Filter for Matching {
    fn keep(&self, argument: Option<&str>, batches: Stream<Batch>) -> Result<Stream<Vec<bool>>, Failure> {
        let pattern = argument.ok_or_else(|| Failure::msg("say which pattern, as in `regex=^192\\.0\\.2\\.`"))?;
        let pattern = Regex::new(pattern).map_err(|error| Failure::msg(sentence(&error)))?;
        Ok(keep_if(batches, move |record| pattern.is_match(record.line)))
    }
}

/// The last line of what the crate says: those before draw the pattern, with a mark below it.
fn sentence(error: &regex::Error) -> String {
    let said = error.to_string();
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn main() -> std::process::ExitCode {
    outboard::serve(FilterServer::new(Matching))
}
// ANCHOR_END: plugin
