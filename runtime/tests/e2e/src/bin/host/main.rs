//! A host for the tests that count what a host has open, or kill it.
//!
//! * `host fault MILLISECONDS METHOD ZOO PROGRAM ARGUMENT…` launches a misbehaving plugin, calls a
//!   method of it, and reports what it cost.
//! * `host churn COUNT lives|gone ZOO` launches and drops; `gone` ends the runtime first.
//! * `host hold METHOD ZOO ARGUMENT…` has a plugin busy and waits to be killed.
//! * `host environment inherit|listed ZOO` prints the plugin's environment.
//!
//! `host threads fault|churn|hold …` does the same without a runtime; its `churn` takes no word for
//! the runtime, and its own zoos are plain ones.

#![allow(clippy::print_stdout, reason = "its report")]
#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how it reports to the test that started it")]

mod threads;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use outboard::{Client, Command, Error, Plugin, Result};
use outboard_e2e::inspect::{MARK, children, descriptors, marked, peak_memory, until};
use outboard_e2e::interfaces::{Zoo, ZooClient};
use outboard_e2e::report::{Churned, Faulted};
use tokio::runtime::Runtime;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["fault", limit, method, zoo, command @ ..] => {
            let limit = Duration::from_millis(limit.parse().expect("milliseconds"));
            print(&runtime().block_on(fault(limit, method, zoo, command)));
        }
        ["churn", count, runtime, zoo] => print(&churn(count.parse().expect("a count"), *runtime == "gone", zoo)),
        ["hold", method, command @ ..] => runtime().block_on(hold(method, command)),
        ["threads", "fault", limit, method, zoo, command @ ..] => {
            let limit = Duration::from_millis(limit.parse().expect("milliseconds"));
            print(&threads::fault(limit, method, zoo, command));
        }
        ["threads", "churn", count, zoo] => print(&threads::churn(count.parse().expect("a count"), zoo)),
        ["threads", "hold", method, command @ ..] => threads::hold(method, command),
        ["environment", which, zoo] => print(&runtime().block_on(environment(*which == "inherit", zoo))),
        other => panic!("unknown arguments {other:?}"),
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn print(report: &impl serde::Serialize) {
    println!("{}", serde_json::to_string(report).expect("a report"));
}

fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().expect("a program");
    Command::new(program).args(arguments).env(MARK, mark())
}

/// What the processes of this host are known by.
fn mark() -> String {
    std::process::id().to_string()
}

async fn fault(limit: Duration, method: &str, zoo: &str, words: &[&str]) -> Faulted {
    let before = warmed_up(zoo).await;
    let mut faulted = misbehaving(limit, method, words).await;
    faulted.left_over.extend(left_over(&before).await);
    healthy(zoo).await;
    let later = left_over(&before).await;
    faulted.left_over.extend(later.into_iter().map(|left| format!("after a healthy plugin: {left}")));
    faulted.peak_memory = peak_memory();
    faulted
}

async fn misbehaving(limit: Duration, method: &str, words: &[&str]) -> Faulted {
    let mut faulted = Faulted::default();
    let begun = Instant::now();
    let launched = Plugin::builder(command(words)).interface::<ZooClient>().handshake_timeout(limit).launch().await;
    let plugin = match launched {
        Ok(plugin) => plugin,
        Err(error) => {
            faulted.milliseconds = elapsed(begun);
            faulted.error = Some(error.into());
            return faulted;
        }
    };
    let zoo = plugin.client::<ZooClient>().expect("the interface that was declared");
    let (error, ended) = match tokio::time::timeout(LIVES, call(&zoo, method)).await {
        // It stays silent: whatever is dropped below has to end it.
        Err(_) => {
            faulted.milliseconds = elapsed(begun);
            return faulted;
        }
        Ok(Err(error)) => {
            let ended = error.is_disconnected();
            (Some(error), ended)
        }
        Ok(Ok(value)) => {
            faulted.value = Some(value);
            // It is fine, or it ends.
            match tokio::time::timeout(LIVES, plugin.closed()).await {
                Ok(error) => (Some(error), true),
                Err(_) => (None, false),
            }
        }
    };
    faulted.milliseconds = elapsed(begun);
    faulted.error = error.map(Into::into);
    if !ended {
        // Replies that came before the pipes broke are waited for too.
        match tokio::time::timeout(2 * LIVES, zoo.echo("later")).await {
            Ok(Ok(text)) => faulted.afterwards = Some(text),
            Ok(Err(error)) => faulted.error_afterwards = Some(error.into()),
            Err(_) => faulted.left_over.push("a second caller".to_owned()),
        }
    }
    faulted
}

/// A plugin that has not ended after so long is one that lives on.
const LIVES: Duration = Duration::from_millis(1500);

fn elapsed(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

async fn call(zoo: &ZooClient, method: &str) -> Result<String> {
    match method {
        "echo" => zoo.echo("text").await,
        "nest" => zoo.nest().await.map(|_| "a nest".to_owned()),
        "sparse" => zoo.sparse().await.map(|value| format!("{} elements", value.len())),
        "nothings" => zoo.nothings().await.map(|value| format!("{} elements", value.len())),
        "abort" => zoo.abort().await.map(|()| String::new()),
        "exit" => zoo.exit(0).await.map(|()| String::new()),
        "spin" => zoo.spin().await.map(|()| String::new()),
        "spin_later" => zoo.spin_later().await.map(|()| String::new()),
        "never" => zoo.never().await.map(|()| String::new()),
        // Launched and never called: it has to end by itself.
        "nothing" => Ok(String::new()),
        other => panic!("unknown method {other}"),
    }
}

/// The descriptors of a host that has launched before: its own, and the two of the thread that
/// looks after processes.
async fn warmed_up(zoo: &str) -> BTreeMap<i32, String> {
    let own = descriptors().len();
    healthy(zoo).await;
    let end = Instant::now() + Duration::from_secs(10);
    while descriptors().len() != own + 2 {
        assert!(Instant::now() < end, "a healthy plugin left {:?}", descriptors());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    descriptors()
}

async fn healthy(zoo: &str) {
    let plugin = Plugin::builder(command(&[zoo])).interface::<ZooClient>().launch().await.expect("a healthy plugin");
    let client: ZooClient = plugin.client().expect("its client");
    assert_eq!(client.add(2, 3).await.expect("a sum"), 5);
    drop(client);
    plugin.shutdown().await.expect("an exit");
}

/// Waits until nothing is left, and says what is.
async fn left_over(before: &BTreeMap<i32, String>) -> Vec<String> {
    let mut left = Vec::new();
    let end = Instant::now() + Duration::from_secs(10);
    while Instant::now() < end {
        left = look(before);
        if left.is_empty() {
            break;
        }
        // The runtime has work to do meanwhile.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    left
}

fn look(before: &BTreeMap<i32, String>) -> Vec<String> {
    let mut left: Vec<String> =
        marked(&mark()).into_iter().map(|pid| format!("process {:?}", outboard_e2e::inspect::process(pid))).collect();
    left.extend(children(std::process::id()).into_iter().map(|child| format!("child {child:?}")));
    let after = descriptors();
    if after.len() != before.len() {
        left.push(format!("descriptors {after:?} and not {before:?}"));
    }
    left
}

fn churn(count: usize, runtime_is_gone: bool, zoo: &str) -> Churned {
    let outer = runtime();
    let before = outer.block_on(warmed_up(zoo));
    let mut longest_drop = Duration::ZERO;
    for _ in 0..count {
        let inner = runtime_is_gone.then(runtime);
        let client = inner.as_ref().unwrap_or(&outer).block_on(async {
            let client = ZooClient::launch(command(&[zoo])).await.expect("a plugin");
            assert_eq!(client.add(1, 1).await.expect("a sum"), 2);
            client
        });
        drop(inner);
        let begun = Instant::now();
        drop(client);
        longest_drop = longest_drop.max(begun.elapsed());
    }
    // The runtime that is left lets go of its descriptors when it runs.
    until(Duration::from_secs(10), || {
        outer.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
        look(&before).is_empty()
    });
    let children = children(std::process::id()).into_iter().map(|child| format!("{child:?}")).collect();
    let longest_drop = u64::try_from(longest_drop.as_micros()).unwrap_or(u64::MAX);
    Churned { before, after: descriptors(), children, longest_drop, ..Churned::default() }
}

async fn hold(method: &str, words: &[&str]) {
    let plugin = Plugin::builder(command(words)).interface::<ZooClient>().launch().await.expect("a plugin");
    let zoo: ZooClient = plugin.client().expect("its client");
    let calling = call(&zoo, method);
    let busy = async {
        if method.starts_with("spin") {
            // It says so itself.
            while !plugin.stderr_tail().iter().any(|line| line == "spinning") {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        } else if method == "never" {
            while zoo.waiting().await.expect("an answer") == 0 {}
        }
        println!("{}", plugin.pid());
        std::future::pending::<Error>().await
    };
    let error = run_both(calling, busy, method).await;
    panic!("the plugin did not stay: {error}");
}

async fn run_both(
    calling: impl Future<Output = Result<String>>,
    busy: impl Future<Output = Error>,
    method: &str,
) -> Error {
    let held = async {
        match calling.await {
            Err(error) => error,
            Ok(_) if method == "nothing" || method == "echo" => std::future::pending().await,
            Ok(value) => Error::other(format!("`{method}` returned {value}")),
        }
    };
    tokio::select! {
        error = held => error,
        error = busy => error,
    }
}

async fn environment(inherit: bool, zoo: &str) -> BTreeMap<String, String> {
    let command = Command::new(zoo).env("E2E_SET", "set").env_remove("LC_REMOVED");
    let command = if inherit { command.inherit_env() } else { command };
    let zoo = ZooClient::launch(command).await.expect("a plugin");
    assert!(zoo.supports("environment"));
    zoo.environment().await.expect("an environment")
}
