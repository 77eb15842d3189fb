//! What the accepted programs have in common.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The result of a future, for programs without a runtime: it is asked again and again.
pub fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
