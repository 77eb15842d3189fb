//! Clients as values: what a generated client's `Serialize` and `Deserialize` do.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serializer, de, ser};

use crate::client::{Client, Endpoint, Nowhere};
use crate::connection::call::{Call, Handling};
use crate::connection::crossing::{self, Way};
use crate::connection::{Link, Object};
use crate::error::{Error, ErrorKind};
use crate::protocol::DescribedInterface;
use crate::protocol::hello::{Entry, Found};
use crate::remote::Remote;
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
    let written = give(client).map_err(ser::Error::custom)?;
    serializer.serialize_newtype_struct(C::__HANDLE, &written)
}

/// Receives an object of the other end.
///
/// # Errors
///
/// Outside of a call, and when what came is no such object.
pub fn deserialize_handle<'de, C: Client, D: Deserializer<'de>>(deserializer: D) -> Result<C, D::Error> {
    let written = deserializer.deserialize_newtype_struct(C::__HANDLE, WrittenVisitor)?;
    take(written).map_err(de::Error::custom)
}

struct WrittenVisitor;

impl<'de> de::Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a handle of an object")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Written, D::Error> {
        Written::deserialize(deserializer)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Written, A::Error> {
        Written::deserialize(de::value::SeqAccessDeserializer::new(seq))
    }
}

/// A handle as it is written: whether it is the receiver's own that comes back, the object, and the
/// number of its interface.
type Written = (bool, u64, u32);

fn give<C: Client>(client: &C) -> Result<Written, String> {
    match crossing::destination().ok_or_else(|| outside::<C>("sent"))? {
        Way::Here => Ok((false, crossing::keep(Box::new(client.clone())), 0)),
        Way::Across(link) => {
            if let Some(remote) = client.__endpoint().remote_of(&link) {
                crossing::give_back(remote.object(), Box::new(client.clone()));
                return Ok((true, remote.object(), 0));
            }
            let object = Exported::new(client);
            let version = client.__endpoint().version();
            let number = link.announce(TypeId::of::<C>(), version, || object.entry())?;
            Ok((false, crossing::give(&link, Arc::new(object)), number))
        }
    }
}

fn take<C: Client>((returned, object, interface): Written) -> Result<C, String> {
    let arriving = crossing::origin().ok_or_else(|| outside::<C>("received"))?;
    let missing = || format!("a `{}` did not come along with its message", short::<C>());
    let Some(link) = arriving.link() else {
        return arriving.take_kept(object).ok_or_else(missing);
    };
    if returned {
        return home(&*arriving.take_returned(object).ok_or_else(missing)?);
    }
    if !arriving.take_handle(object) {
        return Err(missing());
    }
    hold::<C>(link, object, interface).inspect_err(|_| link.release(object))
}

/// A client of an object at the other end, which lets go of it when it is dropped.
fn hold<C: Client>(link: &Link, object: u64, interface: u32) -> Result<C, String> {
    let served = link.interface(interface).ok_or_else(|| format!("there is no interface {interface}"))?;
    let asked = Entry::of::<C>();
    let Found::Object(_, served) = asked.find_in(std::slice::from_ref(&*served)) else {
        let (name, version) = (crate::escape::escape(&served.name), served.version);
        let (expected, ours) = (&asked.name, asked.version);
        return Err(format!("it is a client of `{name}` version {version}, and not of `{expected}` version {ours}"));
    };
    let connection = link.connection().ok_or("the connection is being closed")?;
    Ok(Remote::held::<C>(connection, object, served))
}

/// An object of this side comes home.
fn home<C: Client>(object: &dyn Object) -> Result<C, String> {
    let client = object.client().downcast::<C>();
    client.map(|client| *client).map_err(|_| {
        let name = object.entry().name;
        format!("what came back is a client of `{name}`, and no `{}`", short::<C>())
    })
}

fn outside<C: Client>(done: &str) -> String {
    let client = short::<C>();
    format!(
        "a `{client}` can be {done} only as an argument or a return value of a plugin's method: it is a connection, not data"
    )
}

/// A client as an object that others call.
struct Exported<C: Client> {
    client: C,
    served: Arc<dyn Object>,
}

impl<C: Client> Exported<C> {
    fn new(client: &C) -> Self {
        Self { client: client.clone(), served: client.__export().0 }
    }
}

impl<C: Client> Object for Exported<C> {
    fn entry(&self) -> Entry {
        // What is at its end may be older than this program.
        Entry { version: self.client.__endpoint().version(), ..self.served.entry() }
    }

    fn describe(&self) -> DescribedInterface {
        self.served.describe()
    }

    fn is_blocking(&self) -> bool {
        self.served.is_blocking()
    }

    fn no_cancel(&self, method: u16) -> bool {
        self.served.no_cancel(method)
    }

    fn client(&self) -> Box<dyn Any + Send> {
        Box::new(self.client.clone())
    }

    fn dispatch(&self, method: u16, call: Call) -> Option<Handling> {
        self.served.dispatch(method, call)
    }
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

/// A client's name as its author wrote it.
fn short<C: Client>() -> &'static str {
    let path = type_name::<C>();
    path.rsplit_once("::").map_or(path, |(_, name)| name)
}
