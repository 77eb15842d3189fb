//! Deadlines, metadata and contexts of clients, over real bytes and in this process alike.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use outboard::{Client, Context, ErrorKind, Result};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

/// What a handler sees, as text.
fn seen() -> String {
    let context = Context::current();
    let user = context.metadata("user").unwrap_or("nobody").to_owned();
    let limited = context.remaining().is_some_and(|left| left <= LONG && left > Duration::ZERO);
    format!("{user} {limited} {}", context.is_cancelled())
}

mod awaited {
    use super::*;

    #[outboard::plugin_interface(version = 1)]
    pub(super) trait Desk {
        async fn seen(&self) -> Result<String>;
        async fn never(&self) -> Result<()>;
        #[plugin(timeout = "50ms")]
        async fn brief(&self) -> Result<()>;
        #[plugin(no_cancel)]
        async fn stubborn(&self) -> Result<()>;
        async fn onward(&self) -> Result<String>;
        async fn by_default(&self) -> Result<String> {
            Ok(format!("{} and {}", seen(), self.seen().await?))
        }
    }

    /// Tells when a handler's context ends.
    pub(super) struct Clerk(pub(super) Mutex<Sender<bool>>);

    impl Clerk {
        fn watch(&self) {
            let (context, ended) = (Context::current(), self.0.lock().unwrap().clone());
            tokio::spawn(async move {
                context.cancelled().await;
                let _ = ended.send(context.is_cancelled());
            });
        }
    }

    impl Desk for Clerk {
        async fn seen(&self) -> Result<String> {
            tokio::task::yield_now().await;
            Ok(seen())
        }

        async fn never(&self) -> Result<()> {
            self.watch();
            std::future::pending().await
        }

        async fn brief(&self) -> Result<()> {
            std::future::pending().await
        }

        async fn stubborn(&self) -> Result<()> {
            Context::current().cancelled().await;
            tokio::task::yield_now().await;
            let _ = self.0.lock().unwrap().send(Context::current().is_cancelled());
            Ok(())
        }

        async fn onward(&self) -> Result<String> {
            let (send, _receive) = channel();
            let inner = DeskClient::local(Clerk(Mutex::new(send)));
            Ok(format!("{} and {}", seen(), inner.seen().await?))
        }
    }

    pub(super) async fn clients() -> [(DeskClient, Receiver<bool>); 2] {
        let ((remote, from_remote), (local, from_local)) = (channel(), channel());
        let connected = outboard::testing::connect(DeskServer::new(Clerk(Mutex::new(remote)))).await.unwrap();
        [(connected, from_remote), (DeskClient::local(Clerk(Mutex::new(local))), from_local)]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_async_client_bounds_its_calls_wherever_they_go() {
    use awaited::Desk as _;
    for (desk, ended) in awaited::clients().await {
        assert_eq!(desk.seen().await.unwrap(), "nobody false false");
        let known = desk.with_timeout(LONG).with_metadata("user", "ada");
        assert_eq!(known.seen().await.unwrap(), "ada true false");
        assert_eq!(known.with_metadata("user", "grace").seen().await.unwrap(), "grace true false");
        assert_eq!(known.onward().await.unwrap(), "ada true false and nobody true false");
        assert_eq!(desk.seen().await.unwrap(), "nobody false false", "the first one is as it was");

        let error = desk.with_timeout(SHORT).never().await.unwrap_err();
        assert_eq!((error.kind(), error.is_safe_to_retry()), (ErrorKind::TimedOut, false));
        assert_eq!(error.to_string(), "`never` did not answer within 50ms");
        assert_eq!(ended.recv_timeout(LONG), Ok(true));
        tokio::time::timeout(SHORT, desk.never()).await.unwrap_err();
        assert_eq!(ended.recv_timeout(LONG), Ok(true), "a call that is dropped ends its context");

        let error = desk.brief().await.unwrap_err();
        assert_eq!(error.to_string(), "`brief` did not answer within 50ms, the limit that its interface sets");
        let error = desk.with_timeout(SHORT).stubborn().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(ended.recv_timeout(LONG), Ok(true), "it ran to its end");
        let error = desk.with_timeout(Duration::ZERO).seen().await.unwrap_err();
        assert_eq!((error.kind(), error.is_safe_to_retry()), (ErrorKind::TimedOut, true));
        let error = desk.with_metadata("user", "x".repeat(9000)).seen().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
    }
}

mod old {
    #[outboard::plugin_interface(version = 1, name = "Desk")]
    pub(super) trait Desk {
        async fn seen(&self) -> outboard::Result<String>;
    }

    pub(super) struct Clerk;

    impl Desk for Clerk {
        async fn seen(&self) -> outboard::Result<String> {
            Ok(super::seen())
        }
    }
}

#[tokio::test]
async fn a_default_body_runs_in_a_context_as_the_plugin_would() {
    use awaited::Desk as _;
    let desk: awaited::DeskClient = outboard::testing::connect_as(old::DeskServer::new(old::Clerk)).await.unwrap();
    assert_eq!(desk.by_default().await.unwrap(), "nobody false false and nobody false false");
    let known = desk.with_timeout(LONG).with_metadata("user", "ada");
    assert_eq!(known.by_default().await.unwrap(), "ada true false and ada true false");
}

mod plain {
    use super::*;

    #[outboard::plugin_interface(version = 1)]
    pub(super) trait Desk {
        fn seen(&self) -> Result<String>;
        fn late(&self) -> Result<()>;
    }

    pub(super) struct Clerk;

    impl Desk for Clerk {
        fn seen(&self) -> Result<String> {
            Ok(seen())
        }

        fn late(&self) -> Result<()> {
            while !Context::current().is_cancelled() {
                thread::yield_now();
            }
            Ok(())
        }
    }
}

#[test]
fn a_blocking_client_bounds_its_calls_wherever_they_go() {
    use plain::Desk as _;
    let connected = outboard::testing::connect_blocking(plain::DeskServer::new(plain::Clerk)).unwrap();
    for desk in [connected, plain::DeskClient::local(plain::Clerk)] {
        assert_eq!(desk.seen().unwrap(), "nobody false false");
        let known = desk.with_timeout(LONG).with_metadata("user", "ada");
        assert_eq!(known.seen().unwrap(), "ada true false");
        for _ in 0..10 {
            let error = desk.with_timeout(SHORT).late().unwrap_err();
            assert_eq!(error.to_string(), "`late` did not answer within 50ms", "a result that comes too late is none");
        }
        assert_eq!(Context::current().metadata_pairs().count(), 0, "it is over");
    }
}

#[test]
fn threads_call_in_contexts_of_their_own() {
    use plain::Desk as _;
    let barrier = Barrier::new(8);
    let desk = plain::DeskClient::local(plain::Clerk);
    thread::scope(|scope| {
        for number in 0..8 {
            let (desk, barrier) = (desk.with_metadata("user", number.to_string()), &barrier);
            scope.spawn(move || {
                for _ in 0..50 {
                    barrier.wait();
                    assert_eq!(desk.seen().unwrap(), format!("{number} false false"));
                }
            });
        }
    });
}
