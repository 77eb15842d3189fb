//! Arguments with the names that generated code has.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use outboard::{Result, plugin_interface};
use outboard_ui_tests::finish;

/// Named awkwardly.
#[plugin_interface(version = 1)]
pub trait Awkward {
    /// The locals of generated code.
    async fn locals(&self, __object: u8, __remote: u8, __arguments: u8, __call: u8, __server: u8, __argument_0: u8)
    -> Result<u8>;
    /// Words of the trade.
    async fn words(&self, self_: u8, call: &str, client: Option<&str>, server: u8, arguments: u8) -> Result<u8>;
    /// Keywords.
    async fn r#type(&self, r#fn: u8, r#async: &str) -> Result<u8>;
}

/// Named as awkwardly, and blocking.
#[plugin_interface(version = 1)]
pub trait Blocking {
    /// The locals of generated code.
    fn locals(&self, __object: u8, __remote: u8, __arguments: u8, __call: u8, __server: u8, __argument_0: u8)
    -> Result<u8>;
    /// Words of the trade.
    fn words(&self, self_: u8, call: &str, client: Option<&str>, server: u8, arguments: u8) -> Result<u8>;
    /// Keywords.
    fn r#type(&self, r#fn: u8, r#async: &str) -> Result<u8>;
}

struct Adds;

impl Awkward for Adds {
    async fn locals(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) -> Result<u8> {
        Ok(a + b + c + d + e + f)
    }
    async fn words(&self, a: u8, b: &str, c: Option<&str>, d: u8, e: u8) -> Result<u8> {
        Ok(a + d + e + u8::try_from(b.len() + c.map_or(0, str::len)).unwrap())
    }
    async fn r#type(&self, a: u8, b: &str) -> Result<u8> {
        Ok(a + u8::try_from(b.len()).unwrap())
    }
}

impl Blocking for Adds {
    fn locals(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) -> Result<u8> {
        Ok(a + b + c + d + e + f)
    }
    fn words(&self, a: u8, b: &str, c: Option<&str>, d: u8, e: u8) -> Result<u8> {
        Ok(a + d + e + u8::try_from(b.len() + c.map_or(0, str::len)).unwrap())
    }
    fn r#type(&self, a: u8, b: &str) -> Result<u8> {
        Ok(a + u8::try_from(b.len()).unwrap())
    }
}

fn main() {
    let client = AwkwardClient::local(Adds);
    assert_eq!(finish(client.locals(1, 2, 3, 4, 5, 6)).unwrap(), 21);
    assert_eq!(finish(client.words(1, "b", Some("c"), 4, 5)).unwrap(), 12);
    assert_eq!(finish(client.r#type(1, "b")).unwrap(), 2);
    assert_eq!(<AwkwardClient as outboard::Interface>::METHODS[2].name, "type");

    let client = BlockingClient::local(Adds);
    assert_eq!(client.locals(1, 2, 3, 4, 5, 6).unwrap(), 21);
    assert_eq!(client.words(1, "b", Some("c"), 4, 5).unwrap(), 12);
    assert_eq!(client.r#type(1, "b").unwrap(), 2);
    assert_eq!(<BlockingAsyncClient as outboard::Interface>::METHODS[2].name, "type");
}
