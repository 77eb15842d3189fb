//! The mill without a runtime.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use outboard::{Error, Result, Stream};
use outboard_e2e::mill::threads::{Ledger as _, LedgerClient, Mill, MillClient, Wheel, WheelClient};
use outboard_e2e::mill::{Counting, work};

use super::{Counts, Turning};

#[derive(Default)]
pub(super) struct Works {
    counts: Counts,
    kept: Mutex<Vec<LedgerClient>>,
}

impl Wheel for Turning {
    fn turn(&self) -> Result<u64> {
        Ok(self.once_more())
    }
}

/// Does it with all of them, on eight threads.
fn all<C: Sync>(clients: &[C], call: impl Fn(&C) -> Result<u64> + Sync) -> Result<u64> {
    let call = &call;
    thread::scope(|scope| {
        let begin = |some: &'_ [C]| some.iter().map(call).sum::<Result<u64>>();
        let parts = clients.chunks(clients.len().div_ceil(8).max(1));
        let threads: Vec<_> = parts.map(|some| scope.spawn(move || begin(some))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(Error::other("a panic")))).sum()
    })
}

impl Works {
    fn wheel(&self) -> WheelClient {
        WheelClient::local(Turning::new(&self.counts.turning))
    }

    fn kept(&self) -> Vec<LedgerClient> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Mill for Works {
    fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }

    fn grind(&self, numbers: Stream<u64>) -> Result<Stream<u64>> {
        Ok(Stream::try_from_iter(numbers.into_iter().map(|number| number.map(|number| number + 1))))
    }

    fn pour(&self, count: u64, size: u32) -> Result<Stream<Vec<u8>>> {
        let size = usize::try_from(size).map_err(Error::other)?;
        Ok(Stream::from_iter(Counting::to(count, &self.counts.poured).map(move |_| vec![7; size])))
    }

    fn poured(&self) -> Result<u64> {
        Ok(self.counts.poured.load(Ordering::SeqCst))
    }

    fn sink(&self, items: Stream<Vec<u8>>, most: u64, microseconds: u64) -> Result<u64> {
        let mut count = 0;
        let mut items = items.into_iter();
        while count < most && items.next().transpose()?.is_some() {
            work(Duration::from_micros(microseconds));
            count += 1;
            self.counts.sunk.fetch_add(1, Ordering::SeqCst);
        }
        Ok(count)
    }

    fn sunk(&self) -> Result<u64> {
        Ok(self.counts.sunk.load(Ordering::SeqCst))
    }

    fn enter_all(&self, ledgers: Vec<LedgerClient>, amount: u64) -> Result<Vec<LedgerClient>> {
        all(&ledgers, |ledger| ledger.enter(amount))?;
        Ok(ledgers)
    }

    fn keep(&self, ledgers: Vec<LedgerClient>) -> Result<()> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).extend(ledgers);
        Ok(())
    }

    fn enter_kept(&self, amount: u64) -> Result<u64> {
        all(&self.kept(), |ledger| ledger.enter(amount).map(|_| 1))
    }

    fn forget(&self) -> Result<()> {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        drop(kept);
        Ok(())
    }

    fn open(&self, count: u64) -> Result<Vec<WheelClient>> {
        Ok((0..count).map(|_| self.wheel()).collect())
    }

    fn wheels(&self, count: u64) -> Result<Stream<WheelClient>> {
        let turning = Arc::clone(&self.counts.turning);
        Ok(Stream::from_iter((0..count).map(move |_| WheelClient::local(Turning::new(&turning)))))
    }

    fn turn_all(&self, wheels: Vec<WheelClient>) -> Result<u64> {
        all(&wheels, |wheel| wheel.turn().map(|_| 1))
    }

    fn turning(&self) -> Result<u64> {
        Ok(self.counts.turning.load(Ordering::SeqCst))
    }

    fn deeper(&self, left: u32, ledger: LedgerClient, own: MillClient) -> Result<u32> {
        if left == 0 {
            return Ok(0);
        }
        Ok(1 + ledger.deeper(left - 1, own)?)
    }

    fn never(&self) -> Result<()> {
        self.counts.waiting.fetch_add(1, Ordering::SeqCst);
        loop {
            thread::park();
        }
    }

    fn waiting(&self) -> Result<u64> {
        Ok(self.counts.waiting.load(Ordering::SeqCst))
    }
}
