use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    async fn place(&self, (x, y): (u8, u8), _: u8) -> Result<()>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    async fn place(&self, (_x, _y): (u8, u8), _: u8) -> Result<()> {
        Ok(())
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.place((1, 2), 3);
    serves(GreeterServer::new(Hello));
}
