//! Preamble and hello, fed byte by byte if need be.

use std::fmt;

use serde::Deserialize;

use super::hello::{About, Hello};
use super::{Limits, PROTOCOL_VERSION};
use crate::escape::escape_bytes;

/// The first byte is neither ASCII nor ever part of UTF-8, so no text begins a preamble by
/// accident; the last is the direction, so that an echo is not taken for a peer.
pub(crate) const FROM_HOST: [u8; 8] = *b"\xfeOUTBRD>";
/// See [`FROM_HOST`].
pub(crate) const FROM_PLUGIN: [u8; 8] = *b"\xfeOUTBRD<";

/// Which end of the pipes this is. It matters for the handshake alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Host,
    Plugin,
}

impl Side {
    fn magic(self) -> [u8; 8] {
        match self {
            Self::Host => FROM_HOST,
            Self::Plugin => FROM_PLUGIN,
        }
    }

    fn peer(self) -> Self {
        match self {
            Self::Host => Self::Plugin,
            Self::Plugin => Self::Host,
        }
    }
}

/// The handshake of one side, as far as it has come.
///
/// The host writes [`opening`](Handshake::opening) at once; the plugin when
/// [`feed`](Handshake::feed) says that the host's preamble was seen.
#[derive(Debug)]
pub(crate) struct Handshake {
    side: Side,
    limits: Limits,
    hello: Vec<u8>,
    /// What came and is not understood yet.
    received: Vec<u8>,
    /// What came before the preamble.
    stray: Vec<u8>,
    preamble_seen: bool,
    /// So many of the bytes received do not begin a preamble.
    searched: usize,
}

/// How far [`Handshake::feed`] got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Feed more.
    Incomplete,
    /// The peer is one of ours. Its hello is looked at by the next `feed`, with or without bytes:
    /// by then a plugin has its own hello on the way, so that a host learns why it is refused.
    PreambleSeen,
    /// The hello is here.
    Complete(Box<Greeted>),
}

/// What the handshake gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Greeted {
    pub(crate) hello: Hello,
    /// Text that came before the preamble.
    pub(crate) stray: Vec<u8>,
    /// The beginning of the frames.
    pub(crate) rest: Vec<u8>,
}

/// Why the peer is none of ours, or not for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It wrote this instead of a preamble.
    NotAPlugin {
        wrote: Vec<u8>,
    },
    /// It sends back what it gets.
    Echo,
    /// It ended before its hello was complete.
    Ended {
        wrote: Vec<u8>,
        preamble_seen: bool,
    },
    HelloTooLong {
        length: u32,
        limit: usize,
    },
    HelloInvalid(String),
    /// No protocol version in common.
    Protocol {
        theirs: Vec<u32>,
        sdk: String,
    },
    /// It requires what this side does not know.
    Requires(Vec<String>),
}

impl Handshake {
    pub(crate) fn new(side: Side, hello: &Hello, limits: Limits) -> Self {
        let hello = super::notice::to_json(hello);
        Self { side, limits, hello, received: Vec::new(), stray: Vec::new(), preamble_seen: false, searched: 0 }
    }

    /// What this side writes: its preamble and its hello.
    pub(crate) fn opening(&self) -> Vec<u8> {
        let mut opening = self.side.magic().to_vec();
        opening.extend_from_slice(&u32::try_from(self.hello.len()).unwrap_or(u32::MAX).to_le_bytes());
        opening.extend_from_slice(&self.hello);
        opening
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Progress, Refused> {
        self.received.extend_from_slice(bytes);
        if !self.preamble_seen {
            self.preamble_seen = self.find_preamble()?;
            return Ok(if self.preamble_seen { Progress::PreambleSeen } else { Progress::Incomplete });
        }
        Ok(self.take_hello()?.map_or(Progress::Incomplete, |greeted| Progress::Complete(Box::new(greeted))))
    }

    /// The peer wrote its last byte before the hello was complete.
    pub(crate) fn ended(self) -> Refused {
        let preamble_seen = self.preamble_seen;
        Refused::Ended { wrote: self.into_stray(), preamble_seen }
    }

    /// What came and is no part of a handshake.
    pub(crate) fn into_stray(self) -> Vec<u8> {
        if self.preamble_seen { self.stray } else { self.received }
    }

    /// Cuts off what comes before the preamble, and the preamble. It looks at one place after the
    /// other, so that it finds the same however the bytes arrive.
    fn find_preamble(&mut self) -> Result<bool, Refused> {
        let (theirs, ours) = (self.side.peer().magic(), self.side.magic());
        while let Some(next) = self.received.get(self.searched..).and_then(|rest| rest.first_chunk::<8>()) {
            if *next == ours {
                return Err(Refused::Echo);
            }
            if *next == theirs {
                let rest = self.received.split_off(self.searched + theirs.len());
                self.received.truncate(self.searched);
                self.stray = std::mem::replace(&mut self.received, rest);
                return Ok(true);
            }
            self.searched += 1;
            if self.searched > self.stray_limit() {
                return Err(Refused::NotAPlugin { wrote: std::mem::take(&mut self.received) });
            }
        }
        Ok(false)
    }

    /// A host is a program of ours and writes nothing before its preamble.
    fn stray_limit(&self) -> usize {
        match self.side {
            Side::Host => self.limits.stray,
            Side::Plugin => 0,
        }
    }

    fn take_hello(&mut self) -> Result<Option<Greeted>, Refused> {
        let Some((length, rest)) = self.received.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length);
        if length as usize > self.limits.hello {
            return Err(Refused::HelloTooLong { length, limit: self.limits.hello });
        }
        let Some((hello, rest)) = rest.split_at_checked(length as usize) else {
            return Ok(None);
        };
        let hello = parse(hello)?;
        Ok(Some(Greeted { hello, rest: rest.to_vec(), stray: std::mem::take(&mut self.stray) }))
    }
}

/// What decides whether the rest of a hello is understood at all: no version may change its form.
#[derive(Deserialize)]
struct Terms {
    protocol: Vec<u32>,
    #[serde(default)]
    requires: Vec<String>,
}

/// Who speaks another version, if its hello still says so in the same form.
#[derive(Default, Deserialize)]
struct Named {
    about: About,
}

fn parse(hello: &[u8]) -> Result<Hello, Refused> {
    let invalid = |error: serde_json::Error| Refused::HelloInvalid(error.to_string());
    let terms: Terms = serde_json::from_slice(hello).map_err(invalid)?;
    if !terms.protocol.contains(&PROTOCOL_VERSION) {
        let named: Named = serde_json::from_slice(hello).unwrap_or_default();
        return Err(Refused::Protocol { theirs: terms.protocol, sdk: named.about.sdk });
    }
    if !terms.requires.is_empty() {
        return Err(Refused::Requires(terms.requires));
    }
    let hello: Hello = serde_json::from_slice(hello).map_err(invalid)?;
    if !hello.limits.is_usable() {
        return Err(Refused::HelloInvalid("its limits leave no room for a call".to_owned()));
    }
    Ok(hello)
}

/// At most so many bytes of what a peer wrote are quoted.
const QUOTED: usize = 200;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPlugin { wrote } => {
                write!(f, "wrote `{}` instead of an Outboard handshake; is it a plugin?", quote(wrote))
            }
            Self::Echo => f.write_str("sends back what is written to it; is it a plugin?"),
            Self::Ended { wrote, preamble_seen: false } if !wrote.is_empty() => {
                write!(f, "wrote `{}` instead of an Outboard handshake and ended; is it a plugin?", quote(wrote))
            }
            Self::Ended { preamble_seen: false, .. } => {
                f.write_str("ended without a word of an Outboard handshake; is it a plugin?")
            }
            Self::Ended { .. } => f.write_str("ended in the middle of its hello"),
            Self::HelloTooLong { length, limit } => {
                write!(f, "announced a hello of {length} bytes; the limit is {limit}")
            }
            Self::HelloInvalid(error) => {
                write!(f, "sent a hello that is not understood: {}", crate::escape::escape(error))
            }
            Self::Protocol { theirs, sdk } => {
                let newer = theirs.iter().min().is_some_and(|version| *version > PROTOCOL_VERSION);
                let older = if newer { "this side" } else { "the other side" };
                write!(
                    f,
                    "speaks versions {theirs:?} of the protocol (`{}`); this side speaks version {PROTOCOL_VERSION}: {older} needs a newer `outboard`",
                    crate::escape::escape(sdk)
                )
            }
            Self::Requires(what) => {
                write!(
                    f,
                    "requires what this side does not know: `{}`; this side needs a newer `outboard`",
                    crate::escape::escape(&what.join("`, `"))
                )
            }
        }
    }
}

impl std::error::Error for Refused {}

/// The beginning of what a peer wrote, escaped.
pub(crate) fn quote(wrote: &[u8]) -> String {
    let trimmed = wrote.trim_ascii();
    match trimmed.get(..QUOTED) {
        Some(beginning) if trimmed.len() > QUOTED => format!("{}…", escape_bytes(beginning)),
        _ => escape_bytes(trimmed),
    }
}
