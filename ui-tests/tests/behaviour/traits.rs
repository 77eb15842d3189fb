//! What may stand at a trait and at its methods, and several traits together.

use std::fmt::{self, Debug, Display};
use std::sync::Arc;

use outboard::{Client, ErrorKind, Interface, Result, Service, plugin_interface, testing};

#[tokio::test]
async fn supertraits_that_every_client_has() {
    #[plugin_interface(version = 1)]
    trait Greeter: Clone + Debug + Send + 'static {
        async fn greet(&self, name: &str) -> Result<String>;
    }
    #[plugin_interface(version = 1)]
    trait Plain: Clone + Debug + Sync + Unpin {
        fn greet(&self, name: &str) -> Result<String>;
    }
    #[derive(Clone, Debug)]
    struct Hello;
    impl Greeter for Hello {
        async fn greet(&self, name: &str) -> Result<String> {
            Ok(format!("Hello, {name}!"))
        }
    }
    impl Plain for Hello {
        fn greet(&self, name: &str) -> Result<String> {
            Ok(format!("Hello, {name}!"))
        }
    }
    async fn twice<G: Greeter>(greeter: &G) -> Result<String> {
        let copy = greeter.clone();
        assert!(!format!("{copy:?}").is_empty());
        Ok(greeter.greet("one").await? + &copy.greet("two").await?)
    }
    let client = testing::connect(GreeterServer::new(Hello)).await.unwrap();
    assert_eq!(twice(&client).await.unwrap(), "Hello, one!Hello, two!");
    let client = testing::connect_blocking(PlainServer::new(Hello)).unwrap();
    assert_eq!(client.clone().greet("one").unwrap(), "Hello, one!");
}

#[tokio::test]
async fn a_supertrait_that_the_author_implements_for_the_client() {
    #[plugin_interface(version = 1)]
    trait Named: Display {
        async fn name(&self) -> Result<String>;
    }
    #[plugin_interface(version = 1)]
    trait Called: Display {
        fn name(&self) -> Result<String>;
    }
    struct Here;
    impl Display for Here {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("here")
        }
    }
    impl Display for NamedClient {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a client")
        }
    }
    impl Display for CalledClient {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a client")
        }
    }
    impl Named for Here {
        async fn name(&self) -> Result<String> {
            Ok(self.to_string())
        }
    }
    impl Called for Here {
        fn name(&self) -> Result<String> {
            Ok(self.to_string())
        }
    }
    let client = testing::connect(NamedServer::new(Here)).await.unwrap();
    assert_eq!((client.to_string().as_str(), client.name().await.unwrap().as_str()), ("a client", "here"));
    let client = testing::connect_blocking(CalledServer::new(Here)).unwrap();
    assert_eq!((client.to_string().as_str(), client.name().unwrap().as_str()), ("a client", "here"));
}

/// Methods that are there and methods that are not.
mod conditional {
    #![allow(clippy::non_minimal_cfg, reason = "a part of what is shown")]

    use super::{Interface, Result, Service, plugin_interface, testing};

    #[plugin_interface(version = 1)]
    trait Depends {
        /// Never there, with a type that is not there either.
        #[cfg(any())]
        async fn absent(&self, value: &Absent) -> Result<Absent>;
        #[cfg(all())]
        async fn present(&self) -> Result<u8>;
        async fn last(&self) -> Result<u8>;
        /// One of two.
        #[cfg(any())]
        async fn either(&self) -> Result<u8>;
        /// The other.
        #[cfg(not(any()))]
        async fn either(&self, value: u8) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    trait Blocking {
        /// Never there, with a type that is not there either.
        #[cfg(any())]
        fn absent(&self, value: &Absent) -> Result<Absent>;
        #[cfg_attr(all(), cfg(all()))]
        fn present(&self) -> Result<u8>;
        /// One of two.
        #[cfg(any())]
        fn either(&self) -> Result<u8>;
        /// The other.
        #[cfg(not(any()))]
        fn either(&self, value: u8) -> Result<u8>;
    }

    /// Absent as a whole.
    #[plugin_interface(version = 1)]
    #[cfg(any())]
    trait Nowhere {
        fn absent(&self, value: &Absent) -> Result<Absent>;
    }

    /// Absent as a whole.
    #[plugin_interface(version = 1)]
    #[cfg(any())]
    trait Absent {
        async fn absent(&self, value: &Absent) -> Result<Absent>;
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

    #[tokio::test]
    async fn async_methods_that_are_not_always_there() {
        let client = testing::connect(DependsServer::new(Here)).await.unwrap();
        assert_eq!(client.present().await.unwrap(), 1);
        assert_eq!(client.last().await.unwrap(), 2);
        assert_eq!(client.either(3).await.unwrap(), 3);
        let names: Vec<_> = DependsClient::METHODS.iter().map(|method| method.name).collect();
        assert_eq!(names, ["present", "last", "either"]);
        assert_eq!(<DependsServer<Here> as Service>::HANDLERS.len(), 3);
    }

    #[tokio::test]
    async fn blocking_methods_that_are_not_always_there() {
        let client = testing::connect_blocking(BlockingServer::new(Here)).unwrap();
        assert_eq!((client.present().unwrap(), client.either(3).unwrap()), (1, 3));
        let client: BlockingAsyncClient = testing::connect_as(BlockingServer::new(Here)).await.unwrap();
        assert_eq!((client.present().await.unwrap(), client.either(3).await.unwrap()), (1, 3));
        let names: Vec<_> = BlockingAsyncClient::METHODS.iter().map(|method| method.name).collect();
        assert_eq!(names, ["present", "either"]);
        assert_eq!(<BlockingServer<Here> as Service>::HANDLERS.len(), 2);
    }
}

/// The same interface, compiled with a feature and without: the methods have other positions.
mod differently {
    use super::{Client, ErrorKind, Result, plugin_interface, testing};

    macro_rules! sides {
        ($($side:ident: $present:meta;)+) => {
            $(mod $side {
                use super::{Result, plugin_interface};

                #[plugin_interface(version = 1)]
                pub(super) trait Clock {
                    #[cfg($present)]
                    async fn zone(&self) -> Result<String>;
                    async fn time(&self, offset: u8) -> Result<u8>;
                }

                #[plugin_interface(version = 1)]
                pub(super) trait Watch {
                    #[cfg($present)]
                    fn zone(&self) -> Result<String>;
                    fn time(&self, offset: u8) -> Result<u8>;
                }

                pub(super) struct Here;

                impl Clock for Here {
                    #[cfg($present)]
                    async fn zone(&self) -> Result<String> {
                        Ok("UTC".to_owned())
                    }
                    async fn time(&self, offset: u8) -> Result<u8> {
                        Ok(12 + offset)
                    }
                }

                impl Watch for Here {
                    #[cfg($present)]
                    fn zone(&self) -> Result<String> {
                        Ok("UTC".to_owned())
                    }
                    fn time(&self, offset: u8) -> Result<u8> {
                        Ok(12 + offset)
                    }
                }
            })+
        };
    }

    sides! {
        with: all();
        without: any();
    }

    #[tokio::test]
    async fn a_client_that_has_a_method_more() {
        use with::{Clock as _, Watch as _};
        let client: with::ClockClient = testing::connect_as(without::ClockServer::new(without::Here)).await.unwrap();
        assert_eq!(client.time(1).await.unwrap(), 13);
        assert_eq!(client.zone().await.unwrap_err().kind(), ErrorKind::Unsupported);
        assert!(client.supports("time") && !client.supports("zone"));

        let client: with::WatchClient = testing::connect_blocking_as(without::WatchServer::new(without::Here)).unwrap();
        assert_eq!(client.time(1).unwrap(), 13);
        assert_eq!(client.zone().unwrap_err().kind(), ErrorKind::Unsupported);
        let client: with::WatchAsyncClient =
            testing::connect_as(without::WatchServer::new(without::Here)).await.unwrap();
        assert_eq!(client.time(1).await.unwrap(), 13);
        assert_eq!(client.zone().await.unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[tokio::test]
    async fn a_client_that_has_a_method_less() {
        use without::{Clock as _, Watch as _};
        let client: without::ClockClient = testing::connect_as(with::ClockServer::new(with::Here)).await.unwrap();
        assert_eq!(client.time(1).await.unwrap(), 13);
        let client: without::WatchClient = testing::connect_blocking_as(with::WatchServer::new(with::Here)).unwrap();
        assert_eq!(client.time(1).unwrap(), 13);
        let client: without::WatchAsyncClient = testing::connect_as(with::WatchServer::new(with::Here)).await.unwrap();
        assert_eq!(client.time(1).await.unwrap(), 13);
    }

    #[tokio::test]
    async fn a_client_that_has_the_same_method() {
        use with::{Clock as _, Watch as _};
        let client = testing::connect(with::ClockServer::new(with::Here)).await.unwrap();
        assert_eq!(client.zone().await.unwrap(), "UTC");
        let client = testing::connect_blocking(with::WatchServer::new(with::Here)).unwrap();
        assert_eq!(client.zone().unwrap(), "UTC");
    }
}

/// They warn whoever calls, and nobody else.
#[tokio::test]
async fn deprecated_methods() {
    #[plugin_interface(version = 1)]
    trait Aged {
        #[deprecated = "use `new`"]
        async fn old(&self, number: u8) -> Result<u8>;
        #[deprecated(since = "1.0.0", note = "use `new`")]
        async fn older(&self) -> Result<u8>;
    }
    #[plugin_interface(version = 1)]
    trait Worn {
        #[deprecated]
        fn old(&self, number: u8) -> Result<u8>;
    }
    struct Here;
    impl Aged for Here {
        async fn old(&self, number: u8) -> Result<u8> {
            Ok(number)
        }
        async fn older(&self) -> Result<u8> {
            Ok(2)
        }
    }
    impl Worn for Here {
        fn old(&self, number: u8) -> Result<u8> {
            Ok(number)
        }
    }
    let client = testing::connect(AgedServer::new(Here)).await.unwrap();
    #[expect(deprecated, reason = "the client's method is as old as the trait's")]
    let answers = (client.old(1).await.unwrap(), client.older().await.unwrap());
    assert_eq!(answers, (1, 2));
    let client = testing::connect_blocking(WornServer::new(Here)).unwrap();
    #[expect(deprecated, reason = "the client's method is as old as the trait's")]
    let answer = client.old(1).unwrap();
    assert_eq!(answer, 1);
    let client: WornAsyncClient = testing::connect_as(WornServer::new(Here)).await.unwrap();
    #[expect(deprecated, reason = "the client's method is as old as the trait's")]
    let answer = client.old(1).await.unwrap();
    assert_eq!(answer, 1);
}

mod deprecated_as_a_whole {
    #![allow(deprecated, reason = "a part of what is shown")]

    use super::{Result, plugin_interface, testing};

    #[deprecated = "use another"]
    #[plugin_interface(version = 1)]
    trait Aged {
        async fn old(&self, number: u8) -> Result<u8>;
    }

    #[deprecated = "use another"]
    #[plugin_interface(version = 1)]
    trait Worn {
        fn old(&self, number: u8) -> Result<u8>;
    }

    struct Here;

    impl Aged for Here {
        async fn old(&self, number: u8) -> Result<u8> {
            Ok(number)
        }
    }

    impl Worn for Here {
        fn old(&self, number: u8) -> Result<u8> {
            Ok(number)
        }
    }

    #[tokio::test]
    async fn deprecated_traits() {
        assert_eq!(testing::connect(AgedServer::new(Here)).await.unwrap().old(3).await.unwrap(), 3);
        assert_eq!(testing::connect_blocking(WornServer::new(Here)).unwrap().old(3).unwrap(), 3);
    }
}

#[tokio::test]
async fn results_that_must_be_used() {
    both! {
        #[must_use = "or why ask"]
        fn answer(&self, number: u8) -> Result<u8> { Ok(number) }
        calls answer(1) => 1;
    }
}

#[tokio::test]
async fn lints_that_are_turned_down_at_a_method() {
    both! {
        #[allow(clippy::too_many_arguments, reason = "so many")]
        fn many(
            &self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8,
        ) -> Result<u8> {
            Ok(a + b + c + d + e + f + g + h)
        }
        calls
        many(1, 2, 3, 4, 5, 6, 7, 8) => 36;
    }
}

#[tokio::test]
async fn names_in_the_way_of_another_language() {
    #[plugin_interface(version = 1)]
    trait Camel {
        #[allow(non_snake_case, reason = "as another language has it")]
        async fn readAll(&self, someNumber: u8) -> Result<u8>;
    }
    #[plugin_interface(version = 1)]
    #[allow(non_snake_case, reason = "as another language has it")]
    trait Humps {
        fn readAll(&self, someNumber: u8) -> Result<u8>;
    }
    #[plugin_interface(version = 1)]
    #[expect(non_snake_case, non_camel_case_types, reason = "as another language has it")]
    trait expected {
        fn readAll(&self, someNumber: u8) -> Result<u8>;
    }
    #[plugin_interface(version = 1)]
    trait Inside {
        #[expect(non_snake_case, reason = "as another language has it")]
        fn readAll(&self, someNumber: u8) -> Result<u8>;
    }
    struct Here;
    impl expected for Here {
        fn readAll(&self, number: u8) -> Result<u8> {
            Ok(number)
        }
    }
    impl Inside for Here {
        fn readAll(&self, number: u8) -> Result<u8> {
            Ok(number)
        }
    }
    impl Camel for Here {
        async fn readAll(&self, number: u8) -> Result<u8> {
            Ok(number)
        }
    }
    impl Humps for Here {
        fn readAll(&self, number: u8) -> Result<u8> {
            Ok(number)
        }
    }
    assert_eq!(testing::connect(CamelServer::new(Here)).await.unwrap().readAll(9).await.unwrap(), 9);
    assert_eq!(testing::connect_blocking(HumpsServer::new(Here)).unwrap().readAll(9).unwrap(), 9);
    let client: HumpsAsyncClient = testing::connect_as(HumpsServer::new(Here)).await.unwrap();
    assert_eq!(client.readAll(9).await.unwrap(), 9);
    assert_eq!(testing::connect_blocking(expectedServer::new(Here)).unwrap().readAll(9).unwrap(), 9);
    assert_eq!(testing::connect_blocking(InsideServer::new(Here)).unwrap().readAll(9).unwrap(), 9);
}

#[tokio::test]
async fn methods_with_a_name_of_their_own() {
    #[plugin_interface(version = 1)]
    trait Renamed {
        #[plugin(name = "greet")]
        async fn hello(&self, name: &str) -> Result<String>;
    }
    #[plugin_interface(version = 1, name = "Renamed")]
    trait Before {
        fn greet(&self, name: &str) -> Result<String>;
    }
    struct Here;
    impl Before for Here {
        fn greet(&self, name: &str) -> Result<String> {
            Ok(format!("Hello, {name}!"))
        }
    }
    impl Renamed for Here {
        async fn hello(&self, name: &str) -> Result<String> {
            Ok(format!("Hello, {name}!"))
        }
    }
    let client: RenamedClient = testing::connect_as(BeforeServer::new(Here)).await.unwrap();
    assert_eq!(client.hello("Ada").await.unwrap(), "Hello, Ada!");
    let client: BeforeClient = testing::connect_blocking_as(RenamedServer::new(Here)).unwrap();
    assert_eq!(client.greet("Ada").unwrap(), "Hello, Ada!");
}

#[tokio::test]
async fn several_interfaces_in_one_module() {
    #[plugin_interface(version = 1, cookie = "secret")]
    trait Reader {
        async fn read(&self) -> Result<Vec<u8>>;
    }
    #[plugin_interface(version = 2)]
    trait Counter {
        async fn count(&self) -> Result<usize>;
    }
    #[plugin_interface(version = 3)]
    trait Teller {
        fn tell(&self) -> Result<String>;
    }
    struct Three;
    impl Teller for Three {
        fn tell(&self) -> Result<String> {
            Ok("three".to_owned())
        }
    }
    impl Reader for Three {
        async fn read(&self) -> Result<Vec<u8>> {
            Ok(vec![1, 2, 3])
        }
    }
    /// Hands its calls to clients of the others.
    struct Counts(ReaderClient, Arc<TellerClient>);
    impl Counter for Counts {
        async fn count(&self) -> Result<usize> {
            Ok(self.0.read().await?.len() + self.1.tell()?.len())
        }
    }
    let reader = testing::connect(ReaderServer::new(Three)).await.unwrap();
    let teller = Arc::new(testing::connect_blocking(TellerServer::new(Three)).unwrap());
    let client = testing::connect(CounterServer::new(Counts(reader, teller))).await.unwrap();
    assert_eq!(client.count().await.unwrap(), 8);
    assert_eq!((ReaderClient::COOKIE_VALUE, CounterClient::COOKIE_VALUE), ("secret", "Counter"));
}

#[tokio::test]
async fn one_type_that_implements_two_interfaces_with_the_same_method() {
    #[plugin_interface(version = 1)]
    trait First {
        fn name(&self) -> Result<String>;
    }
    #[plugin_interface(version = 1)]
    trait Second {
        async fn name(&self) -> Result<String>;
    }
    struct Both;
    impl First for Both {
        fn name(&self) -> Result<String> {
            Ok("first".to_owned())
        }
    }
    impl Second for Both {
        async fn name(&self) -> Result<String> {
            Ok("second".to_owned())
        }
    }
    let both = Arc::new(Both);
    let first = testing::connect_blocking(FirstServer::new(Arc::clone(&both))).unwrap();
    let second = testing::connect(SecondServer::new(both)).await.unwrap();
    assert_eq!((first.name().unwrap(), second.name().await.unwrap()), ("first".to_owned(), "second".to_owned()));
}
