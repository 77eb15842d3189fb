use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
    fn list(&mut self) -> Result<u8>;
    fn count(&self) -> Result<u8> {
        self.list()
    }
    fn leave(self) -> Result<u8> {
        self.list()
    }
}

struct Hello;

impl Greeter for Hello {
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    fn list(&mut self) -> Result<u8> {
        Ok(1)
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.count();
    serves(GreeterServer::new(Hello));
}
