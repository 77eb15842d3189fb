use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    #[plugin(timeout = "")]
    async fn list(&self) -> Result<u8>;
    #[plugin(timeout = "soon")]
    async fn count(&self) -> Result<u8>;
    #[plugin(timeout = "1.5s")]
    async fn leave(&self) -> Result<u8>;
    #[plugin(timeout = "1m30s")]
    async fn meet(&self) -> Result<u8>;
    #[plugin(timeout = "5 s")]
    async fn part(&self) -> Result<u8>;
    #[plugin(timeout = "-5s")]
    async fn wait(&self) -> Result<u8>;
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    async fn list(&self) -> Result<u8> {
        Ok(1)
    }
    async fn count(&self) -> Result<u8> {
        Ok(1)
    }
    async fn leave(&self) -> Result<u8> {
        Ok(1)
    }
    async fn meet(&self) -> Result<u8> {
        Ok(1)
    }
    async fn part(&self) -> Result<u8> {
        Ok(1)
    }
    async fn wait(&self) -> Result<u8> {
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
    let _ = client.meet();
    let _ = client.part();
    let _ = client.wait();
    serves(GreeterServer::new(Hello));
}
