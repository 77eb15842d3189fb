use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    const fn limit(&self) -> Result<u8>;
}

struct Hello;

impl Greeter for Hello {
    fn limit(&self) -> Result<u8> {
        Ok(1)
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.limit();
    serves(GreeterServer::new(Hello));
}
