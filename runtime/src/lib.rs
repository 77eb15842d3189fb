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
#[cfg(feature = "tokio")]
mod connection;
#[cfg(all(unix, feature = "process", feature = "tokio"))]
mod descriptor;
mod error;
mod escape;
#[cfg(all(unix, feature = "process", feature = "tokio"))]
mod host;
mod interface;
#[cfg(all(unix, feature = "process"))]
mod process;
mod protocol;
mod remote;
#[cfg(all(unix, feature = "process", feature = "tokio"))]
mod serve;
mod service;
#[cfg(feature = "tokio")]
pub mod testing;

/// What open calls are given before a plugin that is shut down ends.
#[cfg(feature = "tokio")]
pub(crate) const DRAIN: std::time::Duration = std::time::Duration::from_secs(5);

pub use client::Client;
pub use error::{Error, ErrorKind, Failure, MethodError, Result};
#[cfg(all(unix, feature = "process", feature = "tokio"))]
pub use host::{InterfaceDescription, MethodDescription, Plugin, PluginBuilder, launch};
pub use interface::{Interface, Method};
pub use outboard_macros::plugin_interface;
#[cfg(all(unix, feature = "process"))]
pub use process::{Command, Ending, ProcessExit};
#[cfg(all(unix, feature = "process", feature = "tokio"))]
pub use serve::{Server, ServerBuilder, serve};
pub use service::Service;
