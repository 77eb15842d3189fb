//! The interfaces that the plugins serve.

use std::collections::BTreeMap;

use outboard::{Failure, Result, plugin_interface};
use serde::{Deserialize, Serialize};

/// Everything that a handler can do to its caller.
#[plugin_interface(version = 3, min_version = 2)]
pub trait Zoo {
    /// Returns the text.
    async fn echo(&self, text: &str) -> Result<String>;
    /// Returns the bytes.
    async fn echo_bytes(&self, bytes: Vec<u8>) -> Result<Vec<u8>>;
    /// Adds two numbers.
    async fn add(&self, left: i64, right: i64) -> Result<i64>;
    /// Waits until two handlers are here.
    async fn meet(&self) -> Result<bool>;
    /// Never returns, and never waits; says `spinning` on stderr.
    async fn spin(&self) -> Result<()>;
    /// The same after it has waited once.
    async fn spin_later(&self) -> Result<()>;
    /// Waits for ever.
    async fn never(&self) -> Result<()>;
    /// Waits until this file exists.
    async fn wait_for(&self, file: &str) -> Result<()>;
    /// How many calls of `never` run.
    async fn waiting(&self) -> Result<u64>;
    /// How many calls of `never` were dropped.
    async fn dropped(&self) -> Result<u64>;
    /// Panics at its first poll.
    async fn panic(&self, message: &str) -> Result<()>;
    /// Panics after it has waited once.
    async fn panic_later(&self, message: &str) -> Result<()>;
    /// Panics with something that is no text.
    async fn panic_with_a_number(&self) -> Result<()>;
    /// Prints with `println!`.
    async fn print(&self, text: &str) -> Result<()>;
    /// Has a shell print to descriptor 1.
    async fn print_from_child(&self, text: &str) -> Result<()>;
    /// Writes to stderr as it is.
    async fn print_to_stderr(&self, text: &str) -> Result<()>;
    /// Reads stdin to its end.
    async fn read_stdin(&self) -> Result<String>;
    /// Aborts the process.
    async fn abort(&self) -> Result<()>;
    /// Exits the process.
    async fn exit(&self, code: i32) -> Result<()>;
    /// What the open descriptors of the process refer to, by number.
    async fn descriptors(&self) -> Result<BTreeMap<i32, String>>;
    /// The environment of the process.
    async fn environment(&self) -> Result<BTreeMap<String, String>>;
    /// The directory of the process.
    async fn directory(&self) -> Result<String>;
    /// Starts `sleep` with the stdio of the process, if asked in a session of its own.
    async fn start_sleeper(&self, own_session: bool) -> Result<u32>;
    /// Fails with an error of the author's own.
    async fn feed(&self, animal: &str) -> Result<(), FeedError>;
    /// Fails with whatever `?` takes.
    async fn parse(&self, text: &str) -> Result<u32, Failure>;
    /// Fails with our own error.
    async fn refuse(&self, reason: &str) -> Result<()>;
    /// So many bytes, all of them 7.
    async fn bytes(&self, count: u64) -> Result<Vec<u8>>;
    /// A value that nests.
    async fn nest(&self) -> Result<Nest>;
    /// A value that is small on the wire and large in memory.
    async fn sparse(&self) -> Result<Vec<Option<[u64; 32]>>>;
    /// A value whose elements take no bytes.
    async fn nothings(&self) -> Result<Vec<()>>;
    /// Returns the text after it has passed so many plugins more, each launched by the one before.
    async fn relay(&self, program: &str, plugins: u32, text: &str) -> Result<String>;
    /// What is left of its deadline in microseconds, here and in so many plugins more, each called by the
    /// one before.
    async fn remaining(&self, program: &str, plugins: u32) -> Result<Vec<Option<u64>>>;
    /// As `spin`, with a limit of the interface's own.
    #[plugin(timeout = "200ms")]
    async fn spin_briefly(&self) -> Result<()>;
    /// Waits until nobody waits for it, and says so on stderr.
    async fn linger(&self) -> Result<()>;
    /// Twice a number, and who worked it out.
    async fn double(&self, number: i64) -> Result<String> {
        Ok(format!("{} by the host", self.add(number, number).await?))
    }
}

/// A second interface of the same process.
#[plugin_interface(version = 1)]
pub trait Aquarium {
    /// The fish.
    async fn fish(&self) -> Result<Vec<String>>;
}

/// An interface that nobody serves.
#[plugin_interface(version = 1)]
pub trait Aviary {
    /// The birds.
    async fn birds(&self) -> Result<Vec<String>>;
}

/// Why an animal cannot be fed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeedError {
    /// It had enough.
    Full {
        /// Who.
        animal: String,
        /// How much of what.
        eaten: BTreeMap<String, u32>,
    },
    /// There is no such animal.
    Unknown(String),
    /// The call failed on its way.
    Call(String),
}

impl From<outboard::Error> for FeedError {
    fn from(error: outboard::Error) -> Self {
        Self::Call(error.report().to_string())
    }
}

/// A value that can be as deep as somebody likes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nest {
    /// The innermost.
    Egg,
    /// One more around it.
    Nest(Box<Nest>),
}

/// The zoo as it was.
pub mod second_generation {
    use outboard::{Result, plugin_interface};

    /// Before it had most of its methods, and with these in another order.
    #[plugin_interface(version = 2)]
    pub trait Zoo {
        /// Adds two numbers.
        async fn add(&self, left: i64, right: i64) -> Result<i64>;
        /// Returns the text.
        async fn echo(&self, text: &str) -> Result<String>;
    }
}

/// The zoo as nobody knows it any more.
pub mod first_generation {
    use outboard::{Result, plugin_interface};

    /// Its beginnings.
    #[plugin_interface(version = 1)]
    pub trait Zoo {
        /// Returns the text.
        async fn echo(&self, text: &str) -> Result<String>;
    }
}

/// Another program's zoo.
pub mod foreign {
    use outboard::{Result, plugin_interface};

    /// The same name, another cookie.
    #[plugin_interface(version = 3, cookie = "another program")]
    pub trait Zoo {
        /// Returns the text.
        async fn echo(&self, text: &str) -> Result<String>;
    }
}
