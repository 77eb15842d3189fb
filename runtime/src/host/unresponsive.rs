//! What becomes of a plugin whose handler does not end.

/// What to do about a plugin that does not end a call after the deadline which this program set; see
/// [`PluginBuilder::on_unresponsive`](super::blocking::PluginBuilder::on_unresponsive).
///
/// It is about deadlines that the author of the host set with
/// [`Client::with_timeout`](crate::Client::with_timeout), and nothing else: a limit that the interface
/// sets for a method, a deadline that reached this program with a call of somebody else, a future that was
/// dropped and a method that is to run to its end never cost a plugin its life. What runs on then is
/// counted, in `Plugin::abandoned_calls`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unresponsive {
    /// Kill its process when the grace has passed: only that ends a handler which computes or blocks.
    /// All other calls on it fail, and learn why.
    #[default]
    Kill,
    /// Let it run.
    Leave,
}
