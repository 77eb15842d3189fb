//! Clients as values: objects that are passed, returned and called from both sides.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use outboard::Result;
use serde::{Deserialize, Serialize};

/// Counts what is alive.
#[derive(Clone, Default)]
struct Alive(Arc<AtomicUsize>);

struct Token(Alive);

impl Token {
    fn new(alive: &Alive) -> Self {
        alive.0.fetch_add(1, Ordering::SeqCst);
        Self(alive.clone())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Alive {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

macro_rules! interfaces {
    ($module:ident, [$($asynchronous:tt)?], [$($awaited:tt)*]) => {
        mod $module {
            use super::*;

            /// What the host keeps.
            #[outboard::plugin_interface(version = 1)]
            pub(super) trait Store {
                $($asynchronous)? fn put(&self, key: &str, value: &str) -> Result<()>;
                $($asynchronous)? fn get(&self, key: &str) -> Result<Option<String>>;
                /// Calls back, so deep.
                $($asynchronous)? fn deeper(&self, depth: u32, worker: WorkerClient) -> Result<u32>;
            }

            /// What a plugin opens.
            #[outboard::plugin_interface(version = 2)]
            pub(super) trait Cursor {
                $($asynchronous)? fn next(&self) -> Result<Option<u32>>;
            }

            #[derive(Serialize, Deserialize)]
            pub(super) struct Job {
                pub(super) name: String,
                pub(super) store: Option<StoreClient>,
                pub(super) more: Vec<StoreClient>,
            }

            #[outboard::plugin_interface(version = 1)]
            pub(super) trait Worker {
                $($asynchronous)? fn work(&self, job: Job) -> Result<usize>;
                $($asynchronous)? fn open(&self, end: u32) -> Result<CursorClient>;
                $($asynchronous)? fn same(&self, store: StoreClient) -> Result<StoreClient>;
                $($asynchronous)? fn keep(&self, store: StoreClient) -> Result<()>;
                $($asynchronous)? fn forget(&self) -> Result<()>;
                $($asynchronous)? fn deeper(&self, depth: u32, store: StoreClient, own: WorkerClient) -> Result<u32>;
                $($asynchronous)? fn wrong(&self, cursor: CursorClient) -> Result<()>;
            }

            pub(super) struct Map {
                entries: Mutex<std::collections::BTreeMap<String, String>>,
                _token: Token,
            }

            impl Map {
                pub(super) fn new(alive: &Alive) -> Self {
                    Self { entries: Mutex::default(), _token: Token::new(alive) }
                }
            }

            impl Store for Map {
                $($asynchronous)? fn put(&self, key: &str, value: &str) -> Result<()> {
                    self.entries.lock().unwrap().insert(key.to_owned(), value.to_owned());
                    Ok(())
                }

                $($asynchronous)? fn get(&self, key: &str) -> Result<Option<String>> {
                    Ok(self.entries.lock().unwrap().get(key).cloned())
                }

                $($asynchronous)? fn deeper(&self, depth: u32, worker: WorkerClient) -> Result<u32> {
                    if depth == 0 {
                        return Ok(0);
                    }
                    let store = StoreClient::local(Self::new(&self._token.0));
                    Ok(1 + worker.deeper(depth - 1, store, worker.clone())$($awaited)*?)
                }
            }

            pub(super) struct Counter {
                numbers: Mutex<std::ops::Range<u32>>,
                _token: Token,
            }

            impl Cursor for Counter {
                $($asynchronous)? fn next(&self) -> Result<Option<u32>> {
                    Ok(self.numbers.lock().unwrap().next())
                }
            }

            pub(super) struct Hand {
                kept: Mutex<Vec<StoreClient>>,
                pub(super) alive: Alive,
                /// Counts the hands themselves.
                _token: Token,
            }

            impl Hand {
                pub(super) fn new(hands: &Alive) -> Self {
                    Self { kept: Mutex::default(), alive: Alive::default(), _token: Token::new(hands) }
                }
            }

            impl Worker for Hand {
                $($asynchronous)? fn work(&self, job: Job) -> Result<usize> {
                    let stores: Vec<StoreClient> = job.store.into_iter().chain(job.more).collect();
                    for store in &stores {
                        store.put("name", &job.name)$($awaited)*?;
                    }
                    Ok(stores.len())
                }

                $($asynchronous)? fn open(&self, end: u32) -> Result<CursorClient> {
                    Ok(CursorClient::local(Counter { numbers: Mutex::new(0..end), _token: Token::new(&self.alive) }))
                }

                $($asynchronous)? fn same(&self, store: StoreClient) -> Result<StoreClient> {
                    Ok(store)
                }

                $($asynchronous)? fn keep(&self, store: StoreClient) -> Result<()> {
                    self.kept.lock().unwrap().push(store);
                    Ok(())
                }

                $($asynchronous)? fn forget(&self) -> Result<()> {
                    let kept = std::mem::take(&mut *self.kept.lock().unwrap());
                    drop(kept);
                    Ok(())
                }

                $($asynchronous)? fn deeper(&self, depth: u32, store: StoreClient, own: WorkerClient) -> Result<u32> {
                    if depth == 0 {
                        return Ok(0);
                    }
                    Ok(1 + store.deeper(depth - 1, own)$($awaited)*?)
                }

                $($asynchronous)? fn wrong(&self, cursor: CursorClient) -> Result<()> {
                    cursor.next()$($awaited)*?;
                    Ok(())
                }
            }
        }
    };
}

interfaces!(tasks, [async], [.await]);
interfaces!(plain, [], []);

/// Waits until what another thread does has come to this; fails after a while.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed().as_secs() < 20, "{what}");
        std::thread::yield_now();
    }
}

async fn until_async(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed().as_secs() < 20, "{what}");
        tokio::task::yield_now().await;
    }
}

macro_rules! scenario {
    ($module:ident, $client:expr, $alive:expr, $until:ident, [$($awaited:tt)*]) => {{
        use $module::*;
        let (client, theirs) = ($client, $alive);
        let ours = Alive::default();
        let store = StoreClient::local(Map::new(&ours));
        // In an option, in a vector, in a struct: one object all the same.
        let job = Job { name: "x".to_owned(), store: Some(store.clone()), more: vec![store.clone(), store.clone()] };
        assert_eq!(client.work(job)$($awaited)*.unwrap(), 3);
        assert_eq!(store.get("name")$($awaited)*.unwrap().as_deref(), Some("x"));
        // Comes home: it is the very object.
        let same = client.same(store.clone())$($awaited)*.unwrap();
        same.put("name", "y")$($awaited)*.unwrap();
        assert_eq!(store.get("name")$($awaited)*.unwrap().as_deref(), Some("y"));
        assert!(format!("{same:?}").contains("local"), "{same:?}");
        drop(same);
        // Kept by the other side until it forgets.
        client.keep(store.clone())$($awaited)*.unwrap();
        drop(store);
        assert_eq!(ours.count(), 1);
        client.forget()$($awaited)*.unwrap();
        $until!("the store is let go of", || ours.count() == 0);
        // Opened by the other side.
        let cursor = client.open(3)$($awaited)*.unwrap();
        let other = cursor.clone();
        assert_eq!(cursor.next()$($awaited)*.unwrap(), Some(0));
        assert_eq!(other.next()$($awaited)*.unwrap(), Some(1));
        drop(cursor);
        assert_eq!(other.next()$($awaited)*.unwrap(), Some(2));
        assert_eq!(other.next()$($awaited)*.unwrap(), None);
        assert_eq!(theirs.count(), 1);
        drop(other);
        $until!("the cursor is let go of", || theirs.count() == 0);
        // A cursor of theirs, given back to them.
        let cursor = client.open(3)$($awaited)*.unwrap();
        client.wrong(cursor)$($awaited)*.unwrap();
        $until!("the cursor is let go of", || theirs.count() == 0);
        // Both ways, one in the other.
        let store = StoreClient::local(Map::new(&ours));
        assert_eq!(client.deeper(10, store, client.clone())$($awaited)*.unwrap(), 10);
        $until!("all stores are let go of", || ours.count() == 0);
        let store = StoreClient::local(Map::new(&ours));
        let error = client.deeper(100, store, client.clone())$($awaited)*.unwrap_err();
        assert!(error.report().to_string().contains("nested"), "{}", error.report());
        $until!("all stores are let go of", || ours.count() == 0);
    }};
}

macro_rules! wait_in_task {
    ($what:expr, $is_so:expr) => {
        until_async($what, $is_so).await
    };
}

macro_rules! wait_in_thread {
    ($what:expr, $is_so:expr) => {
        until($what, $is_so)
    };
}

#[tokio::test]
async fn between_tasks_of_one_thread() {
    let hand = tasks::Hand::new(&Alive::default());
    let alive = hand.alive.clone();
    let client = outboard::testing::connect(tasks::WorkerServer::new(hand)).await.unwrap();
    scenario!(tasks, client, alive, wait_in_task, [.await]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_tasks_of_several_threads() {
    let hand = tasks::Hand::new(&Alive::default());
    let alive = hand.alive.clone();
    let client = outboard::testing::connect(tasks::WorkerServer::new(hand)).await.unwrap();
    scenario!(tasks, client, alive, wait_in_task, [.await]);
}

#[tokio::test]
async fn futures_on_threads() {
    let hand = tasks::Hand::new(&Alive::default());
    let alive = hand.alive.clone();
    let client = outboard::testing::connect_blocking(tasks::WorkerServer::new(hand)).unwrap();
    scenario!(tasks, client, alive, wait_in_task, [.await]);
}

#[test]
fn between_threads() {
    let hand = plain::Hand::new(&Alive::default());
    let alive = hand.alive.clone();
    let client = outboard::testing::connect_blocking(plain::WorkerServer::new(hand)).unwrap();
    scenario!(plain, client, alive, wait_in_thread, []);
}

#[tokio::test]
async fn an_async_host_uses_what_plain_functions_open() {
    let hand = plain::Hand::new(&Alive::default());
    let alive = hand.alive.clone();
    let client: plain::WorkerAsyncClient = outboard::testing::connect_as(plain::WorkerServer::new(hand)).await.unwrap();
    let cursor: plain::CursorAsyncClient = client.open(2).await.unwrap().try_into().unwrap();
    assert_eq!(cursor.next().await.unwrap(), Some(0));
    // A client that blocks would wait for itself here.
    let blocking = client.open(2).await.unwrap();
    use plain::Cursor;
    let error = blocking.next().unwrap_err();
    assert!(error.to_string().contains("spawn_blocking"), "{error}");
    let next = tokio::task::spawn_blocking(move || blocking.next()).await.unwrap();
    assert_eq!(next.unwrap(), Some(0));
    drop(cursor);
    until_async("the cursors are let go of", || alive.count() == 0).await;
}

#[tokio::test]
async fn through_a_third_program() {
    use tasks::{Cursor, Worker};
    let (first, second) = (tasks::Hand::new(&Alive::default()), tasks::Hand::new(&Alive::default()));
    let alive = first.alive.clone();
    let first = outboard::testing::connect(tasks::WorkerServer::new(first)).await.unwrap();
    let second = outboard::testing::connect(tasks::WorkerServer::new(second)).await.unwrap();
    let cursor = first.open(2).await.unwrap();
    // What the first one opened, read by the second.
    second.wrong(cursor.clone()).await.unwrap();
    assert_eq!(cursor.next().await.unwrap(), Some(1));
    drop(cursor);
    until_async("the cursor is let go of", || alive.count() == 0).await;
}

#[tokio::test]
async fn what_went_wrong_at_the_owner_is_told() {
    use tasks::Cursor;
    let client =
        outboard::testing::connect(tasks::WorkerServer::new(tasks::Hand::new(&Alive::default()))).await.unwrap();
    let cursor = tasks::Worker::open(&client, 1).await.unwrap();
    // Dropping the client does not take the cursor away: the connection lives with it.
    drop(client);
    assert_eq!(cursor.next().await.unwrap(), Some(0));
}

#[tokio::test]
async fn an_implementation_that_keeps_a_client_is_let_go_of_when_its_host_is_gone() {
    let (hands, ours) = (Alive::default(), Alive::default());
    let store = || tasks::StoreClient::local(tasks::Map::new(&ours));
    let connected = outboard::testing::connect(tasks::WorkerServer::new(tasks::Hand::new(&hands))).await.unwrap();
    tasks::Worker::keep(&connected, store()).await.unwrap();
    let threads = outboard::testing::connect_blocking(tasks::WorkerServer::new(tasks::Hand::new(&hands))).unwrap();
    tasks::Worker::keep(&threads, store()).await.unwrap();
    assert_eq!((hands.count(), ours.count()), (2, 2));
    drop((connected, threads));
    until_async("the implementations are let go of", || hands.count() == 0).await;
    until_async("the stores are let go of", || ours.count() == 0).await;
}

#[test]
fn a_client_is_no_data() {
    let client = tasks::StoreClient::local(tasks::Map::new(&Alive::default()));
    let error = serde_json::to_string(&client).unwrap_err();
    assert!(error.to_string().contains("`StoreClient` can be sent only"), "{error}");
    let error = serde_json::from_str::<tasks::StoreClient>("[false,65536,0]").unwrap_err();
    assert!(error.to_string().contains("`StoreClient` can be received only"), "{error}");
}
