//! Plugins as child processes: a trait is the interface, the calls travel over stdin and stdout.
//!
//! One attribute on a trait gives the host a client that implements the trait; the author of a
//! plugin writes a plain `impl`. A plugin can panic, crash, print to stdout or be older than its
//! host, and the host goes on.
//!
//! # Quick start
//!
//! The interface, in a crate that both sides depend on:
//!
//! ```
//! use outboard::{Result, plugin_interface};
//!
//! /// Greets people.
//! #[plugin_interface(version = 1)]
//! pub trait Greeter {
//!     /// Greets one person by name.
//!     async fn greet(&self, name: &str) -> Result<String>;
//! }
//! # fn main() {}
//! ```
//!
//! A plugin, whole:
//!
//! ```no_run
//! # use outboard::plugin_interface;
//! # #[plugin_interface(version = 1)]
//! # pub trait Greeter { async fn greet(&self, name: &str) -> outboard::Result<String>; }
//! struct Hello;
//!
//! impl Greeter for Hello {
//!     async fn greet(&self, name: &str) -> outboard::Result<String> {
//!         Ok(format!("Hello, {name}!"))
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     outboard::serve(GreeterServer::new(Hello))
//! }
//! ```
//!
//! A host, whole:
//!
//! ```no_run
//! # use outboard::plugin_interface;
//! # #[plugin_interface(version = 1)]
//! # pub trait Greeter { async fn greet(&self, name: &str) -> outboard::Result<String>; }
//! #[tokio::main]
//! async fn main() -> outboard::Result<()> {
//!     let greeter = GreeterClient::launch("./hello").await?;
//!     println!("{}", greeter.greet("world").await?);
//!     Ok(())
//! }
//! ```
//!
//! # Where to look
//!
//! | to | see |
//! |---|---|
//! | declare an interface | [`plugin_interface`] |
//! | launch a plugin | the generated client's `launch`, [`launch`](fn@launch), [`Plugin`], [`Command`] |
//! | know how a plugin ended | [`ProcessExit`], [`Ending`], [`Plugin::closed`] |
//! | ask a client more than its methods | [`Client`] |
//! | be a plugin | [`serve`](fn@serve), [`Server`] |
//! | react to failures | [`Error`], [`ErrorKind`] |
//! | return failures | [`Error::other`], [`Failure`], [`MethodError`] |
//! | test | [`testing`], and the generated client's `local` |
//!
//! # Features
//!
//! Both are on by default.
//!
//! * `tokio`: async interfaces and the connection on tokio. Every interface is async so far, so
//!   nobody can do without it yet.
//! * `process`: launching plugins and being one, on Unix. A crate that only declares an interface
//!   can leave it out.

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
pub use host::{Plugin, PluginBuilder, launch};
pub use interface::{Interface, Method};
pub use outboard_macros::plugin_interface;
#[cfg(all(unix, feature = "process"))]
pub use process::{Command, Ending, ProcessExit};
#[cfg(all(unix, feature = "process", feature = "tokio"))]
pub use serve::{Server, ServerBuilder, serve};
pub use service::Service;
