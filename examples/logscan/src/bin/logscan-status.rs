//! A filter: keeps the records with a status (`=404`) or a class of them (`=5xx`).

// ANCHOR: plugin
use std::ops::RangeInclusive;

use logscan::{Batch, Filter, FilterServer, keep_if};
use outboard::{Failure, Stream};

pub(crate) struct Status;

impl Filter for Status {
    fn keep(&self, argument: Option<&str>, batches: Stream<Batch>) -> Result<Stream<Vec<bool>>, Failure> {
        let wanted = argument.and_then(statuses).ok_or_else(|| Failure::msg("say which, as in `404` or `5xx`"))?;
        Ok(keep_if(batches, move |record| record.status().is_some_and(|status| wanted.contains(&status))))
    }
}

fn statuses(argument: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = match argument.strip_suffix("xx") {
        Some(class) => (format!("{class}00"), format!("{class}99")),
        None => (argument.to_owned(), argument.to_owned()),
    };
    let statuses = first.parse().ok()?..=last.parse().ok()?;
    (100..=999).contains(statuses.start()).then_some(statuses)
}

fn main() -> std::process::ExitCode {
    outboard::serve(FilterServer::new(Status))
}
// ANCHOR_END: plugin
