//! Plugins as child processes: a trait is the interface, the calls travel over stdin and stdout.

#[doc(hidden)]
#[path = "rt.rs"]
pub mod __rt;
#[cfg(all(not(unix), feature = "process"))]
compile_error!(
    "outboard's feature `process` (launching plugins and being one) is for Unix so far; build without default features, \
     with `tokio` if the interface is async"
);

mod client;
mod codec;
mod error;
mod escape;
mod interface;
#[cfg(all(unix, feature = "process"))]
mod process;
mod service;

pub use client::Client;
pub use error::{Error, ErrorKind, Failure, MethodError, Result};
pub use interface::{Interface, Method};
pub use outboard_macros::plugin_interface;
#[cfg(all(unix, feature = "process"))]
pub use process::{Command, Ending, ProcessExit};
pub use service::Service;
