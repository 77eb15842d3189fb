//! Methods with the names that clients, servers and their traits have.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use outboard::{Client, Result, plugin_interface};
use outboard_ui_tests::finish;

/// Named awkwardly.
#[plugin_interface(version = 1)]
pub trait Awkward {
    /// As on the server.
    async fn new(&self) -> Result<u8>;
    /// As on the client.
    async fn local(&self) -> Result<u8>;
    /// As on the client.
    async fn launch(&self) -> Result<u8>;
    /// As in the standard library.
    async fn clone(&self) -> Result<u8>;
    /// As in the extension trait.
    async fn supports(&self, method: &str) -> Result<u8>;
    /// As in hidden traits.
    async fn route(&self) -> Result<u8>;
    /// As in the object trait.
    async fn __route(&self) -> Result<u8>;
    /// As a type.
    async fn fmt(&self) -> Result<u8>;
}

/// Named as awkwardly, and blocking.
#[plugin_interface(version = 1)]
pub trait Blocking {
    /// As on the server.
    fn new(&self) -> Result<u8>;
    /// As on the client.
    fn local(&self) -> Result<u8>;
    /// As on the client.
    fn launch(&self) -> Result<u8>;
    /// As in the standard library.
    fn clone(&self) -> Result<u8>;
    /// As in the extension trait.
    fn supports(&self, method: &str) -> Result<u8>;
    /// As in hidden traits.
    fn call(&self) -> Result<u8>;
    /// As in the runtime.
    fn serve(&self) -> Result<u8>;
    /// As on endpoints.
    fn only_remote(&self) -> Result<u8>;
    /// As a type.
    fn fmt(&self) -> Result<u8>;
}

struct Counts;

impl Awkward for Counts {
    async fn new(&self) -> Result<u8> {
        Ok(1)
    }
    async fn local(&self) -> Result<u8> {
        Ok(2)
    }
    async fn launch(&self) -> Result<u8> {
        Ok(3)
    }
    async fn clone(&self) -> Result<u8> {
        Ok(4)
    }
    async fn supports(&self, _: &str) -> Result<u8> {
        Ok(5)
    }
    async fn route(&self) -> Result<u8> {
        Ok(6)
    }
    async fn __route(&self) -> Result<u8> {
        Ok(7)
    }
    async fn fmt(&self) -> Result<u8> {
        Ok(8)
    }
}

impl Blocking for Counts {
    fn new(&self) -> Result<u8> {
        Ok(1)
    }
    fn local(&self) -> Result<u8> {
        Ok(2)
    }
    fn launch(&self) -> Result<u8> {
        Ok(3)
    }
    fn clone(&self) -> Result<u8> {
        Ok(4)
    }
    fn supports(&self, _: &str) -> Result<u8> {
        Ok(5)
    }
    fn call(&self) -> Result<u8> {
        Ok(6)
    }
    fn serve(&self) -> Result<u8> {
        Ok(7)
    }
    fn only_remote(&self) -> Result<u8> {
        Ok(8)
    }
    fn fmt(&self) -> Result<u8> {
        Ok(9)
    }
}

/// What the async client has under these names, its methods first.
async fn each(client: &BlockingAsyncClient) -> Result<[u8; 9]> {
    let copy: BlockingAsyncClient = Clone::clone(client);
    assert!(Client::supports(&copy, "new") && copy.version() == 1);
    Ok([
        client.new().await?,
        client.local().await?,
        client.launch().await?,
        client.clone().await?,
        client.supports("new").await?,
        client.call().await?,
        client.serve().await?,
        client.only_remote().await?,
        client.fmt().await?,
    ])
}

fn main() {
    let client = BlockingClient::local(Counts);
    let _server = BlockingServer::new(Counts);
    let _each = each;
    assert_eq!(Blocking::new(&client).unwrap(), 1);
    assert_eq!(Blocking::local(&client).unwrap(), 2);
    assert_eq!(Blocking::launch(&client).unwrap(), 3);
    assert_eq!(Blocking::clone(&client).unwrap(), 4);
    assert_eq!(Blocking::supports(&client, "new").unwrap(), 5);
    assert!(Client::supports(&client, "new"));
    assert_eq!(client.call().unwrap(), 6);
    assert_eq!(client.serve().unwrap(), 7);
    assert_eq!(client.only_remote().unwrap(), 8);
    assert_eq!(Blocking::fmt(&client).unwrap(), 9);

    let client = AwkwardClient::local(Counts);
    let _server = AwkwardServer::new(Counts);
    assert_eq!(finish(Awkward::new(&client)).unwrap(), 1);
    assert_eq!(finish(Awkward::local(&client)).unwrap(), 2);
    assert_eq!(finish(Awkward::launch(&client)).unwrap(), 3);
    assert_eq!(finish(Awkward::clone(&client)).unwrap(), 4);
    assert_eq!(finish(Awkward::supports(&client, "new")).unwrap(), 5);
    assert!(Client::supports(&client, "new"));
    assert_eq!(finish(client.route()).unwrap(), 6);
    assert_eq!(finish(client.__route()).unwrap(), 7);
    assert_eq!(finish(Awkward::fmt(&client)).unwrap(), 8);
}
