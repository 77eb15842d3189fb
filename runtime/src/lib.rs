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
//! | do without a runtime | [`blocking`], an interface of plain `fn`s |
//! | know what a plugin serves | [`Plugin::describe`], [`InterfaceDescription`] |
//! | know how a plugin ended | [`ProcessExit`], [`Ending`], [`Plugin::closed`] |
//! | ask a client more than its methods | [`Client`] |
//! | be a plugin | [`serve`](fn@serve), [`Server`] |
//! | bound a call in time | [`Client::with_timeout`], [`Unresponsive`] |
//! | know in a handler how long and for whom | [`Context`] |
//! | react to failures | [`Error`], [`ErrorKind`] |
//! | return failures | [`Error::other`], [`Failure`], [`MethodError`] |
//! | test | [`testing`], and the generated client's `local` |
//!
//! # Features
//!
//! Both are on by default.
//!
//! * `tokio`: async interfaces, async clients of blocking interfaces, and the connection on tokio.
//!   Blocking interfaces, plugins that serve them and [`blocking`] hosts need none of it.
//! * `process`: launching plugins and being one, on Unix. A crate that only declares an interface
//!   can leave it out.

#![cfg_attr(
    not(all(feature = "process", feature = "tokio")),
    allow(dead_code, unused_imports, reason = "what uses the rest is off: an interface crate needs the types alone")
)]

#[doc(hidden)]
#[path = "rt.rs"]
pub mod __rt;
#[cfg(all(not(unix), feature = "process"))]
compile_error!(
    "outboard's feature `process` (launching plugins and being one) is for Unix so far; build without default features, \
     with `tokio` if the interface is async"
);

mod announcement;
mod client;
mod clock;
mod codec;
mod connection;
mod context;
#[cfg(all(unix, feature = "process"))]
mod descriptor;
mod error;
mod escape;
#[cfg(fuzzing)]
#[doc(hidden)]
#[expect(clippy::indexing_slicing, clippy::panic, reason = "a panic is how a fuzz target fails")]
pub mod fuzzing;
mod handle;
#[cfg(all(unix, feature = "process"))]
mod host;
mod interface;
#[cfg(all(unix, feature = "process"))]
mod process;
mod protocol;
mod remote;
#[cfg(all(unix, feature = "process"))]
mod serve;
mod service;
mod stream;
pub mod testing;

/// What open calls are given before a plugin that is shut down ends.
pub(crate) const DRAIN: std::time::Duration = std::time::Duration::from_secs(5);

pub use client::{AsyncClient, Client};
pub use context::{Cancelled, Context, Peer};
pub use error::{Error, ErrorKind, Failure, MethodError, Result};
#[cfg(all(unix, feature = "process"))]
pub use host::{InterfaceDescription, MethodDescription, Unresponsive, blocking};
#[cfg(all(unix, feature = "process", feature = "tokio"))]
pub use host::{Launching, Plugin, PluginBuilder, launch};
pub use interface::{Interface, Method};
#[doc = include_str!("plugin_interface.md")]
pub use outboard_macros::plugin_interface;
#[cfg(all(unix, feature = "process"))]
pub use process::{Command, Ending, ProcessExit};
pub use protocol::Limits;
#[cfg(all(unix, feature = "process"))]
pub use serve::{Server, ServerBuilder, serve};
pub use service::Service;
pub use stream::{Items, Stream};
