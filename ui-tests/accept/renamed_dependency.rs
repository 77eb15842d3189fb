//! An interface from a crate of the 2021 edition that knows the dependency by another name, and one
//! that reaches it through a third crate.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use outboard_stranger::{Counter, CounterAsyncClient, CounterClient, Greeter, GreeterClient, GreeterServer};
use outboard_ui_tests::finish;

mod third {
    pub(crate) use outboard as boat;
}
#[allow(unused_imports, reason = "in the way of a careless path")]
use outboard_stranger::outboard;

/// Reaches it.
#[third::boat::plugin_interface(version = 1, crate = third::boat)]
pub trait Reaches {
    /// Answers.
    async fn answer(&self) -> third::boat::Result<u8>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> third::boat::Result<String> {
        Ok(format!("Hello, {name}!"))
    }
}

impl Counter for Hello {
    fn count(&self, name: &str) -> third::boat::Result<usize> {
        Ok(name.len())
    }
}

impl Reaches for Hello {
    async fn answer(&self) -> third::boat::Result<u8> {
        Ok(42)
    }
}

fn main() {
    let _counts = |client: &CounterAsyncClient| drop(client.count("world"));
    assert_eq!(CounterClient::local(Hello).count("world").unwrap(), 5);
    let _server = GreeterServer::new(Hello);
    assert_eq!(finish(GreeterClient::local(Hello).greet("world")).unwrap(), "Hello, world!");
    assert_eq!(finish(ReachesClient::local(Hello).answer()).unwrap(), 42);
}
