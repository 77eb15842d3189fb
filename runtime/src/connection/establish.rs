//! From a byte stream to a running connection.

use std::sync::Arc;
use std::time::Duration;

use super::greeting::{Greeting, GreetingFailed};
use super::shared::{Driven, Shared};
use super::{Lifeline, Object, WriteHalf};
use crate::error::{Error, ErrorKind};
use crate::protocol::handshake::{Greeted, Side};
use crate::protocol::hello::{About, Entry, Hello};
use crate::protocol::{Description, Incoming, Limits, Session, to_json};

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

impl Establish {
    /// This side of the handshake, before the first byte.
    pub(super) fn greeting(&mut self) -> Greeting {
        concat!("outboard ", env!("CARGO_PKG_VERSION")).clone_into(&mut self.about.sdk);
        let serves = self.objects.iter().map(|object| object.entry()).collect();
        let hello = Hello::new(self.about.clone(), serves, std::mem::take(&mut self.asks), self.limits.announced());
        Greeting::new(self.side, &hello, self.limits)
    }

    /// The connection's state after the handshake, and what is to be read first.
    pub(super) fn begin(self, greeted: Greeted, write: Box<dyn WriteHalf>, driven: Driven) -> Begun {
        let Self { objects, limits, lifeline, .. } = self;
        let description =
            to_json(&Description { interfaces: objects.iter().map(|object| object.describe()).collect() });
        let session = Session::new(limits, greeted.hello.limits, description.into())
            .with_interfaces(objects.len(), &greeted.hello.serves);
        let incoming = Incoming::new(limits, &greeted.rest);
        let shared = Arc::new(Shared::new(session, write, objects, greeted.hello, limits, lifeline, driven));
        Begun { shared, incoming, stray: greeted.stray }
    }
}

/// A connection that nobody drives yet.
pub(super) struct Begun {
    pub(super) shared: Arc<Shared>,
    /// It may hold frames that came with the handshake.
    pub(super) incoming: Incoming,
    pub(super) stray: Vec<u8>,
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
