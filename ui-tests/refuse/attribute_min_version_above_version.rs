use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 2, min_version = 3)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    serves(GreeterServer::new(Hello));
}
