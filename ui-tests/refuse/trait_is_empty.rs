use outboard::{plugin_interface, Service};

#[plugin_interface(version = 1)]
pub trait Greeter {
}

struct Hello;

impl Greeter for Hello {
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    serves(GreeterServer::new(Hello));
}
