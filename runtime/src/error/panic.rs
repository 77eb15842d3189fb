//! Panics of implementations, which are errors to their callers.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Error, ErrorKind};

/// The error of a call whose method panicked.
pub(crate) fn panicked(message: &str) -> Error {
    let message = crate::escape::escape(message);
    Error::new(ErrorKind::Panicked, format!("the method panicked: {message}")).after_send()
}

/// Runs somebody's code; a panic becomes its message.
///
/// What the code leaves broken is its own: the next one to use that finds out.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let message = panic_message(&*panic);
        // What was thrown is somebody's too, and may panic when it is dropped. There is an end to it.
        if let Err(worse) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(worse);
        }
        message
    })
}

/// What `panic!` was given.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|message| (*message).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics when it is dropped, with another of the same.
    struct Grudge;

    impl Drop for Grudge {
        fn drop(&mut self) {
            std::panic::panic_any(Self);
        }
    }

    #[test]
    fn no_panic_escapes_whatever_was_thrown() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(guarded::<()>(|| panic!("a {}", "reason")), Err("a reason".to_owned()));
        assert_eq!(guarded::<()>(|| std::panic::panic_any(Grudge)), Err("a panic without a message".to_owned()));
    }
}
