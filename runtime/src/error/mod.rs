//! What can go wrong, for the host, for the plugin's author, and for a person.

mod failure;
mod panic;
mod wire;

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

pub use failure::Failure;
pub(crate) use panic::{guarded, panicked};
pub(crate) use wire::Chain;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The result of nearly everything here; the error is [`Error`] unless you name another.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call, a launch or a handshake failed.
///
/// Cheap to clone: when a plugin dies, all its calls share one error. [`Display`](fmt::Display) is
/// one sentence without the causes; [`Error::report`] is the whole chain on one line, for a person.
///
/// Programs decide by four questions, which speak only of what *this* end observed:
/// [`is_disconnected`](Error::is_disconnected), [`is_unsupported`](Error::is_unsupported),
/// [`is_transient`](Error::is_transient) and [`is_safe_to_retry`](Error::is_safe_to_retry).
///
/// It can be a method's error type (`Result<T>` in an interface). Crossing the wire it keeps its
/// messages and loses what is nobody else's business: the exit status and the last output of a
/// process, and its kind, which arrives as [`ErrorKind::Remote`].
#[derive(Clone)]
#[non_exhaustive]
pub struct Error {
    inner: Arc<Inner>,
    // Beside the shared cause, because one cause ends calls that were sent and calls that were not.
    may_have_run: bool,
}

type Cause = Box<dyn StdError + Send + Sync>;

struct Inner {
    kind: ErrorKind,
    text: Text,
    transient: bool,
    #[cfg(all(unix, feature = "process"))]
    exit: Option<crate::process::ProcessExit>,
}

enum Text {
    /// Our own sentence, and what caused it.
    Ours(String, Option<Cause>),
    /// Somebody's error, which speaks for itself.
    Foreign(Cause),
}

/// What sort of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The program could not be started: its path, its permissions, or this machine's resources.
    Spawn,
    /// A program was started but did not become a plugin: it is none, it serves other interfaces
    /// or versions, it died or it took too long. The message says what it wrote instead.
    Handshake,
    /// The peer is gone: it exited, was killed, closed its pipes or broke the protocol. Every call
    /// on it fails with the same cause; launch it anew.
    Disconnected,
    /// The implementation at the other end does not have this method or interface: it is older or
    /// built differently. Nothing was sent.
    Unsupported,
    /// The call's deadline passed. The message says which limit that was.
    TimedOut,
    /// The call was cancelled before it had an answer: at the other end, or because nobody waits any
    /// more for the handler that made it.
    Cancelled,
    /// The method's implementation panicked. The plugin lives on.
    Panicked,
    /// A value could not be turned into bytes: an argument here, or a return value there.
    Encode,
    /// Bytes did not hold the value that the interface promises: the two sides were built from
    /// different definitions.
    Decode,
    /// A bound was reached; the message names it.
    Limit,
    /// The implementation at the other end returned this error.
    Remote,
    /// Input or output failed on this side.
    Io,
    /// An error of the program's own, made by [`Error::other`].
    Other,
}

impl Error {
    /// An error of your own, from anything with a message: a string, or an error, whose chain of
    /// causes is kept.
    ///
    /// ```
    /// let error = outboard::Error::other("the index is not built yet");
    /// assert_eq!(error.to_string(), "the index is not built yet");
    /// ```
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::foreign(ErrorKind::Other, error)
    }

    /// What sort of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Whether the peer is gone: it exited, was killed, closed its pipes or broke the protocol.
    /// No further call on it can succeed.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.inner.kind == ErrorKind::Disconnected
    }

    /// Whether the implementation at the other end lacks the method or the interface. Trying again
    /// there is useless.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.inner.kind == ErrorKind::Unsupported
    }

    /// Whether the same attempt may succeed here later: a bound was reached or a resource was
    /// short for the moment.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.inner.transient
    }

    /// Whether the call certainly did not run, so that sending it to another plugin cannot do its
    /// work twice. `false` means that it may have run, not that it did.
    #[must_use]
    pub fn is_safe_to_retry(&self) -> bool {
        !self.may_have_run
    }

    /// How the plugin's process ended, where that is the cause.
    #[cfg(all(unix, feature = "process"))]
    #[must_use]
    pub fn process_exit(&self) -> Option<&crate::process::ProcessExit> {
        self.inner.exit.as_ref()
    }

    /// The error that [`Error::other`] or a conversion wrapped, for a downcast.
    #[must_use]
    pub fn get_ref(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        match &self.inner.text {
            Text::Ours(..) => None,
            Text::Foreign(error) => Some(&**error),
        }
    }

    /// The whole chain on one line, for a person: each cause after a colon.
    ///
    /// ```
    /// let missing = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
    /// let error = outboard::Error::from(missing);
    /// assert_eq!(error.report().to_string(), "no such file");
    /// ```
    pub fn report(&self) -> impl fmt::Display + '_ {
        Report(self)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::build(kind, message).finish()
    }

    pub(crate) fn build(kind: ErrorKind, message: impl Into<String>) -> Builder {
        Builder::new(kind, Text::Ours(message.into(), None))
    }

    /// Somebody's error, which speaks for itself.
    pub(crate) fn foreign(kind: ErrorKind, error: impl Into<Cause>) -> Self {
        Builder::new(kind, Text::Foreign(error.into())).finish()
    }

    /// The same error for a call that had been sent when it happened.
    pub(crate) fn after_send(mut self) -> Self {
        self.may_have_run = true;
        self
    }
}

/// An [`Error`] in the making.
pub(crate) struct Builder {
    inner: Inner,
    may_have_run: bool,
}

impl Builder {
    fn new(kind: ErrorKind, text: Text) -> Self {
        let inner = Inner {
            kind,
            text,
            transient: false,
            #[cfg(all(unix, feature = "process"))]
            exit: None,
        };
        Self { inner, may_have_run: matches!(kind, ErrorKind::Other | ErrorKind::Remote) }
    }

    /// What caused it; [`Error::report`] prints it after the message, which must not repeat it.
    pub(crate) fn source(mut self, source: impl Into<Cause>) -> Self {
        if let Text::Ours(_, cause) = &mut self.inner.text {
            *cause = Some(source.into());
        }
        self
    }

    /// The same attempt may succeed later.
    pub(crate) fn transient(mut self) -> Self {
        self.inner.transient = true;
        self
    }

    /// How the process ended.
    #[cfg(all(unix, feature = "process"))]
    pub(crate) fn exit(mut self, exit: crate::process::ProcessExit) -> Self {
        self.inner.exit = Some(exit);
        self
    }

    pub(crate) fn finish(self) -> Error {
        Error { inner: Arc::new(self.inner), may_have_run: self.may_have_run }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.text {
            Text::Ours(message, _) => f.write_str(message),
            Text::Foreign(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    // `fn main() -> outboard::Result<()>` prints this form: a person reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            f.debug_struct("Error")
                .field("kind", &self.inner.kind)
                .field("message", &self.to_string())
                .field("source", &self.source())
                .finish()
        } else {
            write!(f, "{}", Report(self))
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.inner.text {
            Text::Ours(_, Some(source)) => Some(&**source),
            Text::Ours(_, None) => None,
            Text::Foreign(error) => error.source(),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        // An I/O error in a method's body says nothing about how far the body came.
        Self::foreign(ErrorKind::Io, error).after_send()
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.into_error()
    }
}

/// An error and its causes on one line.
struct Report<'a>(&'a (dyn StdError + 'static));

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

/// What a method may return as its error: anything that can be made of an [`Error`] (a call can
/// always fail on its way) and can travel.
///
/// Implemented for every type that satisfies the bounds; [`Error`] and [`Failure`] are two ready
/// choices.
///
/// ```
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize)]
/// pub enum StoreError {
///     Full,
///     Plugin(outboard::Error),
/// }
///
/// impl From<outboard::Error> for StoreError {
///     fn from(error: outboard::Error) -> Self {
///         StoreError::Plugin(error)
///     }
/// }
///
/// fn usable<E: outboard::MethodError>() {}
/// usable::<StoreError>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a plugin's method",
    label = "this error type cannot travel to the caller",
    note = "a method's error needs `From<outboard::Error>` (a call can fail on its way), `serde::Serialize`, `serde::de::DeserializeOwned`, `Send` and `'static`",
    note = "`outboard::Error` and `outboard::Failure` are ready to use"
)]
pub trait MethodError: From<Error> + Serialize + DeserializeOwned + Send + 'static {}

impl<E: From<Error> + Serialize + DeserializeOwned + Send + 'static> MethodError for E {}
