use outboard::{plugin_interface, Result, Service};

pub struct Point;

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
    fn draw(&self, point: Point) -> Result<()> {
        let _ = point;
        Ok(())
    }
}

struct Hello;

impl Greeter for Hello {
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}!"))
    }
    fn draw(&self, _: Point) -> Result<()> {
        Ok(())
    }
}

fn serves(_: impl Service) {}

fn main() {
    let client = GreeterClient::local(Hello);
    let _ = client.clone().version();
    let _ = client.greet("world");
    let _ = client.draw(Point);
    serves(GreeterServer::new(Hello));
}
