//! Calls through real bytes, one test for each situation that an interface may stand in: what comes
//! back is what was meant.
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, rust_2018_idioms)]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

/// Declares the methods as an async and as a blocking interface, serves them, and makes the calls
/// with each kind of client: over real bytes, and in this process.
macro_rules! both {
    (
        $($(#[$attribute:meta])* fn $method:ident($($arguments:tt)*) -> $output:ty $body:block)+
        calls $($call:ident($($given:expr),* $(,)?) => $expected:expr;)+
    ) => {{
        {
            #[outboard::plugin_interface(version = 1)]
            trait Echo {
                $($(#[$attribute])* async fn $method($($arguments)*) -> $output;)+
            }
            struct Here;
            impl Echo for Here {
                $(async fn $method($($arguments)*) -> $output $body)+
            }
            let connected = outboard::testing::connect(EchoServer::new(Here)).await.unwrap();
            for client in [connected, EchoClient::local(Here)] {
                $(assert_eq!(Echo::$call(&client, $($given),*).await.unwrap(), $expected);)+
            }
        }
        {
            #[outboard::plugin_interface(version = 1)]
            trait Echo {
                $($(#[$attribute])* fn $method($($arguments)*) -> $output;)+
            }
            struct Here;
            impl Echo for Here {
                $(fn $method($($arguments)*) -> $output $body)+
            }
            let connected = outboard::testing::connect_blocking(EchoServer::new(Here)).unwrap();
            for client in [connected, EchoClient::local(Here)] {
                $(assert_eq!(Echo::$call(&client, $($given),*).unwrap(), $expected);)+
            }
            let client: EchoAsyncClient = outboard::testing::connect_as(EchoServer::new(Here)).await.unwrap();
            $(assert_eq!(client.$call($($given),*).await.unwrap(), $expected);)+
        }
    }};
}

mod arguments;
mod bodies;
mod buffers;
mod contexts;
mod errors;
mod handles;
mod implementations;
mod names;
mod objects_end;
mod passed;
mod places;
mod settings;
mod stream_waits;
mod streams;
mod traits;
