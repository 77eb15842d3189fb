//! A plugin's stderr on its way into the host's log.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, mpsc};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::*;

const HERE: &str = "process::tests::logging::";

/// What one event said.
#[derive(Debug, Default)]
struct Logged {
    level: Option<Level>,
    plugin: String,
    pid: u64,
    message: String,
}

impl Visit for Logged {
    fn record_str(&mut self, _: &Field, value: &str) {
        self.plugin = value.to_owned();
    }

    fn record_u64(&mut self, _: &Field, value: u64) {
        self.pid = value;
    }

    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.message = format!("{value:?}");
    }
}

/// A subscriber that hands events on, but only while its gate is open.
struct Collector {
    events: Mutex<mpsc::Sender<Logged>>,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let open = self.gate.0.lock().unwrap();
        drop(self.gate.1.wait_while(open, |open| !*open).unwrap());
        let mut logged = Logged { level: Some(*event.metadata().level()), ..Logged::default() };
        assert_eq!(event.metadata().target(), "outboard::plugin");
        event.record(&mut logged);
        let panics = logged.message == "panic";
        self.events.lock().unwrap().send(logged).unwrap();
        assert!(!panics, "a panic that belongs to this test");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn collect(open: bool) -> (mpsc::Receiver<Logged>, impl Fn()) {
    let (sender, events) = mpsc::channel();
    let gate = Arc::new((Mutex::new(open), Condvar::new()));
    let subscriber = Collector { events: Mutex::new(sender), gate: Arc::clone(&gate) };
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let open_gate = move || {
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
    };
    (events, open_gate)
}

#[test]
fn lines_are_events_with_the_plugins_name_and_nothing_a_terminal_obeys() {
    let test = format!("{HERE}lines_are_events_with_the_plugins_name_and_nothing_a_terminal_obeys");
    alone(&test, &[], &[], || {
        let (events, _) = collect(true);
        let child = sh(r"printf 'plain\n\033[31mred\377\n' >&2; printf 'no end' >&2");
        let next = || events.recv_timeout(PATIENCE).unwrap();
        let first = next();
        assert_eq!((first.plugin.as_str(), first.pid), ("sh", u64::from(child.process.pid())));
        assert_eq!((first.level, first.message.as_str()), (Some(Level::INFO), "plain"));
        assert_eq!(next().message, "\\u{1b}[31mred\u{fffd}");
        assert_eq!(next().message, "no end");
    });
}

#[test]
fn a_subscriber_that_panics_loses_one_line() {
    alone(&format!("{HERE}a_subscriber_that_panics_loses_one_line"), &[], &[], || {
        let (events, _) = collect(true);
        sh("echo panic >&2; echo after >&2").exit();
        assert_eq!(events.recv_timeout(PATIENCE).unwrap().message, "panic");
        // The collector's own lock is poisoned by its panic or not; what matters is who calls it.
        assert_eq!(events.recv_timeout(PATIENCE).unwrap().message, "after");
    });
}

#[test]
fn a_log_that_stands_still_stops_nobody_and_what_is_lost_is_counted() {
    let test = format!("{HERE}a_log_that_stands_still_stops_nobody_and_what_is_lost_is_counted");
    alone(&test, &[], &[], || {
        let (events, open_gate) = collect(false);
        let exit = sh("seq 1 200000 >&2; exit 3").exit();
        assert_eq!(exit.code(), Some(3));
        assert_eq!(exit.stderr_tail().last().unwrap(), "200000");
        assert_eq!(sh("exit 4").exit().code(), Some(4));
        open_gate();
        let (mut lines, mut dropped) = (0, 0);
        while lines + dropped < 200_000 {
            let event = events.recv_timeout(PATIENCE).unwrap();
            match event.message.split_once(" lines dropped") {
                Some((count, _)) => {
                    assert_eq!(event.level, Some(Level::WARN));
                    dropped += count.parse::<u32>().unwrap();
                }
                None => lines += 1,
            }
        }
        assert_eq!(lines + dropped, 200_000);
        assert!(dropped > 100_000, "{dropped}");
    });
}

#[test]
fn a_flood_of_stderr_does_not_stop_the_process() {
    let exit = sh("yes | head -c 50000000 >&2; echo last >&2; exit 3").exit();
    assert_eq!(exit.code(), Some(3));
    let tail = exit.stderr_tail();
    assert_eq!(tail.last().unwrap(), "last");
    assert!(tail.iter().map(|line| line.len() + 1).sum::<usize>() <= 64 * 1024);
}

#[test]
fn the_last_lines_can_be_read_while_it_lives() {
    let mut child = sh("echo thinking >&2; read line");
    eventually("it is drained", || child.process.stderr_tail() == ["thinking"]);
    child.say("go");
    assert_eq!(child.exit().code(), Some(0));
}

#[test]
fn a_process_that_closes_its_stderr_lives_on() {
    let mut child = sh("exec 2>&-; echo ready; read line; exit 3");
    assert_eq!(child.line(), "ready");
    child.say("go");
    assert_eq!(child.exit().code(), Some(3));
}
