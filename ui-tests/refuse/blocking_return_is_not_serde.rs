use outboard::{plugin_interface, Result, Service};

pub struct Point;

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
    fn point(&self) -> Result<Point>;
}

struct Hello;

impl Greeter for Hello {
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    fn point(&self) -> Result<Point> {
        Ok(Point)
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.point();
    serves(GreeterServer::new(Hello));
}
