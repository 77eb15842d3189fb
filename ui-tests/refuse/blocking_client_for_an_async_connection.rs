use outboard::{plugin_interface, Plugin, Result};

#[plugin_interface(version = 1)]
pub trait Greeter {
    fn greet(&self, name: &str) -> Result<String>;
}

async fn run(plugin: Plugin) -> Result<()> {
    let greeter = plugin.client::<GreeterClient>()?;
    greeter.greet("world")?;
    let greeter = plugin.client::<GreeterAsyncClient>()?;
    greeter.greet("world").await?;
    Ok(())
}

fn main() {
    let _ = run;
}
