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

/// Exchanges preambles and hellos, in so many bytes and within this time, all together. Dropping the future leaves the stream unusable.
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
        greeted: None,
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
    greeted: Option<Greeted>,
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
            if self.greeted.is_some() {
                return match wrote {
                    Poll::Pending => Poll::Pending,
                    // A peer that greets and ends at once is reported by what reads next.
                    Poll::Ready(_) => self.greeted.take().map_or(Poll::Pending, |greeted| Poll::Ready(Ok(greeted))),
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
        let progress = handshake.feed(room.get(..count).unwrap_or_default());
        match progress.map_err(GreetingFailed::Refused)? {
            Progress::Incomplete => {}
            Progress::PreambleSeen => self.open_as_plugin(),
            Progress::Complete(greeted) => {
                self.open_as_plugin();
                self.greeted = Some(*greeted);
            }
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
