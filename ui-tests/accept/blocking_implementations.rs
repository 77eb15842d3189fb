//! Implementations of a blocking interface, of every kind, and code that takes any of them.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use std::sync::Arc;

use outboard::{AsyncClient, Result, Service, plugin_interface};

/// Greets people.
#[plugin_interface(version = 7)]
pub trait Greeter: Clone + std::fmt::Debug {
    /// Greets one person by name.
    fn greet(&self, name: &str) -> Result<String>;
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
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}{}", self.0.end()))
    }
}

fn by_value<G: Greeter>(greeter: G) -> Result<String> {
    greeter.greet("world")
}

fn by_reference(greeter: &impl Greeter) -> Result<String> {
    greeter.greet("world")
}

/// A test double that has nothing to do with plugins.
#[derive(Clone, Debug)]
struct Sulks;

impl Greeter for Sulks {
    fn greet(&self, name: &str) -> Result<String> {
        panic!("not {name} again")
    }
}

fn serves(_: impl Service<Client = GreeterClient>) {}

fn is_async_client<C: AsyncClient + Clone + std::fmt::Debug + Send + Sync + 'static>() {}

fn main() {
    let shared = Arc::new(Hello(Loud));
    let clients = vec![
        GreeterClient::local(Hello(Loud)),
        GreeterClient::local(Arc::clone(&shared)),
        GreeterClient::local(GreeterClient::local(Hello(Loud))),
    ];
    for client in clients {
        assert_eq!(client.version(), 7);
        assert_eq!(by_reference(&client).unwrap(), "Hello, world!");
        assert_eq!(std::thread::spawn(|| by_value(client)).join().unwrap().unwrap(), "Hello, world!");
    }
    assert_eq!(by_value(Arc::clone(&shared)).unwrap(), "Hello, world!");
    assert!(std::panic::catch_unwind(|| by_reference(&Sulks)).is_err());
    let error = by_reference(&GreeterClient::local(Sulks)).unwrap_err();
    assert!(error.to_string().contains("not world again"), "{error}");
    is_async_client::<GreeterAsyncClient>();
    serves(GreeterServer::new(shared).clone());
    serves(GreeterServer::new(GreeterClient::local(Hello(Loud))));
}
