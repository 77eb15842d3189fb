//! Files, as batches.

use std::fs::File;
use std::io::{self, Read};
use std::iter;
use std::mem;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use logscan::Batch;
use outboard::Failure;

/// The length of a batch. An item of a stream takes some microseconds however long it is: at a thousand
/// lines nobody feels them.
const BATCH: usize = 256 << 10;

/// The longest line. What an exporter makes of it, at most twelve times as long (the line and its
/// fields, each byte as `\u0001`), still fits in one message.
const LINE: usize = 4 << 20;

/// The lines of all the files; no batch has lines of two.
pub(crate) fn batches(
    files: Vec<PathBuf>,
    progress: ProgressBar,
) -> impl Iterator<Item = Result<Batch, Failure>> + Send + 'static {
    files.into_iter().flat_map(move |path| -> Box<dyn Iterator<Item = Result<Batch, Failure>> + Send> {
        match open(&path) {
            Ok(source) => {
                let batches = Batches::new(progress.wrap_read(source));
                Box::new(batches.map(move |batch| batch.map_err(|error| unreadable(&path, error))))
            }
            Err(error) => Box::new(iter::once(Err(unreadable(&path, error)))),
        }
    })
}

/// The sentence about a file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::from(error).context(format!("cannot read `{}`", path.display()))
}

fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    if path == Path::new("-") { Ok(Box::new(io::stdin())) } else { Ok(Box::new(File::open(path)?)) }
}

/// Whole lines, as many as fit into [`BATCH`], or one that does not.
struct Batches<R> {
    source: R,
    /// The beginning of a line.
    rest: Vec<u8>,
}

impl<R: Read> Batches<R> {
    fn new(source: R) -> Self {
        Self { source, rest: Vec::new() }
    }

    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = mem::take(&mut self.rest);
        loop {
            let searched = bytes.len();
            let room = BATCH - searched % BATCH;
            bytes.reserve(room);
            if self.source.by_ref().take(room as u64).read_to_end(&mut bytes)? == 0 {
                return Ok(bytes);
            }
            let new = bytes.get(searched..).unwrap_or_default();
            if let Some(newline) = new.iter().rposition(|byte| *byte == b'\n') {
                self.rest = bytes.split_off(searched + newline + 1);
                return Ok(bytes);
            }
            if bytes.len() > LINE {
                return Err(io::Error::other(format!("a line of it is longer than {} MiB", LINE >> 20)));
            }
        }
    }
}

impl<R: Read> Iterator for Batches<R> {
    type Item = io::Result<Batch>;

    fn next(&mut self) -> Option<io::Result<Batch>> {
        let batch = self.read().map(|bytes| Batch::from(text(bytes)));
        if batch.as_ref().is_ok_and(Batch::is_empty) { None } else { Some(batch) }
    }
}

/// Checks the text where it lies, and copies it only if there is something wrong with it.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hands out a few bytes at a time, as a pipe does.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            self.0.read(&mut buffer[..length])
        }
    }

    fn read(bytes: &[u8], drip: usize) -> Vec<Batch> {
        Batches::new(Drip(bytes, drip)).collect::<io::Result<_>>().expect("memory can be read")
    }

    fn lines(batches: &[Batch]) -> Vec<&str> {
        batches.iter().flat_map(Batch::records).map(|record| record.line).collect()
    }

    #[test]
    fn an_empty_file_is_no_batch() {
        assert_eq!(read(b"", 1), []);
    }

    #[test]
    fn empty_lines_and_a_last_line_without_its_end_are_lines() {
        assert_eq!(lines(&read(b"\n\na\r\n\nb", 2)), ["", "", "a", "", "b"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let read = read(b"caf\xe9\n\xff\xfe\nna\xc3\xafve", 3);
        assert_eq!(lines(&read), ["caf\u{fffd}", "\u{fffd}\u{fffd}", "na\u{ef}ve"]);
    }

    #[test]
    fn a_batch_has_as_many_lines_as_fit() {
        let line = "a line of some length\n";
        let log = line.repeat(BATCH / 5);
        let batches = read(log.as_bytes(), 5000);
        assert_eq!(lines(&batches), log.lines().collect::<Vec<_>>());

        let (_, full) = batches.split_last().expect("there is a batch");
        assert_eq!(full.len(), log.len() / BATCH);
        assert!(full.iter().all(|batch| batch.len() == BATCH / line.len()));
    }

    #[test]
    fn a_line_longer_than_a_batch_is_whole() {
        let long = "x".repeat(3 * BATCH);
        let log = format!("a\n{long}\nb\n");
        assert_eq!(lines(&read(log.as_bytes(), 70_000)), ["a", &long, "b"]);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let error = Batches::new(io::repeat(b'x')).next().expect("a batch").expect_err("no bound");
        assert_eq!(error.to_string(), "a line of it is longer than 4 MiB");
    }

    #[test]
    fn a_missing_file_is_named() {
        let batches = batches(vec![PathBuf::from("no-such.log")], ProgressBar::hidden());
        let failures: Vec<_> = batches.map(|batch| batch.expect_err("there is no file")).collect();
        assert_eq!(failures.len(), 1);
        assert_eq!(failures[0].to_string(), "cannot read `no-such.log`");
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_whole_text_however_it_arrives(log in "([a-z\r\n]{0,9}|\n){0,40}", drip in 1_usize..50) {
            let batches = read(log.as_bytes(), drip);
            prop_assert_eq!(lines(&batches), log.lines().collect::<Vec<_>>());
        }
    }
}
