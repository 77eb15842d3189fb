//! The figures that the book tells of a plugin without a runtime.
//!
//! `cargo build --release -p outboard-smallest && strip target/release/smallest`, and then
//! `cargo run --release -p outboard-smallest --example figures target/release/smallest`.
#![allow(clippy::print_stdout, reason = "a measurement prints")]

use outboard::blocking::Plugin;
use outboard::{Error, Result};
use outboard_smallest::{Echo, EchoClient};

const CALLS: u32 = 10_000;
const TEXT: &str = "0123456789abcdef0123456789abcdef";

fn main() -> Result<()> {
    let path = std::env::args().nth(1).ok_or_else(|| Error::other("say which program"))?;
    let size = std::fs::metadata(&path)?.len();
    let plugin = Plugin::builder(path).interface::<EchoClient>().launch()?;
    let echo: EchoClient = plugin.client()?;
    for _ in 0..CALLS {
        echo.echo(TEXT)?;
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", plugin.pid()))?;
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    println!("size: {} KiB; after {CALLS} calls {peak}", size / 1024);
    Ok(())
}
