//! Helpers for tests of interfaces and plugins.

mod build;

pub use build::build_plugin;

use std::thread;

#[cfg(feature = "tokio")]
use crate::client::AsyncClient;
use crate::client::Client;
use crate::connection::{BareStream, Establish, StandBy, establish_on_threads, pipe};
#[cfg(feature = "tokio")]
use crate::connection::{any, establish};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;
use crate::remote::bind;
use crate::service::{Service, object};

/// As much as a pipe holds by default.
const PIPE: usize = 64 << 10;

/// A client of `service` over an in-memory pipe: real bytes, a real handshake, no process.
///
/// Both ends run on the current tokio runtime. When the last clone of the client is dropped, the
/// serving end finishes its calls and is dropped too. For a blocking interface see
/// [`connect_blocking`]; for a client of another generation, and for the async client of a blocking
/// interface, [`connect_as`].
///
/// # Errors
///
/// None in practice: a server and its own client always find each other.
///
/// # Panics
///
/// Outside of a tokio runtime.
#[cfg(feature = "tokio")]
pub async fn connect<S: Service<Client: AsyncClient>>(service: S) -> Result<S::Client> {
    connect_as(service).await
}

/// The same with a client of your choice: how does a host get along with an older plugin?
///
/// ```
/// mod old {
///     #[outboard::plugin_interface(version = 1)]
///     pub trait Greeter {
///         async fn greet(&self, name: &str) -> outboard::Result<String>;
///     }
/// }
///
/// #[outboard::plugin_interface(version = 2, min_version = 1)]
/// pub trait Greeter {
///     async fn greet(&self, name: &str) -> outboard::Result<String>;
///     /// New in version 2.
///     async fn part(&self) -> outboard::Result<String> {
///         Ok("Goodbye!".to_owned())
///     }
/// }
///
/// struct Old;
///
/// impl old::Greeter for Old {
///     async fn greet(&self, name: &str) -> outboard::Result<String> {
///         Ok(format!("Hello, {name}!"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> outboard::Result<()> {
/// let greeter: GreeterClient = outboard::testing::connect_as(old::GreeterServer::new(Old)).await?;
/// assert_eq!(greeter.part().await?, "Goodbye!");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// If the two do not go together: their names, cookies or versions.
///
/// # Panics
///
/// Outside of a tokio runtime.
#[cfg(feature = "tokio")]
pub async fn connect_as<C: AsyncClient>(service: impl Service) -> Result<C> {
    let (near, far) = tokio::io::duplex(PIPE);
    let serving = serving(service);
    tokio::spawn(async move {
        if let Ok(connection) = establish(any(far), serving).await {
            connection.ended().await;
        }
    });
    let connection = establish(any(near), calling::<C>()).await.map_err(|failed| failed.into_error(PEER))?;
    bind(&connection)
}

/// As [`connect`](fn@connect) on threads, without a runtime: for blocking interfaces, and for async
/// ones with any executor.
///
/// # Errors
///
/// When a thread cannot be started.
pub fn connect_blocking<S: Service>(service: S) -> Result<S::Client> {
    connect_blocking_as(service)
}

/// As [`connect_blocking`] with a client of your choice, which may be of another generation.
///
/// # Errors
///
/// If the two do not go together: their names, cookies or versions. When a thread cannot be started.
pub fn connect_blocking_as<C: Client>(service: impl Service) -> Result<C> {
    let (near, far) = pipe(PIPE);
    let serving = serving(service);
    let thread = thread::Builder::new().name("outboard-in-memory".to_owned());
    let served = thread.spawn(move || {
        if let Ok(connection) = establish_on_threads(far, serving, StandBy::Here) {
            connection.stand_by();
        }
    });
    if let Err(error) = served {
        let message = "the in-memory plugin could not be started";
        return Err(Error::build(ErrorKind::Spawn, message.to_owned()).source(error).finish());
    }
    let connection = establish_on_threads(near, calling::<C>(), StandBy::Thread);
    bind(&connection.map_err(|failed| failed.into_error(PEER))?)
}

/// The other end, in a message.
const PEER: &str = "the in-memory plugin";

fn serving<S: Service>(service: S) -> Establish {
    Establish { objects: vec![object(service)], ..Establish::new(Side::Plugin, BareStream::serving()) }
}

fn calling<C: Client>() -> Establish {
    Establish { asks: vec![Entry::of::<C>()], ..Establish::new(Side::Host, BareStream::calling()) }
}
