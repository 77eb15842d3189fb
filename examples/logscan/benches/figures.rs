//! Lines per second: `logscan` beside `grep` and `awk`, its filters as processes beside the same
//! filters in this one, and their streams of batches beside other ways to ask them.
//!
//! `cargo bench -p logscan --bench figures` repeats the shipped log; `-- LOG` takes another.
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for a person who reads its numbers"
)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

use logscan::{Batch, Filter, FilterClient, Record};
use outboard::Stream;

#[path = "../src/bin/logscan-regex.rs"]
#[expect(dead_code, reason = "its `main` is not ours")]
mod matching;
mod others;
#[path = "../src/bin/logscan-status.rs"]
#[expect(dead_code, reason = "its `main` is not ours")]
mod status;

const ROUNDS: usize = 9;
/// The log is repeated until it is so long.
const LENGTH: usize = 64 << 20;
/// So many lines may be ahead of their reader in the stream with a wide window.
const WINDOW: usize = 4096;
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

/// Asks a filter about every batch, and does with the answers what the host does.
fn stream(filter: &impl Filter, argument: &str, batches: &Arc<[Batch]>) -> Counts {
    let answers = filter.keep(Some(argument), Stream::from_iter(cloned(batches))).expect("answers");
    let answered = answers.into_iter().zip(&**batches);
    answered.fold(Counts::default(), |counts, (keep, batch)| counts.add(batch, &keep.expect("an answer")))
}

/// What the host does on the thread that takes a filter's answers: it looks for lines among those that
/// are dropped which do not parse.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counts {
    kept: usize,
    unparsable: usize,
}

impl Counts {
    fn add(self, batch: &Batch, keep: &[bool]) -> Self {
        batch.records().zip(keep).fold(self, |counts, (record, keep)| counts.add_one(record, *keep))
    }

    fn add_one(self, record: Record<'_>, keep: bool) -> Self {
        let unparsable = !keep && record.fields().is_none();
        Self { kept: self.kept + usize::from(keep), unparsable: self.unparsable + usize::from(unparsable) }
    }
}

/// The items of a stream belong to it: who wants to know what an answer is about keeps a copy.
fn cloned<T: Clone + Send + Sync + 'static>(items: &Arc<[T]>) -> impl Iterator<Item = T> + Send + 'static {
    let items = Arc::clone(items);
    (0..items.len()).filter_map(move |item| items.get(item).cloned())
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

fn main() -> ExitCode {
    if env::args().any(|argument| argument == others::PLUGIN) {
        return others::serve();
    }
    // `cargo test --benches` runs this too.
    if env::args().any(|argument| argument == "--bench") {
        measure();
    }
    ExitCode::SUCCESS
}

fn measure() {
    let source = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_else(|| SHIPPED.to_owned());
    let log = fs::read(source).expect("the log is there");
    let log = log.repeat(LENGTH.div_ceil(log.len()));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("access.log");
    fs::write(&path, &log).expect("a file");
    let log = String::from_utf8_lossy(&log);
    let batches: Arc<[Batch]> = batches(&log).into();
    let lines: Arc<[String]> = log.lines().map(str::to_owned).collect();

    let logscan = env!("CARGO_BIN_EXE_logscan");
    let (regex, status) = (FilterClient::local(matching::Matching), FilterClient::local(status::Status));
    let launched = |program| FilterClient::launch(program).expect("it starts");
    let regex_plugin = launched(env!("CARGO_BIN_EXE_logscan-regex"));
    let status_plugin = launched(env!("CARGO_BIN_EXE_logscan-status"));
    let regex_asked = others::launched("regex", "bot", None);
    let status_asked = others::launched("status", "404", None);
    let regex_ahead = others::launched("regex", "bot", Some(WINDOW));

    let (bots, missing) = (stream(&regex, "bot", &batches), stream(&status, "404", &batches));
    let bots = |counts: Counts| assert_eq!(counts, bots, "all ways give the same answers");
    let missing = |counts: Counts| assert_eq!(counts, missing, "all ways give the same answers");
    let mut figures = [
        Figure::new("grep -c bot", || program("grep", &["-ac", "bot"], &path)),
        Figure::new("logscan --filter regex=bot", || program(logscan, &["--filter", "regex=bot"], &path)),
        Figure::new("awk '$9 == 404'", || program("awk", &["$9 == 404 { n++ } END { print n }"], &path)),
        Figure::new("logscan --filter status=404", || program(logscan, &["--filter", "status=404"], &path)),
        Figure::new("logscan", || program(logscan, &[], &path)),
        Figure::new("regex, in process", || bots(stream(&regex, "bot", &batches))),
        Figure::new("regex, stream of batches", || bots(stream(&regex_plugin, "bot", &batches))),
        Figure::new("regex, calls with batches", || bots(others::calls(&regex_asked, &batches))),
        Figure::new("regex, stream of lines", || bots(others::lines(&regex_asked, &lines))),
        Figure::new("the same, wide window", || bots(others::lines(&regex_ahead, &lines))),
        Figure::new("status, in process", || missing(stream(&status, "404", &batches))),
        Figure::new("status, stream of batches", || missing(stream(&status_plugin, "404", &batches))),
        Figure::new("status, calls with batches", || missing(others::calls(&status_asked, &batches))),
    ];
    for _ in 0..ROUNDS {
        // All in each round, so that a busy machine is unfair to none.
        figures.iter_mut().for_each(Figure::measure);
    }
    let first = figures.first().map_or(f64::NAN, Figure::median);
    let lines = lines.len() as f64;
    println!("{lines} lines, median of {ROUNDS} rounds\n");
    println!("{:<28} {:>14} {:>17}", "", "lines/s", "time of grep's");
    for figure in &figures {
        let median = figure.median();
        println!("{:<28} {:>14.0} {:>17.2}", figure.name, lines / median, median / first);
    }
}
