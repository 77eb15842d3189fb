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
mod call;
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
/// Makes a trait the interface of a plugin.
///
/// The trait stays a trait: a plugin's author writes a plain `impl`, and a host calls it through a
/// client that implements the trait as well.
///
/// ```
/// use outboard::{Result, plugin_interface};
///
/// /// Greets people.
/// #[plugin_interface(version = 1)]
/// pub trait Greeter {
///     /// Greets one person by name.
///     async fn greet(&self, name: &str) -> Result<String>;
/// }
///
/// struct Hello;
///
/// impl Greeter for Hello {
///     async fn greet(&self, name: &str) -> Result<String> {
///         Ok(format!("Hello, {name}!"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let greeter = GreeterClient::local(Hello);
/// assert_eq!(greeter.greet("world").await?, "Hello, world!");
/// # Ok(())
/// # }
/// ```
///
/// # What it generates
///
/// For a trait `Greeter`, with the trait's visibility:
///
/// * **The trait**, in which an `async fn` promises a future that is `Send`, with the supertraits
///   `Send + Sync + 'static` and the provided method `version()`. An `Arc` of an implementation is
///   an implementation.
/// * **`GreeterClient`**, which implements `Greeter`: `GreeterClient::launch` starts a plugin and
///   `GreeterClient::local` wraps an implementation in the same process. It is cheap to clone; what
///   all clients can do beside their methods comes from [`Client`].
/// * **`GreeterServer<T>`**, which serves a `T: Greeter` to other programs: `GreeterServer::new`
///   makes one. It implements [`Service`].
///
/// * **`GreeterAsyncClient`**, of a blocking interface and with the feature `tokio`: see below.
///
/// All of them have the constants of [`Interface`], which the two programs compare when they meet.
///
/// # Blocking interfaces
///
/// If every method is a plain `fn`, nobody needs async: a plugin's author writes plain functions, and
/// a call of `GreeterClient`, its `launch` included, blocks the calling thread until the answer is
/// here.
///
/// ```
/// use outboard::{Result, plugin_interface};
///
/// /// Greets people.
/// #[plugin_interface(version = 1)]
/// pub trait Greeter {
///     /// Greets one person by name.
///     fn greet(&self, name: &str) -> Result<String>;
/// }
///
/// struct Hello;
///
/// impl Greeter for Hello {
///     fn greet(&self, name: &str) -> Result<String> {
///         Ok(format!("Hello, {name}!"))
///     }
/// }
///
/// fn welcome(greeter: &impl Greeter) -> Result<String> {
///     greeter.greet("world")
/// }
///
/// # fn main() -> Result<()> {
/// let greeter = GreeterClient::local(Hello);
/// assert_eq!(welcome(&greeter)?, welcome(&Hello)?);
/// # Ok(())
/// # }
/// ```
///
/// Async hosts use the same plugins through `GreeterAsyncClient`, which has the methods of `Greeter`
/// as `async` ones of its own. It does not implement `Greeter`, and is only for other processes: it
/// comes from `outboard::launch::<GreeterAsyncClient>("./plugin")` or from a plugin's `client`.
///
/// An interface is async or blocking as a whole; a mix of `fn` and `async fn` is an error. The
/// programs do not have to agree: the wire does not know the difference.
///
/// # Keys
///
/// | key | meaning | default |
/// |---|---|---|
/// | `version = 3` | which version of the interface this is; from 1 | required |
/// | `min_version = 2` | the oldest version that still works with it | `version` |
/// | `name = "greeter"` | the name by which the programs find the interface | the trait's |
/// | `cookie = "greeter-v3"` | a guard against mistakes: interfaces with different cookies do not see each other | the name |
/// | `crate = path` | where this crate is, if not at `::outboard` | |
///
/// ```
/// mod third_party {
///     pub use outboard as boat;
/// }
///
/// #[outboard::plugin_interface(version = 3, min_version = 2, name = "greeter", crate = third_party::boat)]
/// pub trait Greeter {
///     async fn greet(&self, name: &str) -> outboard::Result<String>;
/// }
///
/// use outboard::Interface;
/// assert_eq!((GreeterClient::NAME, GreeterClient::VERSION, GreeterClient::MIN_VERSION), ("greeter", 3, 2));
/// ```
///
/// # What a method may look like
///
/// It is an `async fn`, or a plain `fn` in a blocking interface, that takes `&self` and up to twelve
/// arguments, and returns a [`Result`] under whatever name.
///
/// * **Arguments** are owned types that serde can carry, or borrowed for the call: `&str`, `&[u8]`,
///   `&[T]`, `&T`, `&Path`, `Option<&T>` and `Cow<'_, str>`. A borrowed argument is never cloned to
///   be sent, and text is borrowed from the message where it arrives.
/// * **Clients** of this interface and of others may stand wherever a value may: see below.
/// * **The error** is [`Error`], [`Failure`] or a type of your own that serde can carry
///   and that is `From<outboard::Error>`, because every call can fail on its way; see
///   [`MethodError`].
/// * **`#[cfg]`**, doc comments, `#[deprecated]` and lint attributes follow a method to all that is
///   generated for it.
///
/// ```
/// use std::path::Path;
///
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Deserialize, Serialize)]
/// pub enum StoreError {
///     Full { free: u64 },
///     Plugin(String),
/// }
///
/// impl From<outboard::Error> for StoreError {
///     fn from(error: outboard::Error) -> Self {
///         Self::Plugin(error.to_string())
///     }
/// }
///
/// #[derive(Deserialize, Serialize)]
/// pub struct Entry {
///     pub key: String,
///     pub value: Vec<u8>,
/// }
///
/// #[outboard::plugin_interface(version = 1)]
/// pub trait Store {
///     async fn put(&self, entries: &[Entry], comment: Option<&str>) -> Result<(), StoreError>;
///     async fn get(&self, key: &str) -> Result<Option<Entry>, StoreError>;
///     async fn export(&self, to: &Path) -> outboard::Result<u64>;
/// }
/// ```
///
/// # Clients as values
///
/// A client may be an argument and a return value of any interface's methods, alone, in `Option`, `Vec`
/// and tuples, and inside of types that derive `Serialize` and `Deserialize`. What travels is no data:
/// the other program gets a client of the same implementation, and its calls come back over the
/// connection that is there already. So a host gives its plugins something to call, and a plugin
/// returns what it has opened.
///
/// ```
/// use outboard::{Result, plugin_interface};
///
/// /// What the host has.
/// #[plugin_interface(version = 1)]
/// pub trait Store {
///     async fn get(&self, key: &str) -> Result<String>;
/// }
///
/// /// What plugins do with it.
/// #[plugin_interface(version = 1)]
/// pub trait Search {
///     async fn count_words(&self, store: &StoreClient, keys: &[String]) -> Result<usize>;
/// }
///
/// struct Shelf;
///
/// impl Store for Shelf {
///     async fn get(&self, key: &str) -> Result<String> {
///         Ok(format!("a book about {key}"))
///     }
/// }
///
/// struct Words;
///
/// impl Search for Words {
///     async fn count_words(&self, store: &StoreClient, keys: &[String]) -> Result<usize> {
///         let mut count = 0;
///         for key in keys {
///             count += store.get(key).await?.split_whitespace().count();
///         }
///         Ok(count)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let search = SearchClient::local(Words);
/// let store = StoreClient::local(Shelf);
/// assert_eq!(search.count_words(&store, &["bees".to_owned(), "honey".to_owned()]).await?, 8);
/// # Ok(())
/// # }
/// ```
///
/// When its last clone is dropped at the other end, the implementation is released here. Outside of a
/// call a client cannot be serialized: it is a connection, and the attempt is an error that says so.
///
/// A method takes the client of a blocking interface as `GreeterClient`, which its caller can make of
/// an implementation of its own. An `async` method that is given one calls it through
/// `GreeterAsyncClient::try_from(client)?`: the client as it is would block a thread of the runtime.
/// That works for every client of another process, and is an error for one of this process.
///
/// # Default bodies
///
/// A method may have a body in the trait. It says what the method does where nobody else does:
///
/// * for an implementation that does not have the method, as in any trait;
/// * for a plugin that does not have it, because it was compiled against an older version: the client
///   runs the body itself, on the calling side, with itself as `self`. What the body calls on `self`
///   goes to the plugin, or is decided in the same way. Without a body such a call fails at once with
///   [`ErrorKind::Unsupported`]. Nothing is sent in either case.
///
/// A plugin that has the method is asked, whether it wrote the method or has the body by its trait.
///
/// ```
/// # mod old {
/// #     #[outboard::plugin_interface(version = 1)]
/// #     pub trait Greeter { async fn greet(&self, name: &str) -> outboard::Result<String>; }
/// # }
/// # struct Old;
/// # impl old::Greeter for Old {
/// #     async fn greet(&self, name: &str) -> outboard::Result<String> { Ok(format!("Hello, {name}!")) }
/// # }
/// use outboard::{Client, Result, plugin_interface};
///
/// #[plugin_interface(version = 2, min_version = 1)]
/// pub trait Greeter {
///     async fn greet(&self, name: &str) -> Result<String>;
///
///     /// Greets two people. New in version 2.
///     async fn greet_both(&self, first: &str, second: &str) -> Result<String> {
///         Ok(format!("{} {}", self.greet(first).await?, self.greet(second).await?))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// // A plugin of version 1, in this process.
/// let greeter: GreeterClient = outboard::testing::connect_as(old::GreeterServer::new(Old)).await?;
/// assert!(!greeter.supports("greet_both"));
/// assert_eq!(greeter.greet_both("Ada", "Grace").await?, "Hello, Ada! Hello, Grace!");
/// # Ok(())
/// # }
/// ```
///
/// A panic in a body that a client runs is an error of the call. A body of an `async` method has to be
/// `Send`; one that calls its own method boxes that call, as every recursive `async fn` does. For
/// `GreeterAsyncClient` a body runs on a thread of its own, with a blocking client as `self`: the
/// arguments are encoded to go there, and dropping the call's future does not stop it.
///
/// # Settings of a method
///
/// | key | meaning | default |
/// |---|---|---|
/// | `#[plugin(name = "hello")]` | the name by which the other program finds the method | the method's |
/// | `#[plugin(timeout = "5s")]` | how long a call may take for which its caller sets no limit: an integer and `ms`, `s`, `m` or `h`, at most 24 hours | no limit |
/// | `#[plugin(no_cancel)]` | once started, the method runs to its end, even if its caller gives up | a cancelled call stops |
///
/// With `name` a method is renamed in Rust, and older programs still find it. A call that reaches its
/// `timeout` fails with [`ErrorKind::TimedOut`]; no process is killed for it. Several keys stand in one
/// attribute or in several.
///
/// ```
/// use outboard::{Interface, Result, plugin_interface};
///
/// #[plugin_interface(version = 1)]
/// pub trait Jobs {
///     #[plugin(timeout = "1500ms")]
///     async fn status(&self) -> Result<String>;
///
///     #[plugin(name = "commit", timeout = "10m", no_cancel)]
///     async fn finish(&self) -> Result<()>;
/// }
///
/// let [status, finish] = JobsClient::METHODS else { panic!("two methods") };
/// assert_eq!((status.timeout, status.no_cancel), (Some(1_500), false));
/// assert_eq!((finish.name, finish.timeout, finish.no_cancel), ("commit", Some(600_000), true));
/// ```
///
/// # What is refused
///
/// Everything else is refused where it stands, with what to write instead, and all at once: `&mut
/// self`, generics, named lifetimes, `impl Trait`, trait objects, associated types and consts, and a
/// return that is no `Result`.
///
/// ```compile_fail
/// #[outboard::plugin_interface(version = 1)]
/// pub trait Counter {
///     async fn count(&mut self) -> outboard::Result<u64>;
/// }
/// ```
pub use outboard_macros::plugin_interface;
#[cfg(all(unix, feature = "process"))]
pub use process::{Command, Ending, ProcessExit};
pub use protocol::Limits;
#[cfg(all(unix, feature = "process"))]
pub use serve::{Server, ServerBuilder, serve};
pub use service::Service;
