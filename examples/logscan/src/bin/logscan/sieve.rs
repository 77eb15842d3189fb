//! A filter at work: batches go in, and meet its answers on their way out.

use std::sync::mpsc::{Receiver, Sender, channel};

use logscan::{Batch, Filter};
use outboard::{Failure, Stream};

use crate::ahead::Ahead;
use crate::pipeline::{Named, Passing};

/// A filter, and what its user says to it.
#[derive(Debug)]
pub(crate) struct Sieve<F> {
    pub(crate) filter: Named<F>,
    pub(crate) argument: Option<String>,
}

impl<F: Filter> Sieve<F> {
    /// Starts it: it is sent batches while the answers to those before are still on their way.
    pub(crate) fn start(
        self,
        batches: Ahead<Passing>,
    ) -> Result<impl Iterator<Item = Result<Passing, Failure>> + Send + 'static, Failure> {
        let Self { filter, argument } = self;
        let (sent, waiting) = channel();
        let batches = Stream::from_iter(Sent { batches, sent: Some(sent) });
        let answers = filter.blamed(filter.plugin.keep(argument.as_deref(), batches))?;
        Ok(Sieved { filter, answers: answers.into_iter(), waiting, over: false })
    }
}

/// What the filter reads. There is no more of it under way than the filter may have of the stream.
struct Sent {
    batches: Ahead<Passing>,
    /// Has every batch until it is answered, and after the last an empty one, or why there is no more.
    sent: Option<Sender<Result<Passing, Failure>>>,
}

impl Iterator for Sent {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let sent = self.sent.as_ref()?;
        let mut next = Passing::default();
        // The filter is not asked about nothing: what is left empty counts with the batch after it.
        while next.batch.is_empty() {
            match self.batches.next() {
                Some(Ok(batch)) => next = batch.after(&next),
                end => {
                    // Of whoever is gone nothing is to be told.
                    let _ = sent.send(end.unwrap_or(Ok(next)));
                    self.sent = None;
                    return None;
                }
            }
        }
        let batch = next.batch.clone();
        sent.send(Ok(next)).ok()?;
        Some(batch)
    }
}

/// What the filter has left.
struct Sieved<F, A> {
    filter: Named<F>,
    answers: A,
    waiting: Receiver<Result<Passing, Failure>>,
    over: bool,
}

impl<F, A: Iterator<Item = outboard::Result<Vec<bool>>>> Sieved<F, A> {
    /// The next batch, without what its answer drops; an empty one at the end.
    fn answered(&mut self) -> Result<Passing, Failure> {
        // First of all: a filter in this program takes its next batch in here.
        let answer = self.answers.next().transpose().map_err(Failure::from);
        let keep = self.filter.blamed(answer)?;
        let Ok(waiting) = self.waiting.recv() else {
            return self.filter.blamed(Err(Failure::msg("did not read the log to its end")));
        };
        let passing = waiting?;
        match keep {
            None if passing.batch.is_empty() => {
                self.over = true;
                Ok(passing)
            }
            keep => self.filter.blamed(passing.kept(&keep.unwrap_or_default())),
        }
    }
}

impl<F, A: Iterator<Item = outboard::Result<Vec<bool>>>> Iterator for Sieved<F, A> {
    type Item = Result<Passing, Failure>;

    fn next(&mut self) -> Option<Result<Passing, Failure>> {
        if self.over {
            return None;
        }
        let answered = self.answered();
        self.over |= answered.is_err();
        Some(answered)
    }
}
