//! What a connection serves, without the types of its interface.

use std::any::Any;
use std::sync::Arc;

use crate::connection::call::{Call, Handling};
use crate::protocol::hello::Entry;
use crate::protocol::{self, DescribedInterface};

/// A served implementation.
pub(crate) trait Object: Send + Sync + 'static {
    /// Its entry in the hello.
    fn entry(&self) -> Entry;
    /// What describe tells.
    fn describe(&self) -> DescribedInterface;
    /// Its handlers need no runtime.
    fn is_blocking(&self) -> bool;
    /// A client of it in this program, as a `Box` of the client's type: for an object that went out
    /// and comes home.
    fn client(&self) -> Box<dyn Any + Send>;
    /// The method runs to its end once it has started.
    fn no_cancel(&self, method: u16) -> bool;
    /// The run of a method, not yet polled; `None` if there is no method with this index.
    fn dispatch(&self, method: u16, call: Call) -> Option<Handling>;
}

/// An answer with what it gave.
pub(crate) type Answer = protocol::Answer<Arc<dyn Object>>;

/// A request with what it gave.
pub(super) type Run = protocol::Run<Arc<dyn Object>>;
