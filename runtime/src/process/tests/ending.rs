//! The many ways to end.

use std::io::Read;
use std::sync::mpsc;

use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process, test_kill_process};

use super::*;
use crate::process::{Ending, Ladder};

const SHORT: Ladder = Ladder { drain: Duration::from_millis(20), terminate: Duration::from_millis(50) };
const LONG: Ladder = Ladder { drain: Duration::MAX, terminate: Duration::MAX };

/// A `close_stdin` that says when it was called, and how often.
fn closer() -> (Box<dyn FnOnce() + Send>, mpsc::Receiver<Instant>) {
    let (called, calls) = mpsc::channel();
    (Box::new(move || called.send(Instant::now()).unwrap()), calls)
}

#[test]
fn an_exit_code_is_reported_with_the_last_lines() {
    let child = sh("echo one >&2; printf two >&2; exit 3");
    let exit = child.exit();
    assert_eq!((exit.code(), exit.signal(), exit.ending()), (Some(3), None, &Ending::OnItsOwn));
    assert_eq!(exit.stderr_tail(), ["one", "two"]);
    assert_eq!(exit.to_string(), "`sh` exited with code 3");
    assert_eq!(exit.pid(), child.process.pid());
    assert!(exit.program().is_absolute());
    assert_eq!(child.process.try_exit().unwrap().code(), Some(3));
}

#[test]
fn a_signal_is_reported_by_its_name() {
    for name in ["KILL", "TERM", "ABRT", "USR1"] {
        let exit = sh(&format!("ulimit -c 0; kill -{name} $$")).exit();
        assert_eq!(exit.signal_name().unwrap(), format!("SIG{name}"));
        assert_eq!(exit.to_string(), format!("`sh` was killed by SIG{name}"));
    }
}

#[test]
fn a_kill_ends_the_whole_group_and_says_why() {
    let mut child = sh("sleep 1000 & echo ready; wait");
    assert_eq!(child.line(), "ready");
    child.process.kill("it broke the protocol");
    let exit = child.exit();
    assert_eq!(exit.ending(), &Ending::KilledFor("it broke the protocol".into()));
    assert_eq!(exit.to_string(), "`sh` was killed by SIGKILL because it broke the protocol");
    // The end of its output: nobody is left who holds the pipe.
    assert_eq!(child.stdout.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn grandchildren_end_with_a_process_that_ends_on_its_own() {
    let mut child = sh("sleep 1000 & echo ready; exit 4");
    assert_eq!(child.line(), "ready");
    let exit = child.exit();
    assert_eq!((exit.code(), exit.ending()), (Some(4), &Ending::OnItsOwn));
    assert_eq!(child.stdout.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn a_grandchild_outside_the_group_cannot_hold_up_the_report() {
    let mut child = sh("setsid sh -c 'echo $$; exec sleep 1000' & read line; echo bye >&2; exit 4");
    let grandchild: i32 = child.line().parse().unwrap();
    child.say("go");
    let start = Instant::now();
    let exit = child.exit();
    let took = start.elapsed();
    assert_eq!((exit.code(), exit.stderr_tail()), (Some(4), ["bye".to_owned()].as_slice()));
    assert!(took >= Duration::from_millis(490) && took < Duration::from_secs(3), "{took:?}");
    kill_process(Pid::from_raw(grandchild).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn a_process_that_was_asked_to_end_has_its_time() {
    let (close, calls) = closer();
    let mut child = sh("read line; exit 5");
    child.process.begin_shutdown(LONG, close);
    child.say("the shutdown frame");
    let exit = child.exit();
    assert_eq!((exit.code(), exit.ending()), (Some(5), &Ending::Asked));
    assert_eq!(calls.iter().count(), 1, "called once, at the end");
}

#[test]
fn a_process_that_does_not_end_is_told_by_sigterm() {
    let (close, calls) = closer();
    let mut child = sh("trap 'exit 6' TERM; echo ready; while :; do sleep 0.01; done");
    assert_eq!(child.line(), "ready");
    child.process.begin_shutdown(Ladder { terminate: Duration::MAX, ..SHORT }, close);
    let exit = child.exit();
    assert_eq!((exit.code(), exit.ending()), (Some(6), &Ending::Terminated));
    assert_eq!(calls.iter().count(), 1);
}

#[test]
fn a_process_that_ignores_sigterm_is_killed_after_its_time() {
    let (close, calls) = closer();
    let mut child = sh("trap '' TERM; echo ready; sleep 1000");
    assert_eq!(child.line(), "ready");
    let start = Instant::now();
    child.process.begin_shutdown(SHORT, close);
    let closed = calls.recv_timeout(PATIENCE).unwrap();
    let exit = child.exit();
    let killed = start.elapsed();
    assert!(closed - start >= SHORT.drain && killed >= SHORT.drain + SHORT.terminate && killed < PATIENCE);
    assert_eq!((exit.signal_name().unwrap().as_ref(), exit.ending()), ("SIGKILL", &Ending::Killed));
    assert_eq!(exit.to_string(), "`sh` was killed by SIGKILL because it did not end when it was told to");
    // `sleep` ignored SIGTERM too and is gone.
    assert_eq!(child.stdout.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn closing_stdin_is_a_rung_of_its_own() {
    let mut child = sh("trap '' TERM; echo ready; cat; exit 8");
    assert_eq!(child.line(), "ready");
    let stdin = child.stdin.take().unwrap();
    let times = Ladder { terminate: Duration::MAX, ..SHORT };
    child.process.begin_shutdown(times, Box::new(move || drop(stdin)));
    let exit = child.exit();
    assert_eq!(exit.ending(), &Ending::Terminated);
    assert_eq!(exit.code(), Some(8));
}

#[test]
fn beginning_again_only_hurries() {
    let (first, first_calls) = closer();
    let (second, second_calls) = closer();
    let (third, third_calls) = closer();
    let mut child = sh("trap '' TERM; echo ready; sleep 1000");
    assert_eq!(child.line(), "ready");
    child.process.begin_shutdown(LONG, first);
    child.process.begin_shutdown(Ladder { drain: Duration::ZERO, ..LONG }, second);
    first_calls.recv_timeout(PATIENCE).unwrap();
    second_calls.recv_timeout(PATIENCE).unwrap();
    child.process.begin_shutdown(SHORT, third);
    assert_eq!(child.exit().ending(), &Ending::Killed);
    third_calls.recv_timeout(PATIENCE).unwrap();
    // A ladder for the dead is no ladder, but what it would close is closed.
    let (late, late_calls) = closer();
    child.process.begin_shutdown(LONG, late);
    late_calls.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn a_panic_in_close_stdin_does_not_end_the_care() {
    let mut child = sh("trap '' TERM; echo ready; sleep 1000");
    assert_eq!(child.line(), "ready");
    child.process.begin_shutdown(SHORT, Box::new(|| panic!("a panic that belongs to this test")));
    assert_eq!(child.exit().ending(), &Ending::Killed);
    assert_eq!(sh("exit 3").exit().code(), Some(3));
}

#[test]
fn a_stopped_process_is_killed_all_the_same() {
    for by_ladder in [false, true] {
        let child = sh("kill -STOP $$; sleep 1000");
        let stat = format!("/proc/{}/stat", child.process.pid());
        eventually("it stops itself", || fs::read_to_string(&stat).unwrap().contains(") T "));
        if by_ladder {
            child.process.begin_shutdown(SHORT, Box::new(|| {}));
        } else {
            child.process.kill("it answers no ping");
        }
        assert_eq!(child.exit().signal_name().unwrap(), "SIGKILL");
    }
}

#[test]
fn a_kill_does_not_claim_a_process_that_ended_before() {
    let mut child = sh("read line; exit 5");
    child.say("go");
    let stat = format!("/proc/{}/stat", child.process.pid());
    eventually("it ends", || !fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")));
    child.process.kill("too late");
    assert_eq!((child.exit().code(), child.exit().ending().clone()), (Some(5), Ending::OnItsOwn));
}

#[test]
fn a_process_in_the_foreground_shares_our_group_and_is_signalled_alone() {
    let command = script_command("sleep 1000 2>/dev/null & echo $!; wait").foreground();
    let mut child = Child::new(launch(command).unwrap());
    let grandchild = Pid::from_raw(child.line().parse().unwrap()).unwrap();
    let pid = Pid::from_raw(child.process.pid().cast_signed()).unwrap();
    assert_eq!(getpgid(Some(pid)).unwrap(), getpgrp());
    child.process.begin_shutdown(SHORT, Box::new(|| {}));
    assert_eq!(child.exit().signal_name().unwrap(), "SIGTERM");
    test_kill_process(grandchild).expect("what it started is not ours to signal");
    kill_process(grandchild, Signal::KILL).unwrap();
}

#[test]
fn a_process_outside_the_foreground_leads_a_group() {
    let child = sh("exec sleep 1000");
    let pid = Pid::from_raw(child.process.pid().cast_signed()).unwrap();
    assert_eq!(getpgid(Some(pid)).unwrap(), pid);
    child.process.kill("the test is over");
    child.exit();
}

#[tokio::test]
async fn tasks_wait_as_threads_do() {
    let spawned = spawn(script_command("read line; exit 3")).await.unwrap();
    let waiters: Vec<_> = (0..4).map(|_| tokio::spawn(spawned.process.exited())).collect();
    drop(spawned.stdin);
    for waiter in waiters {
        assert_eq!(waiter.await.unwrap().code(), Some(3));
    }
    assert_eq!(spawned.process.exited().await.code(), Some(3));
}

#[test]
fn many_threads_start_and_wait_at_once() {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for round in 0..10 {
                    let code = thread * 10 + round;
                    assert_eq!(sh(&format!("exit {code}")).exit().code(), Some(code));
                }
            });
        }
    });
}
