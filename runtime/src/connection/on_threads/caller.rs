//! The waiting caller reads: one wake-up for a reply, with no thread in between.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::super::events::Next;
use super::super::writer::As;
use super::Threads;
use super::parker::mine;
use super::slot::{Place, Reader};

/// What a thread waits for that the connection brings, and for which it reads.
pub(crate) trait Attended: Future + Unpin {
    /// One that waits for something else at present must not be found in a read when that comes.
    fn may_read(&self) -> bool;

    /// How long until it wants to be polled again in any case; for ever if nothing is said.
    fn patience(&self) -> Option<Duration>;

    /// Whether a thread that waits in a read may not be told that this is given up: it would be told by
    /// another connection.
    fn is_given_up_elsewhere(&self) -> bool;
}

/// Long beside a call, short for a person: the longest wait until it is seen that a call was given up.
const SLICE: Duration = Duration::from_millis(20);

impl Threads {
    /// Blocks until it is here, reading for everybody if nobody does.
    pub(crate) fn wait<W: Attended>(self: &Arc<Self>, mut waiting: W) -> W::Output {
        let mine = mine();
        let mut cx = Context::from_waker(&mine.waker);
        let mut place = Place::new(&self.slot);
        loop {
            if let Poll::Ready(output) = Pin::new(&mut waiting).poll(&mut cx) {
                return output;
            }
            let reader = if waiting.may_read() { place.reader_or_wait(&mine.waker) } else { None };
            let Some(reader) = reader else {
                mine.parker.park(waiting.patience());
                continue;
            };
            if let Some(output) = self.lead(reader, &mut waiting, &mut cx) {
                return output;
            }
        }
    }

    /// Reads until it is here, and hands the reading on. Nothing if there is nothing left to read:
    /// what is waited for fails as soon as the cause is known.
    fn lead<W: Attended>(
        self: &Arc<Self>,
        mut reader: Box<Reader>,
        waiting: &mut W,
        cx: &mut Context<'_>,
    ) -> Option<W::Output> {
        let _end_on_panic = self.end_on_panic();
        loop {
            let Reader { incoming, woken, .. } = &mut *reader;
            match self.shared.next(incoming, woken) {
                // Not here: the answer may come before the handler is done.
                Next::Run(run) => self.run_elsewhere(run),
                Next::Over(end) => {
                    self.reading_is_over(reader, end);
                    return None;
                }
                Next::Nothing { unwritten } => {
                    if unwritten {
                        self.shared.flush(As::Visitor);
                    }
                    if let Poll::Ready(output) = Pin::new(&mut *waiting).poll(cx) {
                        self.leave(reader, None);
                        return Some(output);
                    }
                    reader = self.read(reader, read_patience(waiting))?;
                }
            }
        }
    }
}

/// How long a caller may wait in a read before it has to look whether it still has reason to.
fn read_patience(waiting: &impl Attended) -> Option<Duration> {
    let patience = waiting.patience();
    // Whoever gives the call up wakes the caller, which a read does not notice. A caller that waits
    // within a call of this same peer reads that by itself.
    let slice = waiting.is_given_up_elsewhere().then_some(SLICE);
    patience.map_or(slice, |patience| Some(patience.min(slice.unwrap_or(patience))))
}
