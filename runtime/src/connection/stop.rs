//! What tells a handler that its caller has gone.

use std::sync::Arc;

use super::shared::Shared;
use crate::context::{CalledFrom, Context};
use crate::protocol::hello::Hello;

/// A request whose handler knows its context, or runs as a task.
pub(super) struct Stop {
    context: Context,
    /// Of a future that may be dropped; a thread cannot be stopped.
    #[cfg(feature = "tokio")]
    task: Option<tokio::task::AbortHandle>,
}

impl Stop {
    pub(super) fn new(context: Context) -> Self {
        Self {
            context,
            #[cfg(feature = "tokio")]
            task: None,
        }
    }

    #[cfg(feature = "tokio")]
    pub(super) fn of_task(context: Context, task: Option<tokio::task::AbortHandle>) -> Self {
        Self { context, task }
    }

    /// Not under a lock: it wakes whoever waits for this.
    pub(super) fn stop(self) {
        self.context.cancel();
        #[cfg(feature = "tokio")]
        if let Some(task) = self.task {
            task.abort();
        }
    }
}

impl CalledFrom for Shared {
    fn peer(&self) -> Arc<Hello> {
        Arc::clone(&self.peer)
    }

    fn attach(&self, call: u64, context: &Context) -> bool {
        self.lock().session.attach(call, Stop::new(context.clone()))
    }
}
