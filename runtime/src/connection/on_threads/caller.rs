//! The waiting caller reads: one wake-up for a reply, with no thread in between.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::super::calling::{Calling, Request};
use super::super::events::Next;
use super::super::writer::As;
use super::Threads;
use super::parker::mine;
use super::slot::{Place, Reader};
use crate::connection::Answer;
use crate::context::Bounds;
use crate::error::Error;

/// Long beside a call, short for a person: the longest wait until it is seen that a call was given up.
const SLICE: Duration = Duration::from_millis(20);

impl Threads {
    /// Sends a request and blocks until its answer is here, reading for everybody if nobody does.
    pub(crate) fn call(self: &Arc<Self>, request: Request<'_>, bounds: Option<Box<Bounds>>) -> Result<Answer, Error> {
        let mine = mine();
        let mut cx = Context::from_waker(&mine.waker);
        let mut calling = Calling::attended(&self.shared, request, bounds);
        let mut place = Place::new(&self.slot);
        loop {
            if let Poll::Ready(answer) = Pin::new(&mut calling).poll(&mut cx) {
                return answer;
            }
            // One that waits for its turn must not be found in a read when its turn comes.
            let reader = if calling.is_sent() { place.reader_or_wait(&mine.waker) } else { None };
            let Some(reader) = reader else {
                mine.parker.park(calling.patience());
                continue;
            };
            if let Some(answer) = self.lead(reader, &mut calling, &mut cx) {
                return answer;
            }
        }
    }

    /// Reads until the answer is here, and hands the reading on. Nothing if there is nothing left
    /// to read: the call fails as soon as the cause is known.
    fn lead(
        self: &Arc<Self>,
        mut reader: Box<Reader>,
        calling: &mut Calling<'_>,
        cx: &mut Context<'_>,
    ) -> Option<Result<Answer, Error>> {
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
                    if let Poll::Ready(answer) = Pin::new(&mut *calling).poll(cx) {
                        self.leave(reader, None);
                        return Some(answer);
                    }
                    reader = self.read(reader, read_patience(calling))?;
                }
            }
        }
    }
}

/// How long a caller may wait in a read before it has to look whether it still has reason to.
fn read_patience(calling: &Calling<'_>) -> Option<Duration> {
    let patience = calling.patience();
    // Whoever gives the call up wakes the caller, which a read does not notice. A caller that waits
    // within a call of this same peer reads that by itself.
    let slice = calling.is_given_up_elsewhere().then_some(SLICE);
    patience.map_or(slice, |patience| Some(patience.min(slice.unwrap_or(patience))))
}
