//! What a plugin prints reaches the host's log, and never the calls.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use outboard::Command;
use outboard_e2e::inspect::until;
use outboard_e2e::interfaces::{Zoo, ZooClient};

const ZOO: &str = env!("CARGO_BIN_EXE_zoo");

/// Where the whole process logs to.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn installed() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let install = || {
            let log = Self::default();
            let writer = log.clone();
            let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
            tracing::subscriber::set_global_default(subscriber).expect("the only one");
            log
        };
        LOG.get_or_init(install).clone()
    }

    /// The record with these words, as soon as it is there.
    fn record(&self, words: &str) -> String {
        let mut found = None;
        let search = || {
            let text = String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
            found = text.lines().find(|line| line.contains(words)).map(ToOwned::to_owned);
            found.is_some()
        };
        assert!(until(Duration::from_secs(20), search), "{words:?} is not logged");
        found.unwrap_or_default()
    }
}

#[track_caller]
fn check(record: &str, level: &str, pid: u32) {
    assert!(record.contains(level) && record.contains("outboard::plugin"), "{record}");
    assert!(record.contains("plugin=\"zoo\"") && record.contains(&format!("pid={pid}")), "{record}");
}

async fn launch(command: Command) -> (outboard::Plugin, ZooClient) {
    let plugin = outboard::Plugin::builder(command).interface::<ZooClient>().launch().await.expect("a plugin");
    let zoo = plugin.client().expect("its client");
    (plugin, zoo)
}

#[tokio::test]
async fn prints_of_handlers_and_their_children_are_logged_and_calls_go_on() {
    // row 68
    let log = Log::installed();
    for arguments in [&[][..], &["--workers", "2"], &["--async"]] {
        let (plugin, zoo) = launch(Command::new(ZOO).args(arguments)).await;
        let said = |what: &str| format!("{what} {}", plugin.pid());
        zoo.print(&said("printed by println")).await.expect("a print");
        zoo.print_from_child(&said("printed by a child")).await.expect("a print");
        zoo.print_to_stderr(&format!("{}\n", said("written to stderr"))).await.expect("a print");
        assert_eq!(zoo.echo("still here").await.expect("an echo"), "still here");
        for what in ["printed by println", "printed by a child", "written to stderr"] {
            check(&log.record(&said(what)), "INFO", plugin.pid());
        }
        assert!(plugin.stderr_tail().contains(&said("printed by a child")));
    }
}

#[tokio::test]
async fn a_print_before_serve_is_logged_with_advice_and_calls_go_on() {
    // rows 17, 69
    let log = Log::installed();
    let (plugin, zoo) = launch(Command::new(ZOO).args(["--print", "printed \x1b[1mtoo early"])).await;
    assert_eq!(zoo.echo("still here").await.expect("an echo"), "still here");
    let record = log.record("too early");
    // The name is the command's here, and the file's in the others.
    assert!(record.contains("WARN") && record.contains("call `outboard::serve` first in `main`"), "{record}");
    assert!(record.contains("`printed \\u{1b}[1mtoo early`") && record.contains(&format!("pid={}", plugin.pid())));
}

#[tokio::test]
async fn control_characters_and_forged_records_are_shown_and_not_obeyed() {
    // row 74
    let log = Log::installed();
    let (plugin, zoo) = launch(ZOO.into()).await;
    zoo.print_to_stderr("evil \x1b]0;title\x07 \u{202e}backwards\rINFO forged\n").await.expect("a print");
    let record = log.record("evil");
    check(&record, "INFO", plugin.pid());
    assert!(record.contains(": evil \\u{1b}]0;title\\u{7} \\u{202e}backwards\\rINFO forged plugin="), "{record}");
}

#[tokio::test]
async fn a_flood_and_an_endless_line_do_not_stop_the_calls() {
    // rows 72, 73
    let (plugin, zoo) = launch(ZOO.into()).await;
    zoo.print_to_stderr(&"x".repeat(10 << 20)).await.expect("a long line");
    zoo.print_to_stderr(&"a line of a flood\n".repeat(200_000)).await.expect("a flood");
    assert_eq!(zoo.echo("still here").await.expect("an echo"), "still here");
    let tail: usize = plugin.stderr_tail().iter().map(String::len).sum();
    assert!(tail <= 64 << 10, "{tail}");
}
