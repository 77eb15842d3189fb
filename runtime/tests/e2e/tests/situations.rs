//! A blocking client is called from wherever somebody may call it.
//!
//! Each situation is made anew again and again: `E2E_ROUNDS` says how often.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::thread;
use std::time::Duration;

use outboard::Command;
use outboard_e2e::interfaces::Zoo as _;
use outboard_e2e::interfaces::ZooClient as AsyncZooClient;
use outboard_e2e::pairing::within;
use outboard_e2e::plain::{Zoo, ZooClient};
use tokio::runtime::{Builder, Runtime};

const ZOO: &str = env!("CARGO_BIN_EXE_zoo");
/// For one round, as long as the machine is busy.
const PATIENCE: Duration = Duration::from_secs(20);

fn zoo(arguments: &[&str]) -> ZooClient {
    ZooClient::launch(Command::new(ZOO).args(arguments)).expect("a plugin")
}

fn plain() -> ZooClient {
    zoo(&["--plain"])
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn two_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Small and large, fine and failing.
fn use_it(zoo: &ZooClient) {
    assert_eq!(zoo.add(20, 22).expect("a sum"), 42);
    assert_eq!(zoo.echo_bytes(vec![7; 100_000]).expect("an echo").len(), 100_000);
    assert_eq!(zoo.panic("as asked").expect_err("a panic").to_string(), "`panic` panicked: as asked");
    assert_eq!(zoo.echo("x").expect("an echo"), "x");
}

#[track_caller]
fn rounds(situation: fn()) {
    let rounds = std::env::var("E2E_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(10_u32);
    for round in 0..rounds {
        within(PATIENCE, &format!("round {round}"), situation);
    }
}

// ---- one by one ----

/// Blocks the only thread that its runtime has.
fn in_a_task_of_a_current_thread_runtime() {
    current_thread().block_on(async {
        let kept = plain();
        let task = tokio::spawn(async move { use_it(&kept) });
        use_it(&plain());
        task.await.expect("no panic");
    });
}

fn in_spawn_blocking() {
    current_thread().block_on(async {
        let zoo = plain();
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let zoo = zoo.clone();
                tokio::task::spawn_blocking(move || use_it(&zoo))
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

fn on_a_plain_thread() {
    let zoo = plain();
    use_it(&zoo);
    thread::spawn(move || use_it(&zoo)).join().expect("no panic");
}

/// Plugin after plugin, each launched by a handler of the one before; `plain` or on tokio in turn.
fn in_a_blocking_handler() {
    assert_eq!(plain().relay(ZOO, 3, "through four").expect("a relay"), "through four");
}

/// Blocks the only thread that the plugin serves on.
fn in_an_async_handler() {
    let asynchronous = zoo(&[]);
    assert_eq!(asynchronous.relay(ZOO, 2, "through three").expect("a relay"), "through three");
    assert_eq!(asynchronous.add(1, 1).expect("a sum"), 2);
}

fn on_thirty_two_threads() {
    let zoo = plain();
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for number in 0..20 {
                    assert_eq!(zoo.add(number, 1).expect("a sum"), number + 1);
                }
                use_it(&zoo);
            });
        }
    });
}

/// More calls than the runtime has threads, and an async client on it that has to get its answers
/// all the same.
fn on_the_workers_of_a_runtime() {
    let runtime = two_workers();
    runtime.block_on(async {
        let (zoo, beside) = (plain(), AsyncZooClient::launch(Command::new(ZOO)).await.expect("a plugin"));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let zoo = zoo.clone();
                tokio::spawn(async move { use_it(&zoo) })
            })
            .collect();
        assert_eq!(beside.echo("beside").await.expect("an echo"), "beside");
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

#[test]
fn a_task_of_a_current_thread_runtime_calls() {
    rounds(in_a_task_of_a_current_thread_runtime);
}

#[test]
fn spawn_blocking_calls() {
    rounds(in_spawn_blocking);
}

#[test]
fn a_plain_thread_calls() {
    rounds(on_a_plain_thread);
}

#[test]
fn a_blocking_handler_of_another_plugin_calls() {
    rounds(in_a_blocking_handler);
}

#[test]
fn an_async_handler_of_another_plugin_calls() {
    rounds(in_an_async_handler);
}

#[test]
fn thirty_two_threads_call() {
    rounds(on_thirty_two_threads);
}

#[test]
fn workers_of_a_runtime_call() {
    rounds(on_the_workers_of_a_runtime);
}

// ---- together ----

#[test]
fn all_call_at_once() {
    rounds(|| {
        let situations: [fn(); 7] = [
            in_a_task_of_a_current_thread_runtime,
            in_spawn_blocking,
            on_a_plain_thread,
            in_a_blocking_handler,
            in_an_async_handler,
            on_thirty_two_threads,
            on_the_workers_of_a_runtime,
        ];
        thread::scope(|scope| situations.map(|situation| scope.spawn(situation)).into_iter().for_each(drop));
    });
}

/// The same plugin from everywhere, while some of those who call wait long.
#[test]
fn all_share_one_plugin() {
    rounds(|| {
        let zoo = plain();
        let met = zoo.clone();
        let waiting = thread::spawn(move || met.meet().expect("an answer"));
        thread::scope(|scope| {
            scope.spawn(|| current_thread().block_on(async { use_it(&zoo) }));
            scope.spawn(|| {
                two_workers().block_on(async {
                    let zoo = zoo.clone();
                    tokio::spawn(async move { use_it(&zoo) }).await.expect("no panic");
                })
            });
            scope.spawn(|| use_it(&zoo));
            scope.spawn(|| (0..100).for_each(|number| assert_eq!(zoo.add(number, 0).expect("a sum"), number)));
        });
        assert_ne!(zoo.meet().expect("an answer"), waiting.join().expect("no panic"));
    });
}
