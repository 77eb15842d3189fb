use outboard::{plugin_interface, Result};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
}

async fn run() -> Result<()> {
    let greeter = outboard::launch::<GreeterClient>("./hello").await?;
    greeter.greet("world")?;
    let greeter = outboard::launch::<GreeterAsyncClient>("./hello").await?;
    greeter.greet("world").await?;
    Ok(())
}

fn main() {
    let _ = run;
}
