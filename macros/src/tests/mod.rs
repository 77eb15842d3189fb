//! The expander on what an editor sees while somebody types, and on what nobody would write.

mod half_typed;
mod no_panic;
