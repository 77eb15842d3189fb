//! The connection on threads, over an in-memory pipe.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

use super::super::zoo::{ASYNC, ECHO, FAIL, Gate, MEET, MISSING, ONWARD, PANIC, WAIT, Zoo, ZooClient, ZooServer};
use super::super::{BareStream, Connection, Establish, Lifeline};
use super::parker::block_on;
use super::slow::Key;
use super::{StandBy, Stream, establish, pipe};
use crate::client::Client;
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

#[test]
fn a_caller_in_a_read_is_called_back_by_the_end() {
    for round in 0..100 {
        let (connection, zoo) = connected(Zoo::default(), Limits::default());
        let calling = thread::spawn(move || zoo.call_blocking(WAIT, "never").unwrap_err());
        until(|| !connection.wire().waiting_methods().is_empty());
        connection.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
        let error = soon(move || calling.join().unwrap());
        assert_eq!(error.to_string(), "as intended", "round {round}");
    }
}

#[test]
fn all_who_wait_get_the_same_cause() {
    let (connection, zoo) = connected(Zoo::default(), Limits::default());
    let calling: Vec<_> = (0..16)
        .map(|_| {
            let zoo = zoo.clone();
            thread::spawn(move || zoo.call_blocking(WAIT, "never").unwrap_err().to_string())
        })
        .collect();
    until(|| connection.wire().waiting_methods().len() == 16);
    connection.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
    for call in calling {
        assert_eq!(soon(move || call.join().unwrap()), "as intended");
    }
    assert_eq!(zoo.call_blocking(ECHO, "x").unwrap_err().to_string(), "as intended");
}

#[test]
fn a_peer_that_ends_fails_the_call_that_waits() {
    let (near, far) = pipe(64 << 10);
    let serving = Establish {
        objects: vec![object(ZooServer::<true>(Arc::new(Zoo::default())))],
        ..Establish::new(Side::Plugin, BareStream::serving())
    };
    let plugin = thread::spawn(move || establish(far, serving, StandBy::Here).unwrap());
    let calling =
        Establish { asks: vec![Entry::of::<ZooClient>()], ..Establish::new(Side::Host, BareStream::calling()) };
    let connection = establish(near, calling, StandBy::Thread).unwrap();
    let zoo: ZooClient = bind(&connection).unwrap();
    let plugin = plugin.join().unwrap();
    let call = thread::spawn(move || zoo.call_blocking(WAIT, "never").unwrap_err());
    until(|| !connection.wire().waiting_methods().is_empty());
    plugin.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
    plugin.stand_by();
    let error = soon(move || call.join().unwrap());
    assert_eq!(error.to_string(), "the peer closed the connection");
}

#[test]
fn a_peer_that_answers_no_ping_is_given_up() {
    /// Greets, and then reads and says nothing.
    struct Deaf;
    impl Lifeline for Deaf {
        fn cause(&self, end: super::super::End, _waiting: Vec<&'static str>) -> super::super::Cause {
            super::super::Cause::Known(end.into_error("the deaf one"))
        }
        fn released(&self, _wire: super::super::Wire) {}
    }
    let (near, mut far) = pipe(64 << 10);
    let limits = Limits { silence: Duration::from_millis(150), ..Limits::default() };
    let deaf = thread::spawn(move || {
        let mut serving = Establish {
            objects: vec![object(ZooServer::<true>(Arc::new(Zoo::default())))],
            ..Establish::new(Side::Plugin, BareStream::serving())
        };
        let greeting = serving.greeting();
        super::greeting::greet(&mut far, greeting, None).unwrap();
        // Takes what comes, until the other side gives up.
        let mut room = [0; 4096];
        while !matches!(far.read.read(&mut room), Ok(0) | Err(_)) {}
    });
    let calling =
        Establish { asks: vec![Entry::of::<ZooClient>()], limits, ..Establish::new(Side::Host, Arc::new(Deaf)) };
    let connection = establish(near, calling, StandBy::Thread).unwrap();
    let zoo: ZooClient = bind(&connection).unwrap();
    let error = soon(move || zoo.call_blocking(ECHO, "x").unwrap_err());
    assert!(error.to_string().contains("does not respond"), "{error}");
    drop(connection);
    soon(move || deaf.join().unwrap());
}

#[test]
fn an_idle_connection_ticks_no_more() {
    let (connection, zoo) = connected(Zoo::default(), Limits::default());
    zoo.call_blocking(ECHO, "x").unwrap();
    let threads = Arc::clone(connection.0.threads.as_ref().unwrap());
    until(|| !threads.standby.is_ticking());
    // A call sets it going again; this thread may be kept from seeing it, so there are several.
    until(|| zoo.call_blocking(ECHO, "x").is_ok() && threads.standby.is_ticking());
    until(|| !threads.standby.is_ticking());
}

#[test]
fn nothing_is_left_of_a_connection_that_nobody_holds() {
    let (connection, zoo) = connected(Zoo::default(), Limits::default());
    zoo.call_blocking(ECHO, "x").unwrap();
    block_on(zoo.call(ECHO, "x")).unwrap();
    let threads = Arc::downgrade(connection.0.threads.as_ref().unwrap());
    drop((connection, zoo));
    until(|| threads.strong_count() == 0);
}

#[test]
fn the_waker_of_a_future_that_was_answered_is_let_go() {
    struct Counted;
    impl std::task::Wake for Counted {
        fn wake(self: Arc<Self>) {}
    }
    let zoo = connect(Zoo::default());
    let counted = Arc::new(Counted);
    let mut call: Pin<Box<dyn Future<Output = _>>> = Box::pin(zoo.call(ECHO, "x"));
    let waker = Waker::from(Arc::clone(&counted));
    while call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        thread::yield_now();
    }
    drop((call, waker));
    until(|| Arc::strong_count(&counted) == 1);
}

#[test]
fn a_reply_that_came_in_pieces_leaves_no_peer_suspected() {
    let (near, far) = pipe(1000);
    serve(far, Zoo::default());
    let calling =
        Establish { asks: vec![Entry::of::<ZooClient>()], ..Establish::new(Side::Host, BareStream::calling()) };
    let connection = establish(near, calling, StandBy::Thread).unwrap();
    let zoo: ZooClient = bind(&connection).unwrap();
    assert_eq!(zoo.call_blocking(ECHO, &"x".repeat(20_000)).unwrap().len(), 20_000);
    // The ticks of some minutes in which nothing comes, as the standby makes them.
    let threads = connection.0.threads.as_ref().unwrap();
    for _ in 0..20 {
        let heard = threads.shared.heard(threads.mid_frame.load(Ordering::Relaxed));
        assert!(threads.shared.tick(heard).is_ok(), "it would be given up");
    }
    zoo.call_blocking(ECHO, "x").unwrap();
}

#[test]
fn a_call_from_a_destructor_while_its_thread_panics_leaves_the_connection_whole() {
    struct Last(ZooClient);
    impl Drop for Last {
        fn drop(&mut self) {
            assert_eq!(self.0.call_blocking(ECHO, "bye").unwrap(), "bye");
        }
    }
    let zoo = connect(Zoo::default());
    let last = Last(zoo.clone());
    let panicking = thread::spawn(move || {
        let _last = last;
        panic!("as intended");
    });
    assert!(panicking.join().is_err());
    assert_eq!(zoo.call_blocking(ECHO, "x").unwrap(), "x");
}

/// Panics when it is used.
struct Bomb;

impl std::task::Wake for Bomb {
    fn wake(self: Arc<Self>) {
        panic!("as intended");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_from_being_woken() {
    let gate = Gate::default();
    let (connection, zoo) = connected(Zoo { gates: vec![gate.clone()], ..Zoo::default() }, Limits::default());
    let bomb = Waker::from(Arc::new(Bomb));
    let mut polled: Vec<_> = (0..4).map(|_| Box::pin(zoo.call(WAIT, "x"))).collect();
    for call in &mut polled {
        assert!(call.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
    }
    let waiting: Vec<_> = (0..4)
        .map(|number| {
            let zoo = zoo.clone();
            thread::spawn(
                move || if number % 2 == 0 { zoo.call_blocking(WAIT, "x") } else { block_on(zoo.call(WAIT, "x")) },
            )
        })
        .collect();
    until(|| connection.wire().waiting_methods().len() == 8);
    gate.open();
    for call in waiting {
        assert_eq!(soon(move || call.join().unwrap()).unwrap(), "x");
    }
    assert_eq!(zoo.call_blocking(ECHO, "x").unwrap(), "x");
}

#[test]
fn the_end_is_told_to_all_though_a_waker_panics() {
    let (connection, zoo) = connected(Zoo::default(), Limits::default());
    let bomb = Waker::from(Arc::new(Bomb));
    let mut polled: Vec<_> = (0..4).map(|_| Box::pin(zoo.call(WAIT, "never"))).collect();
    for call in &mut polled {
        assert!(call.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
    }
    let calling: Vec<_> = (0..4)
        .map(|_| {
            let zoo = zoo.clone();
            thread::spawn(move || zoo.call_blocking(WAIT, "never").unwrap_err().to_string())
        })
        .collect();
    until(|| connection.wire().waiting_methods().len() == 8);
    connection.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
    for call in calling {
        assert_eq!(soon(move || call.join().unwrap()), "as intended");
    }
}

#[test]
fn a_queued_caller_that_nobody_polls_keeps_nobody_waiting() {
    let gate = Gate::default();
    let limits = Limits { calls: 1, ..Limits::default() };
    let (connection, zoo) = connected(Zoo { gates: vec![gate.clone()], ..Zoo::default() }, limits);
    let first = thread::spawn({
        let zoo = zoo.clone();
        move || zoo.call_blocking(WAIT, "first")
    });
    until(|| connection.wire().waiting_methods().len() == 1);
    let mut asleep: Vec<_> = (0..8).map(|_| Box::pin(zoo.call(ECHO, "asleep"))).collect();
    for call in &mut asleep {
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let behind = thread::spawn({
        let zoo = zoo.clone();
        move || zoo.call_blocking(ECHO, "behind")
    });
    until(|| connection.wire().0.lock().queue.len() == 9);
    gate.open();
    assert_eq!(soon(move || first.join().unwrap()).unwrap(), "first");
    assert_eq!(soon(move || behind.join().unwrap()).unwrap(), "behind");
    for call in asleep {
        assert_eq!(block_on(call).unwrap(), "asleep");
    }
}
