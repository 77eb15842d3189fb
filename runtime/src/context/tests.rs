//! Contexts by themselves, and where they are current.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};
use std::thread;

use super::*;
use crate::connection::block_on;

fn made(terms: Terms) -> Context {
    Context::new(terms, Context::root())
}

fn with_depth(depth: u16) -> Context {
    made(Terms { depth, ..Terms::default() })
}

fn limit(given: Duration) -> Option<Limit> {
    Limit::after(Instant::now(), given, Origin::Caller)
}

const LONG: Duration = Duration::from_secs(3600);

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_root_context_has_nothing_and_ends_never() {
    let root = Context::current();
    assert_eq!((root.deadline(), root.remaining(), root.depth()), (None, None, 0));
    assert_eq!((root.metadata("user"), root.metadata_pairs().count()), (None, 0));
    assert!(root.peer().is_none() && !root.is_cancelled());
    root.cancel();
    assert!(!root.is_cancelled());
    let mut cancelled = pin!(root.cancelled());
    assert!(cancelled.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn metadata_are_found_by_key_and_listed_in_their_order() {
    let pairs = [("user", "ada"), ("trace", "7")];
    let metadata = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    let context = made(Terms { metadata, ..Terms::default() });
    assert_eq!(context.metadata("trace"), Some("7"));
    assert_eq!(context.metadata("nothing"), None);
    assert_eq!(context.metadata_pairs().collect::<Vec<_>>(), pairs);
}

#[test]
fn a_deadline_that_has_passed_is_a_cancellation() {
    let passed = made(Terms { limit: limit(Duration::ZERO), ..Terms::default() });
    assert!(passed.is_cancelled());
    assert_eq!(passed.remaining(), Some(Duration::ZERO));
    block_on(passed.cancelled());
    let ahead = made(Terms { limit: limit(LONG), ..Terms::default() });
    assert!(!ahead.is_cancelled() && ahead.remaining().unwrap() > LONG / 2);
    let soon = made(Terms { limit: limit(Duration::from_millis(5)), ..Terms::default() });
    block_on(soon.cancelled());
    assert!(soon.is_cancelled());
}

#[test]
fn whoever_waits_for_a_cancellation_is_woken_by_it_and_a_dropped_wait_is_not() {
    let context = with_depth(1);
    let (waiting, gone) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let mut first = pin!(context.cancelled());
    let mut second = Box::pin(context.cancelled());
    let poll = |future: Pin<&mut Cancelled>, count: &Arc<Count>| {
        future.poll(&mut std::task::Context::from_waker(&Waker::from(Arc::clone(count))))
    };
    assert!(poll(first.as_mut(), &waiting).is_pending());
    assert!(poll(second.as_mut(), &gone).is_pending());
    drop(second);
    context.clone().cancel();
    context.cancel();
    assert!(context.is_cancelled());
    assert!(poll(first, &waiting).is_ready());
    assert_eq!((waiting.0.load(Ordering::SeqCst), gone.0.load(Ordering::SeqCst)), (1, 0));
}

#[test]
fn a_call_within_a_handler_ends_with_it_and_not_the_other_way_round() {
    let outer = with_depth(2);
    let inner = Context::new(Terms::default(), outer.clone());
    let cancelled = thread::spawn({
        let waits = inner.cancelled();
        move || block_on(waits)
    });
    let other = Context::new(Terms::default(), outer.clone());
    other.cancel();
    assert!(other.is_cancelled() && !outer.is_cancelled() && !inner.is_cancelled());
    outer.cancel();
    assert!(inner.is_cancelled());
    cancelled.join().unwrap();
}

#[test]
fn a_handler_that_runs_to_its_end_knows_but_what_it_calls_is_left_alone() {
    let terms = Terms { limit: limit(LONG), no_cancel: true, ..Terms::default() };
    let handler = made(terms);
    let called = Context::new(Terms { limit: handler.limit(), ..Terms::default() }, handler.clone());
    handler.cancel();
    assert!(handler.is_cancelled() && handler.deadline().is_some());
    assert!(handler.limit().is_none() && handler.gives_up().is_none());
    assert!(!called.is_cancelled());
}

#[test]
fn contexts_nest_and_a_panic_restores_the_outer_one() {
    let depth = || Context::current().depth();
    with_depth(1).sync_scope(|| {
        assert_eq!(depth(), 1);
        with_depth(2).sync_scope(|| {
            assert_eq!(depth(), 2);
            Context::root().sync_scope(|| assert_eq!(depth(), 0));
        });
        assert_eq!(depth(), 1);
        let scope = AssertUnwindSafe(|| with_depth(3).sync_scope(|| std::panic::resume_unwind(Box::new(depth()))));
        let thrown = catch_unwind::<_, ()>(scope).unwrap_err();
        assert_eq!(thrown.downcast_ref(), Some(&3_u16));
        assert_eq!(depth(), 1);
    });
    assert_eq!(depth(), 0);
}

#[test]
fn a_future_is_in_its_context_at_each_of_its_polls_and_nothing_else_is() {
    let polls = AtomicUsize::new(0);
    let seen = with_depth(7).scope(poll_fn(|cx| {
        assert_eq!(Context::current().depth(), 7);
        cx.waker().wake_by_ref();
        if polls.fetch_add(1, Ordering::SeqCst) == 2 { Poll::Ready(Context::current()) } else { Poll::Pending }
    }));
    let mut seen = pin!(seen);
    let seen = block_on(poll_fn(|cx| {
        let polled = seen.as_mut().poll(cx);
        assert_eq!(Context::current().depth(), 0);
        polled
    }));
    assert_eq!((polls.load(Ordering::SeqCst), seen.depth()), (3, 7));
}

#[test]
fn a_scope_is_carried_to_another_thread() {
    let carried = with_depth(5).scope(async { Context::current().depth() });
    assert_eq!(thread::spawn(move || block_on(carried)).join().unwrap(), 5);
}

#[test]
fn a_destructor_that_runs_after_its_thread_is_in_no_context() {
    thread_local!(static LATE: Late = const { Late });
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            // Whether or not the context's own place is still there.
            assert_eq!(with_depth(1).sync_scope(|| Context::current().deadline()), None);
        }
    }
    thread::spawn(|| LATE.with(|_| Context::current().is_cancelled())).join().unwrap();
}

#[test]
fn what_a_peer_calls_itself_is_escaped_where_it_is_shown() {
    let about = crate::protocol::hello::About { name: "zoo\x1b[2J".into(), version: "1\n".into(), sdk: String::new() };
    let hello = Hello::new(about, Vec::new(), Vec::new(), crate::protocol::Limits::default().announced());
    let peer = made(Terms { peer: Some(Arc::new(hello)), ..Terms::default() }).peer().unwrap();
    assert_eq!((peer.name(), peer.version()), ("zoo\x1b[2J", "1\n"));
    assert_eq!(peer.to_string(), "zoo\\u{1b}[2J 1\\n");
    assert!(!format!("{peer:?}").contains('\x1b'));
}
