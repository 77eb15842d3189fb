//! What a handler knows of the call that it handles: how long, for whom, and whether still.

mod bounds;
mod cancelled;
mod current;
mod limit;
mod options;
mod peer;
#[cfg(test)]
mod tests;
mod unmade;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub(crate) use bounds::{Bound, Bounds, FreeCall, LocalCall};
pub use cancelled::Cancelled;
pub(crate) use cancelled::GivenUp;
pub(crate) use current::{Slot, enter, surrounding};
pub(crate) use limit::{Limit, Origin, Readable};
pub(crate) use options::Options;
pub use peer::Peer;
pub(crate) use unmade::{CalledFrom, Told, Unmade};

use crate::announcement::{Announcement, Waiter};
use crate::clock::Alarm;
use crate::protocol::hello::Hello;

/// What surrounds the code that asks for it: the deadline of the call that is being handled, whether
/// its caller has given up, what the caller sent along, and who that is.
///
/// In a handler, async or blocking, [`Context::current`] is its call's. Outside of any handler it is the
/// root context: without a deadline, without metadata, never cancelled. Tasks and threads that a
/// handler starts are outside of it, unless it is carried there with [`scope`](Context::scope) or
/// [`sync_scope`](Context::sync_scope).
///
/// The calls that a handler makes need none of this: they keep to its deadline, are cancelled with
/// it, and tell the next one what is left of the time.
///
/// ```
/// use outboard::{Client, Context, Result, plugin_interface};
///
/// #[plugin_interface(version = 1)]
/// pub trait Search {
///     fn find(&self, word: &str) -> Result<Vec<u64>>;
/// }
///
/// struct Lines(Vec<String>);
///
/// impl Search for Lines {
///     fn find(&self, word: &str) -> Result<Vec<u64>> {
///         let context = Context::current();
///         let mut found = Vec::new();
///         for (number, line) in (1..).zip(&self.0) {
///             if context.is_cancelled() {
///                 break; // nobody waits for the rest
///             }
///             if line.contains(word) {
///                 found.push(number);
///             }
///         }
///         Ok(found)
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let lines = vec!["to be".to_owned(), "or not to be".to_owned()];
/// let search = SearchClient::local(Lines(lines)).with_timeout(std::time::Duration::from_secs(5));
/// assert_eq!(search.find("not")?, [2]);
/// # Ok(())
/// # }
/// ```
///
/// Cheap to clone; the clones are the same context. It can be kept after its handler has ended, and
/// then says whether its caller gave up before that.
#[derive(Clone)]
pub struct Context(Option<Arc<Inner>>);

struct Inner {
    limit: Option<Limit>,
    /// How many calls, each made while the one before was being handled, led here.
    depth: u16,
    metadata: Vec<(String, String)>,
    peer: Option<Arc<Hello>>,
    /// The handler runs to its end: what it calls is neither bounded by its deadline nor cancelled
    /// with it.
    no_cancel: bool,
    /// For a call within this process: where it was made.
    parent: Context,
    /// Set before the announcement is made; asked by those who ask often.
    cancelled: AtomicBool,
    cancellation: Arc<Announcement<()>>,
}

/// What a new context is made of.
#[derive(Default)]
pub(crate) struct Terms {
    pub(crate) limit: Option<Limit>,
    pub(crate) depth: u16,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) peer: Option<Arc<Hello>>,
    pub(crate) no_cancel: bool,
}

impl Context {
    /// The context of the code that calls this; outside of any handler the root context.
    #[must_use]
    pub fn current() -> Self {
        current::current()
    }

    pub(crate) fn new(terms: Terms, parent: Self) -> Self {
        let Terms { limit, depth, metadata, peer, no_cancel } = terms;
        Self(Some(Arc::new(Inner {
            limit,
            depth,
            metadata,
            peer,
            no_cancel,
            parent,
            cancelled: AtomicBool::new(false),
            cancellation: Arc::new(Announcement::new()),
        })))
    }

    pub(crate) const fn root() -> Self {
        Self(None)
    }

    /// When the caller stops waiting; `None` if it set no limit.
    ///
    /// It was sent as the time that remained, so the clocks of two machines need not agree; the time on
    /// the way is not taken off.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.0.as_ref()?.limit.map(|limit| limit.at)
    }

    /// How long the caller still waits: zero once the deadline has passed, `None` without one.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether nobody wants the result any more: the caller gave up, its deadline has passed, or the
    /// connection to it ended.
    ///
    /// For code that computes: the future of an async handler is dropped by itself, but not between
    /// two of its `await`s, and a thread never is. Costs some tens of nanoseconds.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let passed = |limit: &Limit| limit.at <= Instant::now();
        self.levels().any(|inner| inner.cancelled.load(Ordering::SeqCst))
            || self.0.as_ref().and_then(|inner| inner.limit.as_ref()).is_some_and(passed)
    }

    /// Waits until [`is_cancelled`](Context::is_cancelled); for ever in the root context.
    ///
    /// Works on any executor, and outlives the handler. Cancel safe.
    pub fn cancelled(&self) -> Cancelled {
        Cancelled::new(self.given_up(), self.deadline().map(Alarm::new))
    }

    /// What the caller said under this key, with [`Client::with_metadata`](crate::Client::with_metadata).
    ///
    /// It goes with one call: the calls that the handler makes carry only what their own clients say.
    /// Text of the caller's, not escaped; nothing vouches for it.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata_pairs().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// All that the caller said, keys and values, in its order: at most 64 pairs and 8 KiB.
    pub fn metadata_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.as_ref().map_or(&[][..], |inner| &inner.metadata);
        pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Who made the call. `None` in the root context, and for a call within this process.
    #[must_use]
    pub fn peer(&self) -> Option<Peer> {
        self.0.as_ref()?.peer.clone().map(Peer)
    }

    pub(crate) fn depth(&self) -> u16 {
        self.0.as_ref().map_or(0, |inner| inner.depth)
    }

    /// What bounds the calls that are made in it.
    pub(crate) fn limit(&self) -> Option<Limit> {
        self.0.as_ref().filter(|inner| !inner.no_cancel)?.limit
    }

    /// What cancels the calls that are made in it; nothing if they are not.
    pub(crate) fn gives_up(&self) -> Option<GivenUp> {
        let inner = self.0.as_ref()?;
        if inner.no_cancel { None } else { Some(self.given_up()) }
    }

    /// Its handler runs to its end.
    pub(crate) fn is_no_cancel(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.no_cancel)
    }

    /// Whether it is of a call that came over the connection to this peer.
    pub(crate) fn is_of(&self, peer: &Arc<Hello>) -> bool {
        self.levels().any(|inner| inner.peer.as_ref().is_some_and(|known| Arc::ptr_eq(known, peer)))
    }

    /// Nobody wants the result any more. Wakes whoever waits for that: to be called without a lock.
    pub(crate) fn cancel(&self) {
        if let Some(inner) = &self.0 {
            inner.cancelled.store(true, Ordering::SeqCst);
            inner.cancellation.make(());
        }
    }

    /// For what produces a stream that was given away in this context: it works for the same peer, and
    /// longer than the call.
    pub(crate) fn of_a_stream(&self) -> Self {
        let metadata = self.metadata_pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let peer = self.0.as_ref().and_then(|inner| inner.peer.clone());
        Self::new(Terms { depth: self.depth(), metadata, peer, ..Terms::default() }, Self::root())
    }

    fn given_up(&self) -> GivenUp {
        let mut given_up = GivenUp::default();
        self.levels().for_each(|inner| given_up.push(Waiter::new(&inner.cancellation)));
        given_up
    }

    /// This one, and those that it was made in as far as their end is its end.
    fn levels(&self) -> impl Iterator<Item = &Inner> {
        std::iter::successors(self.0.as_deref(), |inner| inner.parent.0.as_deref().filter(|inner| !inner.no_cancel))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Context");
        if self.0.is_some() {
            out.field("remaining", &self.remaining()).field("cancelled", &self.is_cancelled());
            out.field("peer", &self.peer());
        }
        out.finish_non_exhaustive()
    }
}
