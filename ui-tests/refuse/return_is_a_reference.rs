use outboard::{plugin_interface, Result, Service};

use std::borrow::Cow;

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    async fn name(&self) -> Result<&str>;
    async fn text(&self) -> Result<Cow<'_, str>>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    async fn name(&self) -> Result<&str> {
        Ok("")
    }
    async fn text(&self) -> Result<Cow<'_, str>> {
        Ok("".into())
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.name();
    let _ = client.text();
    serves(GreeterServer::new(Hello));
}
