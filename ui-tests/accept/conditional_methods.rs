//! Methods that are there and methods that are not.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use outboard::{Interface, Result, Service, plugin_interface};
use outboard_ui_tests::finish;

/// Depends.
#[plugin_interface(version = 1)]
pub trait Depends {
    /// Never there, with a type that is not there either.
    #[cfg(any())]
    async fn absent(&self, value: &Absent) -> Result<Absent>;
    /// Always there.
    #[cfg(all())]
    async fn present(&self) -> Result<u8>;
    /// There.
    async fn last(&self) -> Result<u8>;
    /// One of two.
    #[cfg(any())]
    async fn either(&self) -> Result<u8>;
    /// The other.
    #[cfg(not(any()))]
    async fn either(&self, value: u8) -> Result<u8>;
}

/// Depends, and blocks.
#[plugin_interface(version = 1)]
pub trait Blocking {
    /// Never there, with a type that is not there either.
    #[cfg(any())]
    fn absent(&self, value: &Absent) -> Result<Absent>;
    /// Always there.
    #[cfg_attr(all(), cfg(all()))]
    fn present(&self) -> Result<u8>;
    /// One of two.
    #[cfg(any())]
    fn either(&self) -> Result<u8>;
    /// The other.
    #[cfg(not(any()))]
    fn either(&self, value: u8) -> Result<u8>;
}

struct Here;

impl Depends for Here {
    async fn present(&self) -> Result<u8> {
        Ok(1)
    }
    async fn last(&self) -> Result<u8> {
        Ok(2)
    }
    async fn either(&self, value: u8) -> Result<u8> {
        Ok(value)
    }
}

impl Blocking for Here {
    fn present(&self) -> Result<u8> {
        Ok(1)
    }
    fn either(&self, value: u8) -> Result<u8> {
        Ok(value)
    }
}

/// A blocking interface that is absent as a whole.
#[plugin_interface(version = 1)]
#[cfg(any())]
pub trait Nowhere {
    /// Never there.
    fn absent(&self, value: &Absent) -> Result<Absent>;
}

/// An interface that is absent as a whole.
#[plugin_interface(version = 1)]
#[cfg(any())]
pub trait Absent {
    /// Never there.
    async fn absent(&self, value: &Absent) -> Result<Absent>;
}

fn main() {
    let client = DependsClient::local(Here);
    assert_eq!(finish(client.present()).unwrap(), 1);
    assert_eq!(finish(client.last()).unwrap(), 2);
    assert_eq!(finish(client.either(3)).unwrap(), 3);
    let names: Vec<_> = DependsClient::METHODS.iter().map(|method| method.name).collect();
    assert_eq!(names, ["present", "last", "either"]);
    assert_eq!(<DependsServer<Here> as Service>::HANDLERS.len(), 3);

    let client = BlockingClient::local(Here);
    assert_eq!((client.present().unwrap(), client.either(3).unwrap()), (1, 3));
    let names: Vec<_> = BlockingAsyncClient::METHODS.iter().map(|method| method.name).collect();
    assert_eq!(names, ["present", "either"]);
    assert_eq!(<BlockingServer<Here> as Service>::HANDLERS.len(), 2);
}
