//! The way of a plugin's lines into the host's log, which may be slow.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use crate::error::guarded;
use crate::escape::escape_bytes;

/// How much may wait for the log *per process*, in bytes: a plugin that floods its stderr takes no
/// room from the others. A few of the longest lines fit.
const ROOM: usize = 512 * 1024;
/// How much of one process goes on in a second, in bytes, after a burst of [`ROOM`]: a flood that
/// the log would take is still no use to its reader.
const PER_SECOND: usize = 1024 * 1024;
/// What a short line costs besides its text.
const OVERHEAD: usize = 64;

/// The entrance to the log; the thread behind it is the only one that runs a subscriber's code.
#[derive(Clone)]
pub(super) struct Log {
    records: Sender<Record>,
}

/// Where one process's lines enter.
///
/// The caretaker writes and never waits: a line for which there is no room is counted, and the
/// count is logged in its place. Dropping it says what was not said yet.
pub(super) struct Feed {
    records: Sender<Record>,
    source: Arc<Source>,
    /// What may be logged by now: grows by [`PER_SECOND`], to [`ROOM`] at most.
    allowance: usize,
    refilled: Instant,
    /// Lines not logged since the last one that was.
    dropped: u64,
    /// Once it is exhausted it stays so until half of the room is free: otherwise a flood would be
    /// logged as line, "1 dropped", line, "1 dropped".
    exhausted: bool,
}

struct Source {
    label: String,
    pid: u32,
    /// Bytes that wait; added by the feed, taken off by the log's thread.
    waiting: AtomicUsize,
}

struct Record {
    source: Arc<Source>,
    cost: usize,
    what: What,
}

enum What {
    Line(String),
    Dropped(u64),
}

impl Log {
    /// Starts the log's thread, which ends when the last entrance is gone.
    pub(super) fn start() -> io::Result<Self> {
        let (records, queue) = mpsc::channel();
        thread::Builder::new().name("outboard-stderr".into()).spawn(move || run(queue))?;
        Ok(Self { records })
    }

    pub(super) fn feed(&self, label: &str, pid: u32) -> Feed {
        let source = Source { label: label.to_owned(), pid, waiting: AtomicUsize::new(0) };
        Feed {
            records: self.records.clone(),
            source: Arc::new(source),
            allowance: ROOM,
            refilled: Instant::now(),
            dropped: 0,
            exhausted: false,
        }
    }
}

impl Feed {
    /// Lets time pass; asked for now and then, not for every line of a flood.
    pub(super) fn refill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.refilled).as_micros() * (PER_SECOND as u128) / 1_000_000;
        if gained > 0 {
            let gained = usize::try_from(gained).unwrap_or(ROOM);
            self.allowance = self.allowance.saturating_add(gained).min(ROOM);
            self.refilled = now;
        }
        let room = ROOM.saturating_sub(self.source.waiting.load(Ordering::Relaxed));
        self.exhausted &= room.min(self.allowance) < ROOM / 2;
    }

    /// Takes one line without its end.
    pub(super) fn line(&mut self, line: &[u8]) {
        if !self.exhausted {
            let room = ROOM.saturating_sub(self.source.waiting.load(Ordering::Relaxed));
            self.exhausted = line.len() + OVERHEAD > room.min(self.allowance);
        }
        if self.exhausted {
            self.dropped += 1;
            return;
        }
        self.say_what_was_dropped();
        self.allowance -= line.len() + OVERHEAD;
        let text = escape_bytes(line);
        self.send(What::Line(text));
    }

    fn say_what_was_dropped(&mut self) {
        if self.dropped > 0 {
            self.send(What::Dropped(self.dropped));
            self.dropped = 0;
        }
    }

    fn send(&self, what: What) {
        let cost = OVERHEAD + if let What::Line(text) = &what { text.len() } else { 0 };
        self.source.waiting.fetch_add(cost, Ordering::Relaxed);
        // The thread takes records for as long as there is an entrance.
        let _ = self.records.send(Record { source: Arc::clone(&self.source), cost, what });
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        // Beyond the bound, but only once for each process.
        self.say_what_was_dropped();
    }
}

fn run(queue: Receiver<Record>) {
    for record in queue {
        // A subscriber that panics loses this line, not the log.
        let _ = guarded(|| emit(&record));
        record.source.waiting.fetch_sub(record.cost, Ordering::Relaxed);
    }
}

fn emit(record: &Record) {
    let (plugin, pid) = (record.source.label.as_str(), record.source.pid);
    match &record.what {
        What::Line(line) => tracing::info!(target: "outboard::plugin", plugin, pid, "{line}"),
        What::Dropped(lines) => {
            tracing::warn!(target: "outboard::plugin", plugin, pid, "{lines} lines dropped: they came faster than the log takes them");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// A feed whose log does not move, and what has arrived there.
    fn stuck() -> (Feed, Receiver<Record>) {
        let (records, queue) = mpsc::channel();
        (Log { records }.feed("hello", 7), queue)
    }

    fn texts(queue: &Receiver<Record>) -> Vec<String> {
        let read = |record: Record| {
            record.source.waiting.fetch_sub(record.cost, Ordering::Relaxed);
            match record.what {
                What::Line(line) => line,
                What::Dropped(lines) => format!("<{lines} dropped>"),
            }
        };
        queue.try_iter().map(read).collect()
    }

    #[test]
    fn a_full_log_drops_lines_and_says_how_many() {
        let (mut feed, queue) = stuck();
        let long = vec![b'x'; ROOM / 4];
        for _ in 0..10 {
            feed.line(&long);
        }
        assert_eq!(texts(&queue).len(), 3);
        feed.line(b"too soon: no time has passed");
        feed.refill(Instant::now() + Duration::from_secs(1));
        feed.line(b"after");
        assert_eq!(texts(&queue), ["<8 dropped>", "after"]);
    }

    #[test]
    fn a_flood_is_slowed_down_though_the_log_keeps_up() {
        let (mut feed, queue) = stuck();
        let start = feed.refilled;
        let mut logged = 0;
        for tick in 0..200 {
            feed.refill(start + Duration::from_millis(10 * tick));
            (0..1000).for_each(|_| feed.line(&[b'x'; 1000 - OVERHEAD]));
            logged += texts(&queue).iter().filter(|line| line.starts_with('x')).count() * 1000;
        }
        assert!(logged > 2 * PER_SECOND && logged < 2 * PER_SECOND + 2 * ROOM, "{logged}");
    }

    #[test]
    fn what_was_dropped_at_the_end_is_said_at_the_end() {
        let (mut feed, queue) = stuck();
        for _ in 0..3 {
            feed.line(&vec![b'x'; ROOM - OVERHEAD]);
        }
        drop(feed);
        assert_eq!(texts(&queue).get(1).map(String::as_str), Some("<2 dropped>"));
    }
}
