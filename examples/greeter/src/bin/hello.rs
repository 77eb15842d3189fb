//! The plugin.

// ANCHOR: plugin
use greeter::{Greeter, GreeterServer};

struct Hello;

impl Greeter for Hello {
    async fn greet(&self, name: &str) -> outboard::Result<String> {
        Ok(format!("Hello, {name}!"))
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(GreeterServer::new(Hello))
}
// ANCHOR_END: plugin
