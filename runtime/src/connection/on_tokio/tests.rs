//! The connection on tokio, over an in-memory pipe.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::sync::Barrier;

use super::super::zoo::{ECHO, FAIL, GROW, MEET, MISSING, NEVER, PANIC, Zoo, ZooClient, ZooServer};
use super::super::{BareStream, Establish};
use super::{any, establish};
use crate::client::Client;
use crate::error::ErrorKind;
use crate::protocol::handshake::Side;
use crate::testing;

async fn connect(zoo: Zoo) -> ZooClient {
    testing::connect(ZooServer::<false>(Arc::new(zoo))).await.unwrap()
}

/// Until `condition` holds; the paused clock would only move if everything were idle.
async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_returns_what_the_method_returned() {
    let zoo = connect(Zoo::default()).await;
    assert_eq!(zoo.call(ECHO, "hello").await.unwrap(), "hello");
    assert_eq!(zoo.call(ECHO, "").await.unwrap(), "");
}

#[tokio::test]
async fn messages_above_the_frame_size_arrive_whole_both_ways() {
    let zoo = connect(Zoo::default()).await;
    for length in [65_000, 65_536, 65_537, 200_000, 3_000_000] {
        let text = "x".repeat(length);
        assert!(zoo.call(ECHO, &text).await.unwrap() == text, "{length} bytes");
    }
}

#[tokio::test]
async fn a_large_reply_does_not_stand_in_the_way_of_a_small_one() {
    const LARGE: usize = 8 << 20;
    let zoo = connect(Zoo::default()).await;
    let answered = AtomicUsize::new(0);
    let large = async {
        assert_eq!(zoo.call(GROW, &LARGE.to_string()).await.unwrap().len(), LARGE);
        assert_eq!(answered.load(Ordering::SeqCst), 1, "the small one came after it");
    };
    // Asked after it in the same round, and the pipe holds less than a hundredth of the large one.
    let small = async {
        assert_eq!(zoo.call(ECHO, "small").await.unwrap(), "small");
        answered.fetch_add(1, Ordering::SeqCst);
    };
    tokio::join!(large, small);
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_other_end_lives_on() {
    let zoo = connect(Zoo::default()).await;
    let error = zoo.call(PANIC, "oh no").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked);
    assert_eq!(error.to_string(), "`panic` panicked: oh no");
    assert_eq!(zoo.call(ECHO, "still here").await.unwrap(), "still here");
}

#[tokio::test]
async fn an_error_of_the_method_arrives_as_remote() {
    let zoo = connect(Zoo::default()).await;
    let error = zoo.call(FAIL, "no such animal").await.unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Remote, "no such animal"));
}

#[tokio::test]
async fn a_method_the_other_end_lacks_is_unsupported_at_once() {
    let zoo = connect(Zoo::default()).await;
    let error = zoo.call(MISSING, "x").await.unwrap_err();
    assert!(error.is_unsupported() && error.is_safe_to_retry());
    assert!(!zoo.supports("missing"));
    assert!(zoo.supports("echo"));
}

#[tokio::test]
async fn two_handlers_that_wait_for_each_other_finish() {
    let zoo = connect(Zoo { barrier: Some(Barrier::new(2)), ..Zoo::default() }).await;
    let (left, right) = tokio::join!(zoo.call(MEET, "left"), zoo.call(MEET, "right"));
    assert_eq!((left.unwrap().as_str(), right.unwrap().as_str()), ("left", "right"));
}

#[tokio::test]
async fn dropping_a_call_drops_its_handler() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let zoo = connect(Zoo { given_up: Arc::clone(&dropped), ..Zoo::default() }).await;
    for round in 1..=100 {
        {
            let mut call = std::pin::pin!(zoo.call(NEVER, ""));
            tokio::select! {
                biased;
                _ = &mut call => unreachable!("it never ends"),
                // The echo overtakes it, so the handler has begun.
                echoed = zoo.call(ECHO, "x") => assert_eq!(echoed.unwrap(), "x"),
            }
        }
        until(|| dropped.load(Ordering::SeqCst) == round).await;
    }
    assert_eq!(zoo.call(ECHO, "x").await.unwrap(), "x");
}

#[tokio::test]
async fn the_1025th_call_waits_and_is_not_refused() {
    let zoo = connect(Zoo { barrier: Some(Barrier::new(1024)), ..Zoo::default() }).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..2048 {
        let zoo = zoo.clone();
        tasks.spawn(async move { (zoo.call(MEET, &number.to_string()).await.unwrap(), number.to_string()) });
    }
    while let Some(done) = tasks.join_next().await {
        let (returned, sent) = done.unwrap();
        assert_eq!(returned, sent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_on_two_workers_each_get_their_own_answer() {
    let zoo = connect(Zoo::default()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..64_usize {
        let zoo = zoo.clone();
        tasks.spawn(async move {
            for round in 0..200 {
                let text = format!("{number} {round} {}", "x".repeat(number * 3000 % 70_000));
                assert!(zoo.call(ECHO, &text).await.unwrap() == text);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn dropping_the_last_client_drops_the_implementation() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let zoo = Arc::new(Zoo::default());
    let weak = Arc::downgrade(&zoo);
    let client = testing::connect(ZooServer::<false>(zoo)).await.unwrap();
    client.call(ECHO, "x").await.unwrap();
    let second = client.clone();
    drop(client);
    second.call(ECHO, "x").await.unwrap();
    drop(second);
    until(|| weak.strong_count() == 0).await;
    drop(dropped);
}

/// More than may wait to be written: what comes after it is queued.
fn too_much_to_write() -> String {
    "x".repeat(40 << 20)
}

async fn soon<T>(waited: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(300), waited).await.expect("it hangs")
}

#[tokio::test(start_paused = true)]
async fn a_caller_dropped_before_its_bytes_left_gives_its_place_to_the_next() {
    let zoo = connect(Zoo::default()).await;
    let big = too_much_to_write();
    let mut nobody = Context::from_waker(Waker::noop());
    let mut first = Box::pin(zoo.call(ECHO, &big));
    assert!(first.as_mut().poll(&mut nobody).is_pending());
    let second = tokio::spawn({
        let zoo = zoo.clone();
        async move { zoo.call(ECHO, "second").await }
    });
    tokio::task::yield_now().await;
    drop(first);
    assert_eq!(soon(second).await.unwrap().unwrap(), "second");
    assert_eq!(soon(zoo.call(ECHO, "third")).await.unwrap(), "third");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_is_refused_out_of_the_queue_lets_the_next_one_in() {
    let zoo = connect(Zoo::default()).await;
    let call = |method: u16, text: String| {
        let zoo = zoo.clone();
        tokio::spawn(async move { zoo.call(method, &text).await })
    };
    let big = call(FAIL, too_much_to_write());
    let oversized = call(ECHO, "x".repeat(65 << 20));
    let small = call(ECHO, "small".to_owned());
    assert!(soon(big).await.unwrap().is_err());
    assert_eq!(soon(oversized).await.unwrap().unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(soon(small).await.unwrap().unwrap(), "small");
}

#[tokio::test(start_paused = true)]
async fn bytes_that_leave_let_the_next_caller_in() {
    let zoo = connect(Zoo::default()).await;
    let began = tokio::time::Instant::now();
    let big = too_much_to_write();
    let never = zoo.call(NEVER, &big);
    let small = async {
        assert_eq!(zoo.call(ECHO, "small").await.unwrap(), "small");
    };
    tokio::select! {
        biased;
        _ = never => unreachable!("it never ends"),
        () = small => {}
    }
    // On the paused clock time passes only when nothing else can: no ping had to come first.
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_queued_caller_that_nobody_polls_is_overtaken() {
    let zoo = connect(Zoo::default()).await;
    let big = too_much_to_write();
    let never = zoo.call(NEVER, &big);
    tokio::pin!(never);
    let mut nobody = Context::from_waker(Waker::noop());
    assert!(never.as_mut().poll(&mut nobody).is_pending());
    let mut asleep = Box::pin(zoo.call(ECHO, "asleep"));
    assert!(asleep.as_mut().poll(&mut nobody).is_pending());
    assert_eq!(soon(zoo.call(ECHO, "awake")).await.unwrap(), "awake");
    assert_eq!(soon(asleep).await.unwrap(), "asleep");
}

#[tokio::test(start_paused = true)]
async fn queued_callers_that_nobody_polls_keep_nobody_waiting() {
    let zoo = connect(Zoo::default()).await;
    let big = too_much_to_write();
    let mut nobody = Context::from_waker(Waker::noop());
    let mut first = Box::pin(zoo.call(ECHO, &big));
    assert!(first.as_mut().poll(&mut nobody).is_pending());
    let mut asleep: Vec<_> = (0..64).map(|_| Box::pin(zoo.call(ECHO, "asleep"))).collect();
    for call in &mut asleep {
        assert!(call.as_mut().poll(&mut nobody).is_pending());
    }
    let mut behind = Box::pin(zoo.call(ECHO, "behind"));
    assert!(behind.as_mut().poll(&mut nobody).is_pending());
    drop(first);
    assert_eq!(soon(behind).await.unwrap(), "behind");
    for call in asleep {
        assert_eq!(soon(call).await.unwrap(), "asleep");
    }
}

#[tokio::test]
async fn waiting_for_the_end_leaves_nothing_behind() {
    let (near, far) = tokio::io::duplex(64 << 10);
    let plugin = tokio::spawn(establish(any(far), Establish::new(Side::Plugin, BareStream::serving())));
    let ask = Establish::new(Side::Host, BareStream::calling());
    let connection = establish(any(near), ask).await.unwrap();
    let served = plugin.await.unwrap().unwrap();
    let counted = Arc::new(());
    for _ in 0..100 {
        let (connection, counted) = (connection.clone(), Arc::clone(&counted));
        let waiting = tokio::spawn(async move {
            let _counted = counted;
            connection.ended().await
        });
        tokio::task::yield_now().await;
        waiting.abort();
        assert!(waiting.await.is_err());
    }
    assert_eq!(Arc::strong_count(&counted), 1);
    assert_eq!(connection.wire().0.ended.waiting(), 0);
    drop(served);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_waits_as_long_as_pings_are_answered() {
    let zoo = connect(Zoo::default()).await;
    let waited = tokio::time::timeout(Duration::from_secs(3600), zoo.call(NEVER, "")).await;
    assert!(waited.is_err(), "it still waits after an hour");
    assert_eq!(zoo.call(ECHO, "x").await.unwrap(), "x");
}
