use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter<K> {
    async fn get(&self, key: K) -> Result<u8>;
}

struct Hello;

impl Greeter<u8> for Hello {
    async fn get(&self, _: u8) -> Result<u8> {
        Ok(1)
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.get(1u8);
    serves(GreeterServer::new(Hello));
}
