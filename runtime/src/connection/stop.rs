//! What stops a handler whose caller has gone.

/// A handler that runs as a task.
#[cfg(feature = "tokio")]
pub(super) type Stop = tokio::task::AbortHandle;

/// There are no tasks, and a thread cannot be stopped.
#[cfg(not(feature = "tokio"))]
pub(super) enum Stop {}

#[cfg(not(feature = "tokio"))]
impl Stop {
    pub(super) fn abort(&self) {
        match *self {}
    }
}
