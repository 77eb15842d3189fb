//! The book's code blocks as doctests; `tests/` checks the rest of it.
//!
//! A block with `{{#include ..}}` is marked `ignore` here and tested where it lives.

pub mod ends;

macro_rules! chapters {
    ($($name:ident: $path:literal;)*) => {$(
        #[doc = include_str!(concat!("../src/", $path))]
        #[cfg(doctest)]
        pub mod $name {}
    )*};
}

chapters! {
    introduction: "introduction.md";
    concepts: "concepts.md";
    interface: "tutorial/interface.md";
    plugin: "tutorial/plugin.md";
    host: "tutorial/host.md";
    trouble: "tutorial/trouble.md";
    logscan: "tutorial/logscan.md";
    blocking: "how-to/blocking.md";
    streams: "how-to/streams.md";
    callbacks: "how-to/callbacks.md";
    deadlines: "how-to/deadlines.md";
    testing: "how-to/testing.md";
    launching: "how-to/launching.md";
    errors: "errors.md";
    protocol: "protocol.md";
    figures: "figures.md";
    costs: "costs.md";
}
