//! Who is at the other end.

use std::fmt;
use std::sync::Arc;

use crate::escape::escape;
use crate::protocol::hello::Hello;

/// The program that made a call, as it calls itself: see [`Context::peer`](super::Context::peer).
///
/// What it says is text of its own, which nothing vouches for: it is no authentication, and it may
/// hold control characters. The accessors give it as it came; [`Display`](fmt::Display) is the name
/// and the version, escaped, for a log or a terminal.
#[derive(Clone)]
pub struct Peer(pub(super) Arc<Hello>);

impl Peer {
    /// Its name: unless it says otherwise, the name of the file that it runs. Not escaped.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.about.name
    }

    /// Its version; empty if it says none. Not escaped.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.0.about.version
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(self.name()))?;
        if !self.version().is_empty() {
            write!(f, " {}", escape(self.version()))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("name", &self.name()).field("version", &self.version()).finish()
    }
}
