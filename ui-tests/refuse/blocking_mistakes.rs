use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
    fn list(&mut self, (from, to): (u8, u8), names: &[String]) -> Result<u8>;
    fn copy(&self, other: Self) -> Result<Self>;
    fn version(&self) -> Result<String>;
}

struct Hello;

impl Greeter for Hello {
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    fn list(&mut self, (from, to): (u8, u8), names: &[String]) -> Result<u8> {
        Ok(to - from)
    }
    fn copy(&self, other: Self) -> Result<Self> {
        Ok(other)
    }
    fn version(&self) -> Result<String> {
        Ok(String::new())
    }
}

fn serves(_: impl Service) {}

async fn later(client: GreeterAsyncClient) -> Result<()> {
    let text: String = client.clone().greet("world").await?;
    client.list((1, text.len() as u8), &[]).await?;
    client.copy(client.clone()).await?;
    Ok(())
}

fn main() {
    let mut client = GreeterClient::local(Hello);
    let _ = client.clone().greet("world").is_ok();
    let _ = client.list((1, 2), &[]);
    let _ = client.copy(client.clone());
    serves(GreeterServer::new(Hello));
    let _ = later;
}
