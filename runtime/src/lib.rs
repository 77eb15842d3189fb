//! Plugins as child processes: a trait is the interface, the calls travel over stdin and stdout.

#[doc(hidden)]
#[path = "rt.rs"]
pub mod __rt;
mod client;
mod codec;
mod error;
mod interface;
#[cfg(all(unix, feature = "process"))]
mod process;
mod service;

pub use client::Client;
pub use error::{Error, ErrorKind, Failure, MethodError, Result};
pub use interface::{Interface, Method};
pub use outboard_macros::plugin_interface;
#[cfg(all(unix, feature = "process"))]
pub use process::ProcessExit;
pub use service::Service;
