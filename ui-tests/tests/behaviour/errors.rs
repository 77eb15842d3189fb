//! Errors of the author's own, and results under other names.
#![allow(unused_qualifications, reason = "a part of what is shown")]

use outboard::{ErrorKind, Failure, plugin_interface, testing};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, PartialEq, Serialize)]
enum StoreError {
    Missing(String),
    Plugin(String),
}

impl From<outboard::Error> for StoreError {
    fn from(error: outboard::Error) -> Self {
        Self::Plugin(error.to_string())
    }
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Denied {
    code: u16,
}

impl From<outboard::Error> for Denied {
    fn from(_: outboard::Error) -> Self {
        Self { code: 500 }
    }
}

/// As in `std::io`.
type Answer<T> = Result<T, StoreError>;

#[plugin_interface(version = 1)]
trait Store {
    async fn get(&self, key: &str) -> Answer<u8>;
    async fn put(&self, key: String, value: u8) -> std::result::Result<(), StoreError>;
    async fn open(&self, code: u16) -> Result<u16, Denied>;
    async fn check(&self, text: &str) -> Result<u8, Failure>;
    async fn plain(&self, fine: bool) -> outboard::Result<u8>;
}

#[plugin_interface(version = 1)]
trait Shelf {
    fn get(&self, key: &str) -> Answer<u8>;
    fn put(&self, key: String, value: u8) -> std::result::Result<(), StoreError>;
    fn open(&self, code: u16) -> Result<u16, Denied>;
    fn check(&self, text: &str) -> Result<u8, Failure>;
    fn plain(&self, fine: bool) -> outboard::Result<u8>;
}

struct Empty;

impl Empty {
    fn found(key: &str) -> Answer<u8> {
        if key == "one" { Ok(1) } else { Err(StoreError::Missing(key.to_owned())) }
    }

    fn opened(code: u16) -> Result<u16, Denied> {
        if code < 400 { Ok(code) } else { Err(Denied { code }) }
    }
}

impl Store for Empty {
    async fn get(&self, key: &str) -> Answer<u8> {
        Self::found(key)
    }
    async fn put(&self, _: String, value: u8) -> Answer<()> {
        assert!(value < 100, "full");
        Ok(())
    }
    async fn open(&self, code: u16) -> Result<u16, Denied> {
        Self::opened(code)
    }
    async fn check(&self, text: &str) -> Result<u8, Failure> {
        Ok(text.parse()?)
    }
    async fn plain(&self, fine: bool) -> outboard::Result<u8> {
        if fine { Ok(1) } else { Err(outboard::Error::other("not today")) }
    }
}

impl Shelf for Empty {
    fn get(&self, key: &str) -> Answer<u8> {
        Self::found(key)
    }
    fn put(&self, _: String, value: u8) -> Answer<()> {
        assert!(value < 100, "full");
        Ok(())
    }
    fn open(&self, code: u16) -> Result<u16, Denied> {
        Self::opened(code)
    }
    fn check(&self, text: &str) -> Result<u8, Failure> {
        Ok(text.parse()?)
    }
    fn plain(&self, fine: bool) -> outboard::Result<u8> {
        if fine { Ok(1) } else { Err(outboard::Error::other("not today")) }
    }
}

async fn store() -> [StoreClient; 2] {
    [testing::connect(StoreServer::new(Empty)).await.unwrap(), StoreClient::local(Empty)]
}

fn shelf() -> [ShelfClient; 2] {
    [testing::connect_blocking(ShelfServer::new(Empty)).unwrap(), ShelfClient::local(Empty)]
}

#[tokio::test]
async fn an_error_of_the_author_by_an_alias_of_result() {
    for client in store().await {
        assert_eq!(client.get("one").await, Ok(1));
        assert_eq!(client.get("two").await, Err(StoreError::Missing("two".into())));
    }
    for client in shelf() {
        assert_eq!(client.get("one"), Ok(1));
        assert_eq!(client.get("two"), Err(StoreError::Missing("two".into())));
    }
}

#[tokio::test]
async fn an_error_of_the_author_that_takes_up_a_panic() {
    for client in store().await {
        assert_eq!(client.put("a".into(), 1).await, Ok(()));
        let Err(StoreError::Plugin(told)) = client.put("a".into(), 100).await else { panic!("a panic is an error") };
        assert!(told.contains("full"), "{told}");
    }
    for client in shelf() {
        assert_eq!(client.put("a".into(), 1), Ok(()));
        let Err(StoreError::Plugin(told)) = client.put("a".into(), 100) else { panic!("a panic is an error") };
        assert!(told.contains("full"), "{told}");
    }
}

#[tokio::test]
async fn several_errors_in_one_trait() {
    for client in store().await {
        assert_eq!(client.open(200).await, Ok(200));
        assert_eq!(client.open(403).await, Err(Denied { code: 403 }));
        assert_eq!(client.get("b").await, Err(StoreError::Missing("b".into())));
    }
    for client in shelf() {
        assert_eq!(client.open(200), Ok(200));
        assert_eq!(client.open(403), Err(Denied { code: 403 }));
        assert_eq!(client.get("b"), Err(StoreError::Missing("b".into())));
    }
}

#[tokio::test]
async fn any_error_at_all() {
    for client in store().await {
        assert_eq!(client.check("7").await.unwrap(), 7);
        let told = client.check("x").await.unwrap_err().to_string();
        assert!(told.contains("invalid digit"), "{told}");
    }
    for client in shelf() {
        assert_eq!(client.check("7").unwrap(), 7);
        let told = client.check("x").unwrap_err().to_string();
        assert!(told.contains("invalid digit"), "{told}");
    }
}

#[tokio::test]
async fn the_error_of_the_runtime() {
    for client in store().await {
        assert_eq!(client.plain(true).await.unwrap(), 1);
        let error = client.plain(false).await.unwrap_err();
        assert!(error.to_string().contains("not today"), "{error}");
        assert_ne!(error.kind(), ErrorKind::Panicked);
    }
    for client in shelf() {
        assert_eq!(client.plain(true).unwrap(), 1);
        let error = client.plain(false).unwrap_err();
        assert!(error.to_string().contains("not today"), "{error}");
    }
}
