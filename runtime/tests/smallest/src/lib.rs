//! The interface of the smallest plugin.

use outboard::{Result, plugin_interface};

/// Repeats.
#[plugin_interface(version = 1)]
pub trait Echo {
    /// Returns the text.
    fn echo(&self, text: &str) -> Result<String>;
}
