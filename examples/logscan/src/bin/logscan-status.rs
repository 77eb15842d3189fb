//! A filter: keeps the records with a status (`=404`) or a class of them (`=5xx`).

// ANCHOR: plugin
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use logscan::{Batch, Filter, FilterServer};
use outboard::Failure;

#[derive(Default)]
pub(crate) struct Status {
    wanted: OnceLock<RangeInclusive<u16>>,
}

impl Filter for Status {
    fn configure(&self, argument: Option<&str>) -> Result<(), Failure> {
        let wanted = argument.and_then(statuses).ok_or_else(|| Failure::msg("say which, as in `404` or `5xx`"))?;
        self.wanted.set(wanted).map_err(|_| Failure::msg("configured twice"))
    }

    fn keep(&self, batch: &Batch) -> Result<Vec<bool>, Failure> {
        let wanted = self.wanted.get().ok_or_else(|| Failure::msg("not configured"))?;
        let keep = batch.records().map(|record| record.status().is_some_and(|status| wanted.contains(&status)));
        Ok(keep.collect())
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
    outboard::serve(FilterServer::new(Status::default()))
}
// ANCHOR_END: plugin
