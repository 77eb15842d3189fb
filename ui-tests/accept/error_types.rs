//! Errors of the author's own, and results under other names.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use outboard::{Failure, plugin_interface};
use outboard_ui_tests::finish;
use serde::{Deserialize, Serialize};

/// What goes wrong in a store.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub enum StoreError {
    /// No such key.
    Missing(String),
    /// The plugin is gone.
    Plugin(String),
}

impl From<outboard::Error> for StoreError {
    fn from(error: outboard::Error) -> Self {
        Self::Plugin(error.to_string())
    }
}

/// Another name.
pub type Answer<T> = Result<T, StoreError>;

/// Stores.
#[plugin_interface(version = 1)]
pub trait Store {
    /// By alias.
    async fn get(&self, key: &str) -> Answer<u8>;
    /// In full.
    async fn put(&self, key: String, value: u8) -> std::result::Result<(), StoreError>;
    /// Anything at all.
    async fn check(&self) -> Result<(), Failure>;
}

/// Stores, and blocks.
#[plugin_interface(version = 1)]
pub trait Shelf {
    /// By alias.
    fn get(&self, key: &str) -> Answer<u8>;
    /// In full.
    fn put(&self, key: String, value: u8) -> std::result::Result<(), StoreError>;
    /// Anything at all.
    fn check(&self) -> Result<(), Failure>;
}

struct Empty;

impl Store for Empty {
    async fn get(&self, key: &str) -> Answer<u8> {
        Err(StoreError::Missing(key.to_owned()))
    }
    async fn put(&self, _: String, _: u8) -> Answer<()> {
        Ok(())
    }
    async fn check(&self) -> Result<(), Failure> {
        "x".parse::<u8>()?;
        Ok(())
    }
}

impl Shelf for Empty {
    fn get(&self, key: &str) -> Answer<u8> {
        Err(StoreError::Missing(key.to_owned()))
    }
    fn put(&self, _: String, _: u8) -> Answer<()> {
        panic!("full")
    }
    fn check(&self) -> Result<(), Failure> {
        "x".parse::<u8>()?;
        Ok(())
    }
}

fn main() {
    let client = StoreClient::local(Empty);
    assert_eq!(finish(client.get("a")), Err(StoreError::Missing("a".into())));
    assert_eq!(finish(client.put("a".into(), 1)), Ok(()));
    assert!(finish(client.check()).is_err());

    let client = ShelfClient::local(Empty);
    assert_eq!(client.get("a"), Err(StoreError::Missing("a".into())));
    let Err(StoreError::Plugin(told)) = client.put("a".into(), 1) else { panic!("a panic is an error") };
    assert!(told.contains("full"), "{told}");
    assert!(client.check().is_err());
}
