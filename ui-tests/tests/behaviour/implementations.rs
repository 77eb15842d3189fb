//! Implementations of every kind, and code that takes any of them.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::Arc;

use outboard::{AsyncClient, Result, Service, plugin_interface, testing};

#[plugin_interface(version = 7)]
trait Greeter: Clone + Debug {
    async fn greet(&self, name: &str) -> Result<String>;
}

#[plugin_interface(version = 7)]
trait Plain: Clone + Debug {
    fn greet(&self, name: &str) -> Result<String>;
}

/// A part of an implementation.
trait Tone: Clone + Debug + Send + Sync + 'static {
    fn end(&self) -> char;
}

#[derive(Clone, Debug)]
struct Loud;

impl Tone for Loud {
    fn end(&self) -> char {
        '!'
    }
}

#[derive(Clone, Debug)]
struct Hello<S>(S);

impl<S: Tone> Greeter for Hello<S> {
    async fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}{}", self.0.end()))
    }
}

impl<S: Tone> Plain for Hello<S> {
    fn greet(&self, name: &str) -> Result<String> {
        Ok(format!("Hello, {name}{}", self.0.end()))
    }
}

/// A test double that has nothing to do with plugins.
#[derive(Clone, Debug)]
struct Double(&'static str);

impl Greeter for Double {
    async fn greet(&self, name: &str) -> Result<String> {
        assert_ne!(name, "nobody", "not nobody again");
        Ok(self.0.to_owned())
    }
}

impl Plain for Double {
    fn greet(&self, name: &str) -> Result<String> {
        assert_ne!(name, "nobody", "not nobody again");
        Ok(self.0.to_owned())
    }
}

async fn by_value<G: Greeter>(greeter: G) -> Result<String> {
    greeter.greet("world").await
}

async fn by_reference(greeter: &impl Greeter) -> Result<String> {
    greeter.greet("world").await
}

fn plain_by_value<G: Plain>(greeter: G) -> Result<String> {
    greeter.greet("world")
}

fn plain_by_reference(greeter: &impl Plain) -> Result<String> {
    greeter.greet("world")
}

async fn connected() -> GreeterClient {
    testing::connect(GreeterServer::new(Hello(Loud))).await.unwrap()
}

fn plainly_connected() -> PlainClient {
    testing::connect_blocking(PlainServer::new(Hello(Loud))).unwrap()
}

#[tokio::test]
async fn an_implementation_with_a_type_parameter() {
    assert_eq!(connected().await.greet("world").await.unwrap(), "Hello, world!");
    assert_eq!(plainly_connected().greet("world").unwrap(), "Hello, world!");
}

#[tokio::test]
async fn a_shared_implementation() {
    let shared = Arc::new(Hello(Loud));
    let client = testing::connect(GreeterServer::new(Arc::clone(&shared))).await.unwrap();
    assert_eq!((client.greet("world").await.unwrap().as_str(), Greeter::version(&client)), ("Hello, world!", 7));
    let client = testing::connect_blocking(PlainServer::new(Arc::clone(&shared))).unwrap();
    assert_eq!((client.greet("world").unwrap().as_str(), Plain::version(&client)), ("Hello, world!", 7));
    assert_eq!(by_value(Arc::clone(&shared)).await.unwrap(), "Hello, world!");
    assert_eq!(plain_by_value(shared).unwrap(), "Hello, world!");
}

#[tokio::test]
async fn a_shared_client() {
    assert_eq!(by_value(Arc::new(connected().await)).await.unwrap(), "Hello, world!");
    assert_eq!(plain_by_value(Arc::new(plainly_connected())).unwrap(), "Hello, world!");
}

#[tokio::test]
async fn a_client_as_the_implementation_behind_another() {
    let client = testing::connect(GreeterServer::new(connected().await)).await.unwrap();
    assert_eq!(client.greet("world").await.unwrap(), "Hello, world!");
    assert_eq!(by_value(GreeterClient::local(client)).await.unwrap(), "Hello, world!");
    let client = testing::connect_blocking(PlainServer::new(plainly_connected())).unwrap();
    assert_eq!(client.greet("world").unwrap(), "Hello, world!");
    assert_eq!(plain_by_value(PlainClient::local(client)).unwrap(), "Hello, world!");
}

#[tokio::test]
async fn a_function_that_takes_any_implementation_by_reference() {
    assert_eq!(by_reference(&connected().await).await.unwrap(), "Hello, world!");
    assert_eq!(by_reference(&GreeterClient::local(Hello(Loud))).await.unwrap(), "Hello, world!");
    assert_eq!(by_reference(&Hello(Loud)).await.unwrap(), "Hello, world!");
    assert_eq!(by_reference(&Double("double")).await.unwrap(), "double");
    assert_eq!(plain_by_reference(&plainly_connected()).unwrap(), "Hello, world!");
    assert_eq!(plain_by_reference(&PlainClient::local(Hello(Loud))).unwrap(), "Hello, world!");
    assert_eq!(plain_by_reference(&Hello(Loud)).unwrap(), "Hello, world!");
    assert_eq!(plain_by_reference(&Double("double")).unwrap(), "double");
}

#[tokio::test]
async fn a_function_that_takes_any_implementation_by_value() {
    assert_eq!(by_value(connected().await).await.unwrap(), "Hello, world!");
    assert_eq!(by_value(GreeterClient::local(Hello(Loud))).await.unwrap(), "Hello, world!");
    assert_eq!(by_value(Double("double")).await.unwrap(), "double");
    assert_eq!(plain_by_value(plainly_connected()).unwrap(), "Hello, world!");
    assert_eq!(plain_by_value(PlainClient::local(Hello(Loud))).unwrap(), "Hello, world!");
    assert_eq!(plain_by_value(Double("double")).unwrap(), "double");
}

#[tokio::test]
async fn a_task_and_a_thread_that_take_any_implementation() {
    async fn in_a_task(greeter: impl Greeter) -> Result<String> {
        tokio::spawn(by_value(greeter)).await.unwrap()
    }
    fn in_a_thread(greeter: impl Plain) -> Result<String> {
        std::thread::spawn(|| plain_by_value(greeter)).join().unwrap()
    }
    assert_eq!(in_a_task(connected().await).await.unwrap(), "Hello, world!");
    assert_eq!(in_a_task(Double("double")).await.unwrap(), "double");
    assert_eq!(in_a_thread(plainly_connected()).unwrap(), "Hello, world!");
    assert_eq!(in_a_thread(Double("double")).unwrap(), "double");
}

#[tokio::test]
async fn clients_in_collections() {
    let clients = vec![connected().await, GreeterClient::local(Double("double")), GreeterClient::local(Hello(Loud))];
    let mut greetings = Vec::new();
    for client in &clients {
        greetings.push(client.greet("world").await.unwrap());
    }
    assert_eq!(greetings, ["Hello, world!", "double", "Hello, world!"]);
    let by_name: HashMap<&str, GreeterClient> = ["a", "b", "c"].into_iter().zip(clients).collect();
    assert_eq!(by_name["b"].greet("world").await.unwrap(), "double");

    let clients: BTreeMap<u8, PlainClient> =
        [(1, plainly_connected()), (2, PlainClient::local(Double("double")))].into();
    let greetings: Vec<String> = clients.values().map(|client| client.greet("world").unwrap()).collect();
    assert_eq!(greetings, ["Hello, world!", "double"]);
}

#[tokio::test]
async fn clones_of_a_client() {
    let client = connected().await;
    let copy = client.clone();
    drop(client);
    assert_eq!(copy.greet("world").await.unwrap(), "Hello, world!");
    let client = plainly_connected();
    let copy = client.clone();
    drop(client);
    assert_eq!(copy.greet("world").unwrap(), "Hello, world!");
}

#[tokio::test]
async fn a_double_that_panics() {
    let error = GreeterClient::local(Double("")).greet("nobody").await.unwrap_err();
    assert!(error.to_string().contains("not nobody again"), "{error}");
    let error = testing::connect(GreeterServer::new(Double(""))).await.unwrap().greet("nobody").await.unwrap_err();
    assert!(error.to_string().contains("not nobody again"), "{error}");

    assert!(std::panic::catch_unwind(|| Plain::greet(&Double(""), "nobody")).is_err());
    let error = PlainClient::local(Double("")).greet("nobody").unwrap_err();
    assert!(error.to_string().contains("not nobody again"), "{error}");
    let error = testing::connect_blocking(PlainServer::new(Double(""))).unwrap().greet("nobody").unwrap_err();
    assert!(error.to_string().contains("not nobody again"), "{error}");
}

#[tokio::test]
async fn a_blocking_implementation_as_an_object() {
    #[plugin_interface(version = 1)]
    trait Teller {
        fn tell(&self, number: u8) -> Result<String>;
    }
    struct Here;
    impl Teller for Here {
        fn tell(&self, number: u8) -> Result<String> {
            Ok(number.to_string())
        }
    }
    let object: Arc<dyn Teller> = Arc::new(Here);
    assert_eq!(TellerClient::local(Arc::clone(&object)).tell(3).unwrap(), "3");
    assert_eq!(testing::connect_blocking(TellerServer::new(object)).unwrap().tell(3).unwrap(), "3");
    let object: Arc<dyn Teller> = Arc::new(testing::connect_blocking(TellerServer::new(Here)).unwrap());
    assert_eq!(object.tell(4).unwrap(), "4");
}

#[test]
fn what_clients_and_servers_implement() {
    fn serves(_: impl Service<Client = impl Greeter>) {}
    fn serves_plainly(_: impl Service<Client = PlainClient>) {}
    fn is_async_client<C: AsyncClient + Clone + Debug + Send + Sync + 'static>() {}
    is_async_client::<GreeterClient>();
    is_async_client::<PlainAsyncClient>();
    let shared = Arc::new(Hello(Loud));
    serves(GreeterServer::new(Arc::clone(&shared)).clone());
    serves(GreeterServer::new(GreeterClient::local(Hello(Loud))));
    serves_plainly(PlainServer::new(shared).clone());
    serves_plainly(PlainServer::new(PlainClient::local(Hello(Loud))));
}
