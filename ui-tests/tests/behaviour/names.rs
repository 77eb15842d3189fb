//! Names that generated code has too, and names that are keywords.

use outboard::{Client, Interface, Result, plugin_interface, testing};

#[tokio::test]
async fn arguments_named_like_locals_of_generated_code() {
    both! {
        fn sum(
            &self, __object: u8, __remote: &u8, __arguments: u8, __call: Option<&u8>, __server: u8, __argument_0: u8,
        ) -> Result<u8> {
            Ok(__object + __remote * 2 + __arguments * 3 + __call.unwrap() * 4 + __server * 5 + __argument_0 * 6)
        }
        fn args(
            &self, __args: u8, __self: u8, __implementation: &str, __returned: u8, __client: u8, __t: u8,
        ) -> Result<String> {
            Ok(format!("{__args}{__self}{__implementation}{__returned}{__client}{__t}"))
        }
        calls
        sum(1, &2, 3, Some(&4), 5, 6) => 91;
        args(1, 2, "3", 4, 5, 6) => "123456";
    }
}

#[tokio::test]
async fn arguments_named_like_words_of_the_trade() {
    both! {
        fn first(
            &self, self_: u8, call: &str, client: Option<&str>, server: u8, arguments: u8, payload: &[u8],
        ) -> Result<String> {
            Ok(format!("{self_}{call}{client:?}{server}{arguments}{payload:?}"))
        }
        #[allow(clippy::too_many_arguments, reason = "so many words")]
        fn second(
            &self, remote: u8, object: u8, endpoint: &str, error: u8, result: u8, version: u32, outboard: u8,
        ) -> Result<String> {
            Ok(format!("{remote}{object}{endpoint}{error}{result}{version}{outboard}"))
        }
        calls
        first(1, "call", Some("client"), 4, 5, &[6]) => "1callSome(\"client\")45[6]";
        second(1, 2, "end", 4, 5, 6, 7) => "12end4567";
    }
}

#[tokio::test]
async fn arguments_that_are_keywords() {
    both! {
        fn all(&self, r#fn: u8, r#async: &str, r#type: Option<&str>, r#await: Vec<u8>) -> Result<String> {
            Ok(format!("{fn}{async}{type:?}{await:?}"))
        }
        calls all(1, "b", None, vec![4]) => "1bNone[4]";
    }
}

#[tokio::test]
async fn arguments_named_like_functions_and_constants() {
    both! {
        fn all(&self, drop: u8, format: &str, assert: u8, u8: u16) -> Result<String> {
            Ok(format!("{drop}{format}{assert}{u8}"))
        }
        fn same_as_the_method(&self, same_as_the_method: u8) -> Result<u8> { Ok(same_as_the_method) }
        calls
        all(1, "b", 3, 4) => "1b34";
        same_as_the_method(9) => 9;
    }
}

#[tokio::test]
async fn methods_that_are_keywords() {
    both! {
        fn r#type(&self, number: u8) -> Result<u8> { Ok(number + 1) }
        fn r#async(&self) -> Result<u8> { Ok(2) }
        fn r#try(&self) -> Result<u8> { Ok(3) }
        calls
        r#type(0) => 1;
        r#async() => 2;
        r#try() => 3;
    }
    #[plugin_interface(version = 1)]
    trait Told {
        fn r#type(&self) -> Result<u8>;
    }
    let names: Vec<_> = <ToldAsyncClient as Interface>::METHODS.iter().map(|method| method.name).collect();
    assert_eq!(names, ["type"]);
}

/// The methods of generated types, traits and clients.
mod methods {
    #![allow(clippy::wrong_self_convention, clippy::new_ret_no_self, reason = "a part of what is shown")]

    use super::{Client, Result, plugin_interface, testing};

    #[plugin_interface(version = 1)]
    trait Awkward {
        async fn new(&self) -> Result<u8>;
        async fn local(&self) -> Result<u8>;
        async fn launch(&self) -> Result<u8>;
        async fn clone(&self) -> Result<u8>;
        async fn call(&self) -> Result<u8>;
        async fn serve(&self) -> Result<u8>;
        async fn with_timeout(&self, seconds: u8) -> Result<u8>;
        async fn supports(&self, method: &str) -> Result<u8>;
        async fn route(&self) -> Result<u8>;
        async fn __route(&self) -> Result<u8>;
        async fn only_remote(&self) -> Result<u8>;
        async fn fmt(&self) -> Result<u8>;
        async fn default(&self) -> Result<u8>;
    }

    #[plugin_interface(version = 1)]
    trait Blocking {
        fn new(&self) -> Result<u8>;
        fn local(&self) -> Result<u8>;
        fn launch(&self) -> Result<u8>;
        fn clone(&self) -> Result<u8>;
        fn call(&self) -> Result<u8>;
        fn serve(&self) -> Result<u8>;
        fn with_timeout(&self, seconds: u8) -> Result<u8>;
        fn supports(&self, method: &str) -> Result<u8>;
        fn route(&self) -> Result<u8>;
        fn __route(&self) -> Result<u8>;
        fn only_remote(&self) -> Result<u8>;
        fn fmt(&self) -> Result<u8>;
        fn default(&self) -> Result<u8>;
    }

    struct Counts;

    macro_rules! count {
        ($trait:ident: $($keyword:ident)+) => { count! { @ $trait $($keyword)+; new 1 local 2 launch 3 clone 4 call 5 serve 6 route 9 __route 10 only_remote 11 fmt 12 default 13 } };
        (@ $trait:ident async fn; $($name:ident $number:literal)+) => {
            impl $trait for Counts {
                $(async fn $name(&self) -> Result<u8> { Ok($number) })+
                async fn with_timeout(&self, seconds: u8) -> Result<u8> { Ok(seconds) }
                async fn supports(&self, _: &str) -> Result<u8> { Ok(8) }
            }
        };
        (@ $trait:ident fn; $($name:ident $number:literal)+) => {
            impl $trait for Counts {
                $(fn $name(&self) -> Result<u8> { Ok($number) })+
                fn with_timeout(&self, seconds: u8) -> Result<u8> { Ok(seconds) }
                fn supports(&self, _: &str) -> Result<u8> { Ok(8) }
            }
        };
    }

    count!(Awkward: async fn);
    count!(Blocking: fn);

    #[tokio::test]
    async fn methods_named_like_those_of_async_clients() {
        for client in [testing::connect(AwkwardServer::new(Counts)).await.unwrap(), AwkwardClient::local(Counts)] {
            let copy: AwkwardClient = Clone::clone(&client);
            assert!(Client::supports(&copy, "new"));
            let answers = [
                Awkward::new(&client).await.unwrap(),
                Awkward::local(&client).await.unwrap(),
                Awkward::launch(&client).await.unwrap(),
                Awkward::clone(&client).await.unwrap(),
                client.call().await.unwrap(),
                client.serve().await.unwrap(),
                Awkward::with_timeout(&client, 7).await.unwrap(),
                Awkward::supports(&client, "new").await.unwrap(),
                client.route().await.unwrap(),
                client.__route().await.unwrap(),
                client.only_remote().await.unwrap(),
                Awkward::fmt(&client).await.unwrap(),
                client.default().await.unwrap(),
            ];
            assert_eq!(answers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        }
    }

    #[test]
    fn methods_named_like_those_of_blocking_clients() {
        for client in [testing::connect_blocking(BlockingServer::new(Counts)).unwrap(), BlockingClient::local(Counts)] {
            let copy: BlockingClient = Clone::clone(&client);
            assert!(Client::supports(&copy, "new"));
            let answers = [
                Blocking::new(&client).unwrap(),
                Blocking::local(&client).unwrap(),
                Blocking::launch(&client).unwrap(),
                Blocking::clone(&client).unwrap(),
                client.call().unwrap(),
                client.serve().unwrap(),
                Blocking::with_timeout(&client, 7).unwrap(),
                Blocking::supports(&client, "new").unwrap(),
                client.route().unwrap(),
                client.__route().unwrap(),
                client.only_remote().unwrap(),
                Blocking::fmt(&client).unwrap(),
                client.default().unwrap(),
            ];
            assert_eq!(answers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        }
    }

    /// They are inherent, and come before what the client has from traits.
    #[tokio::test]
    async fn methods_named_like_those_of_async_clients_of_blocking_interfaces() {
        let client: BlockingAsyncClient = testing::connect_as(BlockingServer::new(Counts)).await.unwrap();
        let copy: BlockingAsyncClient = Clone::clone(&client);
        assert!(Client::supports(&copy, "new") && copy.version() == 1);
        let answers = [
            client.new().await.unwrap(),
            client.local().await.unwrap(),
            client.launch().await.unwrap(),
            client.clone().await.unwrap(),
            client.call().await.unwrap(),
            client.serve().await.unwrap(),
            client.with_timeout(7).await.unwrap(),
            client.supports("new").await.unwrap(),
            client.route().await.unwrap(),
            client.__route().await.unwrap(),
            client.only_remote().await.unwrap(),
            client.fmt().await.unwrap(),
            client.default().await.unwrap(),
        ];
        assert_eq!(answers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    }
}

#[tokio::test]
async fn traits_that_are_keywords() {
    #[allow(non_camel_case_types, reason = "a keyword is what it is")]
    #[plugin_interface(version = 1)]
    trait r#match {
        async fn run(&self) -> Result<u8>;
    }
    #[allow(non_camel_case_types, reason = "a keyword is what it is")]
    #[plugin_interface(version = 3)]
    trait r#loop {
        fn run(&self, r#in: u8) -> Result<u8>;
    }
    struct Runs;
    impl r#match for Runs {
        async fn run(&self) -> Result<u8> {
            Ok(1)
        }
    }
    impl r#loop for Runs {
        fn run(&self, r#in: u8) -> Result<u8> {
            Ok(r#in)
        }
    }
    assert_eq!(testing::connect(matchServer::new(Runs)).await.unwrap().run().await.unwrap(), 1);
    assert_eq!(testing::connect_blocking(loopServer::new(Runs)).unwrap().run(3).unwrap(), 3);
    let client: loopAsyncClient = testing::connect_as(loopServer::new(Runs)).await.unwrap();
    assert_eq!(client.run(3).await.unwrap(), 3);
    assert_eq!((loopAsyncClient::NAME, loopAsyncClient::VERSION), ("loop", 3));
    assert_eq!(matchClient::NAME, "match");
}

#[tokio::test]
async fn a_trait_named_like_a_type_parameter() {
    #[plugin_interface(version = 2)]
    trait T {
        async fn run(&self) -> Result<u8>;
    }
    struct Runs;
    impl T for Runs {
        async fn run(&self) -> Result<u8> {
            Ok(2)
        }
    }
    assert_eq!(testing::connect(TServer::new(Runs)).await.unwrap().run().await.unwrap(), 2);
    assert_eq!(TServer::<Runs>::NAME, "T");
}

#[tokio::test]
async fn traits_named_like_those_of_the_runtime() {
    mod own {
        #[outboard::plugin_interface(version = 1)]
        pub(super) trait Client {
            async fn ask(&self) -> outboard::Result<u8>;
        }
        #[outboard::plugin_interface(version = 1)]
        pub(super) trait Interface {
            fn ask(&self) -> outboard::Result<u8>;
        }
        #[outboard::plugin_interface(version = 1)]
        pub(super) trait Service {
            fn ask(&self) -> outboard::Result<u8>;
        }
    }
    struct Here;
    impl own::Client for Here {
        async fn ask(&self) -> Result<u8> {
            Ok(1)
        }
    }
    impl own::Interface for Here {
        fn ask(&self) -> Result<u8> {
            Ok(2)
        }
    }
    impl own::Service for Here {
        fn ask(&self) -> Result<u8> {
            Ok(3)
        }
    }
    let client = testing::connect(own::ClientServer::new(Here)).await.unwrap();
    assert_eq!(own::Client::ask(&client).await.unwrap(), 1);
    let client = testing::connect_blocking(own::InterfaceServer::new(Here)).unwrap();
    assert_eq!(own::Interface::ask(&client).unwrap(), 2);
    let client = testing::connect_blocking(own::ServiceServer::new(Here)).unwrap();
    assert_eq!(own::Service::ask(&client).unwrap(), 3);
}
