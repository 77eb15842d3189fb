//! The handshake over a stream.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::timeout;

use super::transport::{Duplex, ReadHalf, WriteHalf};
use crate::protocol::Limits;
use crate::protocol::handshake::{Greeted, Handshake, Progress, Refused, Side};
use crate::protocol::hello::Hello;

/// How a handshake fails.
#[derive(Debug)]
pub(crate) enum GreetingFailed {
    Refused(Refused),
    /// It took too long; what came before its preamble, if anything did.
    TimedOut {
        within: Duration,
        wrote: Vec<u8>,
    },
    Io(io::Error),
}

/// Exchanges preambles and hellos, in so many bytes and within this time, all together. Dropping the
/// future leaves the stream unusable.
pub(crate) async fn greet(
    stream: &mut Duplex,
    side: Side,
    hello: &Hello,
    limits: Limits,
    within: Option<Duration>,
) -> Result<Greeted, GreetingFailed> {
    let mut greeting = Greeting {
        handshake: Some(Handshake::new(side, hello, limits)),
        unwritten: Vec::new(),
        written: 0,
        outcome: None,
    };
    if side == Side::Host {
        greeting.open();
    }
    let greeted = poll_fn(|cx| greeting.poll(cx, stream));
    let Some(within) = within else {
        return greeted.await;
    };
    match timeout(within, greeted).await {
        Ok(greeted) => greeted,
        Err(_) => {
            let wrote = greeting.handshake.map(|handshake| handshake.into_stray()).unwrap_or_default();
            Err(GreetingFailed::TimedOut { within, wrote })
        }
    }
}

struct Greeting {
    /// Gone when the peer ended.
    handshake: Option<Handshake>,
    unwritten: Vec<u8>,
    written: usize,
    /// Known before this side's hello is written, which the peer is owed also by one that refuses.
    outcome: Option<Result<Greeted, Refused>>,
}

impl Greeting {
    fn open(&mut self) {
        if let Some(handshake) = &self.handshake {
            self.unwritten = handshake.opening();
        }
    }

    /// Reads and writes at once: neither side may wait for the other to read first.
    fn poll(&mut self, cx: &mut Context<'_>, stream: &mut Duplex) -> Poll<Result<Greeted, GreetingFailed>> {
        loop {
            let wrote = self.poll_write(cx, &mut *stream.write);
            if self.outcome.is_some() {
                return match wrote {
                    Poll::Pending => Poll::Pending,
                    // A peer that greets and ends at once is reported by what reads next.
                    Poll::Ready(_) => self
                        .outcome
                        .take()
                        .map_or(Poll::Pending, |outcome| Poll::Ready(outcome.map_err(GreetingFailed::Refused))),
                };
            }
            // A failure to write is not reported: what the peer wrote before it ended says more.
            match self.poll_read(cx, &mut *stream.read) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, half: &mut dyn WriteHalf) -> Poll<io::Result<()>> {
        while let Some(rest) = self.unwritten.get(self.written..).filter(|rest| !rest.is_empty()) {
            match half.poll_write(cx, &[IoSlice::new(rest)]) {
                Poll::Ready(Ok(count)) if count > 0 => self.written += count,
                Poll::Ready(Ok(_)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        half.poll_flush(cx)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, half: &mut dyn ReadHalf) -> Poll<Result<(), GreetingFailed>> {
        let mut room = [0; 4096];
        let count = match half.poll_read(cx, &mut room) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => return Poll::Ready(Ok(())),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(GreetingFailed::Io(error))),
            Poll::Ready(Ok(count)) => count,
        };
        let Some(handshake) = &mut self.handshake else {
            return Poll::Pending;
        };
        if count == 0 {
            let refused = self.handshake.take().map(Handshake::ended);
            return refused.map_or(Poll::Pending, |refused| Poll::Ready(Err(GreetingFailed::Refused(refused))));
        }
        let mut progress = handshake.feed(room.get(..count).unwrap_or_default());
        if progress == Ok(Progress::PreambleSeen) {
            progress = handshake.feed(&[]);
            self.open_as_plugin();
        }
        match progress {
            Ok(Progress::Incomplete | Progress::PreambleSeen) => {}
            Ok(Progress::Complete(greeted)) => self.outcome = Some(Ok(*greeted)),
            Err(refused) => self.outcome = Some(Err(refused)),
        }
        Poll::Ready(Ok(()))
    }

    /// A plugin writes nothing before it has seen the host's preamble.
    fn open_as_plugin(&mut self) {
        if self.unwritten.is_empty() {
            self.open();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::any;
    use crate::protocol::hello::About;

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
            greet(&mut host, Side::Host, &hello, Limits::default(), None),
            greet(&mut plugin, Side::Plugin, &hello, Limits::default(), None),
        );
        for refused in [host, plugin] {
            assert!(matches!(refused, Err(GreetingFailed::Refused(Refused::Protocol { .. }))), "{refused:?}");
        }
    }
}
