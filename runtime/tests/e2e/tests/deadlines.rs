//! Deadlines with real processes: what becomes of callers, of handlers and of the plugin.
//!
//! Each situation is made anew with every kind of host; `E2E_ROUNDS` says how often.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use outboard::{Client, Command, Error, ErrorKind, Result, Unresponsive, blocking};
use outboard_e2e::inspect::{is_gone, until};
use outboard_e2e::pairing::{CALLERS, Caller, Deadline, Plugin, Zoo, within};
use outboard_e2e::plain::ZooAsyncClient;

const ZOO: &str = env!("CARGO_BIN_EXE_zoo");
/// For what takes as long as the machine is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plugins that serve others while a handler computes: on a thread, and on one of two workers.
const OPEN: [&[&str]; 3] = [&["--plain"], &["--plain-zoo"], &["--workers", "2"]];
/// One whose only thread is kept by a handler that computes.
const ALONE: &[&str] = &[];

const DEADLINE: Deadline =
    Deadline { limit: Duration::from_millis(300), grace: Duration::from_millis(200), then: Unresponsive::Kill };

/// A plugin, and its zoo without and with a deadline.
struct Visit {
    plugin: Plugin,
    zoo: Zoo,
    limited: Zoo,
}

impl Visit {
    fn with(caller: Caller, arguments: &[&str], deadline: Deadline) -> Self {
        let command = Command::new(ZOO).args(arguments);
        let (plugin, zoo, limited) = caller.launch_with(command, deadline).expect("a plugin");
        Self { plugin, zoo, limited }
    }

    /// Until the plugin has written this to stderr.
    fn wait_for(&self, line: &str) {
        assert!(until(PATIENCE, || self.plugin.stderr_tail().iter().any(|written| written == line)), "{line}");
    }

    /// The same call again and again for longer than the grace, and the plugin lives.
    fn lives_on(&self, grace: Duration) {
        let began = Instant::now();
        while began.elapsed() < 2 * grace {
            assert_eq!(self.zoo.echo("x").expect("an echo"), "x");
        }
        assert!(!is_gone(self.plugin.pid()));
    }
}

#[track_caller]
fn with_every_host(plugins: &'static [&'static [&'static str]], situation: fn(Caller, &'static [&'static str])) {
    let rounds = std::env::var("E2E_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1_u32);
    for round in 0..rounds {
        for arguments in plugins {
            for caller in CALLERS {
                let what = format!("round {round}: {caller:?} with {arguments:?}");
                within(PATIENCE, &what, move || situation(caller, arguments));
            }
        }
    }
}

/// That the call failed when it was to fail.
fn timed_out<T: std::fmt::Debug>(began: Instant, limit: Duration, outcome: Result<T>) -> Error {
    let took = began.elapsed();
    let error = outcome.expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    assert!(took >= limit && took < 5 * limit, "{took:?}");
    error
}

#[test]
fn a_handler_that_computes_for_ever_costs_the_caller_its_deadline_and_the_plugin_its_life() {
    const PLUGINS: [&[&str]; 4] = [ALONE, OPEN[0], OPEN[1], OPEN[2]];
    with_every_host(&PLUGINS, |caller, arguments| {
        let visit = Visit::with(caller, arguments, DEADLINE);
        let zoo = Zoo::clone(&visit.zoo);
        let beside = thread::spawn(move || zoo.never());
        assert!(until(PATIENCE, || visit.zoo.waiting().expect("an answer") == 1));
        let began = Instant::now();
        let error = timed_out(began, DEADLINE.limit, visit.limited.spin());
        let message = "`spin` did not answer within 300ms; the plugin has 200ms to end it, or is killed";
        assert_eq!(error.to_string(), message);
        let cause = beside.join().expect("no panic").expect_err("it was killed");
        assert!(began.elapsed() >= DEADLINE.limit + DEADLINE.grace, "{:?}", began.elapsed());
        let sentence =
            "was killed: it did not end `spin` within 200ms after its deadline of 300ms, with `never` in flight";
        assert!(cause.is_disconnected() && cause.to_string().ends_with(sentence), "{cause:?}");
        let exit = cause.process_exit().expect("an exit");
        assert_eq!(exit.signal(), Some(9), "{exit:?}");
        let later = visit.zoo.echo("x").expect_err("it is gone");
        assert_eq!(later.to_string(), cause.to_string());
        assert_eq!(visit.plugin.closed().to_string(), cause.to_string());
        assert!(is_gone(visit.plugin.pid()));
        assert_eq!(visit.plugin.abandoned_calls(), 0);
    });
}

#[test]
fn a_plugin_that_is_to_be_left_computes_on_and_serves_others() {
    with_every_host(&OPEN, |caller, arguments| {
        let deadline = Deadline { then: Unresponsive::Leave, ..DEADLINE };
        let visit = Visit::with(caller, arguments, deadline);
        let error = timed_out(Instant::now(), deadline.limit, visit.limited.spin());
        assert_eq!(error.to_string(), "`spin` did not answer within 300ms");
        visit.lives_on(deadline.grace);
        assert_eq!(visit.plugin.abandoned_calls(), 1);
    });
}

#[test]
fn a_limit_of_the_interface_kills_nobody() {
    with_every_host(&OPEN, |caller, arguments| {
        let deadline = Deadline { limit: Duration::MAX, ..DEADLINE };
        let visit = Visit::with(caller, arguments, deadline);
        let error = timed_out(Instant::now(), Duration::from_millis(200), visit.zoo.spin_briefly());
        let message = "`spin_briefly` did not answer within 200ms, the limit that its interface sets";
        assert_eq!(error.to_string(), message);
        visit.lives_on(deadline.grace);
        assert_eq!(visit.plugin.abandoned_calls(), 1);
    });
}

#[test]
fn a_handler_that_notices_its_cancellation_keeps_its_plugin_alive() {
    const PLUGINS: [&[&str]; 4] = [ALONE, OPEN[0], OPEN[1], OPEN[2]];
    with_every_host(&PLUGINS, |caller, arguments| {
        // It has as long as a busy machine takes.
        let visit = Visit::with(caller, arguments, Deadline { grace: PATIENCE, ..DEADLINE });
        let error = visit.limited.linger().expect_err("it lingers");
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
        visit.wait_for("noticed");
        assert!(until(PATIENCE, || visit.plugin.abandoned_calls() == 0));
        assert_eq!(visit.zoo.echo("x").expect("an echo"), "x");
    });
}

#[test]
fn what_is_left_shrinks_from_plugin_to_plugin() {
    const PLUGINS: [&[&str]; 2] = [OPEN[0], OPEN[2]];
    with_every_host(&PLUGINS, |caller, arguments| {
        let visit = Visit::with(caller, arguments, Deadline { limit: PATIENCE, ..DEADLINE });
        let left = visit.limited.remaining(ZOO, 2).expect("what is left");
        let known: Vec<u64> = left.iter().copied().flatten().collect();
        assert_eq!(known.len(), 3, "{left:?}");
        assert!(known.is_sorted_by(|earlier, later| earlier > later), "{left:?}");
        assert_eq!(visit.zoo.remaining(ZOO, 1).expect("what is left"), [None, None]);
    });
}

#[test]
fn a_future_that_is_dropped_kills_nobody() {
    let builder = blocking::Plugin::builder(Command::new(ZOO).arg("--plain"));
    let plugin = builder.interface::<ZooAsyncClient>().cancel_grace(DEADLINE.grace).launch().expect("a plugin");
    let zoo = plugin.client::<ZooAsyncClient>().expect("its client");
    for (before, zoo) in [zoo.clone(), zoo.with_timeout(PATIENCE)].iter().enumerate() {
        let mut call = pin!(zoo.spin());
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let spinning = || plugin.stderr_tail().iter().filter(|line| *line == "spinning").count();
        assert!(until(PATIENCE, || spinning() == before + 1));
    }
    let began = Instant::now();
    while began.elapsed() < 2 * DEADLINE.grace {
        assert!(!is_gone(plugin.pid()));
        assert_eq!(plugin.abandoned_calls(), 2);
    }
}
