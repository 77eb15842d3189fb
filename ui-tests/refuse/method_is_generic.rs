use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    async fn put<T: ToString>(&self, value: T) -> Result<T>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    async fn put<T: ToString>(&self, _: T) -> Result<T> {
        Err(outboard::Error::other("full"))
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.put(1);
    serves(GreeterServer::new(Hello));
}
