//! The handshake on a thread.

use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use super::super::greeting::{Greeting, GreetingFailed};
use super::transport::Stream;
use crate::protocol::handshake::Greeted;

/// How long one read is waited for while there is something to write, for which there was no room.
const TURN: Duration = Duration::from_millis(5);
/// The same with nothing to write, where nothing says how long the whole may take.
const LONG: Duration = Duration::from_secs(3600);

/// Exchanges preambles and hellos, in so many bytes and within this time, all together.
pub(super) fn greet(
    stream: &mut Stream,
    mut greeting: Greeting,
    within: Option<Duration>,
) -> Result<Greeted, GreetingFailed> {
    let began = Instant::now();
    loop {
        let blocked = write(stream, &mut greeting);
        let left = within.map_or(LONG, |within| within.saturating_sub(began.elapsed()));
        if let (true, Some(within)) = (left.is_zero(), within) {
            return Err(greeting.timed_out(within));
        }
        if !blocked && let Some(outcome) = greeting.outcome() {
            return outcome;
        }
        let patience = if blocked { left.min(TURN) } else { left };
        if greeting.is_decided() {
            stream.room.wait(patience);
        } else {
            read(stream, &mut greeting, patience).map_err(GreetingFailed::Io)?;
        }
    }
}

/// Writes what there is room for; `true` if something is left.
fn write(stream: &mut Stream, greeting: &mut Greeting) -> bool {
    while !greeting.unwritten().is_empty() {
        match stream.write.try_write(&[IoSlice::new(greeting.unwritten())]) {
            Ok(Some(count)) if count > 0 => greeting.wrote(count),
            Ok(None) => return true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // What the peer wrote before it ended says more.
            Ok(Some(_)) | Err(_) => return false,
        }
    }
    false
}

fn read(stream: &mut Stream, greeting: &mut Greeting, patience: Duration) -> io::Result<()> {
    let mut room = [0; 4096];
    match stream.read.read_within(&mut room, patience) {
        Ok(Some(count)) => greeting.feed(room.get(..count).unwrap_or_default()),
        Ok(None) => {}
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
