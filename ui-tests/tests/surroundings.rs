//! Calls to the interfaces of a crate that has all hard surroundings at once, in either edition.
#![deny(warnings, missing_docs, unreachable_pub)]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

extern crate outboard as boat;

/// The same text as a module of a crate of the newer edition.
#[path = "../stranger/src/lib.rs"]
pub mod newer;

use outboard_stranger as older;

macro_rules! calls {
    ($($edition:ident)+) => {
        $(mod $edition {
            use crate::$edition::{
                Counter, CounterAsyncClient, CounterClient, CounterServer, Greeter, GreeterClient, GreeterServer, first,
            };
            use boat::testing;

            struct Hello;

            impl Counter for Hello {
                fn count(&self, name: &str, title: Option<&str>, more: &[String]) -> boat::Result<usize> {
                    Ok(name.len() + title.map_or(0, str::len) + more.len())
                }
            }

            impl Greeter for Hello {
                async fn greet(&self, name: &str, title: Option<&str>, bytes: Vec<u8>) -> boat::Result<String> {
                    Ok(format!("Hello, {}{name}! {bytes:?}", title.unwrap_or_default()))
                }
            }

            impl first::Counter for Hello {
                fn count(&self, name: &str, title: Option<&str>, more: &[String]) -> boat::Result<usize> {
                    Counter::count(self, name, title, more)
                }
            }

            impl first::Greeter for Hello {
                async fn greet(&self, name: &str, title: Option<&str>, bytes: Vec<u8>) -> boat::Result<String> {
                    Greeter::greet(self, name, title, bytes).await
                }
            }

            #[tokio::test]
            async fn async_calls() {
                let old: GreeterClient = testing::connect_as(first::GreeterServer::new(Hello)).await.unwrap();
                let new = testing::connect(GreeterServer::new(Hello)).await.unwrap();
                for client in [old, new, GreeterClient::local(Hello)] {
                    let greeting = client.greet("Ada", Some("Lady "), vec![1]).await.unwrap();
                    assert_eq!(greeting, "Hello, Lady Ada! [1]");
                    assert_eq!(client.just("Ada").await.unwrap(), "Hello, Ada! []");
                }
                let counter: CounterAsyncClient = testing::connect_as(CounterServer::new(Hello)).await.unwrap();
                let here = GreeterClient::local(Hello);
                let greeter = here.open(Some(&here), counter.clone()).await.unwrap();
                assert_eq!(greeter.just("Ada").await.unwrap(), "Hello, Ada! []");
                assert_eq!(here.open(None, counter).await.unwrap_err().to_string(), "6 of none");
            }

            #[tokio::test]
            async fn blocking_calls() {
                let old: CounterClient = testing::connect_blocking_as(first::CounterServer::new(Hello)).unwrap();
                let new = testing::connect_blocking(CounterServer::new(Hello)).unwrap();
                for client in [old, new, CounterClient::local(Hello)] {
                    assert_eq!(client.count("Ada", Some("Lady"), &["more".to_owned()]).unwrap(), 8);
                    assert_eq!(client.twice("Ada").unwrap(), 6);
                }
                let here = CounterClient::local(Hello);
                assert_eq!(here.open(&here, vec![]).unwrap().unwrap().twice("Ada").unwrap(), 6);
                assert!(here.open(&here, vec![GreeterClient::local(Hello)]).unwrap().is_none());
                let client: CounterAsyncClient = testing::connect_as(CounterServer::new(Hello)).await.unwrap();
                assert_eq!(client.count("Ada", Some("Lady"), &["more".to_owned()]).await.unwrap(), 8);
                assert_eq!(client.twice("Ada").await.unwrap(), 6);
            }
        })+
    };
}

mod calls {
    calls!(older newer);
}

/// The name of the dependency as it is, without the `::` before it.
#[boat::plugin_interface(version = 1, crate = boat)]
trait Near {
    fn add(&self, numbers: &[u8]) -> boat::Result<u8>;
}

struct Adds;

impl Near for Adds {
    fn add(&self, numbers: &[u8]) -> boat::Result<u8> {
        Ok(numbers.iter().sum())
    }
}

#[test]
fn a_renamed_dependency() {
    let client = boat::testing::connect_blocking(NearServer::new(Adds)).unwrap();
    assert_eq!(client.add(&[1, 2]).unwrap(), 3);
}
