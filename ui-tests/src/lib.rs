//! What the accepted interfaces have in common.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The result of a future that waits for nothing, as calls in this process do.
pub fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
