//! The error for authors who want `?` on everything.

use std::error::Error as StdError;
use std::fmt;

use super::{Chain, Error, ErrorKind, Report};

/// An error that takes anything by `?`, for methods whose callers only need to read it.
///
/// It keeps the message and the chain of causes, which travel to the caller. Like `anyhow`'s error
/// it does not implement [`std::error::Error`] (that is what lets `?` take everything); turn it
/// into an [`Error`] where one is needed.
///
/// ```
/// use outboard::Failure;
///
/// fn parse(text: &str) -> Result<u32, Failure> {
///     Ok(text.trim().parse::<u32>()?)
/// }
///
/// assert_eq!(parse(" 7 ").unwrap(), 7);
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub struct Failure {
    context: Vec<String>,
    cause: Box<dyn StdError + Send + Sync>,
}

impl Failure {
    /// A failure with a message and no cause.
    pub fn msg(message: impl fmt::Display) -> Self {
        Self { context: Vec::new(), cause: message.to_string().into() }
    }

    /// The same failure below a sentence that says what was being done.
    ///
    /// ```
    /// let failure = outboard::Failure::msg("no such table").context("opening the store");
    /// assert_eq!(format!("{failure:?}"), "opening the store: no such table");
    /// ```
    #[must_use]
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.context.push(what.to_string());
        self
    }

    /// The error that `?` took, for a downcast: on a caller's side an [`Error`].
    #[must_use]
    pub fn get_ref(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.cause
    }

    /// What may be told to the other end.
    pub(super) fn public_chain(&self) -> Chain {
        let inner = match self.cause.downcast_ref::<Error>() {
            Some(error) => error.public_chain(),
            None => Chain::of(&*self.cause),
        };
        inner.below(self.context.iter().rev())
    }

    /// The same, to be sent.
    pub(crate) fn into_messages(self) -> Vec<String> {
        self.public_chain().into_messages()
    }

    pub(super) fn into_error(self) -> Error {
        if self.context.is_empty() {
            return match self.cause.downcast::<Error>() {
                Ok(error) => *error,
                Err(cause) => Error::other(cause),
            };
        }
        let mut error: Box<dyn StdError + Send + Sync> = self.cause;
        let mut contexts = self.context.into_iter();
        let outermost = contexts.next_back().unwrap_or_default();
        for message in contexts {
            error = Box::new(Error::build(ErrorKind::Other, message).source(error).finish());
        }
        Error::build(ErrorKind::Other, outermost).source(error).finish()
    }
}

// `Failure` itself is no `std::error::Error`, so this does not meet `From<T> for T`.
impl<E: StdError + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { context: Vec::new(), cause: Box::new(error) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.context.last() {
            Some(message) => f.write_str(message),
            None => self.cause.fmt(f),
        }
    }
}

impl fmt::Debug for Failure {
    // Printed by `fn main() -> Result<(), Failure>`: a person reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for message in self.context.iter().rev() {
            write!(f, "{message}: ")?;
        }
        write!(f, "{}", Report(&*self.cause))
    }
}
