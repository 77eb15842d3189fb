use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
    #[plugin(no_cancel = true)]
    fn list(&self) -> Result<u8>;
    #[plugin(no_cancel(true), name = "all")]
    fn count(&self) -> Result<u8>;
    #[plugin(no_cancel timeout = "5s")]
    fn leave(&self) -> Result<u8>;
}

struct Hello;

impl Greeter for Hello {
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    fn list(&self) -> Result<u8> {
        Ok(1)
    }
    fn count(&self) -> Result<u8> {
        Ok(1)
    }
    fn leave(&self) -> Result<u8> {
        Ok(1)
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.list();
    let _ = client.count();
    let _ = client.leave();
    serves(GreeterServer::new(Hello));
}
