use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    type Name: ToString + Default;
    async fn rename(&self, name: Self::Name) -> Result<()>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    type Name = String;
    async fn rename(&self, _: String) -> Result<()> {
        Ok(())
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.rename(Default::default());
    serves(GreeterServer::new(Hello));
}
