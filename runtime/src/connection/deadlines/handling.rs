//! What a handler knows, and is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{self, Waker};
use std::thread;

use super::super::on_threads::block_on;
use super::super::zoo::{Gate, HOOK, Hook, NEVER, STEADY, WAIT, Zoo};
use super::{LONG, SOON, Way, in_every_way, in_this_way, tell, told};
use crate::client::Client;
use crate::context::Context;
use crate::error::{Error, ErrorKind};
use crate::protocol::Limits;

#[test]
fn a_handler_knows_what_is_left_and_what_it_calls_has_less() {
    in_every_way(|way| {
        let inner =
            way.hook(|_| async { Ok(format!("{:?}", Context::current().remaining().map(|left| left.as_micros()))) });
        let zoo = way.hook(move |text| {
            let left = Context::current().remaining().map(|left| left.as_micros());
            let inner = match text.as_str() {
                "longer" => inner.with_timeout(10 * LONG),
                _ => inner.clone(),
            };
            async move { Ok(format!("{left:?} {}", inner.call(HOOK, "").await?)) }
        });
        assert_eq!(way.call(&zoo, HOOK, "").unwrap(), "None None", "{way:?}");
        for text in ["", "longer"] {
            let told = way.call(&zoo.with_timeout(LONG), HOOK, text).unwrap();
            let number = |left: &str| left.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap();
            let left: Vec<u128> = told.split(' ').map(number).collect();
            assert!(left[1] <= left[0] && left[0] <= LONG.as_micros() && left[1] > 0, "{way:?}: {told}");
        }
    });
}

#[test]
fn metadata_go_with_one_call_and_not_with_the_next() {
    in_every_way(|way| {
        let user = || Context::current().metadata("user").unwrap_or("nobody").to_owned();
        let inner = way.hook(move |_| async move { Ok(user()) });
        let zoo = way.hook(move |_| {
            let inner = inner.clone();
            async move { Ok(format!("{} {}", user(), inner.call(HOOK, "").await?)) }
        });
        assert_eq!(way.call(&zoo.with_metadata("user", "ada"), HOOK, "").unwrap(), "ada nobody", "{way:?}");
        assert_eq!(way.call(&zoo, HOOK, "").unwrap(), "nobody nobody", "{way:?}");
        let error = way.call(&zoo.with_metadata("user", "x".repeat(9000)), HOOK, "").unwrap_err();
        assert!(error.kind() == ErrorKind::Limit && error.is_safe_to_retry(), "{way:?}: {error:?}");
    });
}

#[test]
fn a_handler_knows_who_calls() {
    in_every_way(|way| {
        let zoo = way.hook(|_| async { Ok(Context::current().peer().unwrap().to_string()) });
        assert_eq!(way.call(&zoo, HOOK, "").unwrap(), "the caller", "{way:?}");
    });
}

#[test]
fn a_call_that_is_dropped_cancels_its_handler() {
    in_every_way(|way| {
        let (began, begun) = told();
        let (ended, end) = told();
        let zoo = way.hook(move |_| {
            let context = Context::current();
            let ended = Arc::clone(&ended);
            tell(&began, ());
            // Beside the handler, whose future may be dropped before it sees anything.
            thread::spawn(move || {
                block_on(context.cancelled());
                tell(&ended, context.is_cancelled());
            });
            async {
                Context::current().cancelled().await;
                Ok(String::new())
            }
        });
        let mut call = Box::pin(zoo.call(HOOK, ""));
        assert!(call.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
        begun.recv_timeout(LONG).unwrap();
        assert!(end.try_recv().is_err(), "{way:?}: not yet");
        drop(call);
        assert_eq!(end.recv_timeout(LONG), Ok(true), "{way:?}");
    });
}

#[test]
fn at_the_deadline_the_future_of_a_handler_is_dropped() {
    in_this_way(Way::Tokio { blocking: false }, |way| {
        let given_up = Arc::new(AtomicUsize::new(0));
        let zoo = way.zoo(Zoo { given_up: Arc::clone(&given_up), ..Zoo::default() });
        assert_eq!(way.call(&zoo.with_timeout(SOON), NEVER, "").unwrap_err().kind(), ErrorKind::TimedOut);
        while given_up.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
    });
}

#[test]
fn a_method_that_runs_to_its_end_does_and_what_it_calls_is_not_cut_short() {
    in_every_way(|way| {
        let (began, begun) = told();
        let (ended, end) = told();
        let gate = Gate::default();
        let inner = way.zoo(Zoo { gates: vec![gate.clone()], ..Zoo::default() });
        let zoo = way.hook(move |_| {
            let (began, ended, inner) = (Arc::clone(&began), Arc::clone(&ended), inner.clone());
            async move {
                tell(&began, ());
                Context::current().cancelled().await;
                let answer = inner.call(WAIT, "0").await;
                tell(&ended, (Context::current().is_cancelled(), answer.is_ok()));
                Ok(String::new())
            }
        });
        let mut call = Box::pin(zoo.call(STEADY, ""));
        assert!(call.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
        begun.recv_timeout(LONG).unwrap();
        drop(call);
        gate.open();
        assert_eq!(end.recv_timeout(LONG), Ok((true, true)), "{way:?}");
    });
}

#[test]
fn the_end_of_a_connection_cancels_its_handlers() {
    in_every_way(|way| {
        let (began, begun) = told();
        let (ended, end) = told();
        let zoo = Zoo {
            hook: Some(Hook::new(move |_| {
                let context = Context::current();
                let (began, ended) = (Arc::clone(&began), Arc::clone(&ended));
                thread::spawn(move || {
                    tell(&began, ());
                    block_on(context.cancelled());
                    tell(&ended, ());
                });
                async {
                    Context::current().cancelled().await;
                    Ok(String::new())
                }
            })),
            ..Zoo::default()
        };
        let (connection, zoo) = way.connect(zoo, Limits::default());
        let mut call = Box::pin(zoo.call(HOOK, ""));
        assert!(call.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
        begun.recv_timeout(LONG).unwrap();
        connection.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
        end.recv_timeout(LONG).unwrap();
    });
}
