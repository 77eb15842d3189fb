//! The handshake as a task.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::timeout;

use super::super::WriteHalf;
use super::super::greeting::{Greeting, GreetingFailed};
use super::transport::{Duplex, ReadHalf};
use crate::protocol::handshake::Greeted;

/// Exchanges preambles and hellos, in so many bytes and within this time, all together. Dropping the
/// future leaves the stream unusable.
pub(super) async fn greet(
    stream: &mut Duplex,
    mut greeting: Greeting,
    within: Option<Duration>,
) -> Result<Greeted, GreetingFailed> {
    let greeted = poll_fn(|cx| poll(&mut greeting, cx, stream));
    let Some(within) = within else {
        return greeted.await;
    };
    match timeout(within, greeted).await {
        Ok(greeted) => greeted,
        Err(_) => Err(greeting.timed_out(within)),
    }
}

fn poll(greeting: &mut Greeting, cx: &mut Context<'_>, stream: &mut Duplex) -> Poll<Result<Greeted, GreetingFailed>> {
    loop {
        let wrote = poll_write(greeting, cx, &mut *stream.write);
        if greeting.is_decided() {
            return match wrote {
                Poll::Pending => Poll::Pending,
                // A peer that greets and ends at once is reported by what reads next.
                Poll::Ready(_) => greeting.outcome().map_or(Poll::Pending, Poll::Ready),
            };
        }
        match poll_read(greeting, cx, &mut *stream.read) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(GreetingFailed::Io(error))),
            Poll::Pending => return Poll::Pending,
        }
    }
}

fn poll_write(greeting: &mut Greeting, cx: &mut Context<'_>, half: &mut dyn WriteHalf) -> Poll<io::Result<()>> {
    while !greeting.unwritten().is_empty() {
        match half.poll_write(cx, &[IoSlice::new(greeting.unwritten())]) {
            Poll::Ready(Ok(count)) if count > 0 => greeting.wrote(count),
            Poll::Ready(Ok(_)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        }
    }
    half.poll_flush(cx)
}

fn poll_read(greeting: &mut Greeting, cx: &mut Context<'_>, half: &mut dyn ReadHalf) -> Poll<io::Result<()>> {
    let mut room = [0; 4096];
    match half.poll_read(cx, &mut room) {
        Poll::Pending => return Poll::Pending,
        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
        Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
        Poll::Ready(Ok(count)) => greeting.feed(room.get(..count).unwrap_or_default()),
    }
    Poll::Ready(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::on_tokio::any;
    use crate::protocol::Limits;
    use crate::protocol::handshake::{Refused, Side};
    use crate::protocol::hello::{About, Hello};

    fn hello(protocol: u32) -> Hello {
        let limits = Limits::default();
        let hello = Hello::new(About::default(), Vec::new(), Vec::new(), limits.announced());
        Hello { protocol: vec![protocol], ..hello }
    }

    #[tokio::test]
    async fn sides_without_a_version_in_common_learn_it_from_each_other() {
        let (host, plugin) = tokio::io::duplex(64 << 10);
        let (mut host, mut plugin) = (any(host), any(plugin));
        // One more than this side speaks: each refuses the other.
        let hello = hello(crate::protocol::PROTOCOL_VERSION + 1);
        let (host, plugin) = tokio::join!(
            greet(&mut host, Greeting::new(Side::Host, &hello, Limits::default()), None),
            greet(&mut plugin, Greeting::new(Side::Plugin, &hello, Limits::default()), None),
        );
        for refused in [host, plugin] {
            assert!(matches!(refused, Err(GreetingFailed::Refused(Refused::Protocol { .. }))), "{refused:?}");
        }
    }
}
