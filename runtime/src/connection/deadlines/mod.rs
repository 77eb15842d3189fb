//! Deadlines, cancellation and what else a handler knows of its call, on either driver.

mod calling;
mod handling;
mod nesting;

use std::future::Future;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use super::on_threads::block_on;
use super::zoo::{Hook, Zoo, ZooClient, ZooServer};
use super::{BareStream, Connection, Establish, StandBy, establish_on_threads, pipe};
use crate::error::Result;
use crate::protocol::Limits;
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;
use crate::remote::bind;
use crate::service::object;

/// Bounds a wait for what has to happen.
const LONG: Duration = Duration::from_secs(60);

/// A way to make calls, and what drives the connection under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// A thread that reads its answer itself.
    Blocking,
    /// A future on a connection of threads.
    Future,
    /// A future on a connection of a runtime's, whose handlers are futures or block a thread.
    Tokio { blocking: bool },
    /// A thread that waits for a connection of a runtime's.
    BlockingOnTokio,
}

const WAYS: [Way; 5] =
    [Way::Blocking, Way::Future, Way::Tokio { blocking: false }, Way::Tokio { blocking: true }, Way::BlockingOnTokio];

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let two = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    RUNTIME.get_or_init(two)
}

impl Way {
    /// The calling end, and a client of what the other end serves.
    fn connect(self, zoo: Zoo, limits: Limits) -> (Connection, ZooClient) {
        let zoo = Arc::new(zoo);
        let blocking = matches!(self, Self::Blocking | Self::Future | Self::Tokio { blocking: true });
        let served = if blocking { object(ZooServer::<true>(zoo)) } else { object(ZooServer::<false>(zoo)) };
        let bare = Establish::new(Side::Plugin, BareStream::serving());
        let serving = Establish { objects: vec![served], limits, ..bare };
        let mut calling = Establish::new(Side::Host, BareStream::calling());
        calling.asks = vec![Entry::of::<ZooClient>()];
        calling.limits = limits;
        calling.about.name = "the caller".to_owned();
        let connection = match self {
            Self::Blocking | Self::Future => {
                let (near, far) = pipe(64 << 10);
                thread::spawn(move || establish_on_threads(far, serving, StandBy::Here).unwrap().stand_by());
                establish_on_threads(near, calling, StandBy::Thread).unwrap()
            }
            Self::Tokio { .. } | Self::BlockingOnTokio => runtime().block_on(async {
                let (near, far) = tokio::io::duplex(64 << 10);
                tokio::spawn(async move {
                    let ended = super::establish(super::any(far), serving).await.unwrap().ended();
                    ended.await;
                });
                super::establish(super::any(near), calling).await.unwrap()
            }),
        };
        let client = bind(&connection).unwrap();
        (connection, client)
    }

    fn zoo(self, zoo: Zoo) -> ZooClient {
        self.connect(zoo, Limits::default()).1
    }

    fn hook<F: Future<Output = Result<String>> + Send + 'static>(
        self,
        run: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> ZooClient {
        self.zoo(Zoo { hook: Some(Hook::new(run)), ..Zoo::default() })
    }

    fn call(self, zoo: &ZooClient, method: u16, text: &str) -> Result<String> {
        match self {
            Self::Blocking | Self::BlockingOnTokio => zoo.call_blocking(method, text),
            Self::Future | Self::Tokio { .. } => block_on(zoo.call(method, text)),
        }
    }
}

/// Does it in every way, and does not wait for ever.
#[track_caller]
fn in_every_way(situation: fn(Way)) {
    for way in WAYS {
        in_this_way(way, situation);
    }
}

#[track_caller]
fn in_this_way(way: Way, situation: fn(Way)) {
    let (send, receive) = channel();
    thread::spawn(move || {
        situation(way);
        send.send(())
    });
    assert!(receive.recv_timeout(LONG).is_ok(), "{way:?}: it hangs, or panicked");
}

/// Something that a handler tells a test.
fn told<T>() -> (Arc<Mutex<Sender<T>>>, Receiver<T>) {
    let (send, receive) = channel();
    (Arc::new(Mutex::new(send)), receive)
}

fn tell<T>(to: &Mutex<Sender<T>>, what: T) {
    let _ = to.lock().unwrap().send(what);
}

const SOON: Duration = Duration::from_millis(100);
