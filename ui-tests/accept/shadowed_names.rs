//! The names of the standard library mean something else here.
#![deny(missing_docs, warnings, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]
#![allow(dead_code, non_camel_case_types, reason = "they only stand in the way")]

use outboard_ui_tests::finish;

struct String;
struct Vec;
struct Box;
struct Arc;
struct Option;
struct Result;
struct Some;
struct Ok;
struct Err;
struct Future;
struct Object;
struct T;
struct Method;
struct Nowhere;
struct Endpoint;
struct u16;
struct u32;
trait Send {}
trait Sync {}
trait Sized {}
trait Clone {}
mod core {}
mod std {}
mod outboard {}

/// Greets people.
#[::outboard::plugin_interface(version = 1)]
pub trait Greeter {
    /// Greets one person by name.
    async fn greet(&self, name: &str, title: ::std::option::Option<&str>) -> ::outboard::Result<::std::string::String>;
}

/// Leaves people.
#[::outboard::plugin_interface(version = 1)]
pub trait Leaver {
    /// Leaves one person by name.
    ///
    /// # Errors
    ///
    /// When the plugin is gone.
    fn leave(&self, name: &str, title: ::std::option::Option<&str>) -> ::outboard::Result<::std::string::String>;
}

struct Hello;

impl Leaver for Hello {
    fn leave(&self, name: &str, title: ::std::option::Option<&str>) -> ::outboard::Result<::std::string::String> {
        ::outboard::Result::Ok(format!("Farewell, {}{name}!", title.unwrap_or_default()))
    }
}

impl Greeter for Hello {
    async fn greet(&self, name: &str, title: ::std::option::Option<&str>) -> ::outboard::Result<::std::string::String> {
        ::outboard::Result::Ok(format!("Hello, {}{name}!", title.unwrap_or_default()))
    }
}

fn main() {
    let client = ::outboard::testing::connect_blocking(GreeterServer::new(Hello)).unwrap();
    assert_eq!(finish(client.greet("Ada", ::std::option::Option::Some("Lady "))).unwrap(), "Hello, Lady Ada!");
    let client = ::outboard::testing::connect_blocking(LeaverServer::new(Hello)).unwrap();
    assert_eq!(client.leave("Ada", ::std::option::Option::None).unwrap(), "Farewell, Ada!");
}
