//! Every kind of host with every kind of plugin.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use outboard::{
    AsyncClient, Client, Command, Error, InterfaceDescription, ProcessExit, Result, Unresponsive, blocking,
};
use tokio::runtime::{Builder, Runtime};

use crate::awaited::{Awaited, Executor};
use crate::interfaces::ZooClient;
use crate::plain;

/// How a host calls a zoo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Through tokio, the client of the async interface.
    AsyncOnTokio,
    /// Through tokio, the async client of the blocking interface.
    PlainOnTokio,
    /// Without a runtime, the client of the blocking interface.
    Plain,
    /// Without a runtime, the client of the async interface.
    AsyncOnThreads,
    /// Without a runtime, the async client of the blocking interface.
    PlainAsyncOnThreads,
}

/// All of them.
pub const CALLERS: [Caller; 5] =
    [Caller::AsyncOnTokio, Caller::PlainOnTokio, Caller::Plain, Caller::AsyncOnThreads, Caller::PlainAsyncOnThreads];

/// The arguments of the `zoo` for every way to serve.
pub const PLUGINS: [&[&str]; 8] = [
    // Async handlers.
    &[],
    &["--workers", "2"],
    &["--async"],
    // Async handlers beside a blocking interface.
    &["--plain-aquarium"],
    // Plain handlers, without a runtime.
    &["--plain"],
    // Plain handlers, on a runtime.
    &["--plain", "--async"],
    &["--plain-zoo"],
    &["--plain-zoo", "--workers", "2"],
];

/// Does it with every pairing, and says which one it was that did not do it.
pub fn each_pairing(check: impl Fn(Caller, &'static [&'static str]) + Send + Sync + Copy + 'static) {
    for arguments in PLUGINS {
        for caller in CALLERS {
            within(Duration::from_secs(30), &format!("{caller:?} with {arguments:?}"), move || {
                check(caller, arguments)
            });
        }
    }
}

/// Runs it beside, so that a call which never returns fails its test and does not stop all.
///
/// # Panics
///
/// When it panics, or is not done in time.
pub fn within<T: Send + 'static>(limit: Duration, what: &str, run: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, receive) = mpsc::channel();
    let thread = thread::spawn(move || {
        let _ = done.send(run());
    });
    match receive.recv_timeout(limit) {
        Ok(value) => value,
        Err(RecvTimeoutError::Timeout) => panic!("{what}: not done within {limit:?}"),
        Err(RecvTimeoutError::Disconnected) => {
            let _ = thread.join();
            panic!("{what}: see the panic above")
        }
    }
}

/// A running plugin, whoever runs it.
#[derive(Clone, Debug)]
pub enum Plugin {
    /// On tokio.
    OnTokio(outboard::Plugin),
    /// Without a runtime.
    OnThreads(blocking::Plugin),
}

/// A zoo, whoever calls it.
pub type Zoo = Arc<dyn plain::Zoo>;

/// The runtime of the tests' hosts.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime"))
}

/// How a host bounds its calls in time.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// Of each call.
    pub limit: Duration,
    /// What the plugin is given after it.
    pub grace: Duration,
    /// What comes then.
    pub then: Unresponsive,
}

impl Caller {
    /// Launches a plugin, with a client of its zoo.
    ///
    /// # Errors
    ///
    /// When it is no zoo.
    pub fn launch(self, command: Command) -> Result<(Plugin, Zoo)> {
        let grace = Duration::from_secs(5);
        let (plugin, zoo, _) =
            self.launch_with(command, Deadline { limit: Duration::MAX, grace, then: Unresponsive::Kill })?;
        Ok((plugin, zoo))
    }

    /// The same with a second client of the zoo, whose calls have a deadline.
    ///
    /// # Errors
    ///
    /// When it is no zoo.
    pub fn launch_with(self, command: Command, deadline: Deadline) -> Result<(Plugin, Zoo, Zoo)> {
        match self {
            Self::AsyncOnTokio => on_tokio(command, deadline, awaited::<ZooClient>),
            Self::PlainOnTokio => on_tokio(command, deadline, awaited::<plain::ZooAsyncClient>),
            Self::Plain => on_threads(command, deadline, |client: plain::ZooClient, _| Arc::new(client)),
            Self::AsyncOnThreads => on_threads(command, deadline, awaited::<ZooClient>),
            Self::PlainAsyncOnThreads => on_threads(command, deadline, awaited::<plain::ZooAsyncClient>),
        }
    }
}

fn awaited<C>(client: C, executor: Executor) -> Zoo
where
    Awaited<C>: plain::Zoo,
{
    Arc::new(Awaited { client, executor })
}

fn on_tokio<C: AsyncClient>(
    command: Command,
    deadline: Deadline,
    zoo: impl Fn(C, Executor) -> Zoo,
) -> Result<(Plugin, Zoo, Zoo)> {
    let builder = outboard::Plugin::builder(command).interface::<C>();
    let launch = builder.cancel_grace(deadline.grace).on_unresponsive(deadline.then).launch();
    let plugin = runtime().block_on(launch)?;
    let client: C = plugin.client()?;
    let executor = Executor::Runtime(runtime().handle().clone());
    let limited = zoo(client.with_timeout(deadline.limit), executor.clone());
    Ok((Plugin::OnTokio(plugin), zoo(client, executor), limited))
}

fn on_threads<C: Client>(
    command: Command,
    deadline: Deadline,
    zoo: impl Fn(C, Executor) -> Zoo,
) -> Result<(Plugin, Zoo, Zoo)> {
    let builder = blocking::Plugin::builder(command).interface::<C>();
    let plugin = builder.cancel_grace(deadline.grace).on_unresponsive(deadline.then).launch()?;
    let client: C = plugin.client()?;
    let limited = zoo(client.with_timeout(deadline.limit), Executor::Thread);
    Ok((Plugin::OnThreads(plugin), zoo(client, Executor::Thread), limited))
}

impl Plugin {
    /// See [`outboard::Plugin::pid`].
    #[must_use]
    pub fn pid(&self) -> u32 {
        match self {
            Self::OnTokio(plugin) => plugin.pid(),
            Self::OnThreads(plugin) => plugin.pid(),
        }
    }

    /// See [`outboard::Plugin::stderr_tail`].
    #[must_use]
    pub fn stderr_tail(&self) -> Vec<String> {
        match self {
            Self::OnTokio(plugin) => plugin.stderr_tail(),
            Self::OnThreads(plugin) => plugin.stderr_tail(),
        }
    }

    /// See [`outboard::Plugin::abandoned_calls`].
    #[must_use]
    pub fn abandoned_calls(&self) -> usize {
        match self {
            Self::OnTokio(plugin) => plugin.abandoned_calls(),
            Self::OnThreads(plugin) => plugin.abandoned_calls(),
        }
    }

    /// See [`outboard::Plugin::describe`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn describe(&self) -> Result<Vec<InterfaceDescription>> {
        match self {
            Self::OnTokio(plugin) => runtime().block_on(plugin.describe()),
            Self::OnThreads(plugin) => plugin.describe(),
        }
    }

    /// See [`outboard::Plugin::closed`].
    #[must_use]
    pub fn closed(&self) -> Error {
        match self {
            Self::OnTokio(plugin) => runtime().block_on(plugin.closed()),
            Self::OnThreads(plugin) => plugin.closed(),
        }
    }

    /// See [`outboard::Plugin::shutdown`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn shutdown(self) -> Result<ProcessExit> {
        match self {
            Self::OnTokio(plugin) => runtime().block_on(plugin.shutdown()),
            Self::OnThreads(plugin) => plugin.shutdown(),
        }
    }
}
