//! Helpers for tests of interfaces and plugins.

mod build;

pub use build::build_plugin;

use crate::connection::{BareStream, Establish, any, establish};
use crate::error::Result;
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;
use crate::remote::bind;
use crate::service::{Service, object};

/// As much as a pipe holds by default.
const PIPE: usize = 64 << 10;

/// A client of `service` over an in-memory pipe: real bytes, a real handshake, no process.
///
/// Both ends run on the current tokio runtime. When the last clone of the client is dropped, the
/// serving end finishes its calls and is dropped too.
///
/// # Errors
///
/// None in practice: a server and its own client always find each other.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub async fn connect<S: Service>(service: S) -> Result<S::Client> {
    let (near, far) = tokio::io::duplex(PIPE);
    let object = object(service);
    tokio::spawn(async move {
        let lifeline = BareStream::serving();
        let ask = Establish { objects: vec![object], ..Establish::new(Side::Plugin, lifeline) };
        if let Ok(connection) = establish(any(far), ask).await {
            connection.ended().await;
        }
    });
    let ask = Establish { asks: vec![Entry::of::<S::Client>()], ..Establish::new(Side::Host, BareStream::calling()) };
    let connection = establish(any(near), ask).await.map_err(|failed| failed.into_error("the in-memory plugin"))?;
    bind(&connection)
}
