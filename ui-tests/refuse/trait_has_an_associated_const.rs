use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    const LIMIT: usize;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    const LIMIT: usize = 10;
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = <GreeterClient as Greeter>::LIMIT + <Hello as Greeter>::LIMIT;
    serves(GreeterServer::new(Hello));
}
