//! Where the items of a stream come from in this program.

use std::task::{Context, Poll};

use crate::error::{Failure, guarded};

/// What a source gives.
pub(super) type Item<T> = Result<T, Failure>;

/// A stream, whatever its type.
pub(super) trait Polled<T>: FnMut(&mut Context<'_>) -> Poll<Option<Item<T>>> + Send {}

impl<T, F: FnMut(&mut Context<'_>) -> Poll<Option<Item<T>>> + Send> Polled<T> for F {}

/// A stream or an iterator, asked alike.
pub(super) enum Source<T> {
    Stream(Box<dyn Polled<T>>),
    /// It may block whoever asks.
    Iter(Box<dyn Iterator<Item = Item<T>> + Send>),
}

impl<T: Send + 'static> Source<T> {
    #[cfg(feature = "tokio")]
    pub(super) fn stream<S: futures_core::Stream + Send + 'static>(
        items: S,
        map: impl Fn(S::Item) -> Item<T> + Send + 'static,
    ) -> Self {
        let mut items = Box::pin(items);
        Self::Stream(Box::new(move |cx| items.as_mut().poll_next(cx).map(|item| item.map(&map))))
    }

    pub(super) fn iter<I: Iterator + Send + 'static>(
        items: I,
        map: impl Fn(I::Item) -> Item<T> + Send + 'static,
    ) -> Self {
        Self::Iter(Box::new(items.map(map)))
    }
}

impl<T> Source<T> {
    /// The next item. A panic is a failure; whoever gets a failure or the end must not ask again.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        let next = || match self {
            Self::Stream(poll) => poll(cx),
            Self::Iter(items) => Poll::Ready(items.next()),
        };
        guarded(next).unwrap_or_else(|panic| Poll::Ready(Some(Err(source_panicked(&panic)))))
    }
}

pub(super) fn source_panicked(message: &str) -> Failure {
    Failure::msg(format_args!("the source of the stream panicked: {}", crate::escape::escape(message)))
}
