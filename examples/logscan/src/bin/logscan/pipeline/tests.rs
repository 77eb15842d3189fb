//! Plugins that live in this program.

use std::sync::{Arc, Mutex};

use outboard::Stream;

use super::*;

/// Keeps the lines that contain a text, and remembers how many it saw.
#[derive(Clone)]
struct Containing {
    text: &'static str,
    seen: Arc<Mutex<usize>>,
}

impl Filter for Containing {
    fn keep(&self, _argument: Option<&str>, batches: Stream<Batch>) -> Result<Stream<Vec<bool>>, Failure> {
        let filter = self.clone();
        let answers = batches.into_iter().map(move |batch| filter.answers(&batch?));
        let answers = answers.take(if self.text == "early" { 1 } else { usize::MAX });
        Ok(Stream::try_from_iter(answers))
    }
}

impl Containing {
    fn answers(&self, batch: &Batch) -> Result<Vec<bool>, Failure> {
        match self.text {
            "fail" => return Err(Failure::msg("it is too late")),
            "short" => return Ok(vec![true]),
            _ => *self.seen.lock().unwrap() += batch.len(),
        }
        if batch.records().any(|record| record.line == "poison") {
            return Err(Failure::msg("that was poison"));
        }
        Ok(batch.records().map(|record| self.text == "early" || record.line.contains(self.text)).collect())
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

fn containing(text: &'static str) -> Sieve<Containing> {
    let plugin = Containing { text, seen: Arc::default() };
    Sieve { filter: Named { name: format!("filter `{text}`"), plugin }, argument: None }
}

fn brackets<W: Write>(output: W) -> Export<Brackets, W> {
    Export::begin(Named { name: "exporter".to_owned(), plugin: Brackets }, || Ok(output)).expect("it begins")
}

fn batches(texts: &[&str]) -> impl Iterator<Item = Result<Batch, Failure>> + use<> {
    texts.iter().map(|text| Ok(Batch::from((*text).to_owned()))).collect::<Vec<_>>().into_iter()
}

fn export(filters: Vec<Sieve<Containing>>, texts: &[&str]) -> (Result<(), String>, String) {
    let mut output = Vec::new();
    let sifted = sift(batches(texts), filters).expect("they start");
    let outcome = Pipeline::new(sifted, Some(brackets(&mut output))).run().map(drop);
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
    let counts = [a.filter.plugin.clone(), b.filter.plugin.clone()];
    let sifted = sift(batches(&["a\nb\nab\n", "b\nb\n", "ba"]), vec![a, b]).expect("they start");
    let summary = Pipeline::new(sifted, None::<Export<Brackets, Vec<u8>>>).run().expect("they pass");
    assert!(summary.to_string().starts_with("lines read                6\nlines matched             2\n"), "{summary}");
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
fn a_filter_that_ends_before_the_log_is_named() {
    let (outcome, output) = export(vec![containing("early")], &["a\nb\n", "c\n"]);
    assert_eq!(outcome, Err("filter `early`: did not read the log to its end".to_owned()));
    assert_eq!(output, "<\n[a]\n[b]\n");
}

#[test]
fn a_log_that_fails_is_not_the_filters_fault() {
    let batches = vec![Ok(Batch::from("a\n".to_owned())), Err(Failure::msg("the disk is gone"))];
    let sifted = sift(batches.into_iter(), vec![containing("a"), containing("b")]).expect("they start");
    let failure = Pipeline::new(sifted, None::<Export<Brackets, Vec<u8>>>).run().expect_err("it is gone");
    assert_eq!(format!("{failure:?}"), "the disk is gone");
}

#[test]
fn an_output_that_is_full_is_an_error() {
    let mut output = [0; 4];
    let sifted = sift::<Containing>(batches(&["a\n"]), vec![]).expect("it starts");
    let pipeline = Pipeline::new(sifted, Some(brackets(&mut output[..])));
    let failure = pipeline.run().expect_err("there is no room");
    assert_eq!(format!("{failure:?}"), "cannot write the export: failed to write whole buffer");
}
