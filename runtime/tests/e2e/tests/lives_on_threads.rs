//! How plugins and hosts without a runtime end, and that they rest.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use outboard::blocking::Plugin;
use outboard::{Ending, Limits, Result};
use outboard_e2e::inspect::{children, is_gone, process, processor_time, switches, until};
use outboard_e2e::pairing::within;
use outboard_e2e::plain::{Zoo, ZooClient};
use outboard_e2e::report::Churned;
use rustix::process::{Pid, Signal, kill_process};

const HOST: &str = env!("CARGO_BIN_EXE_host");
const ZOO: &str = env!("CARGO_BIN_EXE_zoo");
const SECOND: Duration = Duration::from_secs(1);
/// For what takes as long as the machine is busy.
const PATIENCE: Duration = Duration::from_secs(20);

fn launch(arguments: &[&str]) -> (Plugin, ZooClient) {
    let command = outboard::Command::new(ZOO).arg("--plain").args(arguments);
    let plugin = Plugin::builder(command).interface::<ZooClient>().launch().expect("a plugin");
    let zoo = plugin.client().expect("its client");
    (plugin, zoo)
}

fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, Signal::KILL).expect("a living process");
}

/// The same call on so many threads; each says when it had its answer.
fn call_from<T: Send + 'static>(
    threads: usize,
    zoo: &ZooClient,
    call: impl Fn(&ZooClient) -> Result<T> + Send + Sync + 'static,
) -> Vec<JoinHandle<(Result<T>, Instant)>> {
    let call = Arc::new(call);
    let caller = |_| {
        let (zoo, call) = (zoo.clone(), Arc::clone(&call));
        thread::spawn(move || (call(&zoo), Instant::now()))
    };
    (0..threads).map(caller).collect()
}

/// What came of them; nobody is waited for longer than that.
fn answers<T: Send + 'static>(calls: Vec<JoinHandle<(Result<T>, Instant)>>) -> Vec<(Result<T>, Instant)> {
    within(PATIENCE, "the calls", move || {
        calls.into_iter().map(|call| call.join().expect("no panic")).collect::<Vec<_>>()
    })
}

// ---- a plugin that is killed ----

#[test]
fn a_killed_plugin_gives_the_calls_of_all_threads_the_same_error_within_a_second() {
    // row 32
    let (plugin, zoo) = launch(&[]);
    let calls = call_from(32, &zoo, |zoo| zoo.never());
    assert!(until(PATIENCE, || zoo.waiting().expect("an answer") == 32));
    let killed = Instant::now();
    kill(plugin.pid());
    let mut texts = BTreeMap::new();
    for (outcome, at) in answers(calls) {
        let error = outcome.expect_err("nobody answers");
        assert!(at - killed < SECOND, "{:?} after the kill", at - killed);
        assert!(error.is_disconnected() && !error.is_safe_to_retry());
        *texts.entry(error.report().to_string()).or_insert(0) += 1;
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    let later = zoo.echo("late").expect_err("nobody is there");
    assert!(later.is_disconnected() && later.is_safe_to_retry());
    assert!(later.to_string().ends_with("was killed by SIGKILL, with `never` (32 times) in flight"), "{later}");
    assert!(texts.contains_key(&later.report().to_string()), "{later:?}");
    assert!(process(plugin.pid()).is_none(), "a zombie");
}

#[test]
fn a_plugin_that_is_killed_while_it_replies_delivers_what_it_sent_or_the_error() {
    // row 47: the kill comes at any byte of a reply of many chunks.
    for spins in 0..10 {
        let (plugin, zoo) = launch(&[]);
        let calls = call_from(4, &zoo, |zoo| zoo.bytes(1 << 20));
        (0..spins * 50).for_each(|_| thread::yield_now());
        kill(plugin.pid());
        for (outcome, _) in answers(calls) {
            match outcome {
                Ok(bytes) => assert_eq!(bytes.len(), 1 << 20),
                Err(error) => assert!(error.to_string().contains("SIGKILL"), "{error:?}"),
            }
        }
    }
}

#[test]
fn an_idle_plugin_that_is_killed_is_known_to_be_gone() {
    let (plugin, zoo) = launch(&[]);
    zoo.echo("x").expect("an echo");
    kill(plugin.pid());
    let error = plugin.closed_within(2 * SECOND).expect("the end");
    assert!(error.to_string().ends_with("was killed by SIGKILL"), "{error}");
    assert_eq!(zoo.echo("late").expect_err("it is gone").report().to_string(), error.report().to_string());
}

#[test]
fn a_daemon_that_holds_the_pipes_does_not_keep_callers_waiting() {
    // rows 85, 87: one of the callers waits in a read of a pipe that stays open.
    let (plugin, zoo) = launch(&[]);
    let daemon = zoo.start_sleeper(true).expect("a child");
    assert!(until(PATIENCE, || process(daemon).is_some_and(|daemon| daemon.group == daemon.pid)));
    let calls = call_from(4, &zoo, |zoo| zoo.never());
    assert!(until(PATIENCE, || zoo.waiting().expect("an answer") == 4));
    let killed = Instant::now();
    kill(plugin.pid());
    let answers = answers(calls);
    let holds = !is_gone(daemon);
    kill(daemon);
    assert!(holds, "the daemon outlives the plugin");
    for (outcome, at) in answers {
        assert!(outcome.expect_err("nobody answers").to_string().contains("SIGKILL"));
        assert!(at - killed < 2 * SECOND, "{:?} after the kill", at - killed);
    }
}

#[test]
fn a_plugin_that_reads_nothing_is_given_up_while_megabytes_wait() {
    // row 76
    let command = outboard::Command::new(env!("CARGO_BIN_EXE_faulty")).args(["--fault", "stops-itself"]);
    let limits = Limits::default().silence(Duration::from_millis(300));
    let plugin = Plugin::builder(command).interface::<ZooClient>().limits(limits).launch().expect("a handshake");
    let zoo: ZooClient = plugin.client().expect("its client");
    let begun = Instant::now();
    for (outcome, at) in answers(call_from(4, &zoo, |zoo| zoo.echo_bytes(vec![7; 4 << 20]))) {
        let error = outcome.expect_err("nobody answers");
        assert!(error.is_disconnected() && error.to_string().contains("does not respond"), "{error}");
        assert!(at - begun < 5 * SECOND, "{:?}", at - begun);
    }
}

// ---- a host that is killed ----

struct Held {
    host: Child,
    plugin: u32,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.host.kill();
        let _ = self.host.wait();
    }
}

fn hold(method: &str, command: &[&str]) -> Held {
    let mut host = Command::new(HOST);
    host.args(["threads", "hold", method, ZOO]).args(command).stdout(Stdio::piped());
    let mut host = host.spawn().expect("a host");
    let mut line = String::new();
    BufReader::new(host.stdout.take().expect("its stdout")).read_line(&mut line).expect("a line");
    let plugin = line.trim().parse().unwrap_or_else(|_| panic!("{line:?} is no number"));
    assert!(!is_gone(plugin));
    Held { host, plugin }
}

#[track_caller]
fn check_killed_host(method: &str, command: &[&str]) {
    let mut held = hold(method, command);
    held.host.kill().expect("a living host");
    let killed = Instant::now();
    held.host.wait().expect("its exit");
    assert!(until(5 * SECOND, || is_gone(held.plugin)), "{:?} is still there", process(held.plugin));
    assert!(killed.elapsed() < SECOND, "it took {:?}", killed.elapsed());
}

#[test]
fn a_plugin_ends_with_its_killed_host_whatever_its_handlers_do() {
    // rows 81, 82
    for arguments in [&["--plain"][..], &["--plain", "--async"], &["--plain-zoo"]] {
        for method in ["nothing", "echo", "never", "spin", "spin_later"] {
            check_killed_host(method, arguments);
        }
    }
    check_killed_host("spin", &["--plain", "--linger"]);
}

// ---- hangs ----

#[test]
fn a_handler_that_spins_stops_neither_pings_nor_other_calls() {
    // rows 38, 46
    let command = outboard::Command::new(ZOO).arg("--plain");
    let limits = Limits::default().silence(Duration::from_millis(300));
    let plugin = Plugin::builder(command).interface::<ZooClient>().limits(limits).launch().expect("a plugin");
    let zoo: ZooClient = plugin.client().expect("its client");
    let spinning = call_from(1, &zoo, |zoo| zoo.spin());
    assert!(until(PATIENCE, || plugin.stderr_tail().iter().any(|line| line == "spinning")));
    let begun = Instant::now();
    while begun.elapsed() < 3 * SECOND / 2 {
        let sum = within(PATIENCE, "a call beside", {
            let zoo = zoo.clone();
            move || zoo.add(20, 22)
        });
        assert_eq!(sum.expect("a sum"), 42);
    }
    assert!(spinning.iter().all(|call| !call.is_finished()));
    kill(plugin.pid());
    assert!(answers(spinning).into_iter().all(|(outcome, _)| outcome.is_err()));
}

// ---- launches and drops ----

#[test]
fn two_hundred_launches_and_drops_leave_nothing() {
    // row 89
    let output = Command::new(HOST).args(["threads", "churn", "200", ZOO]).output().expect("the host runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let churned: Churned = serde_json::from_slice(&output.stdout).expect("a report");
    assert!(churned.children.is_empty(), "{:?}", churned.children);
    assert_eq!(churned.after.len(), churned.before.len(), "{churned:#?}");
    assert_eq!(churned.threads_after, churned.threads_before);
}

// ---- shutdown ----

#[test]
fn a_shutdown_in_the_middle_of_the_calls_of_many_threads_ends_them_all() {
    // row 93
    let mut epitaphs = 0;
    for _ in 0..10 {
        let folder = tempfile::tempdir().expect("a folder");
        let epitaph = folder.path().join("epitaph");
        let (plugin, zoo) = launch(&["--epitaph", epitaph.to_str().expect("a path")]);
        let calls = call_from(16, &zoo, |zoo| -> Result<()> {
            loop {
                zoo.add(20, 22)?;
            }
        });
        zoo.echo("they call").expect("an echo");
        let begun = Instant::now();
        let exit = plugin.shutdown().expect("an exit");
        // The drain would take longer.
        assert!(begun.elapsed() < 4 * SECOND, "{:?}", begun.elapsed());
        assert_eq!((exit.code(), exit.ending()), (Some(0), &Ending::Asked), "{exit:?}");
        for (outcome, _) in answers(calls) {
            let error = outcome.expect_err("it is gone");
            assert!(error.is_disconnected(), "{error:?}");
        }
        epitaphs += u32::from(epitaph.exists());
    }
    // Threads that have just replied are waited for, but not longer than a busy machine may take.
    assert!(epitaphs >= 5, "{epitaphs} of 10 ran their destructors");
}

#[test]
fn a_call_that_is_open_at_the_shutdown_gets_its_answer() {
    // row 93
    let folder = tempfile::tempdir().expect("a folder");
    let signal = folder.path().join("go");
    let path = signal.to_str().expect("a path").to_owned();
    let (plugin, zoo) = launch(&[]);
    let waiting = zoo.clone();
    let open = call_from(1, &zoo, move |zoo| zoo.wait_for(&path));
    assert!(until(PATIENCE, || plugin.stderr_tail().iter().any(|line| line == "waiting")));
    let shutdown = thread::spawn(move || plugin.shutdown());
    assert!(until(PATIENCE, || waiting.echo("x").is_err()), "new calls are refused");
    std::fs::write(&signal, "").expect("a file");
    for (outcome, _) in answers(open) {
        outcome.expect("its answer");
    }
    assert_eq!(shutdown.join().expect("no panic").expect("an exit").code(), Some(0));
}

#[test]
fn a_call_that_never_ends_is_given_up_after_the_drain() {
    // row 93
    let (plugin, zoo) = launch(&[]);
    let calls = call_from(2, &zoo, |zoo| zoo.never());
    assert!(until(PATIENCE, || zoo.waiting().expect("an answer") == 2));
    let begun = Instant::now();
    let exit = plugin.shutdown().expect("an exit");
    let took = begun.elapsed();
    assert!(took >= 4 * SECOND && took < 7 * SECOND, "{took:?}");
    assert_eq!(exit.code(), Some(0), "{exit:?}");
    assert!(answers(calls).into_iter().all(|(outcome, _)| outcome.is_err_and(|error| error.is_disconnected())));
}

// ---- rest ----

/// A process is at rest when nothing runs in it for a while. A thread that comes to the end of its
/// wait, as one of the pool does after ten seconds, makes one moment of it; a clock that ticks makes
/// every one.
fn check_rest(what: &str, pid: u32) {
    const WHILE: Duration = Duration::from_millis(400);
    let mut seen = Vec::new();
    for _ in 0..8 {
        let before = (switches(pid), processor_time(pid));
        thread::sleep(WHILE);
        let after = (switches(pid), processor_time(pid));
        assert!(before.0 > 0, "{what} is not there");
        if before == after {
            return;
        }
        seen.push((before, after));
    }
    panic!("{what} never rests: {seen:?}, {:?}", outboard_e2e::inspect::threads(pid));
}

#[test]
fn nothing_runs_after_the_calls_and_while_a_call_waits() {
    // With a runtime it is a standby's lazy tick that goes on while handlers wait.
    let cases = [
        ("echo", &["--plain"][..]),
        ("echo", &["--plain-zoo"]),
        ("echo", &["--plain", "--async"]),
        ("echo", &[]),
        ("never", &["--plain"]),
    ];
    let check = |(method, arguments): (&str, &[&str])| {
        let held = hold(method, arguments);
        check_rest(&format!("the plugin {arguments:?} after {method}"), held.plugin);
        check_rest(&format!("its host after {method}"), held.host.id());
        assert!(children(held.host.id()).iter().any(|child| child.pid == held.plugin));
    };
    thread::scope(|scope| cases.map(|case| scope.spawn(move || check(case))).into_iter().for_each(drop));
}
