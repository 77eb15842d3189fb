//! How a peer can break the protocol. Every one of these ends the connection.

use std::fmt;

/// What the peer did; the sentence continues "the peer …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    FrameTooLong { length: u64, limit: usize },
    UnknownKind(u8),
    ReservedFlags(u8),
    ChunkedKind(u8),
    BadExtensions,
    PayloadWhereNone(u8),
    MessageTooLong { limit: usize },
    ReassemblyFull { limit: usize },
    ChunkMismatch { call: u64 },
    RepeatedRequest { call: u64 },
    TooManyCalls { limit: usize },
    ReplyToNoCall { call: u64 },
    SecondReply { call: u64 },
    CancelOfNoCall { call: u64 },
    BadNotice(&'static str),
    TooManyUnfinished { limit: usize },
    BadStream { stream: u64 },
    TooManyStreams { limit: usize },
    NoItems { stream: u64 },
    ItemsOfNoStream { stream: u64 },
    ItemsWithoutCredit { stream: u64 },
    EndOfNoStream { stream: u64 },
    EndWithinItems { stream: u64 },
    CreditForNoStream { stream: u64 },
    ResetOfNoStream { stream: u64 },
    BadHandle { object: u64 },
    TooManyHandles { limit: usize },
    ReleaseOfNoObject { object: u64 },
    ReturnOfNoObject { object: u64 },
    TooManyInterfaces { limit: usize },
    AnswersUnread { limit: usize },
    Stalled(&'static str),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FrameTooLong { length, limit } => {
                write!(f, "announced a frame of {length} bytes; the limit is {limit}")
            }
            Self::UnknownKind(kind) => write!(f, "sent a frame of unknown kind {kind:#04x}"),
            Self::ReservedFlags(flags) => write!(f, "set reserved flags of a frame ({flags:#04x})"),
            Self::ChunkedKind(kind) => write!(f, "cut a frame of kind {kind:#04x}, which never comes in chunks"),
            Self::BadExtensions => f.write_str("sent a malformed extension block"),
            Self::PayloadWhereNone(kind) => {
                write!(f, "sent a payload with a frame of kind {kind:#04x}, which has none")
            }
            Self::MessageTooLong { limit } => write!(f, "sent a message longer than the limit of {limit} bytes"),
            Self::ReassemblyFull { limit } => {
                write!(f, "sent unfinished messages of more than {limit} bytes together")
            }
            Self::ChunkMismatch { call } => write!(f, "mixed the chunks of two messages of call {call}"),
            Self::RepeatedRequest { call } => write!(f, "sent a second request with the id {call} of an open call"),
            Self::TooManyCalls { limit } => write!(f, "made more than {limit} calls at once"),
            Self::ReplyToNoCall { call } => write!(f, "replied to call {call}, which nobody made"),
            Self::SecondReply { call } => write!(f, "replied a second time to call {call}"),
            Self::CancelOfNoCall { call } => write!(f, "cancelled call {call}, which it had not made"),
            Self::BadNotice(kind) => write!(f, "sent a malformed {kind} notice"),
            Self::TooManyUnfinished { limit } => write!(f, "began more than {limit} messages and finished none"),
            Self::BadStream { stream } => write!(f, "gave a stream under the id {stream}, which is in use or no id"),
            Self::TooManyStreams { limit } => write!(f, "gave more than {limit} streams at once"),
            Self::NoItems { stream } => write!(f, "sent a message of no items in stream {stream}"),
            Self::ItemsOfNoStream { stream } => write!(f, "sent items of stream {stream}, which is not open"),
            Self::ItemsWithoutCredit { stream } => write!(f, "sent items of stream {stream} without credit"),
            Self::EndOfNoStream { stream } => write!(f, "ended stream {stream}, which is not open"),
            Self::EndWithinItems { stream } => write!(f, "ended stream {stream} in the middle of a message"),
            Self::CreditForNoStream { stream } => {
                write!(f, "gave credit for stream {stream}, which it was never given")
            }
            Self::ResetOfNoStream { stream } => write!(f, "reset stream {stream}, which it was never given"),
            Self::BadHandle { object } => write!(f, "gave a handle under the id {object}, which is in use or no id"),
            Self::TooManyHandles { limit } => write!(f, "gave more than {limit} handles at once"),
            Self::ReleaseOfNoObject { object } => write!(f, "released object {object}, which it does not hold"),
            Self::ReturnOfNoObject { object } => write!(f, "gave back object {object}, which it does not hold"),
            Self::TooManyInterfaces { limit } => write!(f, "announced more than {limit} interfaces"),
            Self::AnswersUnread { limit } => write!(f, "left more than {limit} answers unread and kept asking"),
            Self::Stalled(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Violation {}
