//! From a byte stream to a running connection.

use std::sync::Arc;
use std::time::Duration;

use super::greeting::{GreetingFailed, greet};
use super::{Connection, Duplex, Lifeline, Object, Parts};
use crate::error::{Error, ErrorKind};
use crate::protocol::Limits;
use crate::protocol::handshake::Side;
use crate::protocol::hello::{About, Entry, Hello};

/// What one side brings to a handshake.
pub(crate) struct Establish {
    pub(crate) side: Side,
    pub(crate) about: About,
    /// What it serves; the object behind entry n has id n.
    pub(crate) objects: Vec<Arc<dyn Object>>,
    /// What it may ask for.
    pub(crate) asks: Vec<Entry>,
    pub(crate) limits: Limits,
    /// How long the whole handshake may take; for ever if nothing is said, which needs no clock.
    pub(crate) within: Option<Duration>,
    pub(crate) lifeline: Arc<dyn Lifeline>,
}

impl Establish {
    /// Serves and asks for nothing, with the default limits.
    pub(crate) fn new(side: Side, lifeline: Arc<dyn Lifeline>) -> Self {
        Self {
            side,
            about: About::default(),
            objects: Vec::new(),
            asks: Vec::new(),
            limits: Limits::default(),
            within: None,
            lifeline,
        }
    }
}

/// Makes the handshake and starts the driver on the current runtime. Bounded in bytes and
/// in time; dropping the future closes the stream.
pub(crate) async fn establish(mut stream: Duplex, bring: Establish) -> Result<Connection, GreetingFailed> {
    let Establish { side, mut about, objects, asks, limits, within, lifeline } = bring;
    concat!("outboard ", env!("CARGO_PKG_VERSION")).clone_into(&mut about.sdk);
    let serves = objects.iter().map(|object| object.entry()).collect();
    let hello = Hello::new(about, serves, asks, limits.announced());
    let greeted = greet(&mut stream, side, &hello, limits, within).await?;
    Ok(Connection::start(Parts { stream, greeted, objects, limits, lifeline }))
}

impl About {
    /// What is known without asking anybody: the name of the file.
    pub(crate) fn of_this_program() -> Self {
        Self { name: program_name(), ..Self::default() }
    }
}

/// The name of the file that this process runs, as it was called.
pub(crate) fn program_name() -> String {
    let path = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&path).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

impl GreetingFailed {
    /// The error for a person; `peer` is who was greeted.
    pub(crate) fn into_error(self, peer: &str) -> Error {
        match self {
            Self::Refused(refused) => Error::new(ErrorKind::Handshake, format!("{peer} {refused}")),
            Self::TimedOut { within, .. } => {
                Error::new(ErrorKind::Handshake, format!("{peer} did not finish the handshake within {within:?}"))
            }
            Self::Io(error) => {
                Error::build(ErrorKind::Handshake, format!("the handshake with {peer} failed")).source(error).finish()
            }
        }
    }
}
