//! The host's side: launching a plugin, and what it knows of it.

pub mod blocking;
#[cfg(feature = "tokio")]
mod builder;
mod describe;
mod launch;
mod lifeline;
#[cfg(feature = "tokio")]
mod plugin;
mod report;
mod running;
mod unresponsive;

#[cfg(feature = "tokio")]
pub use builder::PluginBuilder;
pub use describe::{InterfaceDescription, MethodDescription};
#[cfg(feature = "tokio")]
pub use plugin::{Launching, Plugin, launch};
pub use unresponsive::Unresponsive;
