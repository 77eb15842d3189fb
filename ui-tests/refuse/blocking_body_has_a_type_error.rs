use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
    fn list(&self) -> Result<u8> {
        self.greet("world")?;
        let one: u8 = "one";
        Ok(one)
    }
    fn count(&self) -> Result<u8> {
        self.greet("world")?;
    }
}

struct Hello;

impl Greeter for Hello {
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.list();
    let _ = client.count();
    serves(GreeterServer::new(Hello));
}
