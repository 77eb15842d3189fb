//! The smallest plugin.

use outboard::Result;
use outboard_smallest::{Echo, EchoServer};

struct Plain;

impl Echo for Plain {
    fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(EchoServer::new(Plain))
}
