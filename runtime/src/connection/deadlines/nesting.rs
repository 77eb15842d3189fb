//! Calls that handlers make.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{self, Poll, Waker};
use std::thread;

use super::super::on_threads::block_on;
use super::super::zoo::{ECHO, Gate, HOOK, Hook, WAIT, Zoo, ZooClient, ZooServer};
use super::super::{BareStream, Establish, StandBy, establish_on_threads, pipe};
use super::{LONG, SOON, Way, in_every_way, in_this_way, tell, told};
use crate::client::Client;
use crate::context::Context;
use crate::error::ErrorKind;
use crate::protocol::Limits;
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;
use crate::remote::bind;
use crate::service::object;

#[test]
fn a_call_of_a_handler_that_nobody_waits_for_is_given_up_and_tells_the_next() {
    in_every_way(|way| {
        let (began, begun) = told();
        let (ended, end) = told();
        let (failed, failure) = told();
        let inner = way.hook(move |_| {
            let (began, ended, context) = (Arc::clone(&began), Arc::clone(&ended), Context::current());
            thread::spawn(move || {
                tell(&began, ());
                block_on(context.cancelled());
                tell(&ended, context.remaining());
            });
            async {
                Context::current().cancelled().await;
                Ok(String::new())
            }
        });
        let zoo = way.hook(move |_| {
            let (inner, failed) = (inner.clone(), Arc::clone(&failed));
            // On a thread, as a blocking handler would wait: a future may just be dropped.
            let context = Context::current();
            thread::spawn(move || {
                let answer = context.sync_scope(|| way.call(&inner, HOOK, ""));
                tell(&failed, answer.unwrap_err());
            });
            async {
                Context::current().cancelled().await;
                Ok(String::new())
            }
        });
        let mut call = Box::pin(zoo.call(HOOK, ""));
        assert!(call.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
        begun.recv_timeout(LONG).unwrap();
        drop(call);
        let error = failure.recv_timeout(LONG).unwrap();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{way:?}: {error:?}");
        assert_eq!(error.to_string(), "`hook` was given up: nobody waits for the handler that called it");
        assert_eq!(end.recv_timeout(LONG), Ok(None), "{way:?}");
    });
}

#[test]
fn a_call_of_a_handler_ends_at_the_deadline_of_the_handler() {
    in_every_way(|way| {
        let (failed, failure) = told();
        let gate = Gate::default();
        let gates = vec![gate.clone()];
        let inner = way.zoo(Zoo { gates: gates.clone(), ..Zoo::default() });
        let beside = inner.clone();
        let zoo = way.hook(move |_| {
            let (inner, failed, context) = (inner.clone(), Arc::clone(&failed), Context::current());
            thread::spawn(move || {
                let answer = context.sync_scope(|| way.call(&inner, WAIT, "0"));
                tell(&failed, answer.unwrap_err());
            });
            let gate = gate.clone();
            async move {
                gate.pass().await;
                Ok(String::new())
            }
        });
        let error = way.call(&zoo.with_timeout(SOON), HOOK, "").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let error = failure.recv_timeout(LONG).unwrap();
        // Whichever comes first: its own clock, or the cancel.
        match error.kind() {
            ErrorKind::TimedOut => {
                let text = error.to_string();
                // On a busy machine the time may be over before the call.
                assert!(
                    text.ends_with("that its caller had left") || text.ends_with("no time was left for it"),
                    "{text}"
                );
            }
            kind => assert_eq!(kind, ErrorKind::Cancelled, "{way:?}: {error:?}"),
        }
        gates.iter().for_each(Gate::open);
        assert_eq!(way.call(&beside, ECHO, "x").unwrap(), "x");
    });
}

/// Two ends on threads that both serve, and a client at each.
fn both_ways(host: Zoo, plugin: Zoo, limits: [Limits; 2]) -> (ZooClient, ZooClient) {
    let (near, far) = pipe(64 << 10);
    let [near_limits, far_limits] = limits;
    let bring = |side, zoo: Zoo, limits| {
        let bare = Establish::new(side, BareStream::serving());
        let asks = vec![Entry::of::<ZooClient>()];
        Establish { objects: vec![object(ZooServer::<true>(Arc::new(zoo)))], asks, limits, ..bare }
    };
    let plugin = bring(Side::Plugin, plugin, far_limits);
    let other = thread::spawn(move || establish_on_threads(far, plugin, StandBy::Thread).unwrap());
    let connection = establish_on_threads(near, bring(Side::Host, host, near_limits), StandBy::Thread).unwrap();
    (bind(&connection).unwrap(), bind(&other.join().unwrap()).unwrap())
}

/// A client that a handler finds once it is there.
type Place = Arc<OnceLock<ZooClient>>;

#[test]
fn a_blocking_call_back_reads_its_own_cancellation() {
    in_this_way(Way::Blocking, |way| {
        for _ in 0..20 {
            let place = Place::default();
            let (failed, failure) = told();
            let (began, begun) = told();
            let back = Arc::clone(&place);
            let plugin = Hook::new(move |_| {
                // Blocks the handler's thread, which reads for everybody meanwhile.
                let answer = back.get().unwrap().call_blocking(HOOK, "");
                tell(&failed, answer.unwrap_err().kind());
                async { Ok(String::new()) }
            });
            let host = Hook::new(move |_| {
                tell(&began, ());
                async {
                    Context::current().cancelled().await;
                    Ok(String::new())
                }
            });
            let [host, plugin] = [host, plugin].map(|hook| Zoo { hook: Some(hook), ..Zoo::default() });
            let (zoo, client) = both_ways(host, plugin, [Limits::default(); 2]);
            let _ = place.set(client);
            let mut call = Box::pin(zoo.call(HOOK, ""));
            assert!(call.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
            begun.recv_timeout(LONG).unwrap();
            drop(call);
            assert_eq!(failure.recv_timeout(LONG), Ok(ErrorKind::Cancelled), "{way:?}");
            assert_eq!(zoo.call_blocking(ECHO, "x").unwrap(), "x");
        }
    });
}

/// Both ends call each other until somebody refuses; how often they did, and the last error.
fn recursion(limits: [Limits; 2]) -> (usize, String) {
    let runs = Arc::new(AtomicUsize::new(0));
    let last = Arc::new(OnceLock::new());
    let places = [Place::default(), Place::default()];
    let [host, plugin] = places.clone().map(|place| {
        let (runs, last) = (Arc::clone(&runs), Arc::clone(&last));
        let hook = Hook::new(move |_| {
            runs.fetch_add(1, Ordering::SeqCst);
            let answer = place.get().unwrap().call_blocking(HOOK, "");
            if let Err(error) = &answer {
                let _ = last.set(format!("{:?}: {error}", error.kind()));
            }
            async { answer }
        });
        Zoo { hook: Some(hook), ..Zoo::default() }
    });
    let (zoo, back) = both_ways(host, plugin, limits);
    let _ = places[0].set(zoo.clone());
    let _ = places[1].set(back);
    zoo.call_blocking(HOOK, "").unwrap_err();
    (runs.load(Ordering::SeqCst), last.get().unwrap().clone())
}

#[test]
fn recursion_across_the_boundary_ends_at_the_bound_before_it_is_sent() {
    in_this_way(Way::Blocking, |_| {
        let (runs, error) = recursion([Limits::default(); 2]);
        assert_eq!(runs, 16);
        assert_eq!(error, "Limit: `hook` would be the 17th call within a call; up to 16 may be nested in each other");
    });
}

#[test]
fn a_side_that_allows_less_refuses_what_the_other_sends() {
    in_this_way(Way::Blocking, |_| {
        let generous = Limits::default().max_call_depth(100);
        let (runs, error) = recursion([generous, Limits::default().max_call_depth(4)]);
        // The plugin does not send the sixth call, which would be its third: the host sends 1, 3, 5.
        assert_eq!(runs, 4);
        assert_eq!(error, "Limit: `hook`: 5 calls are nested in each other; up to 4 may be");
    });
}

#[test]
fn calls_beside_each_other_are_not_within_each_other() {
    in_every_way(|way| {
        let zoo = way.zoo(Zoo::default());
        let onward = way.hook(move |text| {
            let zoo = zoo.clone();
            async move {
                for _ in 0..40 {
                    zoo.call(ECHO, &text).await?;
                }
                Ok(text)
            }
        });
        assert_eq!(way.call(&onward, HOOK, "x").unwrap(), "x", "{way:?}");
    });
}

#[test]
fn the_context_of_a_handler_is_its_own_at_each_of_its_polls() {
    in_every_way(|way| {
        let zoo = way.hook(|text| async move {
            for _ in 0..20 {
                assert_eq!(Context::current().metadata("number"), Some(text.as_str()));
                let mut yielded = false;
                poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
            }
            Ok(text)
        });
        let callers: Vec<_> = (0..8)
            .map(|number| {
                let zoo = zoo.with_metadata("number", number.to_string());
                thread::spawn(move || (0..20).all(|_| way.call(&zoo, HOOK, &number.to_string()).is_ok()))
            })
            .collect();
        assert!(callers.into_iter().all(|caller| caller.join().unwrap()), "{way:?}");
        let outside = pin!(async { Context::current().metadata_pairs().count() });
        assert_eq!(block_on(outside), 0);
    });
}
