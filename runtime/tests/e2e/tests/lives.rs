//! How plugins and hosts end: together, alone, by force.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use outboard::{Client, Ending, Plugin, PluginBuilder};
use outboard_e2e::inspect::{children, is_gone, process, until};
use outboard_e2e::interfaces::{Zoo, ZooClient};
use outboard_e2e::report::Churned;
use rustix::process::{Pid, Signal, kill_process};

const HOST: &str = env!("CARGO_BIN_EXE_host");
const ZOO: &str = env!("CARGO_BIN_EXE_zoo");
const SECOND: Duration = Duration::from_secs(1);
/// For what takes as long as the machine is busy.
const PATIENCE: Duration = Duration::from_secs(20);

fn builder(arguments: &[&str]) -> PluginBuilder {
    Plugin::builder(outboard::Command::new(ZOO).args(arguments)).interface::<ZooClient>()
}

async fn launch(arguments: &[&str]) -> (Plugin, ZooClient) {
    let plugin = builder(arguments).launch().await.expect("a plugin");
    let zoo = plugin.client().expect("its client");
    (plugin, zoo)
}

fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, Signal::KILL).expect("a living process");
}

async fn wait_until(mut so: impl AsyncFnMut() -> bool) {
    let waiting = async { while !so().await {} };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it never came to be");
}

// ---- a plugin that is killed ----

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_plugin_gives_all_its_calls_the_same_error_within_a_second() {
    // row 32
    let (plugin, zoo) = launch(&[]).await;
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let zoo = zoo.clone();
            tokio::spawn(async move { zoo.never().await.map_err(|error| (error, Instant::now())) })
        })
        .collect();
    wait_until(async || zoo.waiting().await.expect("an answer") == 64).await;
    let killed = Instant::now();
    kill(plugin.pid());
    let mut texts = BTreeMap::new();
    for call in calls {
        let (error, at) = call.await.expect("no panic").expect_err("nobody answers");
        assert!(at - killed < SECOND, "{:?} after the kill", at - killed);
        assert!(error.is_disconnected() && !error.is_safe_to_retry());
        assert_eq!(error.process_exit().and_then(|exit| exit.signal()), Some(9));
        *texts.entry(error.report().to_string()).or_insert(0) += 1;
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    let later = zoo.echo("late").await.expect_err("nobody is there");
    assert!(later.is_disconnected() && later.is_safe_to_retry());
    assert!(texts.contains_key(&later.report().to_string()), "{later:?}");
    assert!(later.to_string().ends_with("was killed by SIGKILL, with `never` (64 times) in flight"), "{later}");
    assert!(children(std::process::id()).iter().all(|child| child.pid != plugin.pid()));
}

#[tokio::test]
async fn a_plugin_that_is_killed_while_it_replies_delivers_what_it_sent_or_the_error() {
    // row 47: the kill comes at any byte of a reply of many chunks.
    for delay in 0..10 {
        let (plugin, zoo) = launch(&[]).await;
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let zoo = zoo.clone();
                tokio::spawn(async move { zoo.bytes(1 << 20).await })
            })
            .collect();
        for _ in 0..delay {
            tokio::task::yield_now().await;
        }
        kill(plugin.pid());
        for call in calls {
            match tokio::time::timeout(2 * SECOND, call).await.expect("an end").expect("no panic") {
                Ok(bytes) => assert_eq!(bytes.len(), 1 << 20),
                Err(error) => assert!(error.to_string().contains("SIGKILL"), "{error:?}"),
            }
        }
    }
}

// ---- a host that is killed ----

struct Held {
    host: Child,
    plugin: u32,
}

fn hold(method: &str, command: &[&str]) -> Held {
    let mut host = Command::new(HOST);
    let mut host = host.args(["hold", method]).args(command).stdout(Stdio::piped()).spawn().expect("a host");
    let mut line = String::new();
    BufReader::new(host.stdout.take().expect("its stdout")).read_line(&mut line).expect("a line");
    let plugin = line.trim().parse().unwrap_or_else(|_| panic!("{line:?} is no number"));
    assert!(!is_gone(plugin));
    Held { host, plugin }
}

#[track_caller]
fn check_killed_host(method: &str, command: &[&str]) {
    let Held { mut host, plugin } = hold(method, command);
    // What a wrapper started is the plugin's own business, and gone with it.
    let family: Vec<u32> = children(plugin).into_iter().map(|child| child.pid).chain([plugin]).collect();
    host.kill().expect("a living host");
    let killed = Instant::now();
    host.wait().expect("its exit");
    for pid in family {
        assert!(until(5 * SECOND, || is_gone(pid)), "{:?} is still there", process(pid));
    }
    assert!(killed.elapsed() < SECOND, "it took {:?}", killed.elapsed());
}

#[test]
fn an_idle_plugin_ends_with_its_killed_host() {
    // row 81
    check_killed_host("echo", &[ZOO]);
    check_killed_host("nothing", &[ZOO]);
    check_killed_host("nothing", &[ZOO, "--workers", "2"]);
    check_killed_host("nothing", &[ZOO, "--async"]);
}

#[test]
fn a_waiting_plugin_ends_with_its_killed_host() {
    check_killed_host("never", &[ZOO]);
    check_killed_host("never", &[ZOO, "--async"]);
}

#[test]
fn a_spinning_plugin_ends_with_its_killed_host() {
    // row 82
    for arguments in [&[][..], &["--workers", "2"], &["--async"]] {
        let command = [&[ZOO][..], arguments].concat();
        check_killed_host("spin", &command);
        check_killed_host("spin_later", &command);
    }
}

#[test]
fn a_plugin_that_never_leaves_main_ends_with_its_killed_host() {
    check_killed_host("spin", &[ZOO, "--linger"]);
}

#[test]
fn a_plugin_behind_a_wrapper_ends_with_its_killed_host() {
    check_killed_host("spin", &["sh", "-c", "exec \"$0\"", ZOO]);
    check_killed_host("spin", &["sh", "-c", "\"$0\"; true", ZOO]);
    check_killed_host("nothing", &["sh", "-c", "\"$0\"; true", ZOO]);
}

// ---- launches and drops ----

#[track_caller]
fn check_churn(runtime: &str) {
    // rows 89, 90
    let output = Command::new(HOST).args(["churn", "200", runtime, ZOO]).output().expect("the host runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let churned: Churned = serde_json::from_slice(&output.stdout).expect("a report");
    assert!(churned.children.is_empty(), "{:?}", churned.children);
    assert_eq!(churned.after.len(), churned.before.len(), "{churned:#?}");
}

#[test]
fn two_hundred_launches_and_drops_leave_nothing() {
    check_churn("lives");
}

#[test]
fn two_hundred_drops_after_the_runtime_leave_nothing() {
    check_churn("gone");
}

// ---- shutdown ----

#[tokio::test]
async fn an_idle_plugin_shuts_down_at_once_and_its_destructors_run() {
    // row 93
    for arguments in [&[][..], &["--workers", "2"], &["--async"]] {
        let folder = tempfile::tempdir().expect("a folder");
        let epitaph = folder.path().join("epitaph");
        let path = epitaph.to_str().expect("a path");
        let (plugin, zoo) = launch(&[arguments, &["--epitaph", path]].concat()).await;
        zoo.echo("x").await.expect("an echo");
        let begun = Instant::now();
        let exit = plugin.shutdown().await.expect("an exit");
        assert!(begun.elapsed() < SECOND, "{:?}", begun.elapsed());
        assert_eq!((exit.code(), exit.ending()), (Some(0), &Ending::Asked), "{exit:?}");
        assert_eq!(std::fs::read_to_string(&epitaph).expect("an epitaph"), "destructors ran");
        let error = zoo.echo("late").await.expect_err("it is gone");
        assert!(error.is_disconnected() && error.is_safe_to_retry(), "{error:?}");
    }
}

#[tokio::test]
async fn the_last_drop_shuts_down_and_destructors_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let epitaph = folder.path().join("epitaph");
    let (plugin, zoo) = launch(&["--epitaph", epitaph.to_str().expect("a path")]).await;
    let pid = plugin.pid();
    drop(plugin);
    zoo.echo("still here").await.expect("the client keeps it alive");
    drop(zoo);
    assert!(tokio::task::spawn_blocking(move || until(PATIENCE, || process(pid).is_none())).await.expect("no panic"));
    assert_eq!(std::fs::read_to_string(&epitaph).expect("an epitaph"), "destructors ran");
}

#[tokio::test]
async fn a_call_that_is_open_at_the_shutdown_gets_its_answer() {
    // row 93
    let folder = tempfile::tempdir().expect("a folder");
    let signal = folder.path().join("go");
    let (plugin, zoo) = launch(&[]).await;
    let path = signal.to_str().expect("a path").to_owned();
    let open = tokio::spawn({
        let zoo = zoo.clone();
        async move { zoo.wait_for(&path).await }
    });
    // The call before this one has been taken when this one is answered.
    tokio::task::yield_now().await;
    zoo.echo("x").await.expect("an echo");
    let shutdown = tokio::spawn(plugin.shutdown());
    tokio::task::yield_now().await;
    std::fs::write(&signal, "").expect("a file");
    open.await.expect("no panic").expect("its answer");
    assert_eq!(shutdown.await.expect("no panic").expect("an exit").code(), Some(0));
}

#[tokio::test]
async fn a_call_that_never_ends_is_given_up_after_the_drain() {
    // row 93
    let folder = tempfile::tempdir().expect("a folder");
    let epitaph = folder.path().join("epitaph");
    let (plugin, zoo) = launch(&["--epitaph", epitaph.to_str().expect("a path")]).await;
    let open = tokio::spawn({
        let zoo = zoo.clone();
        async move { zoo.never().await }
    });
    wait_until(async || zoo.waiting().await.expect("an answer") == 1).await;
    let begun = Instant::now();
    let exit = plugin.shutdown().await.expect("an exit");
    let took = begun.elapsed();
    assert!(took >= 4 * SECOND && took < 7 * SECOND, "{took:?}");
    assert!(open.await.expect("no panic").expect_err("no answer").is_disconnected());
    assert_eq!(exit.code(), Some(0), "{exit:?}");
    assert_eq!(std::fs::read_to_string(&epitaph).expect("an epitaph"), "destructors ran");
}

#[tokio::test]
async fn a_spinning_plugin_is_terminated_after_the_drain() {
    let (plugin, zoo) = launch(&[]).await;
    let open = tokio::spawn(async move { zoo.spin().await });
    wait_until(async || {
        tokio::task::yield_now().await;
        plugin.stderr_tail().iter().any(|line| line == "spinning")
    })
    .await;
    let begun = Instant::now();
    let exit = plugin.shutdown().await.expect("an exit");
    assert!(begun.elapsed() < 7 * SECOND, "{:?}", begun.elapsed());
    assert_eq!((exit.signal_name().as_deref(), exit.ending()), (Some("SIGTERM"), &Ending::Terminated));
    assert!(open.await.expect("no panic").expect_err("no answer").is_disconnected());
}

#[tokio::test]
async fn a_plugin_deaf_to_sigterm_is_killed_within_eight_seconds() {
    // row 94: what a wrapper ignores is ignored by what it starts.
    let script = "trap '' TERM; exec \"$0\" --fault ignores-shutdown";
    let command = outboard::Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_faulty")]);
    let plugin = Plugin::builder(command).interface::<ZooClient>().launch().await.expect("a plugin");
    let begun = Instant::now();
    let exit = plugin.shutdown().await.expect("an exit");
    assert!(begun.elapsed() < 8 * SECOND, "{:?}", begun.elapsed());
    assert_eq!(exit.ending(), &Ending::Killed);
    assert!(exit.to_string().ends_with("was killed by SIGKILL because it did not end when it was told to"), "{exit}");
}

#[tokio::test]
async fn a_plugin_that_hangs_after_its_goodbye_is_ended() {
    // row 95
    let (plugin, zoo) = launch(&["--linger"]).await;
    zoo.echo("x").await.expect("an echo");
    let begun = Instant::now();
    plugin.shutdown().await.expect("an exit");
    assert!(begun.elapsed() < 7 * SECOND, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn children_of_a_plugin_end_with_its_shutdown() {
    // row 86
    let (plugin, zoo) = launch(&[]).await;
    let sleeper = zoo.start_sleeper(false).await.expect("a child");
    assert!(!is_gone(sleeper));
    plugin.shutdown().await.expect("an exit");
    assert!(until(SECOND, || is_gone(sleeper)), "{:?}", process(sleeper));
}

#[tokio::test]
async fn a_daemon_of_a_plugin_does_not_hold_up_its_shutdown() {
    // rows 85, 87
    let (plugin, zoo) = launch(&[]).await;
    let daemon = zoo.start_sleeper(true).await.expect("a child");
    assert!(until(PATIENCE, || process(daemon).is_some_and(|daemon| daemon.group == daemon.pid)));
    let begun = Instant::now();
    plugin.shutdown().await.expect("an exit");
    let took = begun.elapsed();
    kill(daemon);
    assert!(took < 2 * SECOND, "{took:?}");
}

#[tokio::test]
async fn wrapped_plugins_work_and_end() {
    for script in ["exec \"$0\"", "\"$0\"; true"] {
        let command = outboard::Command::new("sh").args(["-c", script, ZOO]);
        let plugin = Plugin::builder(command).interface::<ZooClient>().launch().await.expect("a plugin");
        let zoo: ZooClient = plugin.client().expect("its client");
        assert!(zoo.supports("echo"));
        assert_eq!(zoo.echo("through a shell").await.expect("an echo"), "through a shell");
        let exit = plugin.shutdown().await.expect("an exit");
        assert_eq!((exit.code(), exit.ending()), (Some(0), &Ending::Asked), "{exit:?}");
    }
}

#[test]
fn a_host_that_returns_from_main_takes_its_plugins_along() {
    // row 91: `exit` and a panic run no destructors of a plugin's.
    let Held { host, plugin } = hold("nothing", &[ZOO]);
    let pid = i32::try_from(host.id()).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, Signal::TERM).expect("a living host");
    assert!(until(PATIENCE, || is_gone(plugin)));
    let mut rest = String::new();
    let mut host = host;
    assert!(!host.wait().expect("its exit").success());
    let _ = host.stdout.take().map(|mut stdout| stdout.read_to_string(&mut rest));
}
