//! Interfaces in one module, one handing its calls to the other; one of them blocks.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use std::sync::Arc;

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

/// Tells.
#[plugin_interface(version = 3)]
pub trait Teller {
    /// Tells all.
    fn tell(&self) -> Result<String>;
}

struct Three;

impl Teller for Three {
    fn tell(&self) -> Result<String> {
        Ok("three".to_owned())
    }
}

impl Reader for Three {
    async fn read(&self) -> Result<Vec<u8>> {
        Ok(vec![1, 2, 3])
    }
}

struct Counts(ReaderClient, TellerClient);

impl Counter for Counts {
    async fn count(&self) -> Result<usize> {
        Ok(self.0.read().await?.len() + self.1.tell()?.len())
    }
}

fn main() {
    // A blocking interface can be an object, in the ordinary way.
    let teller: Arc<dyn Teller> = Arc::new(Three);
    assert_eq!(TellerClient::local(teller).tell().unwrap(), "three");

    let client = CounterClient::local(Counts(ReaderClient::local(Three), TellerClient::local(Three)));
    assert_eq!(finish(client.count()).unwrap(), 8);
    assert_eq!((ReaderClient::COOKIE_VALUE, CounterClient::COOKIE_VALUE), ("secret", "Counter"));
}
