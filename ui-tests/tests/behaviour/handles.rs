//! Clients as values: in arguments and returns of other interfaces, alone and inside of other types.

use std::collections::BTreeMap;

use outboard::{Client, Error, ErrorKind, Interface, Result, testing};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Remembers texts.
#[outboard::plugin_interface(version = 1, name = "store")]
pub(crate) trait Store {
    /// The text under a name.
    async fn get(&self, name: &str) -> Result<String>;
}

/// Counts.
#[outboard::plugin_interface(version = 1)]
pub(crate) trait Counter {
    /// One more.
    fn next(&self) -> Result<u64>;
}

/// What a search may look into.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Places {
    store: StoreClient,
    fallback: Option<StoreClient>,
    more: BTreeMap<String, Vec<StoreClient>>,
    counter: CounterClient,
}

/// Takes and gives stores of others in all ways.
#[outboard::plugin_interface(version = 1)]
pub(crate) trait Search {
    async fn owned(&self, store: StoreClient) -> Result<()>;
    async fn borrowed(&self, store: &StoreClient) -> Result<()>;
    async fn optional(&self, store: Option<StoreClient>, borrowed: Option<&StoreClient>) -> Result<()>;
    async fn many(&self, stores: Vec<StoreClient>, borrowed: &[StoreClient]) -> Result<()>;
    async fn within(&self, places: Places, borrowed: &Places) -> Result<()>;
    async fn blocking(&self, counter: CounterClient) -> Result<()>;
    async fn open(&self, name: &str) -> Result<StoreClient>;
    async fn find(&self, name: &str) -> Result<Option<StoreClient>>;
    async fn places(&self) -> Result<Places>;
    async fn count(&self) -> Result<(CounterClient, Vec<CounterAsyncClient>)>;
    async fn itself(&self, other: SearchClient) -> Result<SearchClient>;
}

/// The same, blocking.
#[outboard::plugin_interface(version = 1)]
pub(crate) trait Lookup {
    fn owned(&self, store: StoreClient, counter: CounterClient) -> Result<()>;
    fn borrowed(&self, store: &StoreClient, counter: Option<&CounterClient>) -> Result<()>;
    fn of_async_hosts(&self, counter: CounterAsyncClient) -> Result<()>;
    fn many(&self, counters: &[CounterClient], more: Vec<Option<CounterClient>>) -> Result<Places>;
    fn open(&self, name: &str) -> Result<CounterClient>;
    fn itself(&self, other: LookupClient) -> Result<LookupClient>;
    /// With a body.
    fn twice(&self, counter: &CounterClient) -> Result<u64> {
        Ok(counter.next()? + counter.next()?)
    }
}

struct Here;

impl Store for Here {
    async fn get(&self, name: &str) -> Result<String> {
        Ok(name.to_owned())
    }
}

impl Counter for Here {
    fn next(&self) -> Result<u64> {
        Ok(1)
    }
}

impl Lookup for Here {
    fn owned(&self, _: StoreClient, counter: CounterClient) -> Result<()> {
        counter.next().map(drop)
    }

    fn borrowed(&self, _: &StoreClient, counter: Option<&CounterClient>) -> Result<()> {
        counter.map_or(Ok(0), Counter::next).map(drop)
    }

    fn of_async_hosts(&self, _: CounterAsyncClient) -> Result<()> {
        Ok(())
    }

    fn many(&self, counters: &[CounterClient], _: Vec<Option<CounterClient>>) -> Result<Places> {
        let counter = counters.first().cloned().ok_or_else(|| Error::other("no counter"))?;
        Ok(Places { store: StoreClient::local(Here), fallback: None, more: BTreeMap::new(), counter })
    }

    fn open(&self, _: &str) -> Result<CounterClient> {
        Ok(CounterClient::local(Here))
    }

    fn itself(&self, other: LookupClient) -> Result<LookupClient> {
        Ok(other)
    }
}

impl Search for Here {
    async fn owned(&self, store: StoreClient) -> Result<()> {
        store.get("owned").await.map(drop)
    }

    async fn borrowed(&self, store: &StoreClient) -> Result<()> {
        store.get("borrowed").await.map(drop)
    }

    async fn optional(&self, store: Option<StoreClient>, _: Option<&StoreClient>) -> Result<()> {
        store.ok_or_else(|| Error::other("no store")).map(drop)
    }

    async fn many(&self, _: Vec<StoreClient>, _: &[StoreClient]) -> Result<()> {
        Ok(())
    }

    async fn within(&self, places: Places, _: &Places) -> Result<()> {
        places.store.get("within").await.map(drop)
    }

    async fn blocking(&self, _: CounterClient) -> Result<()> {
        Ok(())
    }

    async fn open(&self, _: &str) -> Result<StoreClient> {
        Ok(StoreClient::local(Here))
    }

    async fn find(&self, _: &str) -> Result<Option<StoreClient>> {
        Ok(None)
    }

    async fn places(&self) -> Result<Places> {
        Ok(places())
    }

    async fn count(&self) -> Result<(CounterClient, Vec<CounterAsyncClient>)> {
        Ok((CounterClient::local(Here), Vec::new()))
    }

    async fn itself(&self, other: SearchClient) -> Result<SearchClient> {
        Ok(other)
    }
}

fn places() -> Places {
    Places {
        store: StoreClient::local(Here),
        fallback: None,
        more: BTreeMap::new(),
        counter: CounterClient::local(Here),
    }
}

/// In one process a client is passed on as it is: nothing is encoded.
#[tokio::test]
async fn clients_are_arguments_and_returns_of_a_local_implementation() {
    let search = SearchClient::local(Here);
    search.owned(StoreClient::local(Here)).await.unwrap();
    search.optional(Some(StoreClient::local(Here)), None).await.unwrap();
    search.within(places(), &places()).await.unwrap();
    assert_eq!(search.open("a").await.unwrap().get("b").await.unwrap(), "b");
    search.itself(search.clone()).await.unwrap().borrowed(&StoreClient::local(Here)).await.unwrap();
    let lookup = LookupClient::local(Here);
    assert_eq!(lookup.itself(lookup.clone()).unwrap().twice(&lookup.open("a").unwrap()).unwrap(), 2);
    lookup.borrowed(&StoreClient::local(Here), Some(&CounterClient::local(Here))).unwrap();
}

#[test]
fn every_client_is_a_value_of_serde() {
    fn value<T: Serialize + DeserializeOwned + Send + 'static>() {}
    value::<StoreClient>();
    value::<CounterClient>();
    value::<CounterAsyncClient>();
    value::<Places>();
}

#[test]
fn a_client_is_known_by_the_name_of_its_interface() {
    assert_eq!((StoreClient::NAME, StoreClient::__HANDLE), ("store", "outboard::Handle::store"));
    assert_eq!(
        (CounterClient::__HANDLE, CounterAsyncClient::__HANDLE),
        ("outboard::Handle::Counter", "outboard::Handle::Counter")
    );
}

#[tokio::test]
async fn an_async_client_comes_from_a_blocking_one_whose_object_is_elsewhere() {
    let remote: CounterClient = testing::connect_blocking(CounterServer::new(Here)).unwrap();
    let counter = CounterAsyncClient::try_from(remote).unwrap();
    assert_eq!(counter.next().await.unwrap(), 1);
}

#[test]
fn no_async_client_comes_from_one_whose_object_is_here() {
    let error = CounterAsyncClient::try_from(CounterClient::local(Here)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(
        error.to_string(),
        "this `CounterClient` is of an object in this process, and `CounterAsyncClient` calls other processes alone: \
         keep the `CounterClient`, and call it where a thread may block"
    );
}

/// Serde's way in and out of text, which is no call.
#[test]
fn a_client_is_no_data() {
    let expected = "only as an argument or a return value of a plugin's method: it is a connection, not data";
    let error = serde_json::to_string(&places()).unwrap_err().to_string();
    assert!(error.starts_with("a `StoreClient` ") && error.contains(expected), "{error}");
    let error = serde_json::from_str::<CounterClient>("[false, 1, 0]").unwrap_err().to_string();
    assert!(error.starts_with("a `CounterClient` ") && error.contains(expected), "{error}");
}
