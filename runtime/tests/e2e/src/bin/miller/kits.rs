//! What situations are made of that are written once for tasks and for threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use outboard::Command;
use outboard_e2e::inspect::MARK;

/// The plugin; the first word is the program.
pub(crate) fn command(words: &[String]) -> Command {
    let (program, arguments) = words.split_first().expect("a program");
    Command::new(program).args(arguments).env(MARK, std::process::id().to_string())
}

/// Counts what is alive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alive(Arc<AtomicU64>);

/// One that is.
#[derive(Debug)]
pub(crate) struct Token(Alive);

impl Alive {
    pub(crate) fn token(&self) -> Token {
        self.0.fetch_add(1, Ordering::SeqCst);
        Token(self.clone())
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Token {
    /// Of what it is one.
    pub(crate) fn kind(&self) -> Alive {
        self.0.clone()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Async code on tokio.
pub(crate) mod tasks {
    pub(crate) use outboard_e2e::mill::tasks::*;

    use std::future::Future;
    use std::time::{Duration, Instant};

    use outboard::{Limits, Plugin, Result, Stream};
    use outboard_e2e::mill::Counting;
    use serde::de::DeserializeOwned;

    pub(crate) type Task<T> = tokio::task::JoinHandle<T>;

    pub(crate) fn run<T>(kind: &str, situation: impl Future<Output = T>) -> T {
        use tokio::runtime::Builder;
        let mut builder = match kind {
            "current" => Builder::new_current_thread(),
            "workers" => Builder::new_multi_thread(),
            other => panic!("unknown kind {other}"),
        };
        builder.worker_threads(2).enable_all().build().expect("a runtime").block_on(situation)
    }

    pub(crate) async fn launch(words: &[String], limits: Limits) -> (Plugin, MillClient) {
        let launch = Plugin::builder(super::command(words)).interface::<MillClient>().limits(limits).launch();
        let plugin = launch.await.expect("a plugin");
        let mill = plugin.client().expect("its client");
        (plugin, mill)
    }

    pub(crate) fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Task<T> {
        tokio::spawn(work)
    }

    pub(crate) async fn joined<T>(task: Task<T>) -> T {
        task.await.expect("no panic")
    }

    pub(crate) async fn next<T: DeserializeOwned + Send + 'static>(stream: &mut Stream<T>) -> Option<Result<T>> {
        stream.next().await
    }

    pub(crate) fn source(numbers: Counting) -> Stream<u64> {
        Stream::new(numbers)
    }

    /// Lets others run.
    pub(crate) async fn yield_now() {
        tokio::task::yield_now().await;
    }

    /// Waits until it is so; says whether that came.
    pub(crate) async fn until(limit: Duration, mut so: impl FnMut() -> bool) -> bool {
        let end = Instant::now() + limit;
        while !so() {
            if Instant::now() >= end {
                return false;
            }
            // The runtime has work to do meanwhile.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        true
    }
}

/// Plain code.
pub(crate) mod threads {
    pub(crate) use outboard_e2e::inspect::until;
    pub(crate) use outboard_e2e::mill::threads::*;
    pub(crate) use std::thread::{JoinHandle as Task, spawn, yield_now};

    use outboard::blocking::Plugin;
    use outboard::{Limits, Result, Stream};
    use outboard_e2e::mill::Counting;
    use serde::de::DeserializeOwned;

    pub(crate) fn launch(words: &[String], limits: Limits) -> (Plugin, MillClient) {
        let builder = Plugin::builder(super::command(words)).interface::<MillClient>();
        let plugin = builder.limits(limits).launch().expect("a plugin");
        let mill = plugin.client().expect("its client");
        (plugin, mill)
    }

    pub(crate) fn joined<T>(task: Task<T>) -> T {
        task.join().expect("no panic")
    }

    pub(crate) fn next<T: DeserializeOwned + Send + 'static>(stream: &mut Stream<T>) -> Option<Result<T>> {
        stream.into_iter().next()
    }

    pub(crate) fn source(numbers: Counting) -> Stream<u64> {
        Stream::from_iter(numbers)
    }
}
