//! What an interface says of itself.

/// An interface as the handshake sees it; implemented by the generated clients and servers.
///
/// You do not implement it yourself: `#[plugin_interface]` does.
pub trait Interface {
    /// The interface's name: the trait's identifier unless `name = "…"` says otherwise.
    const NAME: &'static str;
    /// What the interface is for: the trait's own documentation.
    const DOCS: &'static str;
    /// The version it was compiled against.
    const VERSION: u32;
    /// The oldest version that it still works with.
    const MIN_VERSION: u32;
    /// With [`COOKIE_VALUE`](Interface::COOKIE_VALUE) a guard against mistakes: interfaces with
    /// different cookies do not see each other. It is not authentication.
    const COOKIE_KEY: &'static str;
    /// See [`COOKIE_KEY`](Interface::COOKIE_KEY).
    const COOKIE_VALUE: &'static str;
    /// The methods in the order of the trait.
    const METHODS: &'static [Method];
}

/// A method in an interface's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Method {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its documentation.
    pub docs: &'static str,
    /// The limit of a call for which the caller sets none, in milliseconds.
    ///
    /// It begins when the call is made and gives [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut);
    /// nothing is ever killed for it.
    pub timeout: Option<u64>,
    /// Whether the method runs to its end once it has started, even if its caller gives up.
    pub no_cancel: bool,
}

impl Method {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, docs: &'static str) -> Self {
        Self { name, docs, timeout: None, no_cancel: false }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn timeout(mut self, milliseconds: u64) -> Self {
        self.timeout = Some(milliseconds);
        self
    }

    /// See [`Method::timeout`].
    pub(crate) fn default_timeout(&self) -> Option<std::time::Duration> {
        self.timeout.map(std::time::Duration::from_millis)
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn no_cancel(mut self) -> Self {
        self.no_cancel = true;
        self
    }
}
