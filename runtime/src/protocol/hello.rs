//! The hello: one JSON message each way, and what the two sides agree on by it.

use serde::{Deserialize, Serialize};

use super::PROTOCOL_VERSION;
use super::limits::Announced;
use crate::interface::Interface;

/// What a side says of itself before the first frame. Unknown fields are ignored, unknown entries
/// in `requires` refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// All protocol versions it speaks.
    pub(crate) protocol: Vec<u32>,
    /// What is known of the program, for messages.
    #[serde(default)]
    pub(crate) about: About,
    /// The interfaces it serves; the object behind entry n has id n.
    #[serde(default)]
    pub(crate) serves: Vec<Entry>,
    /// The interfaces it may ask for.
    #[serde(default)]
    pub(crate) asks: Vec<Entry>,
    /// The codecs it reads, by name.
    #[serde(default)]
    pub(crate) codecs: Vec<String>,
    /// What it accepts.
    #[serde(default)]
    pub(crate) limits: Announced,
    /// What it can do beyond this version; unknown ones are ignored.
    #[serde(default)]
    pub(crate) features: Vec<String>,
    /// What the other side has to know.
    #[serde(default)]
    pub(crate) requires: Vec<String>,
}

/// A program, as it calls itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The SDK and its version.
    pub(crate) sdk: String,
}

/// An interface in a hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) min_version: u32,
    pub(crate) cookie: Cookie,
    pub(crate) methods: Vec<TableEntry>,
}

/// A guard against mistakes: interfaces with different cookies do not see each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cookie {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// A method in the table of an interface; a request names it by its index there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableEntry {
    pub(crate) name: String,
    /// The shape of arguments and return; not known yet.
    #[serde(default)]
    pub(crate) fingerprint: Option<String>,
}

impl Hello {
    pub(crate) fn new(about: About, serves: Vec<Entry>, asks: Vec<Entry>, limits: Announced) -> Self {
        Self {
            protocol: vec![PROTOCOL_VERSION],
            about,
            serves,
            asks,
            codecs: vec!["postcard".to_owned(), "json".to_owned()],
            limits,
            features: Vec::new(),
            requires: Vec::new(),
        }
    }
}

impl Entry {
    pub(crate) fn of<I: Interface>() -> Self {
        Self {
            name: I::NAME.to_owned(),
            version: I::VERSION,
            min_version: I::MIN_VERSION,
            cookie: Cookie { key: I::COOKIE_KEY.to_owned(), value: I::COOKIE_VALUE.to_owned() },
            methods: I::METHODS
                .iter()
                .map(|method| TableEntry { name: method.name.to_owned(), fingerprint: None })
                .collect(),
        }
    }

    /// Where the other side serves what this entry asks for.
    pub(crate) fn find_in<'s>(&self, serves: &'s [Entry]) -> Found<'s> {
        let same = |served: &&(usize, &Entry)| served.1.name == self.name && served.1.cookie == self.cookie;
        let candidates: Vec<_> = serves.iter().enumerate().collect();
        let Some((object, served)) = candidates.iter().find(same) else {
            return Found::Absent;
        };
        if served.version < self.min_version || self.version < served.min_version {
            return Found::OtherGeneration(served);
        }
        Found::Object(*object as u64, served)
    }
}

/// See [`Entry::find_in`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'s> {
    /// Its root object.
    Object(u64, &'s Entry),
    /// Served, but the versions do not overlap.
    OtherGeneration(&'s Entry),
    /// Not served, or with another cookie.
    Absent,
}
