use outboard::plugin_interface;

#[plugin_interface(version = 1)]
pub struct Greeter {
    name: String,
}

fn main() {
    let _ = Greeter { name: "world".into() }.name;
}
