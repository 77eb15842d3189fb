//! An error's chain as it crosses the wire: messages only, few and short.

use std::error::Error as StdError;
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::{Error, ErrorKind, Failure};

/// Deeper chains are cut, and say so.
const MAX_LEVELS: usize = 16;
/// All messages of a chain together, in bytes; what is longer is cut, and says so.
const MAX_BYTES: usize = 64 * 1024;
const CUT: &str = "… (cut)";

/// The messages of an error and its causes, outermost first; never empty.
///
/// On the wire it is a sequence of strings: a promise to strangers, written down on the protocol
/// page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain(Vec<String>);

impl Chain {
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut chain = Self(Vec::new());
        let mut next = Some(error);
        while let Some(error) = next {
            if !chain.push(error.to_string()) {
                break;
            }
            next = error.source();
        }
        chain
    }

    /// What a peer sent, within the bounds.
    pub(crate) fn from_peer(messages: Vec<String>) -> Self {
        let mut chain = Self(Vec::new());
        for message in messages {
            if !chain.push(message) {
                break;
            }
        }
        chain
    }

    pub(crate) fn into_messages(self) -> Vec<String> {
        self.0
    }

    /// Adds a message within the bounds; `false` when they are reached.
    fn push(&mut self, mut message: String) -> bool {
        if self.0.len() == MAX_LEVELS {
            if let Some(last) = self.0.last_mut() {
                *last = CUT.to_owned();
            }
            return false;
        }
        let room = MAX_BYTES.saturating_sub(self.0.iter().map(String::len).sum());
        let fits = message.len() <= room;
        if !fits {
            message.truncate(message.floor_char_boundary(room.saturating_sub(CUT.len())));
            message.push_str(CUT);
        }
        self.0.push(message);
        fits
    }

    /// The same chain below further messages, outermost first.
    pub(crate) fn below<'a>(self, outer: impl Iterator<Item = &'a String>) -> Self {
        let mut chain = Self(Vec::new());
        for message in outer.cloned().chain(self.0) {
            if !chain.push(message) {
                break;
            }
        }
        chain
    }

    /// The chain as an error again; an empty one has an empty message.
    pub(crate) fn into_remote(self) -> Remote {
        let mut cause = None;
        for message in self.0.into_iter().rev() {
            cause = Some(Box::new(Remote { message, cause }));
        }
        cause.map_or_else(|| Remote { message: String::new(), cause: None }, |outermost| *outermost)
    }
}

/// An error that happened at the other end: its message, and its causes.
#[derive(Debug)]
pub(crate) struct Remote {
    message: String,
    cause: Option<Box<Remote>>,
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Remote {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

impl Serialize for Chain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Messages;

        impl<'de> Visitor<'de> for Messages {
            type Value = Chain;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the messages of an error and its causes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Chain, A::Error> {
                let mut chain = Chain(Vec::new());
                let mut room = true;
                // The rest is read all the same: the value must be consumed whole.
                while let Some(message) = seq.next_element::<String>()? {
                    room = room && chain.push(message);
                }
                Ok(chain)
            }
        }

        deserializer.deserialize_seq(Messages)
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.public_chain().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Chain::deserialize(deserializer).map(Self::from_remote)
    }
}

impl Error {
    /// What may be told to the other end.
    pub(crate) fn public_chain(&self) -> Chain {
        match self.kind() {
            // These say how this machine's processes fare: paths, exit statuses, last output.
            ErrorKind::Spawn | ErrorKind::Handshake => Chain(vec!["another plugin could not be used".to_owned()]),
            ErrorKind::Disconnected => Chain(vec!["another plugin is gone".to_owned()]),
            _ => Chain::of(self),
        }
    }

    pub(crate) fn from_remote(chain: Chain) -> Self {
        Self::foreign(ErrorKind::Remote, chain.into_remote())
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.public_chain().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Failure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Chain::deserialize(deserializer).map(|chain| Self::from(Error::from_remote(chain)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Endless;

    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("again")
        }
    }

    impl StdError for Endless {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(self)
        }
    }

    #[test]
    fn an_endless_chain_is_cut_after_sixteen_levels_and_says_so() {
        let chain = Chain::of(&Endless);
        assert_eq!(chain.0.len(), MAX_LEVELS);
        assert_eq!(chain.0.last().unwrap(), CUT);
    }

    #[test]
    fn a_long_message_is_cut_at_a_character_and_says_so() {
        let error = Error::other("é".repeat(MAX_BYTES));
        let chain = Chain::of(&error);
        assert!(chain.0[0].len() <= MAX_BYTES);
        assert!(chain.0[0].ends_with(CUT));
    }

    #[test]
    fn a_hostile_chain_is_cut_while_it_is_read() {
        let sent: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
        let chain: Chain = serde_json::from_str(&serde_json::to_string(&sent).unwrap()).unwrap();
        assert_eq!(chain.0.len(), MAX_LEVELS);
    }

    #[test]
    fn a_received_error_is_remote_with_the_messages_of_its_chain() {
        let failure = Failure::from(std::io::Error::other("disk full")).context("saving failed");
        let wire = serde_json::to_string(&failure).unwrap();
        let received: Error = serde_json::from_str(&wire).unwrap();
        assert_eq!(received.kind(), ErrorKind::Remote);
        assert_eq!(received.report().to_string(), "saving failed: disk full");
        assert!(!received.is_safe_to_retry());
    }

    #[test]
    fn the_death_of_a_process_crosses_the_wire_without_its_details() {
        let dead = Error::new(ErrorKind::Disconnected, "`/secret/path` was killed by SIGKILL");
        let wire = serde_json::to_string(&dead).unwrap();
        assert_eq!(wire, r#"["another plugin is gone"]"#);
        let wrapped = Failure::from(dead);
        assert_eq!(serde_json::to_string(&wrapped).unwrap(), r#"["another plugin is gone"]"#);
        let received: Error = serde_json::from_str(&wire).unwrap();
        assert!(!received.is_disconnected());
    }
}
