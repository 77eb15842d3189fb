//! Clients as values: what a generated client's `Serialize` and `Deserialize` do.

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use serde::{Deserializer, Serializer, de, ser};

use crate::client::{Client, Endpoint, Nowhere};
use crate::connection::Object;
use crate::error::{Error, ErrorKind};
use crate::service::{self, Service};

/// An object for the other end of a connection: what a client becomes that is sent there.
pub struct Export(pub(crate) Arc<dyn Object>);

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Export").field(&self.0.entry().name).finish()
    }
}

/// Makes an object of the service of one client.
pub fn export<S: Service>(service: S) -> Export {
    Export(service::object(service))
}

/// What the blocking client `C` of the same object exports, for the async one.
pub fn export_shared<C: Client>(endpoint: &Endpoint<Nowhere>) -> Export {
    C::__from_endpoint(endpoint.shared()).__export()
}

/// Sends the object behind a client.
///
/// # Errors
///
/// Outside of a call.
pub fn serialize_handle<C: Client, S: Serializer>(client: &C, serializer: S) -> Result<S::Ok, S::Error> {
    let _ = (client, serializer);
    Err(ser::Error::custom(no_data::<C>()))
}

/// Receives an object of the other end.
///
/// # Errors
///
/// Outside of a call.
pub fn deserialize_handle<'de, C: Client, D: Deserializer<'de>>(deserializer: D) -> Result<C, D::Error> {
    let _ = deserializer;
    Err(de::Error::custom(no_data::<C>()))
}

/// The async client `A` of the object behind the blocking client `C`.
///
/// # Errors
///
/// The object is in this process, where there is no such client.
pub fn to_async<C: Client, A: Client<Object = Nowhere>>(client: &C) -> Result<A, Error> {
    match client.__endpoint().elsewhere() {
        Some(endpoint) => Ok(A::__from_endpoint(endpoint)),
        None => {
            let (client, other) = (short::<C>(), short::<A>());
            let message = format!(
                "this `{client}` is of an object in this process, and `{other}` calls other processes alone: keep the `{client}`, and call it where a thread may block"
            );
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}

fn no_data<C: Client>() -> String {
    let client = short::<C>();
    format!(
        "a `{client}` can be sent only as an argument or a return value of a plugin's method: it is a connection, not data"
    )
}

/// A client's name as its author wrote it.
fn short<C: Client>() -> &'static str {
    let path = type_name::<C>();
    path.rsplit_once("::").map_or(path, |(_, name)| name)
}
