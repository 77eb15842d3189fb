//! The host's store: entries in memory, and the transactions on them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kvstore::{Entry, Store, Transaction, TransactionClient};
use outboard::{Error, Result, Stream};
use tokio::sync::watch;

// ANCHOR: store
/// A store that is shared by its clones.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Inner>);

#[derive(Default)]
struct Inner {
    entries: Mutex<BTreeMap<String, String>>,
    transactions: watch::Sender<Transactions>,
}

/// How many there were of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transactions {
    pub(crate) open: u64,
    pub(crate) committed: u64,
    pub(crate) rolled_back: u64,
}

impl Store for Memory {
    fn scan(&self, prefix: &str) -> Result<Stream<Entry>> {
        let entries = self.entries();
        let found = entries.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let found: Vec<_> = found.map(|(key, value)| Entry { key: key.clone(), value: value.clone() }).collect();
        Ok(Stream::from_iter(found))
    }

    fn begin(&self) -> Result<TransactionClient> {
        self.0.transactions.send_modify(|transactions| transactions.open += 1);
        let changes = Changes { store: self.clone(), wanted: Mutex::new(Some(Vec::new())) };
        Ok(TransactionClient::local(changes))
    }
}

/// A transaction: it lives as long as somebody has a client of it.
struct Changes {
    store: Memory,
    /// Nothing once it is committed.
    wanted: Mutex<Option<Vec<Entry>>>,
}

impl Transaction for Changes {
    fn put(&self, entries: &[Entry]) -> Result<()> {
        lock(&self.wanted).as_mut().ok_or_else(over)?.extend_from_slice(entries);
        Ok(())
    }

    fn commit(&self) -> Result<()> {
        let wanted = lock(&self.wanted).take().ok_or_else(over)?;
        self.store.entries().extend(wanted.into_iter().map(|Entry { key, value }| (key, value)));
        Ok(())
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        let committed = lock(&self.wanted).is_none();
        self.store.0.transactions.send_modify(|transactions| {
            transactions.open -= 1;
            *if committed { &mut transactions.committed } else { &mut transactions.rolled_back } += 1;
        });
    }
}
// ANCHOR_END: store

fn over() -> Error {
    Error::other("the transaction is over")
}

impl Memory {
    /// Waits until no transaction is open. That is soon after the call that opened it, but not before
    /// its end: the plugin lets go of a transaction when it returns, or when it notices that nobody
    /// waits for it.
    pub(crate) async fn settled(&self) -> Transactions {
        self.transactions(|transactions| transactions.open == 0).await
    }

    /// Waits until this is so.
    pub(crate) async fn transactions(&self, wanted: impl Fn(&Transactions) -> bool) -> Transactions {
        let mut transactions = self.0.transactions.subscribe();
        // The sender lives as long as the store: there is always another value to wait for.
        match transactions.wait_for(wanted).await {
            Ok(transactions) => *transactions,
            Err(_) => Transactions::default(),
        }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        lock(&self.0.entries)
    }
}

/// Nothing in here panics half-way through a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Transactions { committed, rolled_back, .. } = *self.0.transactions.borrow();
        let entries = self.entries().len();
        write!(f, "{entries} entries; of the transactions {committed} committed, {rolled_back} rolled back")
    }
}
