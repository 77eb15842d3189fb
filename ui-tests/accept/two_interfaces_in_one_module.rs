//! Two interfaces in one module, one handing its calls to the other.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use outboard::{Interface, Result, plugin_interface};
use outboard_ui_tests::finish;

/// Reads.
#[plugin_interface(version = 1, cookie = "secret")]
pub trait Reader {
    /// Reads all.
    async fn read(&self) -> Result<Vec<u8>>;
}

/// Counts.
#[plugin_interface(version = 2)]
pub trait Counter {
    /// Counts all.
    async fn count(&self) -> Result<usize>;
}

struct Three;

impl Reader for Three {
    async fn read(&self) -> Result<Vec<u8>> {
        Ok(vec![1, 2, 3])
    }
}

struct Counts(ReaderClient);

impl Counter for Counts {
    async fn count(&self) -> Result<usize> {
        Ok(self.0.read().await?.len())
    }
}

fn main() {
    let client = CounterClient::local(Counts(ReaderClient::local(Three)));
    assert_eq!(finish(client.count()).unwrap(), 3);
    assert_eq!((ReaderClient::COOKIE_VALUE, CounterClient::COOKIE_VALUE), ("secret", "Counter"));
}
