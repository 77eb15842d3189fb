//! The payloads that are neither arguments nor returns: JSON objects, unknown fields ignored.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Violation;

/// The payload of a system-error reply: the other end's SDK speaks, not the method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SystemError {
    pub(crate) kind: SystemErrorKind,
    #[serde(default)]
    pub(crate) message: String,
}

/// What kept a call from getting a reply of its method's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SystemErrorKind {
    /// The method's implementation panicked; `message` is the panic's.
    Panicked,
    /// The caller cancelled.
    Cancelled,
    /// No object with this id.
    UnknownObject,
    /// No method with this index.
    UnknownMethod,
    /// The arguments could not be decoded.
    InvalidArguments,
    /// What the method returned could not be encoded.
    Encode,
    /// A limit of the serving or the calling side, named in `message`.
    Limit,
    /// The serving side takes no further calls.
    ShuttingDown,
    /// Something that a newer peer knows.
    #[serde(other)]
    Unknown,
}

/// The payload of shutdown: how long the host waits for open calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Shutdown {
    pub(crate) drain_ms: u64,
}

impl Shutdown {
    pub(crate) fn new(drain: Duration) -> Self {
        Self { drain_ms: u64::try_from(drain.as_millis()).unwrap_or(u64::MAX) }
    }

    pub(crate) fn drain(self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

/// The payload of goodbye: why the sender ends. Empty after a shutdown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Goodbye {
    pub(crate) message: String,
}

/// The reply to describe: what this side serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) interfaces: Vec<DescribedInterface>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DescribedInterface {
    pub(crate) name: String,
    pub(crate) version: u32,
    #[serde(default)]
    pub(crate) docs: String,
    pub(crate) methods: Vec<DescribedMethod>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DescribedMethod {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) docs: String,
}

pub(crate) fn to_json(notice: &impl Serialize) -> Vec<u8> {
    // Only maps with keys that are not strings can fail; there is none among the notices.
    serde_json::to_vec(notice).unwrap_or_default()
}

/// An empty payload means all defaults.
pub(crate) fn from_json<T: DeserializeOwned + Default>(payload: &[u8], kind: &'static str) -> Result<T, Violation> {
    if payload.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(payload).map_err(|_| Violation::BadNotice(kind))
}

pub(crate) fn system_error(payload: &[u8]) -> Result<SystemError, Violation> {
    serde_json::from_slice(payload).map_err(|_| Violation::BadNotice("system-error"))
}

/// The payload of the end of a stream that broke: the messages of an error and its causes,
/// outermost first.
#[derive(Debug, Serialize, Deserialize)]
struct Broken {
    messages: Vec<String>,
}

/// As everywhere on the wire.
const MOST_MESSAGES: usize = 16;
const MOST_TEXT: usize = 64 << 10;
/// `{"messages":[]}`.
const AROUND: usize = 15;

/// As much of the messages as fits a frame of this length.
pub(crate) fn fitting_broken(messages: &[String], frame: usize) -> Vec<u8> {
    let (mut text, mut room) = (MOST_TEXT, frame.saturating_sub(AROUND));
    let mut fitting = Vec::new();
    for message in messages.iter().take(MOST_MESSAGES) {
        // With the comma.
        let written = to_json(message).len() + 1;
        if written <= room && message.len() <= text {
            room -= written;
            text -= message.len();
            fitting.push(message.clone());
        } else {
            // JSON may write six bytes for one.
            let length = message.floor_char_boundary(text.min(room.saturating_sub(3) / 6));
            if let Some(beginning) = message.get(..length).filter(|beginning| !beginning.is_empty()) {
                fitting.push(beginning.to_owned());
            }
            break;
        }
    }
    to_json(&Broken { messages: fitting })
}

/// The messages of a stream that broke.
pub(crate) fn broken(payload: &[u8]) -> Result<Vec<String>, Violation> {
    let Broken { mut messages } = serde_json::from_slice(payload).map_err(|_| Violation::BadNotice("end-of-stream"))?;
    messages.truncate(MOST_MESSAGES);
    Ok(messages)
}
