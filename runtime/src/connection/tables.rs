//! Streams and objects leave nothing behind in the tables of either end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::shared::Shared;
use super::{BareStream, Connection, Establish, StandBy, establish_on_threads, pipe};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;
use crate::remote::bind;
use crate::service::object;
use crate::stream::Stream;

/// An object that either side has.
#[outboard_macros::plugin_interface(version = 1, crate = crate)]
trait Tool {
    fn apply(&self, number: u64) -> Result<u64>;
}

#[outboard_macros::plugin_interface(version = 1, crate = crate)]
trait Shop {
    /// Uses each, and gives them back.
    fn lend(&self, tools: Vec<ToolClient>) -> Result<Vec<ToolClient>>;
    /// New ones.
    fn make(&self, count: u64) -> Result<Vec<ToolClient>>;
    /// Each number and one.
    fn count(&self, numbers: Stream<u64>) -> Result<Stream<u64>>;
    /// The sum of the first few.
    fn sum(&self, numbers: Stream<u64>, most: usize) -> Result<u64>;
}

/// Counted for as long as it is there.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn client(all: &Arc<AtomicUsize>) -> ToolClient {
        all.fetch_add(1, Ordering::SeqCst);
        ToolClient::local(Self(Arc::clone(all)))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Tool for Counted {
    fn apply(&self, number: u64) -> Result<u64> {
        Ok(number + 1)
    }
}

struct Corner(Arc<AtomicUsize>);

impl Shop for Corner {
    fn lend(&self, tools: Vec<ToolClient>) -> Result<Vec<ToolClient>> {
        thread::scope(|scope| {
            let threads: Vec<_> = tools.chunks(32).map(|some| scope.spawn(move || apply_all(some))).collect();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap())
        })?;
        Ok(tools)
    }

    fn make(&self, count: u64) -> Result<Vec<ToolClient>> {
        Ok((0..count).map(|_| Counted::client(&self.0)).collect())
    }

    fn count(&self, numbers: Stream<u64>) -> Result<Stream<u64>> {
        Ok(Stream::try_from_iter(numbers.into_iter().map(|number| number.map(|number| number + 1))))
    }

    fn sum(&self, numbers: Stream<u64>, most: usize) -> Result<u64> {
        numbers.into_iter().take(most).sum()
    }
}

fn apply_all(tools: &[ToolClient]) -> Result<()> {
    for tool in tools {
        assert_eq!(tool.apply(1)?, 2);
    }
    Ok(())
}

/// Both ends of a connection, and what counts the objects of each.
struct Pair {
    near: Connection,
    far: Arc<Shared>,
    shop: ShopClient,
    ours: Arc<AtomicUsize>,
    theirs: Arc<AtomicUsize>,
}

impl Pair {
    /// `stand_by`: with somebody who looks after the near end.
    fn new(stand_by: StandBy) -> Self {
        let (ours, theirs) = (Arc::default(), Arc::default());
        let (near, far) = pipe(64 << 10);
        let serving = Establish {
            objects: vec![object(ShopServer::new(Corner(Arc::clone(&theirs))))],
            ..Establish::new(Side::Plugin, BareStream::serving())
        };
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let connection = establish_on_threads(far, serving, StandBy::Here).unwrap();
            tell.send(Arc::clone(&connection.0.shared)).unwrap();
            connection.stand_by();
        });
        let calling =
            Establish { asks: vec![Entry::of::<ShopClient>()], ..Establish::new(Side::Host, BareStream::calling()) };
        let near = establish_on_threads(near, calling, stand_by).unwrap();
        let shop = bind(&near).unwrap();
        Self { near, far: told.recv().unwrap(), shop, ours, theirs }
    }

    /// What is in the tables: streams of either direction, objects given and held, at both ends.
    fn tables(&self) -> [usize; 8] {
        let of = |shared: &Shared| {
            let state = shared.lock();
            let ((coming, going), session) = (state.session.open_streams(), &state.session);
            [coming, going, session.exports(), session.imports()]
        };
        let ([a, b, c, d], [e, f, g, h]) = (of(&self.near.0.shared), of(&self.far));
        [a, b, c, d, e, f, g, h]
    }

    fn until_empty(&self) {
        until("something is left in the tables", || self.tables() == [0; 8]);
        let alive = || self.ours.load(Ordering::SeqCst) + self.theirs.load(Ordering::SeqCst);
        until("an object is kept", || alive() == 0);
    }
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        thread::yield_now();
    }
}

/// Runs it on a thread of its own, and does not wait for ever.
fn soon(run: impl FnOnce() + Send + 'static) {
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || {
        run();
        send.send(())
    });
    receive.recv_timeout(Duration::from_secs(60)).expect("it hangs, or panicked");
}

#[test]
fn a_thousand_objects_from_each_side_leave_the_tables_empty() {
    soon(|| {
        let pair = Pair::new(StandBy::Thread);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let tools: Vec<_> = (0..250).map(|_| Counted::client(&pair.ours)).collect();
                    let back = pair.shop.lend(tools.clone()).unwrap();
                    assert_eq!(back.len(), 250);
                    apply_all(&back).unwrap();
                    let made = pair.shop.make(250).unwrap();
                    apply_all(&made).unwrap();
                    let [_, _, given, held, ..] = pair.tables();
                    assert!(held >= 250, "{given} given, {held} held");
                });
            }
        });
        pair.until_empty();
    });
}

#[test]
fn streams_that_ended_and_that_were_dropped_leave_the_tables_empty() {
    soon(|| {
        let pair = Pair::new(StandBy::Thread);
        for most in 0..100 {
            let mut counted = pair.shop.count(Stream::from_iter(0..most)).unwrap();
            // The last ones are dropped with items in them.
            let read = (&mut counted).into_iter().take(50).count() as u64;
            assert_eq!(read, most.min(50));
            let sum = pair.shop.sum(Stream::from_iter(1..u64::MAX), 3).unwrap();
            assert_eq!(sum, 6);
        }
        pair.until_empty();
    });
}

#[test]
fn the_end_of_the_connection_empties_the_tables() {
    soon(|| {
        let pair = Pair::new(StandBy::Thread);
        let tools: Vec<_> = (0..100).map(|_| Counted::client(&pair.ours)).collect();
        let back = pair.shop.lend(tools).unwrap();
        let made = pair.shop.make(100).unwrap();
        let mut counted = pair.shop.count(Stream::from_iter(0..u64::MAX)).unwrap();
        assert_eq!((&mut counted).into_iter().next().unwrap().unwrap(), 1);
        pair.near.wire().end(Error::new(ErrorKind::Disconnected, "pulled"));
        let last = counted.into_iter().find_map(Result::err).expect("an end that is an error");
        assert_eq!(last.kind(), ErrorKind::Disconnected, "{last:?}");
        assert_eq!(made.iter().map(|tool| tool.apply(1).unwrap_err().kind()).max_by_key(|_| 0).unwrap(), last.kind());
        pair.near.wire().close_writer();
        drop((back, made));
        until("something is left in the tables", || pair.tables() == [0; 8]);
        until("an object is kept", || pair.ours.load(Ordering::SeqCst) == 0);
    });
}

/// What a producer waits for is read, although nobody calls any more and nobody stands by.
#[test]
fn a_stream_that_nobody_waits_for_here_goes_on() {
    soon(|| {
        let pair = Pair::new(StandBy::Here);
        let (given, last) = (Arc::new(AtomicUsize::new(0)), 10_000);
        let count = Arc::clone(&given);
        let numbers = (0..last).inspect(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
        // It returns at once; what it was given is read by nobody but the source's own thread.
        let counted = pair.shop.count(Stream::from_iter(numbers)).unwrap();
        let sink = Pair::new(StandBy::Thread);
        assert_eq!(sink.shop.sum(counted, usize::MAX).unwrap(), last * (last + 1) / 2);
        assert_eq!(given.load(Ordering::SeqCst) as u64, last);
    });
}
