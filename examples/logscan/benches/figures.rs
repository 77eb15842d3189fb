//! Lines per second: `logscan` beside `grep` and `awk`, and its filters as processes beside the same
//! filters in this one.
//!
//! `cargo bench -p logscan --bench figures` repeats the shipped log; `-- LOG` takes another.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for a person who reads its numbers"
)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use logscan::{Batch, Filter, FilterClient};

#[path = "../src/bin/logscan-regex.rs"]
#[expect(dead_code, reason = "its `main` is not ours")]
mod matching;
#[path = "../src/bin/logscan-status.rs"]
#[expect(dead_code, reason = "its `main` is not ours")]
mod status;

const ROUNDS: usize = 9;
/// The log is repeated until it is so long.
const LENGTH: usize = 64 << 20;
/// As the host cuts it.
const BATCH: usize = 256 << 10;
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/logs/access.log");

/// Something to measure, and how long it took in each round.
struct Figure<'a> {
    name: &'static str,
    run: Box<dyn Fn() + 'a>,
    seconds: Vec<f64>,
}

impl<'a> Figure<'a> {
    fn new(name: &'static str, run: impl Fn() + 'a) -> Self {
        Self { name, run: Box::new(run), seconds: Vec::new() }
    }

    fn measure(&mut self) {
        let began = Instant::now();
        (self.run)();
        self.seconds.push(began.elapsed().as_secs_f64());
    }

    fn median(&self) -> f64 {
        let mut seconds = self.seconds.clone();
        seconds.sort_unstable_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Runs a program over the log to its end.
fn program(program: &str, arguments: &[&str], log: &Path) {
    let mut command = Command::new(program);
    // Not to `/dev/null`: `grep` sees that, and stops at the first match.
    command.args(arguments).arg(log);
    assert!(command.output().is_ok_and(|output| output.status.success()), "{command:?}");
}

/// Asks a filter about every batch.
fn calls(filter: &FilterClient, batches: &[Batch]) {
    for batch in batches {
        assert_eq!(filter.keep(batch).expect("an answer").len(), batch.len());
    }
}

fn configured(filter: FilterClient, argument: &str) -> FilterClient {
    filter.configure(Some(argument)).expect("it takes it");
    filter
}

fn launched(program: &str, argument: &str) -> FilterClient {
    configured(FilterClient::launch(program).expect("it starts"), argument)
}

fn batches(log: &str) -> Vec<Batch> {
    let mut batches = vec![String::new()];
    for line in log.split_inclusive('\n') {
        match batches.last_mut() {
            Some(batch) if batch.len() + line.len() <= BATCH => batch.push_str(line),
            _ => batches.push(line.to_owned()),
        }
    }
    batches.into_iter().map(Batch::from).collect()
}

fn main() {
    // `cargo test --benches` runs this too.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let source = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_else(|| SHIPPED.to_owned());
    let log = fs::read(source).expect("the log is there");
    let log = log.repeat(LENGTH.div_ceil(log.len()));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("access.log");
    fs::write(&path, &log).expect("a file");
    let batches = batches(&String::from_utf8_lossy(&log));
    let lines = batches.iter().map(Batch::len).sum::<usize>() as f64;

    let logscan = env!("CARGO_BIN_EXE_logscan");
    let regex = configured(FilterClient::local(matching::Matching::default()), "bot");
    let statuses = configured(FilterClient::local(status::Status::default()), "404");
    let regex_plugin = launched(env!("CARGO_BIN_EXE_logscan-regex"), "bot");
    let status_plugin = launched(env!("CARGO_BIN_EXE_logscan-status"), "404");
    let mut figures = [
        Figure::new("grep -c bot", || program("grep", &["-ac", "bot"], &path)),
        Figure::new("logscan --filter regex=bot", || program(logscan, &["--filter", "regex=bot"], &path)),
        Figure::new("awk '$9 == 404'", || program("awk", &["$9 == 404 { n++ } END { print n }"], &path)),
        Figure::new("logscan --filter status=404", || program(logscan, &["--filter", "status=404"], &path)),
        Figure::new("logscan", || program(logscan, &[], &path)),
        Figure::new("regex, in process", || calls(&regex, &batches)),
        Figure::new("regex, plugin", || calls(&regex_plugin, &batches)),
        Figure::new("status, in process", || calls(&statuses, &batches)),
        Figure::new("status, plugin", || calls(&status_plugin, &batches)),
    ];
    for _ in 0..ROUNDS {
        // All in each round, so that a busy machine is unfair to none.
        figures.iter_mut().for_each(Figure::measure);
    }
    let first = figures.first().map_or(f64::NAN, Figure::median);
    println!("{lines} lines, median of {ROUNDS} rounds\n");
    println!("{:<28} {:>14} {:>17}", "", "lines/s", "time of grep's");
    for figure in &figures {
        let median = figure.median();
        println!("{:<28} {:>14.0} {:>17.2}", figure.name, lines / median, median / first);
    }
}
