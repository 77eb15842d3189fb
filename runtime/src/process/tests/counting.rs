//! Nothing is left over: descriptors, zombies, processes.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::*;
use crate::process::Ladder;

const HERE: &str = "process::tests::counting::";

fn nothing_is_left(descriptors_before: usize) {
    eventually("every child is reaped", || children().is_empty());
    eventually("every descriptor is closed", || descriptors() == descriptors_before);
}

#[test]
fn two_hundred_starts_and_ends_leave_nothing() {
    alone(&format!("{HERE}two_hundred_starts_and_ends_leave_nothing"), &[], &[], || {
        // The first start makes the thread and its descriptors, which stay.
        sh("exit 0").exit();
        let before = descriptors();
        for round in 0..200 {
            let command = script_command("cat; exit 7");
            match round % 5 {
                0 => assert_eq!(sh("exit 7").exit().code(), Some(7)),
                // Every handle is dropped; its stdin ends, so it ends.
                1 => drop(launch(command).unwrap()),
                // Called off before, while or after it is started.
                2 => drop(spawn(script_command("exec sleep 1000"))),
                3 => launch(command).unwrap().process.kill("the test says so"),
                _ => {
                    let Spawned { stdin, stdout, process } = launch(command).unwrap();
                    process.begin_shutdown(Ladder::default(), Box::new(move || drop(stdout)));
                    drop(stdin);
                }
            }
        }
        nothing_is_left(before);
    });
}

#[test]
fn a_start_that_is_called_off_when_it_is_done_is_undone() {
    let test = format!("{HERE}a_start_that_is_called_off_when_it_is_done_is_undone");
    alone(&test, &[], &[], || {
        sh("exit 0").exit();
        let before = descriptors();
        // It would not end by itself when its stdin does.
        let pending = spawn(script_command("exec sleep 1000"));
        eventually("it is started", || !children().is_empty());
        drop(pending);
        nothing_is_left(before);
    });
}

#[test]
fn starts_that_fail_leave_nothing() {
    alone(&format!("{HERE}starts_that_fail_leave_nothing"), &[], &[], || {
        sh("exit 0").exit();
        let before = descriptors();
        let directory = Directory::new();
        for _ in 0..20 {
            assert!(launch(directory.path("missing")).is_err());
            assert!(launch(directory.make_directory("directory")).is_err());
        }
        nothing_is_left(before);
    });
}

#[test]
fn without_descriptors_a_start_fails_for_the_moment_and_leaves_nothing() {
    let test = format!("{HERE}without_descriptors_a_start_fails_for_the_moment_and_leaves_nothing");
    alone(&test, &[], &[], || {
        sh("exit 0").exit();
        let before = descriptors();
        let usual = getrlimit(Resource::Nofile);
        let (mut failed, mut started) = (0, 0);
        // The reading of the directory had a descriptor too.
        for room in 0..12 {
            let current = Some((before - 1 + room) as u64);
            setrlimit(Resource::Nofile, Rlimit { current, ..usual }).unwrap();
            let outcome = launch(script_command("exit 7"));
            setrlimit(Resource::Nofile, usual).unwrap();
            match outcome {
                Ok(spawned) => {
                    assert_eq!(Child::new(spawned).exit().code(), Some(7));
                    started += 1;
                }
                Err(error) => {
                    assert!(error.is_transient() && error.is_safe_to_retry());
                    assert!(error.to_string().ends_with("this process has as many files open as it may"), "{error}");
                    failed += 1;
                }
            }
            nothing_is_left(before);
        }
        assert!(failed > 4 && started > 2, "{failed} failed, {started} started");
    });
}

#[test]
fn the_first_start_may_fail_for_the_moment_too() {
    alone(&format!("{HERE}the_first_start_may_fail_for_the_moment_too"), &[], &[], || {
        let before = descriptors();
        let usual = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(before as u64), ..usual }).unwrap();
        let error = launch(script_command("exit 7")).unwrap_err();
        setrlimit(Resource::Nofile, usual).unwrap();
        assert!(error.is_transient(), "{error}");
        assert_eq!(sh("exit 7").exit().code(), Some(7));
    });
}

#[test]
fn a_status_that_the_system_throws_away_is_unknown() {
    let test = format!("{HERE}a_status_that_the_system_throws_away_is_unknown");
    alone(&test, &["env", "--ignore-signal=CHLD"], &[], || {
        let mut child = sh("echo last words >&2; read line; exit 7");
        child.say("go");
        let exit = child.exit();
        assert_eq!((exit.status(), exit.code(), exit.signal()), (None, None, None));
        assert_eq!(exit.stderr_tail(), ["last words"]);
        // A living one can still be killed.
        let child = sh("exec sleep 1000");
        child.process.kill("the test says so");
        assert_eq!(child.exit().status(), None);
    });
}
