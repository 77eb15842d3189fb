//! The host.
#![expect(clippy::print_stdout, reason = "greeting people is what this program is for")]

// ANCHOR: host
use greeter::{Greeter, GreeterClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> outboard::Result<()> {
    let plugin = std::env::args().nth(1).unwrap_or_else(|| "target/debug/hello".to_owned());
    let greeter = GreeterClient::launch(plugin).await?;
    println!("{}", greeter.greet("world").await?);
    Ok(())
}
// ANCHOR_END: host
