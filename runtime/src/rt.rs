//! What generated code names, and nobody else: no promise of stability.

pub use std::borrow::Borrow;
pub use std::convert::Into;
pub use std::sync::Arc;

pub use crate::client::{AsyncClient, BoxFuture, Client, Endpoint, Erased, Nowhere, Reach as Remote, Route};
pub use crate::codec::Hold;
pub use crate::connection::call::{Arguments, Call, Handler, Handling, Outcome, Refusal, Reply, Return};
pub use crate::error::Error;
pub use crate::handle::{Export, deserialize_handle, export, export_shared, serialize_handle, to_async};
pub use crate::interface::{Interface, Method};
pub use crate::service::Service;

/// The author's crate need not know serde.
pub mod serde {
    pub use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
}

use crate::client::{local, local_blocking};

/// What is kept of an argument of type `X` or `&X` while its method runs.
pub type Kept<'f, X> = <X as Hold<'f>>::Kept;

/// `X` as its method wants it, from what was kept.
pub fn borrow<'k, 'f, X: ?Sized + Hold<'f>>(kept: &'k Kept<'f, X>) -> &'k X {
    kept.borrow()
}

/// What a client's method with this index returns.
///
/// A bound that the return type does not meet is unmet here and nowhere else: the functions below
/// ask for the impl and not for the bound, so that one mistake is one error.
// On the trait as well: without it, rustdoc shows the impls on a generated client.
#[doc(hidden)]
pub trait Returns<const METHOD: u16> {
    /// The return type as its author wrote it.
    type Returned: Return;
}

/// The arguments of a call, as a tuple.
///
/// What travels must be known to serde, and may be sent from another thread than the caller's. That
/// is asked here and nowhere else, so that two clients of one interface say it in the same words,
/// which rustc prints once.
pub fn arguments(arguments: impl serde::Serialize + Send) -> impl serde::Serialize + Send {
    arguments
}

/// A method of the table, by its index.
fn method<C: Interface>(index: u16) -> &'static Method {
    const NONE: &Method = &Method::new("", "");
    C::METHODS.get(usize::from(index)).unwrap_or(NONE)
}

/// Runs a method on an object in this process.
#[expect(clippy::manual_async_fn, reason = "`async fn` could not promise `Send`")]
pub fn call_local<C: Client + Returns<METHOD>, const METHOD: u16>(
    endpoint: &Endpoint<C::Object>,
    run: BoxFuture<'_, C::Returned>,
) -> impl Future<Output = C::Returned> + Send {
    async move { local(endpoint.options(), method::<C>(METHOD), run).await }
}

/// Calls a method at the other end of a connection.
///
/// The promise of `Send` stands here, so that a return type which is wrong is not reported a second
/// time, out of the depths of this future.
#[expect(clippy::manual_async_fn, reason = "`async fn` could not promise `Send`")]
pub fn call_remote<C: Returns<METHOD>, const METHOD: u16>(
    remote: Remote<'_>,
    arguments: impl serde::Serialize + Send,
) -> impl Future<Output = C::Returned> + Send {
    async move { remote.call(METHOD, arguments).await }
}

/// Runs a plain method on an object in this process.
pub fn call_local_blocking<C: Client + Returns<METHOD>, const METHOD: u16>(
    endpoint: &Endpoint<C::Object>,
    run: impl FnOnce() -> C::Returned,
) -> C::Returned {
    local_blocking(endpoint.options(), method::<C>(METHOD), run)
}

/// Calls a method at the other end of a connection and blocks this thread until the answer is here.
pub fn call_remote_blocking<C: Returns<METHOD>, const METHOD: u16>(
    remote: Remote<'_>,
    arguments: impl serde::Serialize,
) -> C::Returned {
    remote.call_blocking(METHOD, arguments)
}

/// Runs the default body of a plain method that the other end lacks, for an `async` client: on a thread,
/// with the blocking client as `self`.
#[cfg(feature = "tokio")]
#[expect(clippy::manual_async_fn, reason = "`async fn` could not promise `Send`")]
pub fn call_default<C: Client + Returns<METHOD>, const METHOD: u16>(
    endpoint: &Endpoint<Nowhere>,
    arguments: impl serde::Serialize + Send,
    run: fn(&C, &Call) -> Result<C::Returned, Refusal>,
) -> impl Future<Output = C::Returned> + Send {
    async move {
        let client = C::__from_endpoint(endpoint.shared());
        let Remote { remote, options } = endpoint.only_remote();
        remote.run_default(options, METHOD, arguments, move |call| run(&client, call)).await
    }
}

/// Encodes what a method returned.
pub fn reply<C: Returns<METHOD>, const METHOD: u16>(call: &Call, returned: C::Returned) -> Outcome {
    call.reply(returned)
}

/// Gives a client its `launch`, where the features for it are on.
#[cfg(all(unix, feature = "process", feature = "tokio"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __launch {
    ($(#[$attribute:meta])* $visibility:vis $client:ident) => {
        impl $client {
            $(#[$attribute])*
            $visibility async fn launch(command: impl $crate::__rt::Into<$crate::Command>) -> $crate::Result<Self> {
                $crate::launch(command).await
            }
        }
    };
}

/// Gives a client its `launch`, where the features for it are on.
#[cfg(not(all(unix, feature = "process", feature = "tokio")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __launch {
    ($(#[$attribute:meta])* $visibility:vis $client:ident) => {};
}

/// Gives a blocking client its `launch`, where the feature for it is on.
#[cfg(all(unix, feature = "process"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __launch_blocking {
    ($(#[$attribute:meta])* $visibility:vis $client:ident) => {
        impl $client {
            $(#[$attribute])*
            $visibility fn launch(command: impl $crate::__rt::Into<$crate::Command>) -> $crate::Result<Self> {
                $crate::blocking::launch(command)
            }
        }
    };
}

/// Gives a blocking client its `launch`, where the feature for it is on.
#[cfg(not(all(unix, feature = "process")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __launch_blocking {
    ($(#[$attribute:meta])* $visibility:vis $client:ident) => {};
}

/// What there is only with the `tokio` feature.
#[cfg(feature = "tokio")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_tokio {
    ($($items:tt)*) => { $($items)* };
}

/// What there is only with the `tokio` feature.
#[cfg(not(feature = "tokio"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_tokio {
    ($($items:tt)*) => {};
}

/// One clear error for an `async` interface without the `tokio` feature.
#[cfg(feature = "tokio")]
#[doc(hidden)]
#[macro_export]
macro_rules! __require_tokio {
    ($interface:ident) => {};
}

/// One clear error for an `async` interface without the `tokio` feature.
#[cfg(not(feature = "tokio"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __require_tokio {
    ($interface:ident) => {
        compile_error!(concat!(
            "the interface `",
            stringify!($interface),
            "` has `async` methods, which need the `tokio` feature of `outboard`"
        ));
    };
}

pub use crate::{
    __launch as launch, __launch_blocking as launch_blocking, __require_tokio as require_tokio,
    __with_tokio as with_tokio,
};
