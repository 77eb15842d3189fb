//! What goes along with a value that crosses to another program: streams and handles.
//!
//! A client or a stream is an ordinary serde value, and serde passes no context. So the connection
//! that a value crosses stands in a thread-local while it is encoded or decoded, and only then; a
//! guard takes it away again, whatever happens in between.

use std::any::Any;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Link, Object, Sender};
use crate::protocol::{Extras, Received};

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope::Nowhere) };
}

/// What this thread is encoding or decoding.
enum Scope {
    Nowhere,
    Leaving(Leaving),
    Arriving(Arc<Arriving>),
}

/// A value that is being encoded.
struct Leaving {
    to: Way,
    baggage: Option<Box<Baggage>>,
}

/// Where a value goes that is being encoded.
#[derive(Clone)]
pub(crate) enum Way {
    /// To the other end of a connection.
    Across(Link),
    /// To another thread of this program.
    Here,
}

/// An encoded value, and what goes along with it.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) payload: Vec<u8>,
    pub(crate) baggage: Option<Box<Baggage>>,
}

/// What goes along with an encoded value.
#[derive(Default)]
pub(crate) struct Baggage {
    /// For the message.
    pub(crate) extras: Extras<Arc<dyn Object>>,
    /// Begin once the message is on its way.
    sources: Vec<(u64, Start)>,
    /// What stays in this program, or must not go before the message does.
    kept: Vec<Option<Box<dyn Any + Send>>>,
}

impl std::fmt::Debug for Baggage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Baggage").finish_non_exhaustive()
    }
}

/// Begins to produce a stream.
pub(crate) type Start = Box<dyn FnOnce(Sender) + Send>;

/// What came along with a message, until it is taken or sent back.
pub(crate) struct Arriving {
    from: Origin,
    left: Mutex<Left>,
}

enum Origin {
    Across(Link),
    Here,
}

#[derive(Default)]
struct Left {
    received: Received<Arc<dyn Object>>,
    kept: Vec<Option<Box<dyn Any + Send>>>,
}

/// Restores what was there before, also when somebody's `Serialize` panics.
struct Restore(Option<Scope>);

impl Restore {
    fn enter(scope: Scope) -> Self {
        Self(Some(SCOPE.replace(scope)))
    }

    fn leave(mut self) -> Scope {
        SCOPE.replace(self.0.take().unwrap_or(Scope::Nowhere))
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            // What was given so far is dropped here, after the thread-local is let go of.
            let _given = SCOPE.replace(before);
        }
    }
}

// ---- encoding ----

/// Encodes something that goes to the other end of the connection, and collects what goes along.
pub(crate) fn leaving<T, E>(link: Link, encode: impl FnOnce() -> Result<T, E>) -> Result<(T, Option<Box<Baggage>>), E> {
    leave(Way::Across(link), encode)
}

/// The same for what stays in this program, and will be decoded once on another thread.
#[cfg(feature = "tokio")]
pub(crate) fn staying<T, E>(encode: impl FnOnce() -> Result<T, E>) -> Result<(T, Option<Arc<Arriving>>), E> {
    let (encoded, baggage) = leave(Way::Here, encode)?;
    let arriving = baggage.map(|baggage| {
        let left = Left { received: Received::default(), kept: baggage.kept };
        Arc::new(Arriving { from: Origin::Here, left: Mutex::new(left) })
    });
    Ok((encoded, arriving))
}

fn leave<T, E>(to: Way, encode: impl FnOnce() -> Result<T, E>) -> Result<(T, Option<Box<Baggage>>), E> {
    let restore = Restore::enter(Scope::Leaving(Leaving { to, baggage: None }));
    let encoded = encode()?;
    match restore.leave() {
        Scope::Leaving(leaving) => Ok((encoded, leaving.baggage)),
        _ => Ok((encoded, None)),
    }
}

impl Baggage {
    /// The streams begin, if their message is on its way: then what it gives was taken. Otherwise nobody
    /// will ever read them.
    pub(crate) fn start(&mut self, link: &Link) {
        if !self.extras.given.streams.is_empty() {
            return self.sources.clear();
        }
        for (id, start) in self.sources.drain(..) {
            start(link.sender(id));
        }
    }

    /// Adds what goes along with another part of the same message.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.extras.given.streams.append(&mut other.extras.given.streams);
        self.extras.given.handles.append(&mut other.extras.given.handles);
        self.extras.given.returned.append(&mut other.extras.given.returned);
        self.sources.append(&mut other.sources);
        self.kept.append(&mut other.kept);
    }
}

/// Where what is being encoded goes, if anything is.
pub(crate) fn destination() -> Option<Way> {
    with_leaving(|leaving| leaving.to.clone())
}

/// Gives an object of this side along with what is being encoded; the number is its own.
pub(crate) fn give(link: &Link, object: Arc<dyn Object>) -> u64 {
    let id = link.next_handle();
    with_baggage(|baggage| baggage.extras.given.handles.push((id, object)));
    id
}

/// Gives an object of the other end back to it, along with what is being encoded. Its client is held
/// until the message is on its way: let go of before, the object would not be there any more.
pub(crate) fn give_back(object: u64, client: Box<dyn Any + Send>) {
    with_baggage(|baggage| {
        baggage.extras.given.returned.push(object);
        baggage.kept.push(Some(client));
    });
}

/// Keeps a value in this program while what it is a part of is encoded.
pub(crate) fn keep(value: Box<dyn Any + Send>) -> u64 {
    let index = with_baggage(|baggage| {
        baggage.kept.push(Some(value));
        baggage.kept.len() - 1
    });
    index.unwrap_or_default() as u64
}

/// Gives a stream along with what is being encoded: `start` begins it.
pub(crate) fn give_stream(link: &Link, start: Start) -> u64 {
    let id = link.next_stream();
    with_baggage(|baggage| {
        baggage.extras.given.streams.push(id);
        baggage.sources.push((id, start));
    });
    id
}

/// Whether a stream was given along with what is being encoded: an encoding may be done twice, when
/// the first guess at a type was wrong.
pub(crate) fn is_given(id: u64) -> bool {
    let given = with_leaving(|leaving| match (&leaving.to, &leaving.baggage) {
        (Way::Across(_), Some(baggage)) => baggage.extras.given.streams.contains(&id),
        (Way::Here, Some(baggage)) => usize::try_from(id).is_ok_and(|index| index < baggage.kept.len()),
        (_, None) => false,
    });
    given.unwrap_or_default()
}

fn with_leaving<T>(look: impl FnOnce(&mut Leaving) -> T) -> Option<T> {
    SCOPE.with_borrow_mut(|scope| match scope {
        Scope::Leaving(leaving) => Some(look(leaving)),
        _ => None,
    })
}

fn with_baggage<T>(put: impl FnOnce(&mut Baggage) -> T) -> Option<T> {
    with_leaving(|leaving| put(leaving.baggage.get_or_insert_default()))
}

// ---- decoding ----

impl Arriving {
    pub(crate) fn new(link: Link, received: Received<Arc<dyn Object>>) -> Arc<Self> {
        let left = Left { received, kept: Vec::new() };
        Arc::new(Self { from: Origin::Across(link), left: Mutex::new(left) })
    }

    /// Decodes all that came with this, or with nothing. What nobody took is sent back, be it because
    /// decoding failed.
    pub(crate) fn decode_whole<T>(arriving: Option<&Arc<Self>>, decode: impl FnOnce() -> T) -> T {
        let decoded = Self::decode_part(arriving, decode);
        if let Some(arriving) = arriving {
            arriving.settle();
        }
        decoded
    }

    /// Decodes a part of it.
    #[inline]
    pub(crate) fn decode_part<T>(arriving: Option<&Arc<Self>>, decode: impl FnOnce() -> T) -> T {
        match arriving {
            None => decode(),
            Some(arriving) => arriving.enter(decode),
        }
    }

    fn enter<T>(self: &Arc<Self>, decode: impl FnOnce() -> T) -> T {
        let restore = Restore::enter(Scope::Arriving(Arc::clone(self)));
        let decoded = decode();
        drop(restore);
        decoded
    }

    /// Sends back what nobody took: everything is decoded.
    pub(crate) fn settle(&self) {
        let left = std::mem::take(&mut *self.left());
        if let Origin::Across(link) = &self.from {
            link.decline(&left.received.streams, &left.received.handles);
        }
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.settle();
    }
}

impl std::fmt::Debug for Arriving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arriving").finish_non_exhaustive()
    }
}

/// What came along with what is being decoded, if anything is.
pub(crate) fn origin() -> Option<Arc<Arriving>> {
    SCOPE.with_borrow(|scope| match scope {
        Scope::Arriving(arriving) => Some(Arc::clone(arriving)),
        _ => None,
    })
}

impl Arriving {
    /// The connection, unless it stayed in this program.
    pub(crate) fn link(&self) -> Option<&Link> {
        match &self.from {
            Origin::Across(link) => Some(link),
            Origin::Here => None,
        }
    }

    /// Takes an object of the other end's, which is this side's to let go of from now on; `false` if it did
    /// not come along.
    pub(crate) fn take_handle(&self, object: u64) -> bool {
        claim(&mut self.left().received.handles, |handle| *handle == object).is_some()
    }

    /// Takes an object of this side's, which has come home.
    pub(crate) fn take_returned(&self, object: u64) -> Option<Arc<dyn Object>> {
        let pinned = claim(&mut self.left().received.returned, |(returned, _)| *returned == object);
        pinned.map(|(_, object)| object).or_else(|| self.link()?.root(object))
    }

    /// Takes a stream; `false` if it did not come along.
    pub(crate) fn take_stream(&self, stream: u64) -> bool {
        claim(&mut self.left().received.streams, |id| *id == stream).is_some()
    }

    /// Takes a value that stayed in this program.
    pub(crate) fn take_kept<T: Any>(&self, index: u64) -> Option<T> {
        let index = usize::try_from(index).ok()?;
        let kept = self.left().kept.get_mut(index)?.take()?;
        kept.downcast().ok().map(|kept| *kept)
    }
}

fn claim<T>(left: &mut Vec<T>, mut is_it: impl FnMut(&T) -> bool) -> Option<T> {
    let place = left.iter().position(&mut is_it)?;
    Some(left.swap_remove(place))
}
