//! What every kind of `Plugin` holds.

use super::lifeline;
use crate::client::Client;
use crate::connection::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::process::{Ladder, Process};
use crate::protocol::hello::{Entry, Found};
use crate::remote::{bind, not_served};

/// A child process and the connection to it.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) connection: Connection,
    pub(super) process: Process,
    /// The interfaces that the builder declared.
    pub(super) asked: Vec<Entry>,
    pub(super) ladder: Ladder,
}

impl Running {
    pub(super) fn client<C: Client>(&self) -> Result<C> {
        let asked = Entry::of::<C>();
        if !self.asked.contains(&asked) {
            let message = format!(
                "the interface `{}` was not declared when `{}` was launched: add `.interface::<…>()` to its `Plugin::builder`",
                C::NAME,
                self.process.name(),
            );
            return Err(Error::new(ErrorKind::Handshake, message));
        }
        bind(&self.connection)
    }

    /// Tells the plugin to end. Never blocks.
    pub(super) fn shut_down(&self) {
        lifeline::shut_down(&self.process, &self.connection.wire(), self.ladder);
    }

    /// At least one of the declared interfaces must be usable.
    pub(super) fn check_interfaces(&self) -> Result<()> {
        let serves = &self.connection.peer().serves;
        let mut lacking = None;
        for asked in &self.asked {
            match asked.find_in(serves) {
                Found::Object(..) => return Ok(()),
                // Another generation says more than absence.
                found @ Found::OtherGeneration(_) => lacking = Some(not_served(asked, &found, serves)),
                Found::Absent if lacking.is_none() => lacking = Some(not_served(asked, &Found::Absent, serves)),
                Found::Absent => {}
            }
        }
        let Some(lacking) = lacking else {
            return Ok(());
        };
        let message = format!("`{}` is not the plugin that is wanted", self.process.name());
        Err(Error::build(ErrorKind::Handshake, message).source(lacking).finish())
    }
}
