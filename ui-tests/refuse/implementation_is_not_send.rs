use outboard::{plugin_interface, Result, Service};
use std::rc::Rc;

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        let name = Rc::new(name.to_owned());
        std::future::ready(()).await;
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
