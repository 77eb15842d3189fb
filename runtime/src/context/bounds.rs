//! What a call keeps to, from its client, its method and the handler that makes it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Context, GivenUp, Limit, Options, Slot, surrounding};
use crate::error::{Error, ErrorKind};
use crate::interface::Method;
use crate::protocol::Extras;
use crate::protocol::hello::Hello;

/// The bounds of one call. Most calls have none, which costs nothing.
pub(crate) struct Bounds {
    pub(crate) limit: Option<Limit>,
    /// Its own: how many calls, each made while the one before was being handled, it is.
    pub(crate) depth: u16,
    pub(crate) metadata: Vec<(String, String)>,
    /// The handler that makes it.
    caller: Context,
    /// Comes when nobody waits for that handler any more.
    pub(crate) given_up: Option<GivenUp>,
    /// Nobody is killed for a method that was promised to run to its end.
    pub(crate) no_cancel: bool,
}

impl Bounds {
    /// Of a call that is made here and now.
    pub(crate) fn of_call(options: Option<&Options>, method: &Method) -> Result<Option<Box<Self>>, Error> {
        let caller = surrounding();
        if options.is_none() && method.timeout.is_none() && caller.is_none() {
            return Ok(None);
        }
        let metadata = match options {
            Some(options) => {
                options.check(method.name)?;
                options.metadata().to_vec()
            }
            None => Vec::new(),
        };
        let caller = caller.unwrap_or(Context::root());
        let timeout = options.and_then(|options| options.timeout);
        Ok(Some(Box::new(Self {
            limit: Limit::of_call(Instant::now, timeout, method.default_timeout(), caller.limit()),
            depth: caller.depth().saturating_add(1),
            metadata,
            given_up: caller.gives_up(),
            caller,
            no_cancel: method.no_cancel,
        })))
    }

    /// Whether the handler that makes it serves a call of this very peer.
    fn is_within_a_call_of(&self, peer: &Arc<Hello>) -> bool {
        self.caller.is_of(peer)
    }

    /// Whether a thread that reads what this peer sends may not notice that the call is given up: it
    /// would be told by another connection.
    pub(crate) fn is_given_up_elsewhere(&self, peer: &Arc<Hello>) -> bool {
        self.given_up.is_some() && !self.is_within_a_call_of(peer)
    }

    /// Writes what the other end has to know, if there is something, at the time when it is sent.
    pub(crate) fn tell<'e, O: 'e>(&mut self, extras: impl FnOnce() -> &'e mut Extras<O>) {
        let nested = self.depth > 1;
        if self.limit.is_none() && self.metadata.is_empty() && !nested {
            return;
        }
        let extras = extras();
        // Rounded up to what travels: the other end must not think that the time is over before it is here.
        let left = |limit: Limit| limit.remaining(Instant::now()).unwrap_or_default() + Duration::from_micros(1);
        extras.remaining = self.limit.map(left);
        // Whoever says nothing makes the call outside of any handler.
        extras.depth = if nested { self.depth } else { 0 };
        extras.metadata = std::mem::take(&mut self.metadata);
    }

    /// The context of an implementation in this process, for which no boundary is crossed.
    pub(super) fn context(&mut self) -> Context {
        let metadata = std::mem::take(&mut self.metadata);
        let terms = super::Terms {
            limit: self.limit,
            depth: self.caller.depth(),
            metadata,
            peer: None,
            no_cancel: self.no_cancel,
        };
        Context::new(terms, self.caller.clone())
    }
}

/// Why a call is not waited for any longer.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// Its deadline has passed.
    Deadline(Limit),
    /// Nobody waits for the handler that made it.
    Caller,
}

impl Bound {
    /// The error of a call that the other end may have begun to handle; `then` is what becomes of it.
    pub(crate) fn after_send(self, method: &str, then: &str) -> Error {
        match self {
            Self::Deadline(limit) => {
                Error::new(ErrorKind::TimedOut, format!("`{method}` did not answer {limit}{then}")).after_send()
            }
            Self::Caller => self.unsent(method).after_send(),
        }
    }

    /// The error of a call of which the other end knows nothing.
    pub(crate) fn unsent(self, method: &str) -> Error {
        match self {
            Self::Deadline(limit) if limit.given.is_zero() => {
                Error::new(ErrorKind::TimedOut, format!("`{method}` was not called: no time was left for it"))
            }
            Self::Deadline(limit) => {
                Error::new(ErrorKind::TimedOut, format!("`{method}` could not be sent {limit}: too much is under way"))
            }
            Self::Caller => Error::new(
                ErrorKind::Cancelled,
                format!("`{method}` was given up: nobody waits for the handler that called it"),
            ),
        }
    }
}

/// A call of an implementation in this process that nothing bounds.
pub(crate) struct FreeCall {
    pub(crate) slot: Slot,
    pub(crate) done: bool,
}

impl FreeCall {
    pub(crate) fn new() -> Self {
        Self { slot: Slot::Free, done: false }
    }
}

impl Drop for FreeCall {
    fn drop(&mut self) {
        if let (false, Slot::Made(context)) = (self.done, &self.slot) {
            context.cancel();
        }
    }
}

/// A call of an implementation in this process.
pub(crate) struct LocalCall {
    method: &'static str,
    bounds: Box<Bounds>,
    context: Context,
    done: bool,
}

impl LocalCall {
    pub(crate) fn new(options: Option<&Options>, method: &Method) -> Result<Option<Self>, Error> {
        let bounds = Bounds::of_call(options, method)?;
        Ok(bounds.map(|mut bounds| Self { method: method.name, context: bounds.context(), bounds, done: false }))
    }

    /// Where the implementation runs.
    pub(crate) fn slot(&self) -> Slot {
        Slot::of(&self.context)
    }

    /// Whether it is over before it has begun.
    pub(crate) fn begin(&self) -> Result<(), Error> {
        match self.passed(Instant::now()) {
            Some(limit) => Err(Bound::Deadline(limit).unsent(self.method)),
            None if self.bounds.given_up.is_some() && self.bounds.caller.is_cancelled() => {
                Err(Bound::Caller.unsent(self.method))
            }
            None => Ok(()),
        }
    }

    /// The implementation is done. A result that comes too late is none, as it is from another process.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.done = true;
        match self.passed(Instant::now()) {
            Some(limit) => Err(Bound::Deadline(limit).after_send(self.method, "")),
            None => Ok(()),
        }
    }

    /// When the caller stops waiting: never for a method that runs to its end, because nobody else
    /// would run it.
    pub(crate) fn interruption(&mut self) -> (Option<Limit>, Option<GivenUp>) {
        if self.bounds.no_cancel { (None, None) } else { (self.bounds.limit, self.bounds.given_up.take()) }
    }

    pub(crate) fn interrupted(&self, bound: Bound) -> Error {
        bound.after_send(self.method, "")
    }

    fn passed(&self, now: Instant) -> Option<Limit> {
        self.bounds.limit.filter(|limit| limit.remaining(now).is_none())
    }
}

impl Drop for LocalCall {
    fn drop(&mut self) {
        if !self.done {
            self.context.cancel();
        }
    }
}
