use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
    fn list(&mut self, (from, to): (u8, u8), names: &[String]) -> Result<u8>;
    fn copy(&self, other: Self) -> Result<Self>;
    type Language;
    fn language(&self) -> Result<Self::Language>;
    fn version(&self) -> Result<String>;
}

struct Hello;

impl Greeter for Hello {
    type Language = ();
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    fn list(&mut self, (from, to): (u8, u8), _: &[String]) -> Result<u8> {
        Ok(to - from)
    }
    fn copy(&self, other: Self) -> Result<Self> {
        Ok(other)
    }
    fn language(&self) -> Result<()> {
        Ok(())
    }
    fn version(&self) -> Result<String> {
        Ok(String::new())
    }
}

fn serves(_: impl Service) {}

async fn later(mut client: GreeterAsyncClient) -> Result<()> {
    let text: String = client.clone().greet("world").await?;
    client.list((1, 2), &[text]).await?;
    client.copy(client.clone()).await?;
    client.language().await?;
    client.version().await?;
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
