//! A plugin that goes wrong in most ways that a plugin can.
#![expect(clippy::print_stdout, clippy::panic, reason = "going wrong is what this program is for")]

// ANCHOR: plugin
use greeter::{Greeter, GreeterServer};
use outboard::{Error, Result};

struct Moody;

impl Greeter for Moody {
    async fn greet(&self, name: &str) -> Result<String> {
        println!("about to greet {name}");
        match name {
            "nobody" => Err(Error::other("there is nobody to greet")),
            "boss" => panic!("not the boss again"),
            "Medusa" => std::process::abort(),
            name => Ok(format!("Oh. {name}.")),
        }
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(GreeterServer::new(Moody))
}
// ANCHOR_END: plugin
