//! What a plugin says of its interfaces.

use super::running::Running;
use crate::codec::{self, Codec};
use crate::connection::Answer;
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Answered, Description};

/// An interface that a plugin serves, in its own words; see [`blocking::Plugin::describe`](super::blocking::Plugin::describe).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterfaceDescription {
    /// The interface's name.
    pub name: String,
    /// The version that is implemented.
    pub version: u32,
    /// What it is for; Markdown, empty if nobody said. Text of the plugin's: escape it where a
    /// terminal shows it.
    pub docs: String,
    /// Its methods, in the plugin's order.
    pub methods: Vec<MethodDescription>,
}

/// A method in an [`InterfaceDescription`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodDescription {
    /// The method's name on the wire.
    pub name: String,
    /// What it does; as [`InterfaceDescription::docs`].
    pub docs: String,
}

impl Running {
    /// What the plugin answered when it was asked what it serves.
    pub(super) fn description(&self, answer: Answer) -> Result<Vec<InterfaceDescription>> {
        let described = match answer.answered {
            Answered::Value => {
                codec::decode::<Description>(Codec::Json, &answer.payload, self.connection.limits().budget())
            }
            _ => return Err(Error::new(ErrorKind::Remote, "the plugin does not describe itself")),
        };
        let described = described.map_err(|error| {
            Error::build(ErrorKind::Decode, "the plugin's description of itself is not understood")
                .source(error)
                .finish()
        })?;
        let method =
            |method: crate::protocol::DescribedMethod| MethodDescription { name: method.name, docs: method.docs };
        let interface = |interface: crate::protocol::DescribedInterface| InterfaceDescription {
            name: interface.name,
            version: interface.version,
            docs: interface.docs,
            methods: interface.methods.into_iter().map(method).collect(),
        };
        Ok(described.interfaces.into_iter().map(interface).collect())
    }
}
