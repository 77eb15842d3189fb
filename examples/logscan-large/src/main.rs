//! A filter: keeps the answers that are at least as long as its argument says, in bytes.

// ANCHOR: plugin
use std::sync::OnceLock;

use logscan::{Batch, Filter, FilterServer};
use outboard::Failure;

#[derive(Default)]
struct Large {
    least: OnceLock<u64>,
}

impl Filter for Large {
    fn configure(&self, argument: Option<&str>) -> Result<(), Failure> {
        let least = argument.ok_or_else(|| Failure::msg("say how many bytes, as in `large=100000`"))?;
        let least = least.parse().map_err(|error| Failure::from(error).context("that is no number of bytes"))?;
        self.least.set(least).map_err(|_| Failure::msg("configured twice"))
    }

    fn keep(&self, batch: &Batch) -> Result<Vec<bool>, Failure> {
        let least = self.least.get().ok_or_else(|| Failure::msg("not configured"))?;
        let bytes = batch.records().map(|record| record.fields().and_then(|fields| fields.bytes));
        Ok(bytes.map(|bytes| bytes.is_some_and(|bytes| bytes >= *least)).collect())
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(FilterServer::new(Large::default()))
}
// ANCHOR_END: plugin

// ANCHOR: tests
#[cfg(test)]
mod tests {
    use logscan::FilterClient;
    use outboard::testing;

    use super::*;

    const LOG: &str = r#"192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /big HTTP/1.1" 200 5000 "-" "-"
192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /small HTTP/1.1" 200 50 "-" "-"
192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /none HTTP/1.1" 304 - "-" "-"
no line of that format
"#;

    fn check(filter: &impl Filter) {
        filter.configure(Some("5000")).unwrap();
        assert_eq!(filter.keep(&Batch::from(LOG.to_owned())).unwrap(), [true, false, false, false]);
    }

    #[test]
    fn large_answers_are_kept() {
        // As a struct, in this process behind a client, and over real bytes.
        check(&Large::default());
        check(&FilterClient::local(Large::default()));
        check(&testing::connect_blocking(FilterServer::new(Large::default())).unwrap());
    }

    #[test]
    fn an_argument_that_is_no_number_is_refused() {
        let failure = Large::default().configure(Some("much")).unwrap_err();
        assert_eq!(format!("{failure:?}"), "that is no number of bytes: invalid digit found in string");
    }
}
// ANCHOR_END: tests
