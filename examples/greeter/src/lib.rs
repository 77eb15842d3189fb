//! The interface, which plugin and host share.

// ANCHOR: interface
use outboard::{Result, plugin_interface};

/// Greets people.
#[plugin_interface(version = 1)]
pub trait Greeter {
    /// Greets one person by name.
    async fn greet(&self, name: &str) -> Result<String>;
}
// ANCHOR_END: interface
