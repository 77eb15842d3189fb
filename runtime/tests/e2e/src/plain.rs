//! The same interfaces with plain methods. On the wire nobody can tell them from the async ones.

use std::collections::BTreeMap;

use outboard::{Failure, Result, plugin_interface};

use crate::interfaces::{FeedError, Nest};

/// Everything that a handler can do to its caller.
#[plugin_interface(version = 3, min_version = 2)]
pub trait Zoo {
    /// Returns the text.
    fn echo(&self, text: &str) -> Result<String>;
    /// Returns the bytes.
    fn echo_bytes(&self, bytes: Vec<u8>) -> Result<Vec<u8>>;
    /// Adds two numbers.
    fn add(&self, left: i64, right: i64) -> Result<i64>;
    /// Waits until two handlers are here.
    fn meet(&self) -> Result<bool>;
    /// Never returns, and never waits; says `spinning` on stderr.
    fn spin(&self) -> Result<()>;
    /// The same after it has waited once.
    fn spin_later(&self) -> Result<()>;
    /// Waits for ever.
    fn never(&self) -> Result<()>;
    /// Waits until this file exists.
    fn wait_for(&self, file: &str) -> Result<()>;
    /// How many calls of `never` run.
    fn waiting(&self) -> Result<u64>;
    /// How many calls of `never` were dropped.
    fn dropped(&self) -> Result<u64>;
    /// Panics at its first poll.
    fn panic(&self, message: &str) -> Result<()>;
    /// Panics after it has waited once.
    fn panic_later(&self, message: &str) -> Result<()>;
    /// Panics with something that is no text.
    fn panic_with_a_number(&self) -> Result<()>;
    /// Prints with `println!`.
    fn print(&self, text: &str) -> Result<()>;
    /// Has a shell print to descriptor 1.
    fn print_from_child(&self, text: &str) -> Result<()>;
    /// Writes to stderr as it is.
    fn print_to_stderr(&self, text: &str) -> Result<()>;
    /// Reads stdin to its end.
    fn read_stdin(&self) -> Result<String>;
    /// Aborts the process.
    fn abort(&self) -> Result<()>;
    /// Exits the process.
    fn exit(&self, code: i32) -> Result<()>;
    /// What the open descriptors of the process refer to, by number.
    fn descriptors(&self) -> Result<BTreeMap<i32, String>>;
    /// The environment of the process.
    fn environment(&self) -> Result<BTreeMap<String, String>>;
    /// The directory of the process.
    fn directory(&self) -> Result<String>;
    /// Starts `sleep` with the stdio of the process, if asked in a session of its own.
    fn start_sleeper(&self, own_session: bool) -> Result<u32>;
    /// Fails with an error of the author's own.
    fn feed(&self, animal: &str) -> Result<(), FeedError>;
    /// Fails with whatever `?` takes.
    fn parse(&self, text: &str) -> Result<u32, Failure>;
    /// Fails with our own error.
    fn refuse(&self, reason: &str) -> Result<()>;
    /// So many bytes, all of them 7.
    fn bytes(&self, count: u64) -> Result<Vec<u8>>;
    /// A value that nests.
    fn nest(&self) -> Result<Nest>;
    /// A value that is small on the wire and large in memory.
    fn sparse(&self) -> Result<Vec<Option<[u64; 32]>>>;
    /// A value whose elements take no bytes.
    fn nothings(&self) -> Result<Vec<()>>;
    /// Returns the text after it has passed so many plugins more, each launched by the one before.
    fn relay(&self, program: &str, plugins: u32, text: &str) -> Result<String>;
    /// What is left of its deadline in microseconds, here and in so many plugins more, each called by the
    /// one before.
    fn remaining(&self, program: &str, plugins: u32) -> Result<Vec<Option<u64>>>;
    /// As `spin`, with a limit of the interface's own.
    #[plugin(timeout = "200ms")]
    fn spin_briefly(&self) -> Result<()>;
    /// Waits until nobody waits for it, and says so on stderr.
    fn linger(&self) -> Result<()>;
    /// Twice a number, and who worked it out.
    fn double(&self, number: i64) -> Result<String> {
        Ok(format!("{} by the host", self.add(number, number)?))
    }
}

/// A second interface of the same process.
#[plugin_interface(version = 1)]
pub trait Aquarium {
    /// The fish.
    fn fish(&self) -> Result<Vec<String>>;
}

/// The zoo as it was.
pub mod second_generation {
    use outboard::{Result, plugin_interface};

    /// Before it had most of its methods, and with these in another order.
    #[plugin_interface(version = 2)]
    pub trait Zoo {
        /// Adds two numbers.
        fn add(&self, left: i64, right: i64) -> Result<i64>;
        /// Returns the text.
        fn echo(&self, text: &str) -> Result<String>;
    }
}

/// The zoo as nobody knows it any more.
pub mod first_generation {
    use outboard::{Result, plugin_interface};

    /// Its beginnings.
    #[plugin_interface(version = 1)]
    pub trait Zoo {
        /// Returns the text.
        fn echo(&self, text: &str) -> Result<String>;
    }
}

/// Another program's zoo.
pub mod foreign {
    use outboard::{Result, plugin_interface};

    /// The same name, another cookie.
    #[plugin_interface(version = 3, cookie = "another program")]
    pub trait Zoo {
        /// Returns the text.
        fn echo(&self, text: &str) -> Result<String>;
    }
}
