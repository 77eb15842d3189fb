//! Plugins that live in this program.

use std::sync::{Arc, Mutex};

use super::*;

/// Keeps the lines that contain a text, and remembers how many it saw.
struct Containing {
    text: &'static str,
    seen: Mutex<usize>,
}

impl Filter for Containing {
    fn configure(&self, _argument: Option<&str>) -> Result<(), Failure> {
        Ok(())
    }

    fn keep(&self, batch: &Batch) -> Result<Vec<bool>, Failure> {
        match self.text {
            "fail" => return Err(Failure::msg("it is too late")),
            "short" => return Ok(vec![true]),
            _ => *self.seen.lock().unwrap() += batch.len(),
        }
        if batch.records().any(|record| record.line == "poison") {
            return Err(Failure::msg("that was poison"));
        }
        Ok(batch.records().map(|record| record.line.contains(self.text)).collect())
    }
}

/// Writes each line between brackets.
struct Brackets;

impl Exporter for Brackets {
    fn header(&self) -> Result<Vec<u8>, Failure> {
        Ok(b"<\n".to_vec())
    }

    fn rows(&self, batch: &Batch) -> Result<Vec<u8>, Failure> {
        assert!(!batch.is_empty(), "a batch without records is a call for nothing");
        Ok(batch.records().flat_map(|record| format!("[{}]\n", record.line).into_bytes()).collect())
    }

    fn footer(&self) -> Result<Vec<u8>, Failure> {
        Ok(b">\n".to_vec())
    }
}

fn containing(text: &'static str) -> Named<Arc<Containing>> {
    Named { name: format!("filter `{text}`"), plugin: Arc::new(Containing { text, seen: Mutex::default() }) }
}

fn brackets<W: Write>(output: W) -> Export<Brackets, W> {
    Export::begin(Named { name: "exporter".to_owned(), plugin: Brackets }, || Ok(output)).expect("it begins")
}

fn batches(texts: &[&str]) -> impl Iterator<Item = Result<Batch, Failure>> + use<> {
    texts.iter().map(|text| Ok(Batch::from((*text).to_owned()))).collect::<Vec<_>>().into_iter()
}

fn export(filters: Vec<Named<Arc<Containing>>>, texts: &[&str]) -> (Result<(), String>, String) {
    let mut output = Vec::new();
    let outcome = Pipeline::new(filters, Some(brackets(&mut output))).run(batches(texts)).map(drop);
    (outcome.map_err(|failure| format!("{failure:?}")), String::from_utf8(output).expect("it is text"))
}

#[test]
fn without_filters_everything_matches() {
    let (outcome, output) = export(vec![], &["a\nb\n", "c"]);
    assert_eq!((outcome, &*output), (Ok(()), "<\n[a]\n[b]\n[c]\n>\n"));
}

#[test]
fn a_record_passes_every_filter_in_order_until_one_drops_it() {
    let (a, b) = (containing("a"), containing("b"));
    let counts = [Arc::clone(&a.plugin), Arc::clone(&b.plugin)];
    let pipeline = Pipeline::new(vec![a, b], None::<Export<Brackets, Vec<u8>>>);
    pipeline.run(batches(&["a\nb\nab\n", "b\nb\n", "ba"])).expect("they pass");
    assert_eq!(counts.map(|filter| *filter.seen.lock().unwrap()), [6, 3]);
}

#[test]
fn a_batch_of_which_nothing_is_left_goes_no_further() {
    let (outcome, output) = export(vec![containing("a"), containing("fail")], &["b\nc\n"]);
    assert_eq!((outcome, &*output), (Ok(()), "<\n>\n"));
}

#[test]
fn a_filter_that_fails_is_named_and_what_was_exported_is_whole() {
    let (outcome, output) = export(vec![containing("")], &["a\nb\n", "poison\n", "c"]);
    assert_eq!(outcome, Err("filter ``: that was poison".to_owned()));
    assert_eq!(output, "<\n[a]\n[b]\n");
}

#[test]
fn a_filter_that_miscounts_is_named() {
    let (outcome, _) = export(vec![containing("short")], &["a\nb\n"]);
    assert_eq!(outcome, Err("filter `short`: gave 1 answers for 2 records".to_owned()));
}

#[test]
fn an_output_that_is_full_is_an_error() {
    let mut output = [0; 4];
    let pipeline = Pipeline::new(Vec::<Named<Arc<Containing>>>::new(), Some(brackets(&mut output[..])));
    let failure = pipeline.run(batches(&["a\n"])).expect_err("there is no room");
    assert_eq!(format!("{failure:?}"), "cannot write the export: failed to write whole buffer");
}
