//! A filter: keeps the answers that are at least as long as its argument says, in bytes.

// ANCHOR: plugin
use logscan::{Batch, Filter, FilterServer, keep_if};
use outboard::{Failure, Stream};

struct Large;

impl Filter for Large {
    fn keep(&self, argument: Option<&str>, batches: Stream<Batch>) -> Result<Stream<Vec<bool>>, Failure> {
        let least = argument.ok_or_else(|| Failure::msg("say how many bytes, as in `large=100000`"))?;
        let least: u64 = least.parse().map_err(|error| Failure::from(error).context("that is no number of bytes"))?;
        Ok(keep_if(batches, move |record| {
            let bytes = record.fields().and_then(|fields| fields.bytes);
            bytes.is_some_and(|bytes| bytes >= least)
        }))
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(FilterServer::new(Large))
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
        let batches = Stream::from_iter([Batch::from(LOG.to_owned()), Batch::from(LOG.to_uppercase())]);
        let answers: outboard::Result<Vec<_>> = filter.keep(Some("5000"), batches).unwrap().into_iter().collect();
        assert_eq!(answers.unwrap(), [[true, false, false, false], [true, false, false, false]]);
    }

    #[test]
    fn large_answers_are_kept() {
        // As a struct, in this process behind a client, and over real bytes.
        check(&Large);
        check(&FilterClient::local(Large));
        check(&testing::connect_blocking(FilterServer::new(Large)).unwrap());
    }

    #[test]
    fn an_argument_that_is_no_number_is_refused() {
        let failure = Large.keep(Some("much"), Stream::from_iter([])).unwrap_err();
        assert_eq!(format!("{failure:?}"), "that is no number of bytes: invalid digit found in string");
    }
}
// ANCHOR_END: tests
