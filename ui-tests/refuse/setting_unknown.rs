use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    #[plugin(nmae = "all")]
    async fn list(&self) -> Result<u8>;
    #[plugin(retries = 3)]
    async fn count(&self) -> Result<u8>;
    #[plugin(no_cancle)]
    async fn leave(&self) -> Result<u8>;
    #[plugin(time_out = "5s")]
    async fn meet(&self) -> Result<u8>;
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
    serves(GreeterServer::new(Hello));
}
