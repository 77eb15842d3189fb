//! The plugin's side: a process whose stdin and stdout are the connection.

mod by_hand;
mod claim;
mod on_threads;
#[cfg(feature = "tokio")]
mod on_tokio;
mod watch;

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use claim::{Claimed, claim};
use watch::HostWatch;

use crate::connection::{Cause, Connection, End, Establish, GreetingFailed, Lifeline, Object, Wire};
use crate::error::{Error, ErrorKind};
use crate::protocol::Limits;
use crate::protocol::handshake::{Refused, Side};
use crate::protocol::hello::About;
use crate::service::{Service, object};

/// The exit code of a plugin that was not started by a host (`EX_USAGE` of `sysexits.h`).
const STARTED_BY_HAND: u8 = 64;

/// Serves an implementation to the host that launched this process; for the whole of `main`.
///
/// Short for `Server::builder().add(service).run()`, which says more.
///
/// ```no_run
/// # use outboard::plugin_interface;
/// # #[plugin_interface(version = 1)]
/// # pub trait Greeter { async fn greet(&self, name: &str) -> outboard::Result<String>; }
/// struct Hello;
///
/// impl Greeter for Hello {
///     async fn greet(&self, name: &str) -> outboard::Result<String> {
///         Ok(format!("Hello, {name}!"))
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     outboard::serve(GreeterServer::new(Hello))
/// }
/// ```
pub fn serve<S: Service>(service: S) -> ExitCode {
    Server::builder().add(service).run()
}

/// A plugin's process; see [`Server::builder`].
#[derive(Debug)]
pub struct Server(());

impl Server {
    /// What this process serves is added to the builder, which then runs.
    pub fn builder() -> ServerBuilder {
        ServerBuilder {
            objects: Vec::new(),
            about: About::of_this_program(),
            #[cfg(feature = "tokio")]
            workers: 0,
            limits: Limits::default(),
        }
    }
}

/// What a plugin serves, and how.
#[must_use = "nothing is served before `run`"]
pub struct ServerBuilder {
    objects: Vec<Arc<dyn Object>>,
    about: About,
    #[cfg(feature = "tokio")]
    workers: usize,
    limits: Limits,
}

impl std::fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let serves: Vec<_> = self.objects.iter().map(|object| object.entry().name).collect();
        f.debug_struct("ServerBuilder").field("serves", &serves).field("about", &self.about).finish_non_exhaustive()
    }
}

impl ServerBuilder {
    /// Serves one more interface. Of two implementations of one interface the first is found.
    #[expect(clippy::should_implement_trait, reason = "a builder's word; nobody adds two builders")]
    pub fn add<S: Service>(mut self, service: S) -> Self {
        self.objects.push(object(service));
        self
    }

    /// How the program calls itself in messages: by default the name of its file.
    ///
    /// `env!("CARGO_PKG_NAME")` and `env!("CARGO_PKG_VERSION")` are good values.
    pub fn about(mut self, name: &str, version: &str) -> Self {
        self.about = About { name: name.to_owned(), version: version.to_owned(), sdk: String::new() };
        self
    }

    /// What the plugin accepts of the host.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many threads run the handlers of async interfaces. The default, 0, is the thread that
    /// called [`run`](ServerBuilder::run): the least memory, and enough for handlers that wait.
    ///
    /// The handlers of blocking interfaces get as many threads as they need, whatever is said here.
    #[cfg(feature = "tokio")]
    pub fn worker_threads(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// Serves until the host shuts the plugin down or is gone.
    ///
    /// Call it first in `main`. It takes stdin and stdout for the connection; from then on what
    /// this process or a library in it prints goes to stderr, and reading stdin gives nothing.
    /// Started by hand it says what it is, on stderr, and returns the exit code 64.
    ///
    /// Blocking interfaces are served without a runtime: each handler has a thread. If there is an
    /// async one among the interfaces, a tokio runtime is started for it.
    ///
    /// When the host is gone without a word the process is ended within a second, even while a
    /// handler computes.
    pub fn run(self) -> ExitCode {
        let Some(claimed) = self.claim() else {
            return ExitCode::from(STARTED_BY_HAND);
        };
        #[cfg(feature = "tokio")]
        if !self.objects.iter().all(|object| object.is_blocking()) {
            return on_tokio::run(self, claimed);
        }
        on_threads::run(self, claimed)
    }

    /// The same inside the runtime that the caller is on; other tasks go on beside it.
    ///
    /// It too claims stdin and stdout, and ends the whole process when the host is gone.
    ///
    /// Dropping the future closes the connection. The host's end counts also after that, and after
    /// this has returned: half a second after the host has hung up the process is ended.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled.
    #[cfg(feature = "tokio")]
    pub async fn run_async(self) -> ExitCode {
        match self.claim() {
            Some(claimed) => on_tokio::serve(self, claimed).await,
            None => ExitCode::from(STARTED_BY_HAND),
        }
    }

    /// Takes stdin and stdout, unless a person sits there.
    fn claim(&self) -> Option<Claimed> {
        // A terminal on either side is no host, and must not be made non-blocking.
        if io::stdin().is_terminal() || io::stdout().is_terminal() {
            by_hand::introduce(&self.objects);
            return None;
        }
        match claim() {
            Ok(claimed) => Some(claimed),
            Err(error) => {
                by_hand::complain(&format!("stdin and stdout cannot be used: {error}"));
                None
            }
        }
    }

    /// The plugin's side of the handshake, and who is at the other.
    fn bring(self) -> (Establish, Arc<Host>) {
        let Self { objects, about, limits, .. } = self;
        let host = Arc::new(Host::default());
        let lifeline: Arc<dyn Lifeline> = Arc::<Host>::clone(&host);
        (Establish { objects, about, limits, ..Establish::new(Side::Plugin, lifeline) }, host)
    }
}

/// Somebody may be about to let go of the connection. Did one of them do it last, on its own
/// thread, then `main` could return before a destructor has run: until then, or for so long.
const LET_GO: Duration = Duration::from_millis(250);
/// They do it within microseconds, unless a handler is running.
const LOOK_AGAIN: Duration = Duration::from_micros(100);

/// Whether nobody else holds the implementations, or it makes no sense to wait for it any longer.
fn have_let_go(objects: &[Arc<dyn Object>], began: Instant) -> bool {
    objects.iter().all(|object| Arc::strong_count(object) == 1) || began.elapsed() >= LET_GO
}

/// A connection that is served. Dropped before its end, it is closed.
struct Serving {
    connection: Connection,
    watch: HostWatch,
}

impl Serving {
    fn new(connection: Connection, watch: HostWatch) -> Self {
        watch.greeted(connection.wire());
        Self { connection, watch }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.connection.wire().end(Error::new(ErrorKind::Disconnected, "the serving was given up"));
        self.watch.finished();
    }
}

/// The lifeline of a plugin: its host, of which nothing is known but the pipes.
#[derive(Default)]
struct Host {
    /// It broke the protocol.
    misbehaved: OnceLock<()>,
}

impl Host {
    /// The exit code after the end of the connection.
    fn code(&self, end: &Error) -> ExitCode {
        // A host that is gone is the end of the work and no error of the plugin's.
        if self.misbehaved.get().is_some() { by_hand::complain(&end.to_string()) } else { ExitCode::SUCCESS }
    }
}

impl Lifeline for Host {
    fn cause(&self, end: End, _waiting: Vec<&'static str>) -> Cause {
        if matches!(end, End::Violation(_)) {
            let _ = self.misbehaved.set(());
        }
        Cause::Known(end.into_error("the host"))
    }

    /// The process serves on until the host says otherwise.
    fn released(&self, _wire: Wire) {}
}

fn not_greeted(failed: GreetingFailed, objects: &[Arc<dyn Object>]) -> ExitCode {
    match failed {
        GreetingFailed::Refused(Refused::NotAPlugin { .. } | Refused::Ended { preamble_seen: false, .. }) => {
            by_hand::introduce(objects);
            ExitCode::from(STARTED_BY_HAND)
        }
        other => by_hand::complain(&other.into_error("the host").to_string()),
    }
}
