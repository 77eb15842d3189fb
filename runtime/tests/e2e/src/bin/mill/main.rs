//! A plugin that takes in and gives out streams and objects: `mill` on a runtime of one thread,
//! `mill --workers N`, `mill --plain` without a runtime.

#![allow(clippy::panic, reason = "a panic is how it reports wrong arguments")]

mod tasks;
mod threads;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use outboard::Server;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let server = Server::builder();
    match arguments.as_slice() {
        ["--plain"] => server.add(outboard_e2e::mill::threads::MillServer::new(threads::Works::default())).run(),
        [] => server.add(outboard_e2e::mill::tasks::MillServer::new(tasks::Works::default())).run(),
        ["--workers", count] => {
            let server = server.add(outboard_e2e::mill::tasks::MillServer::new(tasks::Works::default()));
            server.worker_threads(count.parse().unwrap_or(0)).run()
        }
        other => panic!("unknown arguments {other:?}"),
    }
}

/// What a mill counts.
#[derive(Default)]
struct Counts {
    poured: Arc<AtomicU64>,
    sunk: AtomicU64,
    turning: Arc<AtomicU64>,
    waiting: AtomicU64,
}

/// Something that turns, counted for as long as it is there.
struct Turning {
    turns: AtomicU64,
    all: Arc<AtomicU64>,
}

impl Turning {
    fn new(all: &Arc<AtomicU64>) -> Self {
        all.fetch_add(1, Ordering::SeqCst);
        Self { turns: AtomicU64::new(0), all: Arc::clone(all) }
    }

    fn once_more(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Drop for Turning {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::SeqCst);
    }
}
