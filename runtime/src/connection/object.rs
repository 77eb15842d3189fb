//! What a connection serves, without the types of its interface.

use std::sync::Arc;

use crate::protocol::hello::Entry;
use crate::protocol::{DescribedInterface, DescribedMethod};
use crate::service::{Call, Handling, Service};

/// A served implementation.
pub(crate) trait Object: Send + Sync + 'static {
    /// Its entry in the hello.
    fn entry(&self) -> Entry;
    /// What describe tells.
    fn describe(&self) -> DescribedInterface;
    /// The run of a method, not yet polled; `None` if there is no method with this index.
    fn dispatch(&self, method: u16, call: Call) -> Option<Handling>;
}

/// A service as an object.
pub(crate) fn object<S: Service>(service: S) -> Arc<dyn Object> {
    Arc::new(Typed(service))
}

struct Typed<S>(S);

impl<S: Service> Object for Typed<S> {
    fn entry(&self) -> Entry {
        Entry::of::<S>()
    }

    fn describe(&self) -> DescribedInterface {
        let method =
            |method: &crate::Method| DescribedMethod { name: method.name.to_owned(), docs: method.docs.to_owned() };
        DescribedInterface {
            name: S::NAME.to_owned(),
            version: S::VERSION,
            docs: S::DOCS.to_owned(),
            methods: S::METHODS.iter().map(method).collect(),
        }
    }

    fn dispatch(&self, method: u16, call: Call) -> Option<Handling> {
        S::HANDLERS.get(usize::from(method)).map(|handler| handler(&self.0, call))
    }
}
