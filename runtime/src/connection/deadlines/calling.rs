//! What a caller gets, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{self, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::super::on_threads::block_on;
use super::super::zoo::{BRIEF, ECHO, Gate, HOOK, LINGER, WAIT, Zoo};
use super::{LONG, SOON, in_every_way};
use crate::client::Client;
use crate::context::Context;
use crate::error::ErrorKind;
use crate::protocol::Limits;

#[test]
fn at_its_deadline_a_call_that_nobody_answers_is_timed_out() {
    in_every_way(|way| {
        let zoo = way.zoo(Zoo::default());
        let began = Instant::now();
        let error = way.call(&zoo.with_timeout(SOON), WAIT, "nobody").unwrap_err();
        assert!(began.elapsed() >= SOON, "{way:?}: {:?}", began.elapsed());
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{way:?}: {error:?}");
        assert_eq!(error.to_string(), "`wait` did not answer within 100ms");
        assert!(!error.is_safe_to_retry(), "{way:?}: it may have run");
        assert_eq!(way.call(&zoo, ECHO, "still here").unwrap(), "still here");
    });
}

#[test]
fn an_answer_before_the_deadline_is_an_answer() {
    in_every_way(|way| {
        let zoo = way.zoo(Zoo::default()).with_timeout(LONG);
        for _ in 0..100 {
            assert_eq!(way.call(&zoo, ECHO, "x").unwrap(), "x", "{way:?}");
        }
        let text = "x".repeat(300_000);
        assert!(way.call(&zoo, ECHO, &text).unwrap() == text);
        assert_eq!(way.call(&zoo.with_timeout(Duration::MAX), ECHO, "x").unwrap(), "x");
    });
}

#[test]
fn without_any_time_nothing_is_sent() {
    in_every_way(|way| {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let zoo = way.hook(move |text| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Ok(text) }
        });
        let error = way.call(&zoo.with_timeout(Duration::ZERO), HOOK, "x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{way:?}: {error:?}");
        assert_eq!(error.to_string(), "`hook` was not called: no time was left for it");
        assert!(error.is_safe_to_retry());
        assert_eq!(way.call(&zoo, HOOK, "x").unwrap(), "x");
        assert_eq!(runs.load(Ordering::SeqCst), 1, "{way:?}");
    });
}

#[test]
fn the_wait_for_a_turn_is_bounded_too() {
    in_every_way(|way| {
        let gate = Gate::default();
        let limits = Limits { calls: 1, ..Limits::default() };
        let (_connection, zoo) = way.connect(Zoo { gates: vec![gate.clone()], ..Zoo::default() }, limits);
        let mut first = Box::pin(zoo.call(WAIT, "0"));
        assert!(first.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
        let error = way.call(&zoo.with_timeout(SOON), ECHO, "x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{way:?}: {error:?}");
        assert_eq!(error.to_string(), "`echo` could not be sent within 100ms: too much is under way");
        assert!(error.is_safe_to_retry());
        gate.open();
        assert_eq!(block_on(first).unwrap(), "0");
        assert_eq!(way.call(&zoo.with_timeout(LONG), ECHO, "x").unwrap(), "x");
    });
}

#[test]
fn a_method_has_a_limit_of_its_own_and_the_client_knows_better() {
    in_every_way(|way| {
        let zoo = way.hook(|text| async move {
            match text.as_str() {
                "" => std::future::pending().await,
                _ => Ok(format!("{:?}", Context::current().remaining().unwrap() > Duration::from_secs(1))),
            }
        });
        let error = way.call(&zoo, BRIEF, "").unwrap_err();
        assert_eq!(error.to_string(), "`brief` did not answer within 100ms, the limit that its interface sets");
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{way:?}");
        assert_eq!(way.call(&zoo.with_timeout(LONG), BRIEF, "x").unwrap(), "true", "{way:?}");
    });
}

#[test]
fn a_handler_that_stops_at_its_deadline_is_too_late_with_what_it_has() {
    in_every_way(|way| {
        let zoo = way.zoo(Zoo::default()).with_timeout(Duration::from_millis(10));
        for _ in 0..20 {
            let error = way.call(&zoo, LINGER, "half of it").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut, "{way:?}: {error:?}");
        }
    });
}

#[test]
fn many_deadlines_at_once_are_all_kept() {
    in_every_way(|way| {
        let gate = Gate::default();
        let zoo = way.zoo(Zoo { gates: vec![gate.clone()], ..Zoo::default() });
        let callers: Vec<_> = (0..16)
            .map(|number| {
                let zoo = zoo.with_timeout(Duration::from_millis(5 * (number % 4) + 1));
                thread::spawn(move || way.call(&zoo, WAIT, "0").unwrap_err().kind())
            })
            .collect();
        let beside = zoo.clone();
        let echoes = thread::spawn(move || (0..200).all(|_| way.call(&beside, ECHO, "x").is_ok()));
        assert!(callers.into_iter().all(|caller| caller.join().unwrap() == ErrorKind::TimedOut), "{way:?}");
        assert!(echoes.join().unwrap());
        gate.open();
    });
}
