//! A trait whose name is a keyword, and one whose name is the server's type parameter.
#![deny(warnings)]

use outboard::{Interface, Result, plugin_interface};
use outboard_ui_tests::finish;

#[allow(non_camel_case_types, reason = "a keyword is what it is")]
#[plugin_interface(version = 1)]
trait r#match {
    async fn run(&self) -> Result<u8>;
}

#[plugin_interface(version = 2)]
pub(crate) trait T {
    async fn run(&self) -> Result<u8>;
}

#[allow(non_camel_case_types, reason = "a keyword is what it is")]
#[plugin_interface(version = 3)]
pub(crate) trait r#loop {
    fn run(&self, r#in: u8) -> Result<u8>;
}

struct Runs;

impl r#loop for Runs {
    fn run(&self, r#in: u8) -> Result<u8> {
        Ok(r#in)
    }
}

impl r#match for Runs {
    async fn run(&self) -> Result<u8> {
        Ok(1)
    }
}

impl T for Runs {
    async fn run(&self) -> Result<u8> {
        Ok(2)
    }
}

fn main() {
    assert_eq!(finish(r#match::run(&matchClient::local(Runs))).unwrap(), 1);
    assert_eq!(finish(T::run(&TClient::local(Runs))).unwrap(), 2);
    assert_eq!(loopClient::local(Runs).run(3).unwrap(), 3);
    assert_eq!((loopAsyncClient::NAME, loopAsyncClient::VERSION), ("loop", 3));
    assert_eq!((matchClient::NAME, TServer::<Runs>::NAME), ("match", "T"));
}
