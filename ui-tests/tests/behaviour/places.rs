//! Where an interface may stand, who may see it, and by what path the crate is reached.

use outboard::{Interface, Result, plugin_interface, testing};

mod seen {
    use outboard::{Result, plugin_interface};

    #[plugin_interface(version = 1)]
    pub trait Wide {
        async fn double(&self, number: u8) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    pub trait WideBlocking {
        fn double(&self, number: u8) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    pub(crate) trait OfTheCrate {
        async fn double(&self, number: u8) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    pub(crate) trait OfTheCrateBlocking {
        fn double(&self, number: u8) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    pub(super) trait OfTheParent {
        async fn double(&self, number: u8) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    pub(super) trait OfTheParentBlocking {
        fn double(&self, number: u8) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    pub(in crate::places) trait OfAPath {
        async fn double(&self, number: u8) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    pub(in crate::places) trait OfAPathBlocking {
        fn double(&self, number: u8) -> Result<u8>;
    }
}

#[plugin_interface(version = 1)]
trait Own {
    async fn double(&self, number: u8) -> Result<u8>;
}

#[plugin_interface(version = 1)]
trait OwnBlocking {
    fn double(&self, number: u8) -> Result<u8>;
}

struct Here;

macro_rules! visible {
    ($($test:ident: $($path:ident)::+, $server:path; $($blocking:ident)::+, $blocking_server:path;)+) => {
        $(
            impl $($path)::+ for Here {
                async fn double(&self, number: u8) -> Result<u8> {
                    Ok(number * 2)
                }
            }

            impl $($blocking)::+ for Here {
                fn double(&self, number: u8) -> Result<u8> {
                    Ok(number * 2)
                }
            }

            #[tokio::test]
            async fn $test() {
                let client = testing::connect($server(Here)).await.unwrap();
                assert_eq!($($path)::+::double(&client, 4).await.unwrap(), 8);
                let client = testing::connect_blocking($blocking_server(Here)).unwrap();
                assert_eq!($($blocking)::+::double(&client, 4).unwrap(), 8);
            }
        )+
    };
}

visible! {
    a_trait_for_everybody: seen::Wide, seen::WideServer::new; seen::WideBlocking, seen::WideBlockingServer::new;
    a_trait_of_the_crate: seen::OfTheCrate, seen::OfTheCrateServer::new; seen::OfTheCrateBlocking, seen::OfTheCrateBlockingServer::new;
    a_trait_of_the_parent: seen::OfTheParent, seen::OfTheParentServer::new; seen::OfTheParentBlocking, seen::OfTheParentBlockingServer::new;
    a_trait_of_a_path: seen::OfAPath, seen::OfAPathServer::new; seen::OfAPathBlocking, seen::OfAPathBlockingServer::new;
    a_private_trait: Own, OwnServer::new; OwnBlocking, OwnBlockingServer::new;
}

#[tokio::test]
async fn inside_a_function_with_a_type_from_there() {
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
    struct Point(u8, u8);

    #[plugin_interface(version = 1)]
    trait Mirror {
        async fn mirror(&self, point: &Point) -> Result<Point>;
    }

    #[plugin_interface(version = 1)]
    trait Flip {
        fn flip(&self, point: &Point) -> Result<Point>;
    }

    impl Mirror for Here {
        async fn mirror(&self, point: &Point) -> Result<Point> {
            Ok(Point(point.1, point.0))
        }
    }

    impl Flip for Here {
        fn flip(&self, point: &Point) -> Result<Point> {
            Ok(Point(point.1, point.0))
        }
    }

    let client = testing::connect(MirrorServer::new(Here)).await.unwrap();
    assert_eq!(client.mirror(&Point(1, 2)).await.unwrap(), Point(2, 1));
    let client = testing::connect_blocking(FlipServer::new(Here)).unwrap();
    assert_eq!(client.flip(&Point(1, 2)).unwrap(), Point(2, 1));
    let client: FlipAsyncClient = testing::connect_as(FlipServer::new(Here)).await.unwrap();
    assert_eq!(client.flip(&Point(1, 2)).await.unwrap(), Point(2, 1));
}

/// The fragments of its arguments have no spans of their own.
mod inside_a_macro {
    use super::testing;

    macro_rules! interface {
        (blocking $body:block $(#[$attribute:meta])* $vis:vis $name:ident { $($method:ident($($argument:ident: $ty:ty),*) -> $output:ty;)* }) => {
            $(#[$attribute])*
            #[outboard::plugin_interface(version = 1)]
            $vis trait $name {
                $(fn $method(&self, $($argument: $ty),*, extra: u8) -> outboard::Result<$output>;)*
                fn length(&self, _text: &str) -> outboard::Result<usize> $body
                fn twice(&self, text: &str) -> outboard::Result<usize> {
                    Ok(self.length(text)? + self.length(text)?)
                }
            }
        };
        ($(#[$attribute:meta])* $vis:vis $name:ident { $($method:ident($($argument:ident: $ty:ty),*) -> $output:ty;)* }) => {
            $(#[$attribute])*
            #[outboard::plugin_interface(version = 1)]
            $vis trait $name {
                $(async fn $method(&self, $($argument: $ty),*, extra: u8) -> outboard::Result<$output>;)*
                async fn length(&self, text: &str) -> outboard::Result<usize> {
                    let extra = 1;
                    $(let _ = self.$method(text, None, 0, extra).await?;)*
                    Ok(text.len())
                }
            }
        };
    }

    interface! {
        /// Adds.
        pub(super) Adder {
            add(name: &str, call: Option<&str>, number: u8) -> usize;
        }
    }

    interface! {
        blocking { Ok(1) }
        /// Adds at once.
        Sum {
            add(name: &str, call: Option<&str>, number: u8) -> usize;
        }
    }

    struct Adds;

    impl Adder for Adds {
        async fn add(&self, name: &str, call: Option<&str>, number: u8, extra: u8) -> outboard::Result<usize> {
            Ok(name.len() + call.map_or(0, str::len) + usize::from(number) + usize::from(extra))
        }
    }

    impl Sum for Adds {
        fn add(&self, name: &str, call: Option<&str>, number: u8, extra: u8) -> outboard::Result<usize> {
            Ok(name.len() + call.map_or(0, str::len) + usize::from(number) + usize::from(extra))
        }
    }

    #[tokio::test]
    async fn a_trait_that_a_macro_writes() {
        for client in [testing::connect(AdderServer::new(Adds)).await.unwrap(), AdderClient::local(Adds)] {
            assert_eq!(client.length("abc").await.unwrap(), 3);
            assert_eq!(client.add("ab", Some("c"), 3, 4).await.unwrap(), 10);
        }
        for client in [testing::connect_blocking(SumServer::new(Adds)).unwrap(), SumClient::local(Adds)] {
            assert_eq!(client.twice("abc").unwrap(), 2);
            assert_eq!(client.add("ab", Some("c"), 3, 4).unwrap(), 10);
        }
    }
}

/// Two modules between the interface and its users.
mod re_exported {
    mod deep {
        #[outboard::plugin_interface(version = 1)]
        pub(crate) trait Counter {
            fn count(&self, text: &str) -> outboard::Result<usize>;
        }
        #[outboard::plugin_interface(version = 1)]
        pub(crate) trait Waiter {
            async fn count(&self, text: &str) -> outboard::Result<usize>;
        }
    }
    mod middle {
        pub(crate) use super::deep::{
            Counter as Letters, CounterClient as LettersClient, CounterServer as LettersServer,
        };
        pub(crate) use super::deep::{Waiter as Slow, WaiterServer as SlowServer};
    }
    pub(super) use middle::*;
}

impl re_exported::Letters for Here {
    fn count(&self, text: &str) -> Result<usize> {
        Ok(text.len())
    }
}

impl re_exported::Slow for Here {
    async fn count(&self, text: &str) -> Result<usize> {
        Ok(text.len())
    }
}

#[tokio::test]
async fn an_interface_through_two_modules_and_under_another_name() {
    let client: re_exported::LettersClient = testing::connect_blocking(re_exported::LettersServer::new(Here)).unwrap();
    assert_eq!(re_exported::Letters::count(&client, "abc").unwrap(), 3);
    let client = testing::connect(re_exported::SlowServer::new(Here)).await.unwrap();
    assert_eq!(re_exported::Slow::count(&client, "abc").await.unwrap(), 3);
    assert_eq!(re_exported::LettersClient::NAME, "Counter");
}

/// Reaches the crate by a path of its own, with something else in the way of a careless one.
mod reaches {
    mod third {
        pub(super) use ::outboard as boat;
    }
    #[allow(unused_imports, reason = "in the way of a careless path")]
    use outboard_stranger::outboard;

    #[third::boat::plugin_interface(version = 1, crate = third::boat)]
    trait Reaches {
        async fn answer(&self, number: u8) -> third::boat::Result<u8>;
    }

    #[third::boat::plugin_interface(version = 1, crate = self::third::boat)]
    trait ReachesBlocking {
        fn answer(&self, number: u8) -> third::boat::Result<u8>;
    }

    #[third::boat::plugin_interface(version = 1, crate = ::outboard)]
    trait ReachesFromTheRoot {
        fn answer(&self, number: u8) -> third::boat::Result<u8>;
    }

    struct Adds;

    impl Reaches for Adds {
        async fn answer(&self, number: u8) -> third::boat::Result<u8> {
            Ok(number + 1)
        }
    }

    impl ReachesBlocking for Adds {
        fn answer(&self, number: u8) -> third::boat::Result<u8> {
            Ok(number + 1)
        }
    }

    impl ReachesFromTheRoot for Adds {
        fn answer(&self, number: u8) -> third::boat::Result<u8> {
            Ok(number + 1)
        }
    }

    #[tokio::test]
    async fn by_a_path_of_ones_own() {
        use third::boat::testing;
        let client = testing::connect(ReachesServer::new(Adds)).await.unwrap();
        assert_eq!(client.answer(41).await.unwrap(), 42);
        let client = testing::connect_blocking(ReachesBlockingServer::new(Adds)).unwrap();
        assert_eq!(client.answer(41).unwrap(), 42);
        let client = testing::connect_blocking(ReachesFromTheRootServer::new(Adds)).unwrap();
        assert_eq!(client.answer(41).unwrap(), 42);
    }
}
