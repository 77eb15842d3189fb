//! The same host without a runtime.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use outboard::blocking::Plugin;
use outboard::{Error, Result};
use outboard_e2e::inspect::{descriptors, peak_memory, threads, until};
use outboard_e2e::plain::{Zoo, ZooClient};
use outboard_e2e::report::{Churned, Faulted};

use super::{LIVES, command, elapsed, look};

/// For what takes as long as the machine is busy.
const PATIENCE: Duration = Duration::from_secs(10);
/// After its silence a plugin is shut down, which takes so long at most.
const SHUTDOWN: Duration = Duration::from_secs(8);

pub(super) fn fault(limit: Duration, method: &str, zoo: &str, words: &[&str]) -> Faulted {
    let before = warmed_up(zoo);
    let mut faulted = misbehaving(limit, method, words);
    faulted.left_over.extend(left_over(&before));
    healthy(zoo);
    let later = left_over(&before);
    faulted.left_over.extend(later.into_iter().map(|left| format!("after a healthy plugin: {left}")));
    faulted.peak_memory = peak_memory();
    faulted
}

fn misbehaving(limit: Duration, method: &str, words: &[&str]) -> Faulted {
    let mut faulted = Faulted::default();
    let begun = Instant::now();
    let launched = Plugin::builder(command(words)).interface::<ZooClient>().handshake_timeout(limit).launch();
    let plugin = match launched {
        Ok(plugin) => plugin,
        Err(error) => {
            faulted.milliseconds = elapsed(begun);
            faulted.error = Some(error.into());
            return faulted;
        }
    };
    let zoo = plugin.client::<ZooClient>().expect("the interface that was declared");
    let calling = beside(&zoo, method);
    let (error, ended) = match calling.recv_timeout(LIVES) {
        Err(_) => {
            // It stays silent. Its caller holds a client, so nothing but an order ends it.
            faulted.milliseconds = elapsed(begun);
            let exit = plugin.shutdown();
            if exit.is_err() || !matches!(calling.recv_timeout(SHUTDOWN), Ok(Err(_))) {
                faulted.left_over.push(format!("a caller, after {exit:?}"));
            }
            return faulted;
        }
        Ok(Err(error)) => {
            let ended = error.is_disconnected();
            (Some(error), ended)
        }
        Ok(Ok(value)) => {
            faulted.value = Some(value);
            // It is fine, or it ends.
            match plugin.closed_within(LIVES) {
                Some(error) => (Some(error), true),
                None => (None, false),
            }
        }
    };
    faulted.milliseconds = elapsed(begun);
    faulted.error = error.map(Into::into);
    if !ended {
        // Replies that came before the pipes broke are waited for too.
        match beside(&zoo, "later").recv_timeout(2 * LIVES) {
            Ok(Ok(text)) => faulted.afterwards = Some(text),
            Ok(Err(error)) => faulted.error_afterwards = Some(error.into()),
            Err(_) => faulted.left_over.push("a second caller".to_owned()),
        }
    }
    faulted
}

/// Calls from a thread of its own, which is not waited for longer than one likes.
fn beside(zoo: &ZooClient, method: &str) -> Receiver<Result<String>> {
    let (send, receive) = mpsc::channel();
    let (zoo, method) = (zoo.clone(), method.to_owned());
    thread::spawn(move || {
        let outcome = call(&zoo, &method);
        drop(zoo);
        let _ = send.send(outcome);
    });
    receive
}

fn call(zoo: &ZooClient, method: &str) -> Result<String> {
    match method {
        "echo" => zoo.echo("text"),
        "later" => zoo.echo("later"),
        "nest" => zoo.nest().map(|_| "a nest".to_owned()),
        "sparse" => zoo.sparse().map(|value| format!("{} elements", value.len())),
        "nothings" => zoo.nothings().map(|value| format!("{} elements", value.len())),
        "abort" => zoo.abort().map(|()| String::new()),
        "exit" => zoo.exit(0).map(|()| String::new()),
        "spin" => zoo.spin().map(|()| String::new()),
        "spin_later" => zoo.spin_later().map(|()| String::new()),
        "never" => zoo.never().map(|()| String::new()),
        // Launched and never called: it has to end by itself.
        "nothing" => Ok(String::new()),
        other => panic!("unknown method {other}"),
    }
}

/// The descriptors of a host that has launched before: its own, and the two of the thread that
/// looks after processes.
fn warmed_up(zoo: &str) -> BTreeMap<i32, String> {
    let own = descriptors().len();
    healthy(zoo);
    let warm = until(PATIENCE, || descriptors().len() == own + 2 && standbys() == 0);
    assert!(warm, "a healthy plugin left {:?} and {:?}", descriptors(), threads(std::process::id()));
    descriptors()
}

fn healthy(zoo: &str) {
    let builder = Plugin::builder(command(&[zoo, "--plain"])).interface::<ZooClient>();
    let plugin = builder.launch().expect("a healthy plugin");
    let client: ZooClient = plugin.client().expect("its client");
    assert_eq!(client.add(2, 3).expect("a sum"), 5);
    drop(client);
    plugin.shutdown().expect("an exit");
}

/// Threads that look after a connection. Those of the pool are kept for a while.
fn standbys() -> usize {
    // As the system cuts it.
    threads(std::process::id()).iter().filter(|name| name.starts_with("outboard-stand")).count()
}

/// Waits until nothing is left, and says what is.
fn left_over(before: &BTreeMap<i32, String>) -> Vec<String> {
    let mut left = Vec::new();
    until(PATIENCE, || {
        left = look(before);
        if standbys() > 0 {
            left.push(format!("threads {:?}", threads(std::process::id())));
        }
        left.is_empty()
    });
    left
}

pub(super) fn churn(count: usize, zoo: &str) -> Churned {
    let before = warmed_up(zoo);
    let is_of_the_pool = |name: &String| name.starts_with("outboard-worker");
    let mut threads_before = threads(std::process::id());
    threads_before.retain(|name| !is_of_the_pool(name));
    let mut longest_drop = Duration::ZERO;
    for _ in 0..count {
        let client = ZooClient::launch(command(&[zoo, "--plain"])).expect("a plugin");
        assert_eq!(client.add(1, 1).expect("a sum"), 2);
        let begun = Instant::now();
        drop(client);
        longest_drop = longest_drop.max(begun.elapsed());
    }
    // Threads of the pool wait for work for ten seconds.
    until(2 * PATIENCE, || look(&before).is_empty() && threads(std::process::id()) == threads_before);
    let children = outboard_e2e::inspect::children(std::process::id());
    Churned {
        before,
        after: descriptors(),
        children: children.into_iter().map(|child| format!("{child:?}")).collect(),
        longest_drop: u64::try_from(longest_drop.as_micros()).unwrap_or(u64::MAX),
        threads_before,
        threads_after: threads(std::process::id()),
    }
}

pub(super) fn hold(method: &str, words: &[&str]) {
    let plugin = Plugin::builder(command(words)).interface::<ZooClient>().launch().expect("a plugin");
    let zoo: ZooClient = plugin.client().expect("its client");
    // So that there is something to come to rest from.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!(zoo.echo("traffic").expect("an echo"), "traffic")));
        }
    });
    let calling = beside(&zoo, method);
    if method.starts_with("spin") {
        // It says so itself.
        assert!(until(PATIENCE, || plugin.stderr_tail().iter().any(|line| line == "spinning")));
    } else if method == "never" {
        while zoo.waiting().expect("an answer") == 0 {}
    }
    println!("{}", plugin.pid());
    match calling.recv().expect("the caller") {
        Ok(_) if method == "nothing" || method == "echo" => {}
        Ok(value) => panic!("`{method}` returned {value}"),
        Err(error) => panic!("the plugin did not stay: {}", Error::report(&error)),
    }
    let error = plugin.closed();
    panic!("the plugin did not stay: {error}");
}
