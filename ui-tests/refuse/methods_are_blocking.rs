use outboard::{plugin_interface, Result, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn list(&self) -> Result<u8>;
    fn count(&self, names: &[String]) -> Result<usize>;
}

struct Hello;

impl Greeter for Hello {
    fn list(&self) -> Result<u8> {
        Ok(1)
    }
    fn count(&self, names: &[String]) -> Result<usize> {
        Ok(names.len())
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.list();
    let _ = client.count(&[]).is_ok();
    serves(GreeterServer::new(Hello));
}
