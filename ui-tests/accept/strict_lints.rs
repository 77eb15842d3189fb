//! Every lint that people turn on.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    rust_2018_idioms,
    let_underscore_drop,
    single_use_lifetimes,
    unused_lifetimes,
    elided_lifetimes_in_paths,
    trivial_casts,
    trivial_numeric_casts
)]
#![forbid(unsafe_code)]

use outboard::{Result, plugin_interface};
use outboard_ui_tests::finish;

mod inner {
    use super::{Result, plugin_interface};

    /// Private to the program.
    #[plugin_interface(version = 1)]
    pub(crate) trait Narrow {
        /// Answers.
        async fn answer(&self, question: &str) -> Result<u8>;
    }

    /// Private to the program, and blocking.
    #[plugin_interface(version = 1)]
    pub(crate) trait Plain {
        /// Asks.
        fn ask(&self, question: &str, hint: Option<&str>) -> Result<u8>;
    }
}

/// For everybody, and old.
#[deprecated = "use another"]
#[plugin_interface(version = 1)]
pub trait Wide {
    /// Answers.
    #[deprecated = "use `ask`"]
    #[must_use]
    async fn answer(&self, question: &str) -> Result<u8>;
    /// Asks.
    #[allow(clippy::too_many_arguments, reason = "so many")]
    async fn ask(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> Result<u8>;
}

/// For everybody, old, and blocking.
#[deprecated = "use another"]
#[plugin_interface(version = 1)]
pub trait Broad {
    /// Answers.
    #[deprecated = "use `ask`"]
    #[must_use]
    fn answer(&self, question: &str) -> Result<u8>;
    /// Asks.
    #[allow(clippy::too_many_arguments, reason = "so many")]
    fn ask(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> Result<u8>;
    #[allow(missing_docs, reason = "it says it all")]
    fn new(&self) -> Result<u8>;
}

struct Answers;

impl inner::Plain for Answers {
    fn ask(&self, question: &str, hint: Option<&str>) -> Result<u8> {
        Ok(u8::try_from(question.len() + hint.map_or(0, str::len)).unwrap())
    }
}

impl inner::Narrow for Answers {
    async fn answer(&self, question: &str) -> Result<u8> {
        Ok(u8::try_from(question.len()).unwrap())
    }
}

fn main() {
    use inner::{Narrow as _, Plain as _};
    assert_eq!(
        outboard::testing::connect_blocking(inner::PlainServer::new(Answers))
            .unwrap()
            .ask("what", Some("that"))
            .unwrap(),
        8
    );
    assert_eq!(
        finish(outboard::testing::connect_blocking(inner::NarrowServer::new(Answers)).unwrap().answer("what")).unwrap(),
        4
    );
}
