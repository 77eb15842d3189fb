//! What the tests of both drivers call: an interface, written out as the macro would.

use std::future::{Future, pending, poll_fn};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use tokio::sync::Barrier;

use super::on_threads::block_on;
#[cfg(feature = "tokio")]
use crate::client::AsyncClient;
use crate::client::{BoxFuture, Client, Endpoint, Erased, Route};
use crate::connection::call::{Call, Handler, Handling};
use crate::error::{Error, Result};
use crate::handle::Export;
use crate::interface::{Interface, Method};
use crate::service::Service;

#[derive(Clone)]
pub(super) struct ZooClient(Endpoint<()>);

/// Its handlers are futures, or block a thread.
pub(super) struct ZooServer<const BLOCKING: bool>(pub(super) Arc<Zoo>);

#[derive(Default)]
pub(super) struct Zoo {
    /// Where those who `meet` wait for each other.
    pub(super) barrier: Option<Barrier>,
    /// `wait` waits for the one that its text is the number of, or else for the first one.
    pub(super) gates: Vec<Gate>,
    /// What `onward` calls.
    pub(super) other: Option<ZooClient>,
    /// What `hook`, `brief` and `steady` do.
    pub(super) hook: Option<Hook>,
    /// Counts the runs of `never` that are dropped.
    pub(super) given_up: Arc<AtomicUsize>,
}

/// A method whose body is the test's.
#[derive(Clone)]
pub(super) struct Hook(Arc<dyn Fn(String) -> BoxFuture<'static, Result<String>> + Send + Sync>);

impl Hook {
    pub(super) fn new<F: Future<Output = Result<String>> + Send + 'static>(
        run: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |text| Box::pin(run(text))))
    }
}

/// Counts when it is dropped.
struct Token(Arc<AtomicUsize>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Closed until it is opened, for good.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Mutex<(bool, Vec<Waker>)>>);

impl Gate {
    pub(super) fn open(&self) {
        let waiting = {
            let mut state = self.0.lock().unwrap();
            state.0 = true;
            std::mem::take(&mut state.1)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(super) async fn pass(&self) {
        poll_fn(|cx| {
            let mut state = self.0.lock().unwrap();
            if state.0 {
                return Poll::Ready(());
            }
            state.1.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

macro_rules! methods {
    ([$($constant:ident = $index:literal, $name:literal $(. $set:ident($($value:literal)?))*;)*] only the client has $missing:ident = $last:literal) => {
        $(pub(super) const $constant: u16 = $index;)*
        pub(super) const $missing: u16 = $last;

        impl<const BLOCKING: bool> Interface for ZooServer<BLOCKING> {
            const NAME: &'static str = "Zoo";
            const DOCS: &'static str = "";
            const VERSION: u32 = 1;
            const MIN_VERSION: u32 = 1;
            const COOKIE_KEY: &'static str = "OUTBOARD";
            const COOKIE_VALUE: &'static str = "Zoo";
            const METHODS: &'static [Method] = &[$(Method::new($name, "") $(. $set($($value)?))*),*];
        }

        impl Interface for ZooClient {
            const NAME: &'static str = "Zoo";
            const DOCS: &'static str = "";
            const VERSION: u32 = 1;
            const MIN_VERSION: u32 = 1;
            const COOKIE_KEY: &'static str = "OUTBOARD";
            const COOKIE_VALUE: &'static str = "Zoo";
            const METHODS: &'static [Method] = &[$(Method::new($name, "") $(. $set($($value)?))*,)* Method::new("missing", "")];
        }

        impl<const BLOCKING: bool> Service for ZooServer<BLOCKING> {
            type Client = ZooClient;
            fn __client(&self) -> ZooClient {
                panic!("nobody sends it back")
            }
            const BLOCKING: bool = BLOCKING;
            const HANDLERS: &'static [Handler<Self>] = &[$(|server, call| server.handle($index, call)),*];
        }
    };
}

methods! {
    [ECHO = 0, "echo";
    PANIC = 1, "panic";
    WAIT = 2, "wait";
    MEET = 3, "meet";
    FAIL = 4, "fail";
    ONWARD = 5, "onward";
    NEVER = 6, "never";
    GROW = 7, "grow";
    ASYNC = 8, "async";
    HOOK = 9, "hook";
    BRIEF = 10, "brief".timeout(100);
    STEADY = 11, "steady".no_cancel();
    LINGER = 12, "linger";]
    only the client has MISSING = 13
}

impl Zoo {
    async fn run(&self, method: u16, text: String) -> Result<String> {
        match method {
            // Without the hook, which would write it among the results of the tests.
            PANIC => std::panic::resume_unwind(Box::new(text)),
            WAIT => match self.gates.get(text.parse().unwrap_or(0_usize)) {
                Some(gate) => gate.pass().await,
                None => pending().await,
            },
            MEET => {
                self.barrier.as_ref().unwrap().wait().await;
            }
            FAIL => return Err(Error::other(text)),
            ONWARD => return self.other.as_ref().unwrap().call_blocking(ECHO, &text),
            NEVER => {
                let _token = Token(Arc::clone(&self.given_up));
                pending().await
            }
            HOOK | BRIEF | STEADY => return (self.hook.as_ref().unwrap().0)(text).await,
            LINGER => crate::Context::current().cancelled().await,
            GROW => return Ok("x".repeat(text.parse().unwrap())),
            _ => {}
        }
        Ok(text)
    }
}

impl<const BLOCKING: bool> ZooServer<BLOCKING> {
    fn handle(&self, method: u16, call: Call) -> Handling {
        let zoo = Arc::clone(&self.0);
        let run = async move {
            let mut arguments = call.arguments();
            let kept = arguments.next::<str>("text")?;
            let text = crate::__rt::borrow::<str>(&kept).to_owned();
            arguments.finish()?;
            if method == ASYNC {
                turns(3).await;
            }
            call.reply(zoo.run(method, text).await)
        };
        if BLOCKING && method != ASYNC { Handling::blocking(|| block_on(run)) } else { Handling::new(run) }
    }
}

/// Is ready at the last of so many polls.
async fn turns(mut count: u32) {
    poll_fn(|cx| {
        count -= 1;
        cx.waker().wake_by_ref();
        if count == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Erased for ZooClient {
    type Object = ();
}

impl Client for ZooClient {
    const __HANDLE: &'static str = "outboard::Handle::Zoo";

    fn __from_endpoint(endpoint: Endpoint<()>) -> Self {
        Self(endpoint)
    }

    fn __endpoint(&self) -> &Endpoint<()> {
        &self.0
    }

    fn __export(&self) -> Export {
        panic!("nobody sends it")
    }
}

#[cfg(feature = "tokio")]
impl AsyncClient for ZooClient {}

impl ZooClient {
    pub(super) fn call_blocking(&self, method: u16, text: &str) -> Result<String> {
        let Route::Remote(remote) = self.0.route() else { panic!("a remote client") };
        remote.call_blocking::<Result<String>, _>(method, (text,))
    }

    pub(super) fn call(&self, method: u16, text: &str) -> impl Future<Output = Result<String>> + Send {
        let Route::Remote(remote) = self.0.route() else { panic!("a remote client") };
        remote.call::<Result<String>, _>(method, (text,))
    }
}
