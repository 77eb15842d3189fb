use outboard::{plugin_interface, Client, Result, Service};
use serde::{Deserialize, Serialize};

#[plugin_interface(version = 1)]
pub trait Store {
    async fn get(&mut self, name: &str) -> Result<String>;
}

#[plugin_interface(version = 1)]
pub trait Counter {
    fn count(&self) -> u8;
    fn add(&self, numbers: impl Iterator) -> Result<u8>;
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Places {
    store: StoreClient,
    counters: Vec<Option<CounterClient>>,
    counter: CounterAsyncClient,
}

#[plugin_interface(version = 1)]
pub trait Search {
    async fn search(&self, store: &StoreClient, places: Places) -> Result<CounterClient>;
    async fn open(&self, counter: CounterAsyncClient) -> Result<StoreClient>;
}

#[plugin_interface(version = 1)]
pub trait Lookup {
    fn look_up(&self, counter: Option<&CounterClient>, places: &[Places]) -> Result<CounterClient>;
}

struct Here;

impl Lookup for Here {
    fn look_up(&self, counter: Option<&CounterClient>, _: &[Places]) -> Result<CounterClient> {
        Ok(counter.unwrap().clone())
    }
}

fn other(counter: CounterClient) -> Result<CounterAsyncClient> {
    CounterAsyncClient::try_from(counter)
}

fn is_client(_: impl Client + Serialize) {}

fn serves(_: impl Service) {}

fn main() {
    let counter = CounterClient::local(Here);
    let _ = LookupClient::local(Here).look_up(Some(&counter), &[]);
    let _ = other(counter.clone());
    is_client(counter);
    is_client(StoreClient::local(Here));
    serves(LookupServer::new(Here));
}
