//! Helpers for tests of interfaces and plugins.

mod build;

pub use build::build_plugin;

use std::thread;

#[cfg(feature = "tokio")]
use crate::client::AsyncClient;
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
/// [`connect_blocking`].
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
    let (near, far) = tokio::io::duplex(PIPE);
    let serving = serving(service);
    tokio::spawn(async move {
        if let Ok(connection) = establish(any(far), serving).await {
            connection.ended().await;
        }
    });
    let connection = establish(any(near), calling::<S>()).await.map_err(|failed| failed.into_error(PEER))?;
    bind(&connection)
}

/// The same on threads, without a runtime: for blocking interfaces, and for async ones with any
/// executor.
///
/// # Errors
///
/// When a thread cannot be started.
pub fn connect_blocking<S: Service>(service: S) -> Result<S::Client> {
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
    let connection = establish_on_threads(near, calling::<S>(), StandBy::Thread);
    bind(&connection.map_err(|failed| failed.into_error(PEER))?)
}

/// The other end, in a message.
const PEER: &str = "the in-memory plugin";

fn serving<S: Service>(service: S) -> Establish {
    Establish { objects: vec![object(service)], ..Establish::new(Side::Plugin, BareStream::serving()) }
}

fn calling<S: Service>() -> Establish {
    Establish { asks: vec![Entry::of::<S::Client>()], ..Establish::new(Side::Host, BareStream::calling()) }
}
