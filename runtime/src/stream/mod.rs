//! Many values, one after the other, as one value of a method.

mod arriving;
mod leaving;
mod source;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use serde::de::{DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeTuple, Serializer};
use serde::{Deserialize, Serialize};

use crate::connection::crossing::{self, Way};
use crate::error::{Error, ErrorKind, Failure, Result};
use arriving::Arrived;
use source::Source;

/// Values that come one after the other, in an argument or in what a method returns.
///
/// It may stand anywhere in a value that a method takes or gives: in a struct, in an `Option`, in
/// another stream. The items travel while both sides work; nothing waits for the whole.
///
/// ```
/// use outboard::{Result, Stream, plugin_interface};
///
/// /// Works with numbers.
/// #[plugin_interface(version = 1)]
/// pub trait Numbers {
///     /// The squares of the numbers, as they come.
///     async fn squares(&self, numbers: Stream<u64>) -> Result<Stream<u64>>;
/// }
///
/// struct Plain;
///
/// impl Numbers for Plain {
///     async fn squares(&self, mut numbers: Stream<u64>) -> Result<Stream<u64>> {
///         Ok(Stream::try_from_iter(numbers.into_iter().map(|number| number.map(|number| number * number))))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let numbers = outboard::testing::connect(NumbersServer::new(Plain)).await?;
/// let mut squares = numbers.squares(Stream::from_iter(1..=3)).await?;
/// assert_eq!(squares.next().await.transpose()?, Some(1));
/// assert_eq!(squares.next().await.transpose()?, Some(4));
/// # Ok(())
/// # }
/// ```
///
/// # Reading
///
/// In async code it is a [`futures_core::Stream`], and [`next`](Stream::next) needs no other crate.
/// In plain code a `for` loop reads it. Either way the items are [`Result`]s: a stream that ends
/// because the other program died, or failed, ends with an error and never in silence. After an
/// error nothing comes.
///
/// # Who waits for whom
///
/// The reader lets the other side send so many items and bytes ahead, 64 and 1 MiB by default
/// ([`Limits::stream_window`](crate::Limits::stream_window)). A reader that reads slowly thus slows
/// the writer, and nothing else: other calls go on. What is ready together is sent together: an item
/// waits for a millisecond at most, or for an async source until that has said what comes next.
///
/// # Ends
///
/// Dropping the stream tells the other side, which stops producing: a `futures_core::Stream` is
/// dropped at its next wait, an iterator when it gives its next item (it can ask
/// [`Context::is_cancelled`](crate::Context::is_cancelled) before). The deadline of the call that
/// brought a stream ends with its reply; see [`with_idle_timeout`](Stream::with_idle_timeout).
///
/// A stream keeps the connection alive from which it comes. It can be passed on, also to a third
/// program, and is then relayed through this one.
#[must_use = "a stream that nobody reads is stopped"]
pub struct Stream<T> {
    /// Locked by `Serialize`, which takes what is here and has only a reference.
    inner: Mutex<Inner<T>>,
}

enum Inner<T> {
    /// Made in this program.
    Source(Source<T>),
    /// Comes from another one.
    Arrived(Arrived<T>),
    /// Sent on, under this number.
    Given(u64),
    /// Its end was read.
    Over,
}

impl<T: Send + 'static> Stream<T> {
    /// From a stream of values. It runs when it is read; sent to another program, as a task of this
    /// connection's runtime or on a thread.
    #[cfg(feature = "tokio")]
    pub fn new(items: impl futures_core::Stream<Item = T> + Send + 'static) -> Self {
        Self::of(Source::stream(items, Ok))
    }

    /// From a stream of values that may fail. The first error ends it: the reader gets it as the last
    /// item, with its causes.
    #[cfg(feature = "tokio")]
    pub fn try_new<E: Into<Failure> + 'static>(
        items: impl futures_core::Stream<Item = Result<T, E>> + Send + 'static,
    ) -> Self {
        Self::of(Source::stream(items, |item: Result<T, E>| item.map_err(Into::into)))
    }

    /// From an iterator, or anything that is one. It may block: sent to another program it runs on a
    /// thread of its own. Read in this program, it runs where it is read.
    #[expect(clippy::should_implement_trait, reason = "`collect` into a stream would also compile where it surprises")]
    pub fn from_iter<I: IntoIterator<Item = T, IntoIter: Send + 'static>>(items: I) -> Self {
        Self::of(Source::iter(items.into_iter(), Ok))
    }

    /// From an iterator of values that may fail. The first error ends it, as with
    /// [`try_new`](Stream::try_new).
    pub fn try_from_iter<E: Into<Failure>, I: IntoIterator<Item = Result<T, E>, IntoIter: Send + 'static>>(
        items: I,
    ) -> Self {
        Self::of(Source::iter(items.into_iter(), |item: Result<T, E>| item.map_err(Into::into)))
    }

    fn of(source: Source<T>) -> Self {
        Self { inner: Mutex::new(Inner::Source(source)) }
    }
}

impl<T> Stream<T> {
    /// Bounds the wait for each item: if none comes for so long while somebody waits for one, the
    /// stream ends with [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut), and the other side stops
    /// producing.
    ///
    /// Without it a reader waits as long as the other process answers pings. It bounds streams that
    /// come from another program, and does nothing to others.
    pub fn with_idle_timeout(mut self, limit: Duration) -> Self {
        if let Inner::Arrived(arrived) = self.get_mut() {
            arrived.idle_timeout(limit);
        }
        self
    }

    fn get_mut(&mut self) -> &mut Inner<T> {
        self.inner.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: DeserializeOwned + Send + 'static> Stream<T> {
    /// The next item, or nothing after the last.
    ///
    /// Cancel safe: dropping the future loses no item.
    ///
    /// # Errors
    ///
    /// An item that is an error is the last one: [`ErrorKind::Remote`](crate::ErrorKind::Remote) when
    /// the other side's source failed, [`ErrorKind::Disconnected`](crate::ErrorKind::Disconnected)
    /// with the root cause when the other program is gone,
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) when an item is not what was promised.
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let inner = self.get_mut();
        let polled = match inner {
            Inner::Source(source) => source.poll_next(cx).map(|item| item.map(|item| item.map_err(Error::from))),
            Inner::Arrived(arrived) => arrived.poll_next(cx),
            Inner::Given(_) => Poll::Ready(Some(Err(given_away()))),
            Inner::Over => Poll::Ready(None),
        };
        if let Poll::Ready(None | Some(Err(_))) = polled {
            *inner = Inner::Over;
        }
        polled
    }

    /// The same for another stream, which sends on what comes.
    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<source::Item<T>>> {
        self.poll_item(cx).map(|item| item.map(|item| item.map_err(Failure::from)))
    }

    /// The next item, waited for by this thread.
    fn next_blocking(&mut self) -> Option<Result<T>> {
        let inner = self.get_mut();
        let item = match inner {
            Inner::Arrived(arrived) => arrived.next_blocking(),
            Inner::Source(_) | Inner::Given(_) | Inner::Over => {
                return crate::connection::block_on(std::future::poll_fn(|cx| self.poll_item(cx)));
            }
        };
        if let None | Some(Err(_)) = item {
            *inner = Inner::Over;
        }
        item
    }
}

fn given_away() -> Error {
    Error::new(ErrorKind::Other, "the stream was sent to another program, which reads it now")
}

#[cfg(feature = "tokio")]
impl<T: DeserializeOwned + Send + 'static> futures_core::Stream for Stream<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        Pin::into_inner(self).poll_item(cx)
    }
}

/// The items of a [`Stream`], waited for by the thread that asks for them.
#[derive(Debug)]
pub struct Items<S>(S);

impl<T: DeserializeOwned + Send + 'static> Iterator for Items<Stream<T>> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.0.next_blocking()
    }
}

impl<T: DeserializeOwned + Send + 'static> Iterator for Items<&mut Stream<T>> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.0.next_blocking()
    }
}

/// Blocks the thread at each item. Called on a thread of a tokio runtime that itself brings the items,
/// it gives an error instead of waiting for ever.
impl<T: DeserializeOwned + Send + 'static> IntoIterator for Stream<T> {
    type Item = Result<T>;
    type IntoIter = Items<Self>;

    fn into_iter(self) -> Items<Self> {
        Items(self)
    }
}

impl<'s, T: DeserializeOwned + Send + 'static> IntoIterator for &'s mut Stream<T> {
    type Item = Result<T>;
    type IntoIter = Items<Self>;

    fn into_iter(self) -> Items<&'s mut Stream<T>> {
        Items(self)
    }
}

impl<T> fmt::Debug for Stream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

// ---- as a value ----

// Nothing in it is pinned where it lies.
impl<T> Unpin for Stream<T> {}

/// Its name as a serde newtype: what it is, for those who look at shapes.
const NAME: &str = "outboard::Stream";

/// As it is written: its number, and a place where the type of the items shows, which is empty.
struct Written<'s, T>(u64, PhantomData<&'s T>);

impl<T: Serialize + DeserializeOwned + Send + 'static> Serialize for Stream<T> {
    /// Only as a part of what a method takes or gives; the stream is sent on, and can be read here no
    /// more.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id = self.give().map_err(S::Error::custom)?;
        serializer.serialize_newtype_struct(NAME, &Written::<T>(id, PhantomData))
    }
}

impl<T: Serialize> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.0)?;
        pair.serialize_element(&None::<T>)?;
        pair.end()
    }
}

impl<T: Serialize + DeserializeOwned + Send + 'static> Stream<T> {
    fn give(&self) -> Result<u64, String> {
        let lock = || self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Inner::Given(id) = &*lock()
            && crossing::is_given(*id)
        {
            return Ok(*id);
        }
        let to = crossing::destination().ok_or_else(|| outside("sent"))?;
        if let Inner::Given(_) = &*lock() {
            return Err("the stream has been sent already".to_owned());
        }
        let taken = std::mem::replace(&mut *lock(), Inner::Over);
        let taken = Self { inner: Mutex::new(taken) };
        let id = match to {
            Way::Here => crossing::keep(Box::new(taken)),
            Way::Across(link) => crossing::give_stream(&link, leaving::start(taken)),
        };
        *lock() = Inner::Given(id);
        Ok(id)
    }
}

fn outside(done: &str) -> String {
    format!(
        "a `Stream` can be {done} only as an argument or a return value of a plugin's method: it is a connection, not data"
    )
}

impl<'de, T: DeserializeOwned + Send + 'static> Deserialize<'de> for Stream<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = deserializer.deserialize_newtype_struct(NAME, WrittenVisitor::<T>(PhantomData))?;
        Self::take(id).map_err(D::Error::custom)
    }
}

impl<T: DeserializeOwned + Send + 'static> Stream<T> {
    fn take(id: u64) -> Result<Self, String> {
        let arriving = crossing::origin().ok_or_else(|| outside("received"))?;
        let missing = || "a `Stream` did not come along with its message".to_owned();
        let Some(link) = arriving.link() else {
            return arriving.take_kept(id).ok_or_else(missing);
        };
        if !arriving.take_stream(id) {
            return Err(missing());
        }
        let Some(connection) = link.connection() else {
            link.decline(&[id], &[]);
            return Err("the connection is being closed".to_owned());
        };
        Ok(Self { inner: Mutex::new(Inner::Arrived(Arrived::new(connection.receiver(id)))) })
    }
}

struct WrittenVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for WrittenVisitor<T> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stream")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_tuple(2, self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
        let id = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        match seq.next_element::<Option<T>>()? {
            Some(None) => Ok(id),
            Some(Some(_)) => Err(A::Error::custom("a stream holds no items by itself")),
            None => Err(A::Error::invalid_length(1, &self)),
        }
    }
}
