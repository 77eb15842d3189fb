//! The calling side of an interface: what stands behind generated clients.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Serialize;

use crate::clock::Alarm;
use crate::connection::Link;
use crate::connection::call::Return;
use crate::context::{Bound, FreeCall, LocalCall, Options, enter};
use crate::error::{Error, guarded, panicked};
use crate::handle::Export;
use crate::interface::{Interface, Method};
use crate::remote::Remote;

/// A boxed future, as the object behind a local client returns it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What every generated client can do beside the methods of its interface.
///
/// You do not implement it yourself: for a trait `Greeter`, `GreeterClient` does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin's client",
    label = "expected a generated client here",
    note = "for a trait `Greeter` under `#[plugin_interface]` the client is `GreeterClient`"
)]
pub trait Client: Interface + Erased + Clone + Send + Sync + Sized + 'static {
    /// By this name a serializer knows the client from data.
    #[doc(hidden)]
    const __HANDLE: &'static str;

    /// Whether the implementation behind this client has the method, by its name on the wire.
    ///
    /// Of a method that it lacks, this client runs the default body; where there is none, the call
    /// fails at once with [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported).
    fn supports(&self, method: &str) -> bool {
        self.__endpoint().supports(Self::METHODS, method)
    }

    /// A client of the same object whose calls have so much time each; the clients it is made from and
    /// its clones from before keep theirs.
    ///
    /// At the deadline the caller gets [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut) at once, and
    /// the other end is told to stop: the future of an async handler is dropped, a blocking handler sees
    /// [`Context::is_cancelled`](crate::Context::is_cancelled). A plugin whose handler runs on all the
    /// same is killed some seconds later; see [`Unresponsive`](crate::Unresponsive). Nothing is sent if
    /// there is no time at all.
    ///
    /// It comes before the limit that a method has by its interface, and cannot give a call more time
    /// than the handler that makes it has itself: see [`Context::deadline`](crate::Context::deadline).
    /// The time begins with the call: waiting for its turn counts. [`Duration::MAX`] is no limit.
    ///
    /// An implementation in this process (of a `local` client) is held to it too: an async method is
    /// dropped at its deadline. Nothing stops a plain `fn`, nor a method that runs to its end
    /// (`no_cancel`); their callers get `TimedOut` when they return too late.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use outboard::{Client, ErrorKind, Result, plugin_interface};
    ///
    /// #[plugin_interface(version = 1)]
    /// pub trait Oracle {
    ///     async fn answer(&self) -> Result<u64>;
    /// }
    ///
    /// struct Thinking;
    ///
    /// impl Oracle for Thinking {
    ///     async fn answer(&self) -> Result<u64> {
    ///         std::future::pending().await
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let oracle = OracleClient::local(Thinking).with_timeout(Duration::from_millis(20));
    /// let error = oracle.answer().await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TimedOut);
    /// assert_eq!(error.to_string(), "`answer` did not answer within 20ms");
    /// # }
    /// ```
    #[must_use]
    fn with_timeout(&self, limit: Duration) -> Self {
        Self::__from_endpoint(self.__endpoint().with_options(|options| options.timeout = Some(limit)))
    }

    /// A client of the same object that sends this along with its calls; handlers find it with
    /// [`Context::metadata`](crate::Context::metadata). A key that is set again has the new value.
    ///
    /// It goes with the calls of this client alone: what a handler calls in turn gets only what its own
    /// clients say. At most 64 pairs and 8 KiB, keys and values together; a call with more fails with
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) and sends nothing.
    #[must_use]
    fn with_metadata(&self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let (key, value) = (key.into(), value.into());
        Self::__from_endpoint(self.__endpoint().with_options(|options| options.set(key, value)))
    }

    #[doc(hidden)]
    fn __from_endpoint(endpoint: Endpoint<Self::Object>) -> Self;

    #[doc(hidden)]
    fn __endpoint(&self) -> &Endpoint<Self::Object>;

    /// The object behind the client as one that this side serves.
    #[doc(hidden)]
    fn __export(&self) -> Export;
}

/// A client whose methods are `async`: of an async interface, or the async one of a blocking
/// interface.
///
/// What connects through tokio hands out these alone: a client that blocks its thread would keep
/// the very runtime from working that brings its answer. You do not implement it yourself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` blocks its caller, and this connection needs a client whose methods are `async`",
    label = "a blocking client",
    note = "for a blocking interface `Greeter` the async client is `GreeterAsyncClient`; to use the blocking one, launch the plugin with `outboard::blocking`"
)]
pub trait AsyncClient: Client {}

/// The object behind a client that there is only for other processes: there is none.
#[derive(Clone, Copy, Debug)]
pub enum Nowhere {}

/// The object trait behind a client, which its public field type has to name.
// On the trait as well: without it, rustdoc shows the impls on a generated client.
#[doc(hidden)]
pub trait Erased {
    /// The interface with boxed futures.
    type Object: ?Sized + Send + Sync + 'static;
}

/// Where a client's calls go: an object in this process, or one behind a connection.
pub struct Endpoint<D: ?Sized> {
    kind: Kind<D>,
    options: Option<Arc<Options>>,
}

enum Kind<D: ?Sized> {
    Local { object: Arc<D>, version: u32 },
    Remote(Arc<Remote>),
}

/// See [`Endpoint::route`].
#[derive(Debug)]
pub enum Route<'a, D: ?Sized> {
    /// Call the object; through `call_local`, so that a panic is an error here as there.
    Local(&'a D),
    /// Send a request.
    Remote(Reach<'a>),
}

/// An object at the other end of a connection, and how it is to be called.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    pub(crate) remote: &'a Remote,
    pub(crate) options: Option<&'a Options>,
}

impl Reach<'_> {
    /// Whether the other side does not have the method with this index; decided without sending anything.
    #[must_use]
    pub fn lacks(self, method: u16) -> bool {
        self.remote.lacks(method)
    }

    /// See [`Remote::call`].
    pub async fn call<R: Return, A: Serialize + Send>(self, method: u16, arguments: A) -> R {
        self.remote.call(self.options, method, arguments).await
    }

    /// See [`Remote::call_blocking`].
    pub fn call_blocking<R: Return, A: Serialize>(self, method: u16, arguments: A) -> R {
        self.remote.call_blocking(self.options, method, arguments)
    }
}

impl<D: ?Sized> Endpoint<D> {
    /// An implementation in this process.
    pub fn local(object: Arc<D>, version: u32) -> Self {
        Self { kind: Kind::Local { object, version }, options: None }
    }

    /// Where a call goes.
    #[must_use]
    pub fn route(&self) -> Route<'_, D> {
        match &self.kind {
            Kind::Local { object, .. } => Route::Local(object),
            Kind::Remote(remote) => Route::Remote(Reach { remote, options: self.options() }),
        }
    }

    /// The version of the implementation.
    #[must_use]
    pub fn version(&self) -> u32 {
        match &self.kind {
            Kind::Local { version, .. } => *version,
            Kind::Remote(remote) => remote.version(),
        }
    }

    pub(crate) fn remote(remote: Remote) -> Self {
        Self { kind: Kind::Remote(Arc::new(remote)), options: None }
    }

    /// Its object for another client, called in the same way.
    fn of_remote<E: ?Sized>(&self, remote: &Arc<Remote>) -> Endpoint<E> {
        Endpoint { kind: Kind::Remote(Arc::clone(remote)), options: self.options.clone() }
    }

    pub(crate) fn options(&self) -> Option<&Options> {
        self.options.as_deref()
    }

    /// The same object, called in another way.
    fn with_options(&self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = self.options().cloned().unwrap_or_default();
        change(&mut options);
        Self { options: Some(Arc::new(options)), ..self.clone() }
    }

    /// The same object for the client that there is only for other processes; nothing if it is in this one.
    pub(crate) fn elsewhere(&self) -> Option<Endpoint<Nowhere>> {
        match &self.kind {
            Kind::Local { .. } => None,
            Kind::Remote(remote) => Some(self.of_remote(remote)),
        }
    }

    /// The object at the other end of this very connection, if it is one.
    pub(crate) fn remote_of(&self, link: &Link) -> Option<&Remote> {
        match &self.kind {
            Kind::Remote(remote) if remote.is_across(link) => Some(remote),
            _ => None,
        }
    }

    pub(crate) fn supports(&self, interface: &[Method], method: &str) -> bool {
        match &self.kind {
            Kind::Local { .. } => interface.iter().any(|known| known.name == method),
            Kind::Remote(remote) => remote.supports(method),
        }
    }
}

impl Endpoint<Nowhere> {
    /// The one way that a call can go.
    #[must_use]
    pub fn only_remote(&self) -> Reach<'_> {
        match self.route() {
            Route::Local(nowhere) => match *nowhere {},
            Route::Remote(remote) => remote,
        }
    }

    /// The same object for another client of its interface.
    #[must_use]
    pub fn shared<D: ?Sized>(&self) -> Endpoint<D> {
        match &self.kind {
            Kind::Local { object, .. } => match **object {},
            Kind::Remote(remote) => self.of_remote(remote),
        }
    }
}

impl<D: ?Sized> Clone for Endpoint<D> {
    fn clone(&self) -> Self {
        let kind = match &self.kind {
            Kind::Local { object, version } => Kind::Local { object: Arc::clone(object), version: *version },
            Kind::Remote(remote) => Kind::Remote(Arc::clone(remote)),
        };
        Self { kind, options: self.options.clone() }
    }
}

impl<D: ?Sized> fmt::Debug for Endpoint<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Local { .. } => f.write_str("local"),
            Kind::Remote(remote) => remote.fmt(f),
        }
    }
}

/// Runs a call on an object in this process, as far as the client's options and the handler that calls
/// let it; a panic is an error, as it is for a plugin.
pub(crate) async fn local<R: Return>(options: Option<&Options>, method: &Method, run: BoxFuture<'_, R>) -> R {
    match LocalCall::new(options, method) {
        Ok(None) => local_free(run).await,
        Ok(Some(call)) => local_within(call, run).await.unwrap_or_else(failed),
        Err(error) => failed(error),
    }
}

async fn local_free<R: Return>(mut run: BoxFuture<'_, R>) -> R {
    let mut call = FreeCall::new();
    let returned = poll_fn(|cx| {
        let _inside = enter(&mut call.slot);
        poll_guarded(&mut run, cx)
    })
    .await;
    call.done = true;
    returned
}

async fn local_within<R: Return>(mut call: LocalCall, mut run: BoxFuture<'_, R>) -> Result<R, Error> {
    call.begin()?;
    let mut slot = call.slot();
    let (limit, mut given_up) = call.interruption();
    let mut alarm = limit.map(|limit| Alarm::new(limit.at));
    let polled = poll_fn(|cx| {
        let polled = {
            let _inside = enter(&mut slot);
            poll_guarded(&mut run, cx)
        };
        if let Poll::Ready(returned) = polled {
            return Poll::Ready(Ok(returned));
        }
        if given_up.as_mut().is_some_and(|given_up| given_up.poll(cx).is_ready()) {
            return Poll::Ready(Err(Bound::Caller));
        }
        match (limit, &mut alarm) {
            (Some(limit), Some(alarm)) => alarm.poll(cx).map(|()| Err(Bound::Deadline(limit))),
            _ => Poll::Pending,
        }
    });
    let returned = polled.await.map_err(|bound| call.interrupted(bound))?;
    call.end().map(|()| returned)
}

fn poll_guarded<R: Return>(run: &mut BoxFuture<'_, R>, cx: &mut Context<'_>) -> Poll<R> {
    match guarded(|| run.as_mut().poll(cx)) {
        Ok(polled) => polled,
        Err(panic) => Poll::Ready(failed(panicked(&panic))),
    }
}

/// The same for a plain method, which nothing interrupts.
pub(crate) fn local_blocking<R: Return>(options: Option<&Options>, method: &Method, run: impl FnOnce() -> R) -> R {
    // What the call leaves broken is the implementation's, which is as it is with a plugin's handler.
    let run = || guarded(run).unwrap_or_else(|panic| failed(panicked(&panic)));
    match LocalCall::new(options, method) {
        Ok(None) => run(),
        Ok(Some(call)) => local_blocking_within(call, run).unwrap_or_else(failed),
        Err(error) => failed(error),
    }
}

fn local_blocking_within<R>(mut call: LocalCall, run: impl FnOnce() -> R) -> Result<R, Error> {
    call.begin()?;
    let mut slot = call.slot();
    let returned = {
        let _inside = enter(&mut slot);
        run()
    };
    call.end().map(|()| returned)
}

/// What a method returns that fails on its way.
fn failed<R: Return>(error: Error) -> R {
    R::from_result(Err(error.into()))
}
