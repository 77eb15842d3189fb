//! Working ahead of whoever takes the results.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use outboard::Failure;

/// So many results wait to be taken. One would do if all took the same time.
const AHEAD: usize = 2;

/// Results that are made on a thread of their own, up to the first error.
///
/// Dropped, it does not wait for the thread, which may wait for somebody to type a line.
pub(crate) struct Ahead<T> {
    results: Receiver<Result<T, Failure>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts to take the results of `source` before somebody asks for them.
pub(crate) fn ahead<T: Send + 'static>(
    source: impl Iterator<Item = Result<T, Failure>> + Send + 'static,
) -> Result<Ahead<T>, Failure> {
    let (sender, results) = sync_channel(AHEAD);
    let work = move || {
        for result in source {
            let last = result.is_err();
            if sender.send(result).is_err() || last {
                return;
            }
        }
    };
    match thread::Builder::new().spawn(work) {
        Ok(thread) => Ok(Ahead { results, thread: Some(thread) }),
        Err(error) => Err(Failure::from(error).context("cannot start a thread")),
    }
}

impl<T> Iterator for Ahead<T> {
    type Item = Result<T, Failure>;

    fn next(&mut self) -> Option<Result<T, Failure>> {
        if let Ok(result) = self.results.recv() {
            return Some(result);
        }
        // A panic must not pass for the end of the log.
        self.thread.take()?.join().err().map(|_| Err(Failure::msg("a thread of this program panicked")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(source: impl Iterator<Item = Result<u32, Failure>> + Send + 'static) -> Vec<Result<u32, String>> {
        let ahead = ahead(source).expect("a thread");
        ahead.map(|result| result.map_err(|failure| failure.to_string())).collect()
    }

    #[test]
    fn what_goes_in_comes_out_in_order() {
        assert_eq!(results((0..1000).map(Ok)), (0..1000).map(Ok).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_is_the_last_result_and_comes_after_those_before_it() {
        let source = (0..5).map(|number| if number < 3 { Ok(number) } else { Err(Failure::msg("no more")) });
        assert_eq!(results(source), [Ok(0), Ok(1), Ok(2), Err("no more".to_owned())]);
    }

    #[test]
    fn a_panic_is_an_error_and_not_the_end() {
        let source = (0..5).map(|number| if number < 1 { Ok(number) } else { panic!("on purpose") });
        assert_eq!(results(source), [Ok(0), Err("a thread of this program panicked".to_owned())]);
    }

    #[test]
    fn nobody_waits_for_a_source_that_is_not_wanted_any_more() {
        let (hold, held) = sync_channel::<()>(0);
        drop(ahead(std::iter::from_fn(move || held.recv().ok().map(Ok))).expect("a thread"));
        drop(hold);
    }
}
