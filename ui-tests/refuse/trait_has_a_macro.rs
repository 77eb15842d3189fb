use outboard::{plugin_interface, Result, Service};

macro_rules! methods {
    () => {
        fn hidden(&self) -> impl Future<Output = Result<()>> + Send;
    };
}

#[plugin_interface(version = 1)]
pub trait Greeter {
    async fn greet(&self, name: &str) -> Result<String>;
    methods!();
}

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    async fn hidden(&self) -> Result<()> {
        Ok(())
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.hidden();
    serves(GreeterServer::new(Hello));
}
