use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    async fn list(&mut self) -> Result<u8>;
    async fn put<T: ToString>(&self, value: T) -> Result<()>;
    async fn log(&self, line: &str);
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    async fn list(&mut self) -> Result<u8> {
        Ok(1)
    }
    async fn put<T: ToString>(&self, _: T) -> Result<()> {
        Ok(())
    }
    async fn log(&self, _: &str) {}
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.clone().list();
    let _ = client.put(1);
    let _ = client.log("a");
    serves(GreeterServer::new(Hello));
}
