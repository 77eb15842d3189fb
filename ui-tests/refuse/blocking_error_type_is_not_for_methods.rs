use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
    fn point(&self) -> Result<u8, String>;
}

struct Hello;

impl Greeter for Hello {
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    fn point(&self) -> Result<u8, String> {
        Ok(1)
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.point();
    serves(GreeterServer::new(Hello));
}
