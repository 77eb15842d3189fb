use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    async fn fill(&self, buffer: &mut Vec<u8>, more: Option<&mut String>) -> Result<()>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    async fn fill(&self, _: &mut Vec<u8>, _: Option<&mut String>) -> Result<()> {
        Ok(())
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.fill(&mut vec![], None);
    serves(GreeterServer::new(Hello));
}
