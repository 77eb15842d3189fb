//! A filter that goes wrong as its argument `HOW:WORD` says, at a line with this word; and an exporter
//! that dies at one with `abort the export`.
#![allow(clippy::panic, clippy::print_stderr, reason = "going wrong is what this program is for")]

use std::fs::File;
use std::mem;
use std::process::{Command, abort, exit, id};

use logscan::{Batch, Exporter, ExporterServer, Filter, FilterServer};
use outboard::{Failure, Server, Stream};

struct Poison;

impl Filter for Poison {
    fn keep(&self, argument: Option<&str>, batches: Stream<Batch>) -> Result<Stream<Vec<bool>>, Failure> {
        let (how, word) = argument.and_then(|text| text.split_once(':')).ok_or_else(|| Failure::msg("say how"))?;
        if how == "hold" {
            // A pipe that closes when this process ends, whatever ends it.
            mem::forget(File::options().write(true).open(word)?);
        }
        let (how, word) = (how.to_owned(), word.to_owned());
        Ok(Stream::try_from_iter(batches.into_iter().map(move |batch| answers(&how, &word, &batch?))))
    }
}

fn answers(how: &str, word: &str, batch: &Batch) -> Result<Vec<bool>, Failure> {
    if batch.records().any(|record| record.line.contains(word)) {
        match how {
            "abort" => abort(),
            "exit" => exit(3),
            "fail" => return Err(Failure::msg("two\nlines \u{1b}[2J").context("no luck")),
            "few" => return Ok(vec![true]),
            "kill" => drop(Command::new("kill").args(["-KILL", &id().to_string()]).status()),
            "panic" => panic!("that was poison"),
            "speak" => {
                eprintln!("first words\nlast words");
                abort()
            }
            _ => {}
        }
    }
    Ok(vec![true; batch.len()])
}

impl Exporter for Poison {
    fn header(&self) -> Result<Vec<u8>, Failure> {
        Ok(b"begin\n".to_vec())
    }

    fn rows(&self, batch: &Batch) -> Result<Vec<u8>, Failure> {
        if batch.records().any(|record| record.line.contains("abort the export")) {
            abort();
        }
        Ok(batch.records().flat_map(|record| format!("{}\n", record.line).into_bytes()).collect())
    }

    fn footer(&self) -> Result<Vec<u8>, Failure> {
        Ok(b"end\n".to_vec())
    }
}

fn main() -> std::process::ExitCode {
    Server::builder().add(FilterServer::new(Poison)).add(ExporterServer::new(Poison)).run()
}
