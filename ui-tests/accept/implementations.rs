//! Implementations of every kind, and code that takes any of them.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use std::sync::Arc;

use outboard::{Result, Service, plugin_interface};
use outboard_ui_tests::finish;

/// Greets people.
#[plugin_interface(version = 7)]
pub trait Greeter: Clone + std::fmt::Debug {
    /// Greets one person by name.
    async fn greet(&self, name: &str) -> Result<String>;
}

/// A part of an implementation.
pub trait Tone: Clone + std::fmt::Debug + Send + Sync + 'static {
    /// What stands at the end.
    fn end(&self) -> char;
}

#[derive(Clone, Debug)]
struct Loud;

impl Tone for Loud {
    fn end(&self) -> char {
        '!'
    }
}

#[derive(Clone, Debug)]
struct Hello<S>(S);

impl<S: Tone> Greeter for Hello<S> {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}{}", self.0.end()))
    }
}

async fn by_value<G: Greeter>(greeter: G) -> Result<String> {
    greeter.greet("world").await
}

async fn by_reference(greeter: &impl Greeter) -> Result<String> {
    greeter.greet("world").await
}

fn spawn<F: Future + Send + 'static>(future: F) -> F::Output {
    finish(future)
}

fn serves(_: impl Service) {}

fn main() {
    let shared = Arc::new(Hello(Loud));
    let clients = vec![
        GreeterClient::local(Hello(Loud)),
        GreeterClient::local(Arc::clone(&shared)),
        GreeterClient::local(GreeterClient::local(Hello(Loud))),
    ];
    for client in clients {
        assert_eq!(client.version(), 7);
        assert_eq!(finish(by_reference(&client)).unwrap(), "Hello, world!");
        assert_eq!(spawn(by_value(client)).unwrap(), "Hello, world!");
    }
    assert_eq!(finish(by_value(Arc::clone(&shared))).unwrap(), "Hello, world!");
    serves(GreeterServer::new(shared).clone());
    serves(GreeterServer::new(GreeterClient::local(Hello(Loud))));
}
