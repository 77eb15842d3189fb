//! The serving side of an interface: what generated servers implement.

use std::any::Any;
use std::sync::Arc;

use crate::connection::Object;
use crate::connection::call::Handler;
use crate::connection::call::{Call, Handling};
use crate::interface::Interface;
use crate::interface::Method;
use crate::protocol::hello::Entry;
use crate::protocol::{DescribedInterface, DescribedMethod};

/// An implementation behind its generated server, ready to be served.
///
/// You do not implement it yourself: for a trait `Greeter`, `GreeterServer<T>` does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin's server",
    label = "expected a generated server here",
    note = "wrap the implementation: for a trait `Greeter` under `#[plugin_interface]` write `GreeterServer::new(implementation)`"
)]
pub trait Service: Interface + Send + Sync + Sized + 'static {
    /// The client of the same interface.
    type Client: crate::client::Client;

    /// One handler for each entry of [`Interface::METHODS`], in the same order.
    #[doc(hidden)]
    const HANDLERS: &'static [Handler<Self>];

    /// A client of the same implementation, in this program.
    #[doc(hidden)]
    fn __client(&self) -> Self::Client;

    /// The handlers are plain functions and need no runtime.
    #[doc(hidden)]
    const BLOCKING: bool = false;
}

/// A service as an object that a connection serves.
pub(crate) fn object<S: Service>(service: S) -> Arc<dyn Object> {
    Arc::new(Typed(service))
}

struct Typed<S>(S);

impl<S: Service> Object for Typed<S> {
    fn entry(&self) -> Entry {
        Entry::of::<S>()
    }

    fn describe(&self) -> DescribedInterface {
        let method = |method: &Method| DescribedMethod { name: method.name.to_owned(), docs: method.docs.to_owned() };
        DescribedInterface {
            name: S::NAME.to_owned(),
            version: S::VERSION,
            docs: S::DOCS.to_owned(),
            methods: S::METHODS.iter().map(method).collect(),
        }
    }

    fn is_blocking(&self) -> bool {
        S::BLOCKING
    }

    fn client(&self) -> Box<dyn Any + Send> {
        Box::new(self.0.__client())
    }

    fn no_cancel(&self, method: u16) -> bool {
        S::METHODS.get(usize::from(method)).is_some_and(|method| method.no_cancel)
    }

    fn dispatch(&self, method: u16, call: Call) -> Option<Handling> {
        S::HANDLERS.get(usize::from(method)).map(|handler| handler(&self.0, call))
    }
}
