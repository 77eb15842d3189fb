//! Panics of implementations, which are errors to their callers.

use std::any::Any;

use super::{Error, ErrorKind};

/// The error of a call whose method panicked.
pub(crate) fn panicked(message: &str) -> Error {
    let message = crate::escape::escape(message);
    Error::new(ErrorKind::Panicked, format!("the method panicked: {message}")).after_send()
}

/// What `panic!` was given.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|message| (*message).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
