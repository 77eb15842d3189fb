//! What becomes of a peer that does not answer a call which was given up.

use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{self, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::on_threads::block_on;
use super::zoo::{BRIEF, ECHO, Gate, HOOK, Hook, STEADY, WAIT, Zoo, ZooClient, ZooServer};
use super::{
    BareStream, Cause, Connection, End, Establish, Grace, Lifeline, StandBy, Wire, establish_on_threads, pipe,
};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;
use crate::remote::bind;
use crate::service::object;

const LONG: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_millis(60);
const GRACE: Duration = Duration::from_millis(30);

/// Ends a peer as a host ends a process, and tells what it is told.
struct Strict {
    grace: Grace,
    told: Mutex<Sender<Told>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Unanswered(&'static str),
    End(String),
}

impl Lifeline for Strict {
    fn cause(&self, end: End, waiting: Vec<&'static str>) -> Cause {
        let cause = end.into_error(&format!("the peer, with {waiting:?} open,"));
        let _ = self.told.lock().unwrap().send(Told::End(cause.to_string()));
        Cause::Known(cause)
    }

    fn grace(&self) -> Option<Grace> {
        Some(Grace { patience: self.grace.patience, ends_it: self.grace.ends_it })
    }

    fn unanswered(&self, method: &'static str) {
        let _ = self.told.lock().unwrap().send(Told::Unanswered(method));
    }

    fn released(&self, wire: Wire) {
        wire.close_writer();
    }
}

/// Drives the calling end.
#[derive(Clone, Copy, Debug)]
enum Driver {
    Threads,
    Tokio,
}

struct Both {
    connection: Connection,
    zoo: ZooClient,
    told: Receiver<Told>,
    /// The handlers of the peer wait for it.
    gate: Gate,
    _runtime: Option<tokio::runtime::Runtime>,
}

impl Both {
    fn new(driver: Driver, ends_it: bool) -> Self {
        Self::with_grace(driver, Grace { patience: GRACE, ends_it })
    }

    fn with_grace(driver: Driver, grace: Grace) -> Self {
        let gate = Gate::default();
        let waits = gate.clone();
        let hook = Hook::new(move |text| {
            let waits = waits.clone();
            async move {
                waits.pass().await;
                Ok(text)
            }
        });
        let zoo = Arc::new(Zoo { gates: vec![gate.clone(), Gate::default()], hook: Some(hook), ..Zoo::default() });
        let bare = Establish::new(Side::Plugin, BareStream::serving());
        // Its handlers block threads: nothing can end them.
        let serving = Establish { objects: vec![object(ZooServer::<true>(zoo))], ..bare };
        let (send, told) = channel();
        let strict = Strict { grace, told: Mutex::new(send) };
        let calling =
            Establish { asks: vec![Entry::of::<ZooClient>()], ..Establish::new(Side::Host, Arc::new(strict)) };
        let (connection, runtime) = match driver {
            Driver::Threads => {
                let (near, far) = pipe(64 << 10);
                thread::spawn(move || establish_on_threads(far, serving, StandBy::Here).unwrap().stand_by());
                (establish_on_threads(near, calling, StandBy::Thread).unwrap(), None)
            }
            Driver::Tokio => {
                let two = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
                let connection = two.block_on(async {
                    let (near, far) = tokio::io::duplex(64 << 10);
                    tokio::spawn(async move {
                        let ended = super::establish(super::any(far), serving).await.unwrap().ended();
                        ended.await;
                    });
                    super::establish(super::any(near), calling).await.unwrap()
                });
                (connection, Some(two))
            }
        };
        let zoo = bind(&connection).unwrap();
        Self { connection, zoo, told, gate, _runtime: runtime }
    }

    fn next(&self) -> Option<Told> {
        self.told.recv_timeout(LONG).ok()
    }

    /// Polls a call once, after which it is sent, and drops it.
    fn begin_and_drop(&self, method: u16) {
        let mut call = Box::pin(self.zoo.call(method, "0"));
        assert!(poll_once(call.as_mut()).is_pending());
    }
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> task::Poll<F::Output> {
    future.poll(&mut task::Context::from_waker(Waker::noop()))
}

/// Makes a call that is given up, of this method.
type GivenUp = (fn(&Both), &'static str);

#[track_caller]
fn on_both(situation: fn(Driver)) {
    for driver in [Driver::Threads, Driver::Tokio] {
        let (send, receive) = channel();
        thread::spawn(move || {
            situation(driver);
            send.send(())
        });
        assert!(receive.recv_timeout(LONG).is_ok(), "{driver:?}: it hangs, or panicked");
    }
}

#[test]
fn a_peer_that_does_not_end_a_call_of_the_authors_deadline_is_ended_with_the_one_cause() {
    on_both(|driver| {
        let both = Both::new(driver, true);
        let mut other = Box::pin(both.zoo.call(WAIT, "0"));
        assert!(poll_once(other.as_mut()).is_pending());
        let began = Instant::now();
        let error = block_on(both.zoo.with_timeout(LIMIT).call(HOOK, "x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "`hook` did not answer within 60ms; the plugin has 30ms to end it, or is killed");
        let cause = "the peer, with [\"wait\"] open, did not end `hook` within 30ms after its deadline of 60ms";
        assert_eq!(both.next(), Some(Told::Unanswered("hook")), "{driver:?}");
        assert_eq!(both.next(), Some(Told::End(cause.to_owned())), "{driver:?}");
        assert!(began.elapsed() >= LIMIT + GRACE);
        let check =
            |error: Error| assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Disconnected, cause));
        check(block_on(other).unwrap_err());
        check(both.zoo.call_blocking(ECHO, "x").unwrap_err());
        both.gate.open();
    });
}

#[test]
fn a_blocking_caller_has_its_answer_at_the_deadline_and_nobody_has_to_call_for_the_rest() {
    on_both(|driver| {
        let both = Both::new(driver, true);
        let error = both.zoo.with_timeout(LIMIT).call_blocking(HOOK, "x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{driver:?}");
        assert_eq!(both.connection.abandoned_calls(), 1);
        assert_eq!(both.next(), Some(Told::Unanswered("hook")));
        assert!(matches!(both.next(), Some(Told::End(_))), "{driver:?}");
        assert!(both.connection.ended().wait().is_disconnected());
        assert_eq!(both.connection.abandoned_calls(), 0);
        both.gate.open();
    });
}

#[test]
fn whoever_answers_within_the_grace_is_left_alone() {
    on_both(|driver| {
        let both = Both::with_grace(driver, Grace { patience: Duration::from_millis(500), ends_it: true });
        let error = block_on(both.zoo.with_timeout(LIMIT).call(HOOK, "x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        both.gate.open();
        while both.connection.abandoned_calls() > 0 {
            thread::yield_now();
        }
        // A later call that is not answered is the first that is told of.
        let mut call = Box::pin(both.zoo.call(WAIT, "1"));
        assert!(poll_once(call.as_mut()).is_pending());
        drop(call);
        assert_eq!(both.next(), Some(Told::Unanswered("wait")), "{driver:?}");
        assert_eq!(block_on(both.zoo.call(ECHO, "x")).unwrap(), "x", "{driver:?}");
    });
}

#[test]
fn nobody_is_ended_for_anything_but_a_deadline_of_the_author() {
    on_both(|driver| {
        let calls: [GivenUp; 3] = [
            (|both| assert_eq!(block_on(both.zoo.call(BRIEF, "x")).unwrap_err().kind(), ErrorKind::TimedOut), "brief"),
            (|both| both.begin_and_drop(HOOK), "hook"),
            (
                |both| {
                    let limited = both.zoo.with_timeout(LIMIT);
                    let error = block_on(limited.call(STEADY, "x")).unwrap_err();
                    assert_eq!(error.to_string(), "`steady` did not answer within 60ms");
                },
                "steady",
            ),
        ];
        for (call, method) in calls {
            let both = Both::new(driver, true);
            call(&both);
            assert_eq!(both.next(), Some(Told::Unanswered(method)), "{driver:?}");
            assert_eq!(block_on(both.zoo.call(ECHO, "x")).unwrap(), "x", "{driver:?}: {method}");
            assert_eq!(both.connection.abandoned_calls(), 1, "{driver:?}: {method}");
            both.gate.open();
            while both.connection.abandoned_calls() > 0 {
                thread::yield_now();
            }
            assert!(both.told.try_recv().is_err(), "{driver:?}: {method}");
        }
    });
}

#[test]
fn a_peer_that_is_to_be_left_is_left() {
    on_both(|driver| {
        let both = Both::new(driver, false);
        let error = block_on(both.zoo.with_timeout(LIMIT).call(HOOK, "x")).unwrap_err();
        assert_eq!(error.to_string(), "`hook` did not answer within 60ms");
        assert_eq!(both.next(), Some(Told::Unanswered("hook")), "{driver:?}");
        assert_eq!(block_on(both.zoo.call(ECHO, "x")).unwrap(), "x", "{driver:?}");
        both.gate.open();
    });
}

#[test]
fn a_call_that_a_handlers_deadline_ended_costs_nobody_its_life() {
    on_both(|driver| {
        let both = Both::new(driver, true);
        let context = crate::Context::new(
            crate::context::Terms {
                limit: crate::context::Limit::after(Instant::now(), 10 * LIMIT, crate::context::Origin::Caller),
                depth: 1,
                ..Default::default()
            },
            crate::Context::root(),
        );
        let zoo = both.zoo.with_timeout(LONG);
        let error = context.sync_scope(|| zoo.call_blocking(HOOK, "x")).unwrap_err();
        assert!(error.to_string().ends_with("that its caller had left"), "{driver:?}: {error}");
        assert_eq!(both.next(), Some(Told::Unanswered("hook")), "{driver:?}");
        assert_eq!(block_on(both.zoo.call(ECHO, "x")).unwrap(), "x", "{driver:?}");
        both.gate.open();
    });
}

#[test]
fn ten_thousand_dropped_calls_leave_nothing_behind() {
    on_both(|driver| {
        let both = Both::new(driver, true);
        for _ in 0..10_000 {
            both.begin_and_drop(ECHO);
        }
        while both.connection.abandoned_calls() > 0 {
            thread::yield_now();
        }
        both.begin_and_drop(ECHO);
        let watched = both.connection.0.shared.watched_calls();
        assert!(watched <= 2 * 1024 + 17, "{driver:?}: {watched}");
        both.gate.open();
    });
}
