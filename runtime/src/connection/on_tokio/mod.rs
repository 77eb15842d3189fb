//! The connection as a task of tokio's.
//!
//! One driver task per connection reads, wakes callers and polls fresh handlers in place; a standby
//! thread takes the reading over when a handler keeps the driver from it.

mod blocked;
mod driver;
mod greeting;
mod handler;
mod standby;
mod transport;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(super) use blocked::DrivenOn;
pub(crate) use transport::{BlockingRead, Duplex, ReadHalf, any};

use super::Connection;
use super::establish::{Begun, Establish};
use super::greeting::GreetingFailed;
use super::shared::{Driven, Shared};
use standby::Standby;

/// What the driver, its handlers and its standby share beside the connection itself.
struct Tasks {
    shared: Arc<Shared>,
    /// Where the reading is while a handler runs in place.
    standby: Standby,
    /// Where pending handlers go.
    runtime: tokio::runtime::Handle,
}

/// Makes the handshake and starts the driver on the current runtime. Bounded in bytes and
/// in time; dropping the future closes the stream.
pub(crate) async fn establish(mut stream: Duplex, mut bring: Establish) -> Result<Connection, GreetingFailed> {
    let greeting = bring.greeting();
    let greeted = greeting::greet(&mut stream, greeting, bring.within).await?;
    let Duplex { read, write } = stream;
    let runtime = tokio::runtime::Handle::current();
    let Begun { shared, incoming, stray } = bring.begin(greeted, write, Driven::ByTask(runtime.clone()));
    let tasks = Arc::new(Tasks { shared: Arc::clone(&shared), standby: Standby::new(), runtime });
    // First the connection: what the driver finds to read may bring what holds it.
    let connection = Connection::new(shared, None, stray);
    driver::spawn(tasks, read, incoming);
    Ok(connection)
}
