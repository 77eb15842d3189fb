//! Async clients as plain implementations, so that one test can be made of both kinds.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use outboard::{Failure, Result};

use crate::interfaces::{FeedError, Nest, Zoo as _, ZooClient};
use crate::plain;

/// What polls a future.
#[derive(Clone, Debug)]
pub enum Executor {
    /// A runtime.
    Runtime(tokio::runtime::Handle),
    /// The thread itself, which knows nothing of any runtime.
    Thread,
}

impl Executor {
    /// Polls the future to its end.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::Runtime(runtime) => runtime.block_on(future),
            Self::Thread => block_on(future),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

/// An async client whose calls are waited for.
#[derive(Clone, Debug)]
pub struct Awaited<C> {
    /// The client.
    pub client: C,
    /// What waits.
    pub executor: Executor,
}

macro_rules! awaited {
    ($($client:ty),*; $methods:tt) => {
        $(awaited!(@client $client, $methods);)*
    };
    (@client $client:ty, { $($method:ident($($argument:ident: $type:ty),*) -> $return:ty;)* }) => {
        impl plain::Zoo for Awaited<$client> {
            $(fn $method(&self, $($argument: $type),*) -> $return {
                self.executor.wait(self.client.$method($($argument),*))
            })*

            fn version(&self) -> u32 {
                self.client.version()
            }
        }
    };
}

awaited!(ZooClient, plain::ZooAsyncClient; {
    echo(text: &str) -> Result<String>;
    echo_bytes(bytes: Vec<u8>) -> Result<Vec<u8>>;
    add(left: i64, right: i64) -> Result<i64>;
    meet() -> Result<bool>;
    spin() -> Result<()>;
    spin_later() -> Result<()>;
    never() -> Result<()>;
    wait_for(file: &str) -> Result<()>;
    waiting() -> Result<u64>;
    dropped() -> Result<u64>;
    panic(message: &str) -> Result<()>;
    panic_later(message: &str) -> Result<()>;
    panic_with_a_number() -> Result<()>;
    print(text: &str) -> Result<()>;
    print_from_child(text: &str) -> Result<()>;
    print_to_stderr(text: &str) -> Result<()>;
    read_stdin() -> Result<String>;
    abort() -> Result<()>;
    exit(code: i32) -> Result<()>;
    descriptors() -> Result<BTreeMap<i32, String>>;
    environment() -> Result<BTreeMap<String, String>>;
    directory() -> Result<String>;
    start_sleeper(own_session: bool) -> Result<u32>;
    feed(animal: &str) -> Result<(), FeedError>;
    parse(text: &str) -> Result<u32, Failure>;
    refuse(reason: &str) -> Result<()>;
    bytes(count: u64) -> Result<Vec<u8>>;
    nest() -> Result<Nest>;
    sparse() -> Result<Vec<Option<[u64; 32]>>>;
    nothings() -> Result<Vec<()>>;
    relay(program: &str, plugins: u32, text: &str) -> Result<String>;
    remaining(program: &str, plugins: u32) -> Result<Vec<Option<u64>>>;
    spin_briefly() -> Result<()>;
    linger() -> Result<()>;
    double(number: i64) -> Result<String>;
});
