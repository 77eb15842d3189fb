//! Objects between real processes: passed, used from both sides, let go of, and lost with their plugin.
//!
//! The host is a process of its own, which counts what is left. `E2E_ROUNDS` says how many seeds are
//! tried of each kind.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use outboard::{Command, ErrorKind, Plugin};
use outboard_e2e::inspect::is_gone;
use outboard_e2e::milling::Miller;

const MILLER: &str = env!("CARGO_BIN_EXE_miller");
const MILL: &str = env!("CARGO_BIN_EXE_mill");

/// Every kind of host with every kind of plugin.
const PAIRS: [(&str, &[&str]); 8] = [
    ("current", &[MILL]),
    ("current", &[MILL, "--plain"]),
    ("workers", &[MILL]),
    ("workers", &[MILL, "--workers", "2"]),
    ("workers", &[MILL, "--plain"]),
    ("threads", &[MILL]),
    ("threads", &[MILL, "--workers", "2"]),
    ("threads", &[MILL, "--plain"]),
];

fn rounds() -> u64 {
    std::env::var("E2E_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}

#[test]
fn a_thousand_objects_each_way_are_used_from_both_sides_and_let_go_of() {
    for (kind, mill) in PAIRS {
        let figures = Miller { program: MILLER, kind, mill }.figures("exchange", 4);
        // Of what three thousand objects more would take, in KiB, if they stayed.
        for grew in ["host grew", "plugin grew"] {
            assert!(figures.get(grew).is_some_and(|grew| *grew <= 4 << 10), "{kind} {mill:?}: {figures:?}");
        }
    }
}

#[test]
fn calls_that_call_back_are_nested_up_to_the_bound_thirty_two_at_once() {
    // rows 44, 45, 46
    for (kind, mill) in PAIRS {
        let _ = Miller { program: MILLER, kind, mill }.figures("nested", 32);
    }
}

#[test]
fn a_plugin_that_is_killed_takes_everything_with_it_within_a_second() {
    // row 32
    for (kind, mill) in PAIRS {
        for seed in 1..=rounds() {
            check_killed(kind, mill, seed);
        }
    }
}

/// Waits until the threads that wait for work have given up, too.
#[test]
fn a_plugin_that_is_killed_leaves_no_thread() {
    for kind in ["current", "threads"] {
        check_killed(kind, &[MILL], 0);
    }
}

#[track_caller]
fn check_killed(kind: &str, mill: &[&str], seed: u64) {
    let figures = Miller { program: MILLER, kind, mill }.figures("killed", seed);
    let took = figures.get("milliseconds").copied();
    assert!(took.is_some_and(|took| took < 1000), "{kind} {mill:?}, seed {seed}: {figures:?}");
}

mod after_the_death_of_a_plugin {
    use super::*;
    use outboard::{Result, Stream};
    use outboard_e2e::mill::tasks::*;

    struct Book;

    impl Ledger for Book {
        async fn enter(&self, amount: u64) -> Result<u64> {
            Ok(amount)
        }

        async fn deeper(&self, left: u32, _mill: MillClient) -> Result<u32> {
            Ok(left)
        }
    }

    #[tokio::test]
    async fn an_object_that_is_passed_for_the_first_time_gets_the_root_cause() {
        let plugin = Plugin::builder(Command::new(MILL)).interface::<MillClient>().launch().await.expect("a plugin");
        let mill: MillClient = plugin.client().expect("its client");
        let pid = i32::try_from(plugin.pid()).ok().and_then(rustix::process::Pid::from_raw).expect("a process");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it runs");
        let cause = plugin.closed().await;
        assert!(is_gone(plugin.pid()));
        let numbers = mill.grind(Stream::from_iter([1])).await.expect_err("it is gone");
        let ledgers = mill.keep(vec![LedgerClient::local(Book)]).await.expect_err("it is gone");
        for error in [numbers, ledgers] {
            assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
            assert_eq!(error.to_string(), cause.to_string());
            assert!(error.is_safe_to_retry(), "{error:?}");
        }
    }
}
