//! Every kind of host with every kind of plugin: nobody can tell from what happens which it is.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use outboard::{Command, Ending, ErrorKind};
use outboard_e2e::inspect::{process, until};
use outboard_e2e::interfaces::{FeedError, Nest};
use outboard_e2e::pairing::{CALLERS, Caller, Plugin, Zoo, each_pairing, within};
use outboard_e2e::plain::Zoo as _;
use rustix::process::{Pid, Signal, kill_process};

const ZOO: &str = env!("CARGO_BIN_EXE_zoo");
const OLD_ZOO: &str = env!("CARGO_BIN_EXE_old_zoo");
const SECOND: Duration = Duration::from_secs(1);
/// For what takes as long as the machine is busy.
const PATIENCE: Duration = Duration::from_secs(20);

fn launch(caller: Caller, arguments: &[&str]) -> (Plugin, Zoo) {
    caller.launch(Command::new(ZOO).args(arguments)).expect("a plugin")
}

#[track_caller]
fn check_that_it_lives(zoo: &Zoo) {
    assert_eq!(zoo.add(20, 22).expect("a sum"), 42);
}

/// Runs it on so many threads at once.
fn at_once<T: Send + 'static>(count: usize, run: impl Fn(usize) -> T + Send + Sync + 'static) -> Vec<T> {
    let run = Arc::new(run);
    let threads: Vec<_> = (0..count)
        .map(|number| {
            let run = Arc::clone(&run);
            thread::spawn(move || run(number))
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
}

#[test]
fn values_of_any_size_come_back_as_they_went() {
    each_pairing(|caller, arguments| {
        let (_plugin, zoo) = launch(caller, arguments);
        // No power of two, so that chunks differ.
        let pattern: Vec<u8> = (0..=250).collect();
        for size in [0, 1, 100, (64 << 10) - 30, 64 << 10, (64 << 10) + 1, 2 << 20] {
            let mut bytes = pattern.repeat(size / pattern.len() + 1);
            bytes.truncate(size);
            assert!(zoo.echo_bytes(bytes.clone()).expect("an echo") == bytes, "{size}");
        }
        assert!(zoo.bytes(70_000).expect("bytes") == vec![7; 70_000]);
        let text = "żółć 漢字 🦀\0\n".repeat(1_000);
        assert_eq!(zoo.echo(&text).expect("an echo"), text);
        assert_eq!(zoo.nest().expect("a nest"), Nest::Nest(Box::new(Nest::Egg)));
        assert_eq!(zoo.sparse().expect("a value"), [None, Some([7; 32])]);
        assert_eq!(zoo.nothings().expect("a value").len(), 3);
    });
}

#[test]
fn errors_and_panics_arrive_and_the_plugin_lives_on() {
    // row 29
    each_pairing(|caller, arguments| {
        let (_plugin, zoo) = launch(caller, arguments);
        let eaten = BTreeMap::from([("beef".to_owned(), 7), ("visitors".to_owned(), 1)]);
        assert_eq!(zoo.feed("lion"), Err(FeedError::Full { animal: "lion".to_owned(), eaten }));
        assert_eq!(zoo.feed("duck"), Ok(()));
        let failure = zoo.parse("seven").expect_err("no number");
        assert_eq!(format!("{failure:?}"), "parsing a number: invalid digit found in string");
        let error = zoo.refuse("not today").expect_err("a refusal");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Remote, "not today"));
        let error = zoo.panic("the \x1b[1mlion\nis out").expect_err("a panic");
        assert_eq!(error.kind(), ErrorKind::Panicked);
        assert_eq!(error.to_string(), "`panic` panicked: the \\u{1b}[1mlion\\nis out");
        let error = zoo.panic_later("later").expect_err("a panic");
        assert_eq!(error.to_string(), "`panic_later` panicked: later");
        let error = zoo.panic_with_a_number().expect_err("a panic");
        assert_eq!(error.to_string(), "`panic_with_a_number` panicked: a panic without a message");
        check_that_it_lives(&zoo);
    });
}

#[test]
fn handlers_that_wait_for_each_other_finish() {
    each_pairing(|caller, arguments| {
        let (_plugin, zoo) = launch(caller, arguments);
        let met = at_once(2, move |_| zoo.meet().expect("an answer"));
        assert_eq!(met.into_iter().filter(|leader| *leader).count(), 1);
    });
}

#[test]
fn many_threads_call_at_once() {
    each_pairing(|caller, arguments| {
        let (_plugin, zoo) = launch(caller, arguments);
        let sums = at_once(32, move |number| {
            let number = i64::try_from(number).expect("a small number");
            (0..10).map(|round| zoo.add(number, round).expect("a sum")).sum::<i64>()
        });
        assert_eq!(sums, (0..32).map(|number| number * 10 + 45).collect::<Vec<_>>());
    });
}

#[test]
fn prints_are_logged_and_stdin_is_empty() {
    // rows 68, 70
    each_pairing(|caller, arguments| {
        let (plugin, zoo) = launch(caller, arguments);
        assert_eq!(zoo.read_stdin().expect("text"), "");
        zoo.print("by println").expect("a print");
        zoo.print_from_child("by a child").expect("a print");
        zoo.print_to_stderr("to stderr\n").expect("a print");
        check_that_it_lives(&zoo);
        let logged = until(PATIENCE, || {
            let tail = plugin.stderr_tail();
            ["by println", "by a child", "to stderr"].iter().all(|line| tail.iter().any(|known| known == line))
        });
        assert!(logged, "{:?}", plugin.stderr_tail());
    });
}

#[test]
fn a_plugin_describes_itself() {
    each_pairing(|caller, arguments| {
        let (plugin, zoo) = launch(caller, arguments);
        let described = plugin.describe().expect("a description");
        let interfaces: Vec<_> =
            described.iter().map(|interface| (interface.name.as_str(), interface.version)).collect();
        assert_eq!(interfaces, [("Zoo", 3), ("Aquarium", 1)]);
        let zoo_described = described.first().expect("the zoo");
        assert_eq!(zoo_described.docs.trim(), "Everything that a handler can do to its caller.");
        let echo = zoo_described.methods.first().expect("a method");
        assert_eq!((echo.name.as_str(), echo.docs.trim()), ("echo", "Returns the text."));
        assert_eq!(zoo.version(), 3);
    });
}

// ---- ages ----

/// Every way to call, and an old plugin of either kind.
fn each_with(generation: &'static str, check: impl Fn(outboard::Result<(Plugin, Zoo)>) + Send + Sync + Copy + 'static) {
    for caller in CALLERS {
        for kind in [&[][..], &["plain"]] {
            within(PATIENCE, &format!("{caller:?} with a {kind:?} {generation}"), move || {
                check(caller.launch(Command::new(OLD_ZOO).arg(generation).args(kind)));
            });
        }
    }
}

#[test]
fn a_method_that_an_older_plugin_lacks_is_unsupported() {
    each_with("second", |launched| {
        let (_plugin, zoo) = launched.expect("an older plugin");
        check_that_it_lives(&zoo);
        assert_eq!((zoo.version(), zoo.echo("x").expect("an echo").as_str()), (2, "x"));
        let error = zoo.never().expect_err("unsupported");
        assert!(error.is_unsupported() && error.is_safe_to_retry());
        assert_eq!(
            error.to_string(),
            "the plugin has no method `never`: it implements version 2 of `Zoo`, this program was built for version 3"
        );
    });
}

#[test]
fn a_method_with_a_body_runs_at_the_host_for_an_older_plugin() {
    each_with("second", |launched| {
        let (_plugin, zoo) = launched.expect("an older plugin");
        assert_eq!(zoo.double(21).expect("a number"), "42 by the host");
        assert_eq!(zoo.echo("x").expect("an echo"), "x");
    });
    each_pairing(|caller, arguments| {
        let (_plugin, zoo) = launch(caller, arguments);
        assert_eq!(zoo.double(21).expect("a number"), "42 by the plugin");
    });
}

#[test]
fn another_generation_and_another_cookie_are_refused_with_both() {
    // row 23
    each_with("first", |launched| {
        let error = launched.map(|(plugin, _)| plugin).expect_err("too old");
        assert_eq!(error.kind(), ErrorKind::Handshake);
        let words = "the plugin implements `Zoo` version 1 and works with 1 only; this program was built for version 3 and works with 2 to 3: the plugin is too old";
        assert!(error.report().to_string().contains(words), "{error:?}");
    });
    each_with("foreign", |launched| {
        let error = launched.map(|(plugin, _)| plugin).expect_err("another program's");
        assert_eq!(error.kind(), ErrorKind::Handshake);
        let words = "the plugin does not serve `Zoo`; it serves `Zoo` version 3 with another cookie";
        assert!(error.report().to_string().contains(words), "{error:?}");
    });
}

// ---- ends ----

#[test]
fn a_shutdown_is_orderly_and_runs_destructors() {
    // row 93
    each_pairing(|caller, arguments| {
        let folder = tempfile::tempdir().expect("a folder");
        let epitaph = folder.path().join("epitaph");
        let path = epitaph.to_str().expect("a path");
        let (plugin, zoo) = launch(caller, &[arguments, &["--epitaph", path]].concat());
        check_that_it_lives(&zoo);
        let begun = Instant::now();
        let exit = plugin.clone().shutdown().expect("an exit");
        assert!(begun.elapsed() < 2 * SECOND, "{:?}", begun.elapsed());
        assert_eq!((exit.code(), exit.ending()), (Some(0), &Ending::Asked), "{exit:?}");
        assert_eq!(std::fs::read_to_string(&epitaph).expect("an epitaph"), "destructors ran");
        let error = zoo.echo("late").expect_err("it is gone");
        assert!(error.is_disconnected() && error.is_safe_to_retry(), "{error:?}");
        let closed = plugin.closed().to_string();
        assert!(closed.ends_with("was shut down"), "{closed}");
    });
}

#[test]
fn the_last_client_takes_the_process_along() {
    // row 89
    each_pairing(|caller, arguments| {
        let (plugin, zoo) = launch(caller, arguments);
        let pid = plugin.pid();
        drop(plugin);
        check_that_it_lives(&zoo);
        let begun = Instant::now();
        drop(zoo);
        let dropped = begun.elapsed();
        assert!(dropped < SECOND, "the drop took {dropped:?}");
        // Not even as a zombie.
        assert!(until(PATIENCE, || process(pid).is_none()), "{:?}", process(pid));
    });
}

#[test]
fn a_killed_plugin_gives_all_its_calls_the_same_error_within_a_second() {
    // row 32
    each_pairing(|caller, arguments| {
        const CALLS: usize = 8;
        let (plugin, zoo) = launch(caller, arguments);
        zoo.print_to_stderr("last words\n").expect("a print");
        let calling = Arc::clone(&zoo);
        let calls =
            thread::spawn(move || at_once(CALLS, move |_| calling.never().map_err(|error| (error, Instant::now()))));
        assert!(until(PATIENCE, || zoo.waiting().expect("an answer") == CALLS as u64));
        let killed = Instant::now();
        let pid = i32::try_from(plugin.pid()).ok().and_then(Pid::from_raw).expect("a pid");
        kill_process(pid, Signal::KILL).expect("a living process");
        let mut texts = BTreeMap::new();
        for call in calls.join().expect("no panic") {
            let (error, at) = call.expect_err("nobody answers");
            assert!(at - killed < SECOND, "{:?} after the kill", at - killed);
            assert!(error.is_disconnected() && !error.is_safe_to_retry());
            assert_eq!(error.process_exit().and_then(|exit| exit.signal()), Some(9));
            *texts.entry(error.report().to_string()).or_insert(0) += 1;
        }
        assert_eq!(texts.len(), 1, "{texts:?}");
        let later = zoo.echo("late").expect_err("nobody is there");
        assert!(later.is_disconnected() && later.is_safe_to_retry());
        assert!(later.to_string().ends_with("was killed by SIGKILL, with `never` (8 times) in flight"), "{later}");
        let report = later.report().to_string();
        assert!(texts.contains_key(&report) && report.contains("last words"), "{report}");
        assert_eq!(plugin.closed().report().to_string(), report);
        assert!(process(plugin.pid()).is_none(), "a zombie");
    });
}
