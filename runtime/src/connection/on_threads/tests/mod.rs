//! The connection on threads, over an in-memory pipe.

mod ending;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

use super::parker::block_on;
use super::slow::Key;
use super::{StandBy, Stream, establish, pipe};
use crate::client::Client;
use crate::connection::zoo::{ASYNC, ECHO, FAIL, Gate, MEET, MISSING, ONWARD, PANIC, WAIT, Zoo, ZooClient, ZooServer};
use crate::connection::{BareStream, Connection, Establish, Lifeline};
use crate::error::{Error, ErrorKind};
use crate::protocol::Limits;
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;
use crate::remote::bind;
use crate::service::object;
use crate::testing;

fn connect(zoo: Zoo) -> ZooClient {
    testing::connect_blocking(ZooServer::<true>(Arc::new(zoo))).unwrap()
}

/// The two ends, with these limits.
fn connected(zoo: Zoo, limits: Limits) -> (Connection, ZooClient) {
    let (near, far) = pipe(64 << 10);
    serve(far, zoo);
    let calling =
        Establish { asks: vec![Entry::of::<ZooClient>()], limits, ..Establish::new(Side::Host, BareStream::calling()) };
    let connection = establish(near, calling, StandBy::Thread).unwrap();
    let client = bind(&connection).unwrap();
    (connection, client)
}

fn serve(stream: Stream, zoo: Zoo) {
    let serving = Establish {
        objects: vec![object(ZooServer::<true>(Arc::new(zoo)))],
        ..Establish::new(Side::Plugin, BareStream::serving())
    };
    thread::spawn(move || establish(stream, serving, StandBy::Here).unwrap().stand_by());
}

/// Runs it on a thread of its own, and does not wait for ever.
fn soon<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(run()));
    receive.recv_timeout(Duration::from_secs(60)).expect("it hangs, or panicked")
}

#[test]
fn a_call_returns_what_the_method_returned() {
    let zoo = connect(Zoo::default());
    assert_eq!(zoo.call_blocking(ECHO, "hello").unwrap(), "hello");
    assert_eq!(zoo.call_blocking(ECHO, "").unwrap(), "");
}

#[test]
fn messages_above_the_frame_size_arrive_whole_both_ways() {
    let zoo = connect(Zoo::default());
    for length in [65_000, 65_536, 65_537, 200_000, 3_000_000] {
        let text = "x".repeat(length);
        assert!(zoo.call_blocking(ECHO, &text).unwrap() == text, "{length} bytes");
    }
}

#[test]
fn a_panic_is_an_error_and_the_other_end_lives_on() {
    let zoo = connect(Zoo::default());
    let error = zoo.call_blocking(PANIC, "oh no").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked);
    assert_eq!(error.to_string(), "`panic` panicked: oh no");
    assert_eq!(zoo.call_blocking(ECHO, "still here").unwrap(), "still here");
}

#[test]
fn an_error_of_the_method_arrives_as_remote() {
    let zoo = connect(Zoo::default());
    let error = zoo.call_blocking(FAIL, "no such animal").unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Remote, "no such animal"));
}

#[test]
fn a_method_the_other_end_lacks_is_unsupported_at_once() {
    let zoo = connect(Zoo::default());
    assert!(zoo.call_blocking(MISSING, "x").unwrap_err().is_unsupported());
    assert!(!zoo.supports("missing"));
}

#[test]
fn handlers_that_wait_for_each_other_finish() {
    let zoo = connect(Zoo { barrier: Some(Barrier::new(8)), ..Zoo::default() });
    let calls: Vec<_> = (0..8)
        .map(|number: usize| {
            let zoo = zoo.clone();
            thread::spawn(move || assert_eq!(zoo.call_blocking(MEET, &number.to_string()).unwrap(), number.to_string()))
        })
        .collect();
    soon(move || calls.into_iter().for_each(|call| call.join().unwrap()));
}

#[test]
fn a_call_overtakes_a_handler_that_waits() {
    let gate = Gate::default();
    let zoo = connect(Zoo { gates: vec![gate.clone()], ..Zoo::default() });
    let waiting = thread::spawn({
        let zoo = zoo.clone();
        move || zoo.call_blocking(WAIT, "at last")
    });
    for _ in 0..100 {
        let zoo = zoo.clone();
        soon(move || assert_eq!(zoo.call_blocking(ECHO, "x").unwrap(), "x"));
    }
    gate.open();
    assert_eq!(waiting.join().unwrap().unwrap(), "at last");
}

#[test]
fn a_method_that_kept_the_reader_is_known_for_it() {
    let gate = Gate::default();
    let (near, far) = pipe(64 << 10);
    let serving = Establish {
        objects: vec![object(ZooServer::<true>(Arc::new(Zoo { gates: vec![gate.clone()], ..Zoo::default() })))],
        ..Establish::new(Side::Plugin, BareStream::serving())
    };
    let plugin = thread::spawn(move || establish(far, serving, StandBy::Thread).unwrap());
    let calling =
        Establish { asks: vec![Entry::of::<ZooClient>()], ..Establish::new(Side::Host, BareStream::calling()) };
    let zoo: ZooClient = bind(&establish(near, calling, StandBy::Thread).unwrap()).unwrap();
    let plugin = plugin.join().unwrap();
    let slow = Arc::clone(&plugin.0.threads.as_ref().unwrap().slow);
    let (wait, echo) = (Key { target: 0, method: WAIT }, Key { target: 0, method: ECHO });
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let zoo = zoo.clone();
            thread::spawn(move || zoo.call_blocking(WAIT, "x").unwrap())
        })
        .collect();
    until(|| slow.is_slow(wait));
    gate.open();
    callers.into_iter().for_each(|caller| assert_eq!(caller.join().unwrap(), "x"));
    assert!(!slow.is_slow(echo));
    // On a thread of its own it is quick now, and back in place after some calls.
    until(|| zoo.call_blocking(WAIT, "x").is_ok() && !slow.is_slow(wait));
}

#[test]
fn callers_on_many_threads_each_get_their_own_answer() {
    let zoo = connect(Zoo::default());
    let callers: Vec<_> = (0..16_usize)
        .map(|number| {
            let zoo = zoo.clone();
            thread::spawn(move || {
                for round in 0..200 {
                    let text = format!("{number} {round} {}", "x".repeat(number * 3000 % 70_000));
                    assert!(zoo.call_blocking(ECHO, &text).unwrap() == text);
                }
            })
        })
        .collect();
    soon(move || callers.into_iter().for_each(|caller| caller.join().unwrap()));
}

#[test]
fn one_call_more_than_may_be_open_waits_and_is_not_refused() {
    let limits = Limits { calls: 4, ..Limits::default() };
    let (_connection, zoo) = connected(Zoo { barrier: Some(Barrier::new(4)), ..Zoo::default() }, limits);
    let callers: Vec<_> = (0..32)
        .map(|number: usize| {
            let zoo = zoo.clone();
            thread::spawn(move || assert_eq!(zoo.call_blocking(MEET, &number.to_string()).unwrap(), number.to_string()))
        })
        .collect();
    soon(move || callers.into_iter().for_each(|caller| caller.join().unwrap()));
}

#[test]
fn a_handler_calls_another_plugin() {
    let other = connect(Zoo::default());
    let zoo = connect(Zoo { other: Some(other), ..Zoo::default() });
    for _ in 0..300 {
        assert_eq!(zoo.call_blocking(ONWARD, "and back").unwrap(), "and back");
    }
}

#[test]
fn a_future_is_answered_though_nobody_waits_in_a_call() {
    let zoo = connect(Zoo::default());
    for _ in 0..50 {
        let zoo = zoo.clone();
        soon(move || assert_eq!(block_on(zoo.call(ECHO, "hello")).unwrap(), "hello"));
    }
}

#[test]
fn futures_and_blocking_calls_share_a_connection() {
    let zoo = connect(Zoo::default());
    let callers: Vec<_> = (0..8)
        .map(|number: usize| {
            let zoo = zoo.clone();
            thread::spawn(move || {
                for _ in 0..200 {
                    let answer = if number.is_multiple_of(2) {
                        zoo.call_blocking(ECHO, "x")
                    } else {
                        block_on(zoo.call(ECHO, "x"))
                    };
                    assert_eq!(answer.unwrap(), "x");
                }
            })
        })
        .collect();
    soon(move || callers.into_iter().for_each(|caller| caller.join().unwrap()));
}

#[test]
fn a_future_that_is_dropped_leaves_the_connection_whole() {
    let gate = Gate::default();
    let zoo = connect(Zoo { gates: vec![gate.clone()], ..Zoo::default() });
    for _ in 0..20 {
        let mut call = Box::pin(zoo.call(WAIT, "never"));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(call);
        assert_eq!(zoo.call_blocking(ECHO, "x").unwrap(), "x");
    }
    gate.open();
}

#[test]
fn an_async_handler_is_run_to_its_end() {
    let zoo = connect(Zoo::default());
    assert_eq!(zoo.call_blocking(ASYNC, "done").unwrap(), "done");
}

#[test]
fn dropping_the_last_client_drops_the_implementation() {
    let zoo = Arc::new(Zoo::default());
    let weak = Arc::downgrade(&zoo);
    let zoo = testing::connect_blocking(ZooServer::<true>(zoo)).unwrap();
    zoo.call_blocking(ECHO, "x").unwrap();
    let second = zoo.clone();
    drop(zoo);
    second.call_blocking(ECHO, "x").unwrap();
    drop(second);
    until(|| weak.strong_count() == 0);
}

fn until(condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not come");
        thread::yield_now();
    }
}
