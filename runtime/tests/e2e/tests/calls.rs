//! What a handler may do, and what its caller sees of it.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use outboard::{Client, ErrorKind, Plugin};
use outboard_e2e::inspect;
use outboard_e2e::interfaces::{
    Aquarium, AquariumClient, AviaryClient, FeedError, Nest, Zoo, ZooClient, first_generation, second_generation,
};
use tokio::time::timeout;

const ZOO: &str = env!("CARGO_BIN_EXE_zoo");
const OLD_ZOO: &str = env!("CARGO_BIN_EXE_old_zoo");
const SECOND: Duration = Duration::from_secs(1);
/// For what takes as long as the machine is busy.
const PATIENCE: Duration = Duration::from_secs(20);

async fn zoo(arguments: &[&str]) -> ZooClient {
    ZooClient::launch(outboard::Command::new(ZOO).args(arguments)).await.expect("a plugin")
}

async fn check_that_it_lives(zoo: &ZooClient) {
    let sum = timeout(PATIENCE, zoo.add(20, 22)).await.expect("an answer in time").expect("a sum");
    assert_eq!(sum, 42);
}

async fn wait_until(mut so: impl AsyncFnMut() -> bool) {
    let waiting = async { while !so().await {} };
    timeout(PATIENCE, waiting).await.expect("it never came to be");
}

// ---- values ----

#[tokio::test]
async fn values_of_any_size_come_back_as_they_went() {
    let zoo = zoo(&[]).await;
    for size in [0, 1, 100, (64 << 10) - 30, 64 << 10, (64 << 10) + 1, 1 << 20, 20 << 20] {
        let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
        assert!(zoo.echo_bytes(bytes.clone()).await.expect("an echo") == bytes, "{size}");
        assert!(zoo.bytes(size as u64).await.expect("bytes") == vec![7; size], "{size}");
    }
    let text = "żółć 漢字 🦀\0\n".repeat(10_000);
    assert_eq!(zoo.echo(&text).await.expect("an echo"), text);
    assert_eq!(zoo.nest().await.expect("a nest"), Nest::Nest(Box::new(Nest::Egg)));
    assert_eq!(zoo.sparse().await.expect("a value"), [None, Some([7; 32])]);
    assert_eq!(zoo.nothings().await.expect("a value").len(), 3);
}

#[tokio::test]
async fn a_value_beyond_the_limit_fails_its_call_alone() {
    let zoo = zoo(&[]).await;
    let error = zoo.echo_bytes(vec![0; (64 << 20) + 1]).await.expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error:?}");
    assert!(error.to_string().contains("67108864"), "{error}");
    let error = zoo.bytes((64 << 20) + 1).await.expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error:?}");
    check_that_it_lives(&zoo).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_replies_and_small_calls_arrive_beside_each_other() {
    // That the small ones do not wait is proved where the order of events is known: in the
    // connection's own tests.
    const LARGE: usize = 8 << 20;
    let zoo = zoo(&[]).await;
    let large: Vec<_> = (0..4)
        .map(|_| {
            let zoo = zoo.clone();
            tokio::spawn(async move { zoo.bytes(LARGE as u64).await.expect("bytes").len() })
        })
        .collect();
    while !large.iter().all(tokio::task::JoinHandle::is_finished) {
        check_that_it_lives(&zoo).await;
    }
    for reply in large {
        assert_eq!(reply.await.expect("no panic"), LARGE);
    }
}

// ---- handlers side by side ----

#[tokio::test]
async fn handlers_that_wait_for_each_other_finish() {
    for arguments in [&[][..], &["--workers", "2"], &["--async"]] {
        let zoo = zoo(arguments).await;
        let (one, other) = timeout(PATIENCE, async { tokio::join!(zoo.meet(), zoo.meet()) }).await.expect("in time");
        assert_ne!(one.expect("an answer"), other.expect("an answer"));
    }
}

#[tokio::test]
async fn more_calls_than_may_be_in_flight_wait_their_turn() {
    // row 42
    let zoo = zoo(&[]).await;
    let calls: Vec<_> = (0..3000)
        .map(|number| {
            let zoo = zoo.clone();
            tokio::spawn(async move { zoo.add(number, 1).await.expect("a sum") == number + 1 })
        })
        .collect();
    for call in calls {
        assert!(timeout(PATIENCE, call).await.expect("in time").expect("no panic"));
    }
}

#[tokio::test]
async fn a_handler_that_spins_leaves_the_other_threads_their_calls() {
    // row 46
    for method in ["spin", "spin_later"] {
        let zoo = zoo(&["--workers", "2"]).await;
        let spinning = tokio::spawn({
            let zoo = zoo.clone();
            async move { if method == "spin" { zoo.spin().await } else { zoo.spin_later().await } }
        });
        tokio::task::yield_now().await;
        for _ in 0..20 {
            check_that_it_lives(&zoo).await;
        }
        assert!(!spinning.is_finished());
    }
}

#[tokio::test]
async fn a_dropped_call_drops_its_handler() {
    // row 39
    let zoo = zoo(&[]).await;
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let zoo = zoo.clone();
            tokio::spawn(async move { zoo.never().await })
        })
        .collect();
    wait_until(async || zoo.waiting().await.expect("a count") == 10).await;
    assert_eq!(zoo.dropped().await.expect("a count"), 0);
    for call in &calls {
        call.abort();
    }
    wait_until(async || zoo.dropped().await.expect("a count") == 10).await;
    assert_eq!(zoo.waiting().await.expect("a count"), 0);
}

#[tokio::test]
async fn calls_dropped_at_any_moment_leave_the_connection_whole() {
    // rows 40, 43
    let zoo = zoo(&[]).await;
    for round in 0..200_u32 {
        let size = [0, 100, 70_000, 300_000].into_iter().nth((round % 4) as usize).unwrap_or(0);
        let call = zoo.echo_bytes(vec![7; size]);
        let _ = timeout(Duration::from_micros(u64::from(round) * 5), call).await;
    }
    check_that_it_lives(&zoo).await;
}

// ---- panics and errors ----

#[tokio::test]
async fn a_panic_is_an_error_with_its_message_and_the_plugin_lives_on() {
    // row 29
    let zoo = zoo(&[]).await;
    let error = zoo.panic("the \x1b[1mlion\nis out").await.expect_err("a panic");
    assert_eq!(error.kind(), ErrorKind::Panicked);
    assert_eq!(error.to_string(), "`panic` panicked: the \\u{1b}[1mlion\\nis out");
    let error = zoo.panic_later("later").await.expect_err("a panic");
    assert_eq!(error.to_string(), "`panic_later` panicked: later");
    assert!(!error.is_safe_to_retry() && !error.is_disconnected());
    let error = zoo.panic_with_a_number().await.expect_err("a panic");
    assert_eq!(error.to_string(), "`panic_with_a_number` panicked: a panic without a message");
    check_that_it_lives(&zoo).await;
}

#[tokio::test]
async fn an_authors_own_error_arrives_as_it_was_returned() {
    let zoo = zoo(&[]).await;
    let eaten = BTreeMap::from([("beef".to_owned(), 7), ("visitors".to_owned(), 1)]);
    assert_eq!(zoo.feed("lion").await, Err(FeedError::Full { animal: "lion".to_owned(), eaten }));
    assert_eq!(zoo.feed("dodo").await, Err(FeedError::Unknown("dodo".to_owned())));
    assert_eq!(zoo.feed("duck").await, Ok(()));
    assert_eq!(zoo.exit(7).await.expect_err("it exits").process_exit().and_then(|exit| exit.code()), Some(7));
    let Err(FeedError::Call(report)) = zoo.feed("duck").await else { panic!("it is gone") };
    assert!(report.contains("exited with code 7"), "{report}");
}

#[tokio::test]
async fn a_failure_and_our_own_error_arrive_with_their_chains() {
    let zoo = zoo(&[]).await;
    let failure = zoo.parse("seven").await.expect_err("no number");
    assert_eq!(format!("{failure:?}"), "parsing a number: invalid digit found in string");
    let error = zoo.refuse("not today").await.expect_err("a refusal");
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Remote, "not today"));
}

// ---- stdio and the process ----

#[tokio::test]
async fn a_handler_reads_the_end_from_stdin() {
    // row 70
    let zoo = zoo(&[]).await;
    assert_eq!(timeout(PATIENCE, zoo.read_stdin()).await.expect("in time").expect("text"), "");
    check_that_it_lives(&zoo).await;
}

#[tokio::test]
async fn a_plugin_holds_only_descriptors_of_its_own() {
    // row 12: a descriptor of this process that is not close-on-exec is std's or our own fault.
    let first = zoo(&[]).await;
    let second = zoo(&[]).await;
    let (mut one, mut two) = (first.descriptors().await.expect("a list"), second.descriptors().await.expect("a list"));
    // What whoever started this test passes on to everybody keeps its number.
    let passed_on = inspect::descriptors_of(std::os::unix::process::parent_id());
    one.retain(|number, target| *number < 3 || passed_on.get(number) != Some(target));
    two.retain(|number, target| *number < 3 || passed_on.get(number) != Some(target));
    assert_eq!(one.len(), two.len(), "{one:#?} {two:#?}");
    // What is behind the numbers beyond the three: the connection, the watch, and the runtime.
    let pipes = |list: &BTreeMap<i32, String>| list.values().filter(|target| target.starts_with("pipe:")).count();
    assert_eq!(one.get(&0).map(String::as_str), Some("/dev/null"));
    assert_eq!(one.get(&1), one.get(&2), "{one:#?}");
    // Connection in and out, the watch's copy, stdout and stderr.
    assert_eq!(pipes(&two), 5, "{two:#?}");
    let shared: Vec<_> =
        two.values().filter(|target| target.starts_with("pipe:") && one.values().any(|o| o == *target)).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

#[tokio::test]
async fn a_plugin_starts_where_its_host_is_or_where_it_is_told() {
    // row 14
    let here = std::env::current_dir().expect("a directory");
    assert_eq!(zoo(&[]).await.directory().await.expect("a directory"), here.display().to_string());
    let elsewhere = ZooClient::launch(outboard::Command::new(ZOO).current_dir("/")).await.expect("a plugin");
    assert_eq!(elsewhere.directory().await.expect("a directory"), "/");
}

#[track_caller]
fn environment(which: &str) -> BTreeMap<String, String> {
    let mut host = Command::new(env!("CARGO_BIN_EXE_host"));
    host.args(["environment", which, ZOO]).env_clear();
    for name in ["PATH", "LC_ALL", "LC_REMOVED", "XDG_CONFIG_HOME", "API_TOKEN", "LD_LIBRARY_PATH", "OUTBOARD_TRACE"] {
        host.env(name, "from the host");
    }
    let output = host.output().expect("the host runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("an environment")
}

#[test]
fn only_listed_variables_reach_a_plugin() {
    // row 13
    let listed: Vec<_> = environment("listed").into_keys().collect();
    assert_eq!(listed, ["E2E_SET", "LC_ALL", "PATH", "XDG_CONFIG_HOME"]);
    let inherited: Vec<_> = environment("inherit").into_keys().collect();
    assert_eq!(inherited, ["API_TOKEN", "E2E_SET", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "XDG_CONFIG_HOME"]);
}

// ---- interfaces and ages ----

#[tokio::test]
async fn one_process_serves_two_interfaces() {
    let builder =
        Plugin::builder(ZOO).interface::<ZooClient>().interface::<AquariumClient>().interface::<AviaryClient>();
    let plugin = builder.launch().await.expect("a plugin");
    let zoo: ZooClient = plugin.client().expect("a zoo");
    let aquarium: AquariumClient = plugin.client().expect("an aquarium");
    assert_eq!(aquarium.fish().await.expect("fish"), ["carp", "pike"]);
    check_that_it_lives(&zoo).await;
    assert_eq!((zoo.version(), aquarium.version()), (3, 1));
    let error = plugin.client::<AviaryClient>().expect_err("nobody serves it");
    assert_eq!(
        error.to_string(),
        "the plugin does not serve `Aviary`; it serves `Zoo` version 3, `Aquarium` version 1"
    );
    let undeclared = Plugin::builder(ZOO).interface::<ZooClient>().launch().await.expect("a plugin");
    let error = undeclared.client::<AquariumClient>().expect_err("not declared");
    assert!(error.to_string().contains(".interface::<"), "{error}");
}

#[tokio::test]
async fn a_method_that_an_older_plugin_lacks_is_unsupported() {
    let zoo = ZooClient::launch(outboard::Command::new(OLD_ZOO).arg("second")).await.expect("an older plugin");
    // Its table has another order.
    check_that_it_lives(&zoo).await;
    assert_eq!((zoo.version(), zoo.echo("x").await.expect("an echo").as_str()), (2, "x"));
    assert!(zoo.supports("add") && !zoo.supports("never"));
    let begun = Instant::now();
    let error = zoo.never().await.expect_err("unsupported");
    assert!(begun.elapsed() < SECOND);
    assert!(error.is_unsupported() && error.is_safe_to_retry());
    assert_eq!(
        error.to_string(),
        "the plugin has no method `never`: it implements version 2 of `Zoo`, this program was built for version 3"
    );
}

#[tokio::test]
async fn a_plugin_of_a_generation_that_is_not_served_is_refused_with_both() {
    // row 23
    let check = async |generation: &str, words: &str| {
        let command = outboard::Command::new(OLD_ZOO).arg(generation);
        let error = ZooClient::launch(command).await.expect_err("another zoo");
        assert_eq!(error.kind(), ErrorKind::Handshake);
        assert!(error.report().to_string().contains(words), "{error:?}");
    };
    check(
        "first",
        "the plugin implements `Zoo` version 1 and works with 1 only; this program was built for version 3 and works with 2 to 3: the plugin is too old",
    )
    .await;
    check("foreign", "the plugin does not serve `Zoo`; it serves `Zoo` version 3 with another cookie").await;
    let old = second_generation::ZooClient::launch(ZOO).await.expect("a newer plugin serves the second generation");
    assert_eq!(second_generation::Zoo::add(&old, 1, 2).await.expect("a sum"), 3);
    let error = first_generation::ZooClient::launch(ZOO).await.expect_err("too old");
    assert!(error.report().to_string().ends_with("this program is too old"), "{error:?}");
}
