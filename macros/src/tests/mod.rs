//! Durations; and the expander on what an editor sees while somebody types, on what nobody would write, and on what
//! a crate without tokio has.

mod duration;
mod half_typed;
mod no_panic;
mod without_tokio;
