use outboard::plugin_interface;

#[plugin_interface(version = 1)]
pub fn greet() {}

pub struct Greeter;

#[plugin_interface(version = 1)]
impl Greeter {}

#[plugin_interface(version = 1)]
pub mod greeting {
    pub fn greet() {}
}

#[plugin_interface(version = 1)]
pub enum Greeting {
    Hello,
}

fn main() {
    greet();
    greeting::greet();
    let _ = (Greeter, Greeting::Hello);
}
