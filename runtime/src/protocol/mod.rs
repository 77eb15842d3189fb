//! The wire protocol, without I/O: bytes, commands and ticks go in, bytes and events come out.
//!
//! Nothing here reads, writes, locks, knows a clock or a runtime; that is what lets the tests and
//! the fuzzers drive it. The book's protocol page is the normative text.
//!
//! * [`handshake`]: preamble and hello, before the first frame.
//! * [`Incoming`]: bytes into whole messages; it checks every length before it keeps anything.
//! * [`Outbox`](outbox::Outbox): messages into bytes; large ones are cut and take turns.
//! * [`Session`]: calls, streams and objects of both directions, and what a message means for them.

mod extensions;
pub(crate) mod frame;
pub(crate) mod handshake;
pub(crate) mod hello;
mod incoming;
mod limits;
mod notice;
mod objects;
mod outbox;
mod session;
mod silence;
mod streams;
mod table;
#[cfg(test)]
mod tests;
mod violation;

pub(crate) use extensions::{Extensions, Extras, Given, Received};
pub(crate) use incoming::{Incoming, Message};
pub use limits::Limits;
pub(crate) use notice::{DescribedInterface, DescribedMethod, Description, SystemError, SystemErrorKind, to_json};
pub(crate) use outbox::Segment;
pub(crate) use session::{Aftermath, Event, Next, Outgoing, Run, RunExtras, Session};
pub(crate) use silence::Heard;
pub(crate) use streams::Permits;
pub(crate) use table::{Answer, Answered};
pub(crate) use violation::Violation;

/// The protocol's own version.
///
/// Bump policy: raised when an old peer would misread what a new one sends and neither an
/// ignorable kind, nor an unknown JSON field, nor an entry in a hello's `features` can say it.
/// Each side lists all versions it speaks; the highest common one is used. A change needs a golden
/// test and a line under "Wire protocol" in the changelog, in the same commit.
pub(crate) const PROTOCOL_VERSION: u32 = 1;
