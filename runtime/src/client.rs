//! The calling side of an interface: what stands behind generated clients.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use crate::call::Return;
use crate::error::{guarded, panicked};
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
pub struct Endpoint<D: ?Sized>(Kind<D>);

enum Kind<D: ?Sized> {
    Local { object: Arc<D>, version: u32 },
    Remote(Arc<Remote>),
}

/// See [`Endpoint::route`].
#[derive(Debug)]
pub enum Route<'a, D: ?Sized> {
    /// Call the object; through [`local`], so that a panic is an error here as there.
    Local(&'a D),
    /// Send a request.
    Remote(&'a Remote),
}

impl<D: ?Sized> Endpoint<D> {
    /// An implementation in this process.
    pub fn local(object: Arc<D>, version: u32) -> Self {
        Self(Kind::Local { object, version })
    }

    /// Where a call goes.
    #[must_use]
    pub fn route(&self) -> Route<'_, D> {
        match &self.0 {
            Kind::Local { object, .. } => Route::Local(object),
            Kind::Remote(remote) => Route::Remote(remote),
        }
    }

    /// The version of the implementation.
    #[must_use]
    pub fn version(&self) -> u32 {
        match &self.0 {
            Kind::Local { version, .. } => *version,
            Kind::Remote(remote) => remote.version(),
        }
    }

    pub(crate) fn remote(remote: Remote) -> Self {
        Self(Kind::Remote(Arc::new(remote)))
    }

    /// The same object for the client that there is only for other processes; nothing if it is in this one.
    pub(crate) fn elsewhere(&self) -> Option<Endpoint<Nowhere>> {
        match &self.0 {
            Kind::Local { .. } => None,
            Kind::Remote(remote) => Some(Endpoint(Kind::Remote(Arc::clone(remote)))),
        }
    }

    pub(crate) fn supports(&self, interface: &[Method], method: &str) -> bool {
        match &self.0 {
            Kind::Local { .. } => interface.iter().any(|known| known.name == method),
            Kind::Remote(remote) => remote.supports(method),
        }
    }
}

impl Endpoint<Nowhere> {
    /// The one way that a call can go.
    #[must_use]
    pub fn only_remote(&self) -> &Remote {
        match self.route() {
            Route::Local(nowhere) => match *nowhere {},
            Route::Remote(remote) => remote,
        }
    }

    /// The same object for another client of its interface.
    #[must_use]
    pub fn shared<D: ?Sized>(&self) -> Endpoint<D> {
        match &self.0 {
            Kind::Local { object, .. } => match **object {},
            Kind::Remote(remote) => Endpoint(Kind::Remote(Arc::clone(remote))),
        }
    }
}

impl<D: ?Sized> Clone for Endpoint<D> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Kind::Local { object, version } => Kind::Local { object: Arc::clone(object), version: *version },
            Kind::Remote(remote) => Kind::Remote(Arc::clone(remote)),
        })
    }
}

impl<D: ?Sized> fmt::Debug for Endpoint<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Local { .. } => f.write_str("local"),
            Kind::Remote(remote) => remote.fmt(f),
        }
    }
}

/// Runs a call on an object in this process; a panic is an error, as it is for a plugin.
pub async fn local<R: Return>(mut run: BoxFuture<'_, R>) -> R {
    std::future::poll_fn(move |cx| match guarded(|| run.as_mut().poll(cx)) {
        Ok(polled) => polled,
        Err(panic) => Poll::Ready(R::from_result(Err(panicked(&panic).into()))),
    })
    .await
}

/// The same for a plain method.
pub fn local_blocking<R: Return>(run: impl FnOnce() -> R) -> R {
    // What the call leaves broken is the implementation's, which is as it is with a plugin's handler.
    guarded(run).unwrap_or_else(|panic| R::from_result(Err(panicked(&panic).into())))
}
