//! Other ways to ask a filter: a call for each batch, and a stream of lines.
//!
//! No plugin of `logscan` has them. They are here to be measured beside the stream of batches.

use std::env;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use logscan::{Batch, Record};
use outboard::{Command, Failure, Limits, Server, Stream, blocking, plugin_interface};
use regex::Regex;

use crate::Counts;

/// The filters `regex` and `status`, to be asked in other ways.
#[plugin_interface(version = 1)]
pub(crate) trait Asked {
    /// Chooses the filter.
    fn configure(&self, filter: &str, argument: &str) -> Result<(), Failure>;

    /// Whether to keep each record of a batch.
    fn batch(&self, batch: &Batch) -> Result<Vec<bool>, Failure>;

    /// Whether to keep each line.
    fn lines(&self, lines: Stream<String>) -> Result<Stream<bool>, Failure>;
}

#[derive(Default)]
struct Filters {
    chosen: OnceLock<Chosen>,
}

#[derive(Clone)]
enum Chosen {
    Regex(Regex),
    Status(u16),
}

impl Chosen {
    fn keep(&self, record: Record<'_>) -> bool {
        match self {
            Self::Regex(pattern) => pattern.is_match(record.line),
            Self::Status(wanted) => record.status() == Some(*wanted),
        }
    }
}

impl Filters {
    fn chosen(&self) -> Result<&Chosen, Failure> {
        self.chosen.get().ok_or_else(|| Failure::msg("not configured"))
    }
}

impl Asked for Filters {
    fn configure(&self, filter: &str, argument: &str) -> Result<(), Failure> {
        let chosen =
            if filter == "regex" { Chosen::Regex(Regex::new(argument)?) } else { Chosen::Status(argument.parse()?) };
        self.chosen.set(chosen).map_err(|_| Failure::msg("configured twice"))
    }

    fn batch(&self, batch: &Batch) -> Result<Vec<bool>, Failure> {
        let chosen = self.chosen()?;
        Ok(batch.records().map(|record| chosen.keep(record)).collect())
    }

    fn lines(&self, lines: Stream<String>) -> Result<Stream<bool>, Failure> {
        let chosen = self.chosen()?.clone();
        let answers = lines.into_iter().map(move |line| Ok(chosen.keep(Record { line: &line? })));
        Ok(Stream::try_from_iter::<Failure, _>(answers))
    }
}

/// The argument of this program that makes it the plugin.
pub(crate) const PLUGIN: &str = "--plugin";

/// What it is then.
pub(crate) fn serve() -> ExitCode {
    let items = env::args().skip_while(|argument| argument != PLUGIN).nth(1).and_then(|items| items.parse().ok());
    Server::builder().limits(window(items)).add(AskedServer::new(Filters::default())).run()
}

/// How many items are sent ahead; the default, if nothing is said.
fn window(items: Option<usize>) -> Limits {
    items.map_or_else(Limits::default, |items| Limits::default().stream_window(items, 1 << 20))
}

/// A plugin of this program, with the same window at both ends.
pub(crate) fn launched(filter: &str, argument: &str, items: Option<usize>) -> AskedClient {
    let program = env::current_exe().expect("this program");
    let command = Command::new(program).arg(PLUGIN).args(items.map(|items| items.to_string()));
    let plugin = blocking::Plugin::builder(command).interface::<AskedClient>().limits(window(items));
    let client = plugin.launch().and_then(|plugin| plugin.client::<AskedClient>()).expect("it starts");
    client.configure(filter, argument).expect("it takes it");
    client
}

/// Asks about each batch in a call of its own, and does with the answers what the host does.
pub(crate) fn calls(filter: &AskedClient, batches: &[Batch]) -> Counts {
    let keep = |batch| filter.batch(batch).expect("an answer");
    batches.iter().fold(Counts::default(), |counts, batch| counts.add(batch, &keep(batch)))
}

/// Asks about each line in one stream, and does the same.
pub(crate) fn lines(filter: &AskedClient, lines: &Arc<[String]>) -> Counts {
    let answers = filter.lines(Stream::from_iter(crate::cloned(lines))).expect("answers");
    let answered = answers.into_iter().zip(&**lines);
    answered.fold(Counts::default(), |counts, (keep, line)| counts.add_one(Record { line }, keep.expect("an answer")))
}
