//! An interface in an older edition, where `outboard` is the name of something else.
#![deny(
    missing_debug_implementations,
    missing_docs,
    rust_2018_idioms,
    unreachable_pub,
    unused_qualifications,
    warnings
)]
#![forbid(unsafe_code)]

/// Not the crate.
pub mod outboard {}

/// Counts letters, from afar.
#[boat::plugin_interface(version = 1, crate = boat)]
pub trait Counter {
    /// How many letters a name has.
    fn count(&self, name: &str) -> boat::Result<usize>;
}

/// Greets people, from afar.
#[boat::plugin_interface(version = 1, crate = boat)]
pub trait Greeter {
    /// Greets one person by name.
    async fn greet(&self, name: &str) -> boat::Result<String>;
}
