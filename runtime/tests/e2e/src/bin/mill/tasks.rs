//! The mill on tokio.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use outboard::{Error, Result, Stream};
use outboard_e2e::mill::tasks::{Ledger as _, LedgerClient, Mill, MillClient, Wheel, WheelClient};
use outboard_e2e::mill::{Counting, work};
use tokio::task::JoinSet;

use super::{Counts, Turning};

#[derive(Default)]
pub(super) struct Works {
    counts: Counts,
    kept: Mutex<Vec<LedgerClient>>,
}

impl Wheel for Turning {
    async fn turn(&self) -> Result<u64> {
        Ok(self.once_more())
    }
}

/// Each number and one.
struct Ground(Stream<u64>);

impl futures_core::Stream for Ground {
    type Item = Result<u64>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<u64>>> {
        let number = Pin::new(&mut self.0).poll_next(cx);
        number.map(|number| number.map(|number| number.map(|number| number + 1)))
    }
}

/// Numbers as so many bytes each.
struct Sized(Counting, usize);

impl futures_core::Stream for Sized {
    type Item = Vec<u8>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
        let size = self.1;
        Pin::new(&mut self.0).poll_next(cx).map(|number| number.map(|_| vec![7; size]))
    }
}

/// Waits for all of them.
async fn all<T: Send + 'static>(
    work: impl IntoIterator<Item: Future<Output = Result<T>> + Send + 'static>,
) -> Result<Vec<T>> {
    let mut tasks = JoinSet::new();
    work.into_iter().for_each(|work| drop(tasks.spawn(work)));
    let mut done = Vec::new();
    while let Some(task) = tasks.join_next().await {
        done.push(task.map_err(Error::other)??);
    }
    Ok(done)
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
    async fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }

    async fn grind(&self, numbers: Stream<u64>) -> Result<Stream<u64>> {
        Ok(Stream::try_new(Ground(numbers)))
    }

    async fn pour(&self, count: u64, size: u32) -> Result<Stream<Vec<u8>>> {
        let size = usize::try_from(size).map_err(Error::other)?;
        Ok(Stream::new(Sized(Counting::to(count, &self.counts.poured), size)))
    }

    async fn poured(&self) -> Result<u64> {
        Ok(self.counts.poured.load(Ordering::SeqCst))
    }

    async fn sink(&self, mut items: Stream<Vec<u8>>, most: u64, microseconds: u64) -> Result<u64> {
        let mut count = 0;
        while count < most && items.next().await.transpose()?.is_some() {
            work(Duration::from_micros(microseconds));
            tokio::task::yield_now().await;
            count += 1;
            self.counts.sunk.fetch_add(1, Ordering::SeqCst);
        }
        Ok(count)
    }

    async fn sunk(&self) -> Result<u64> {
        Ok(self.counts.sunk.load(Ordering::SeqCst))
    }

    async fn enter_all(&self, ledgers: Vec<LedgerClient>, amount: u64) -> Result<Vec<LedgerClient>> {
        let entered = ledgers.clone().into_iter().map(|ledger| async move { ledger.enter(amount).await });
        all(entered).await?;
        Ok(ledgers)
    }

    async fn keep(&self, ledgers: Vec<LedgerClient>) -> Result<()> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).extend(ledgers);
        Ok(())
    }

    async fn enter_kept(&self, amount: u64) -> Result<u64> {
        let entered = self.kept().into_iter().map(|ledger| async move { ledger.enter(amount).await });
        Ok(all(entered).await?.len() as u64)
    }

    async fn forget(&self) -> Result<()> {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        drop(kept);
        Ok(())
    }

    async fn open(&self, count: u64) -> Result<Vec<WheelClient>> {
        Ok((0..count).map(|_| self.wheel()).collect())
    }

    async fn wheels(&self, count: u64) -> Result<Stream<WheelClient>> {
        let turning = Arc::clone(&self.counts.turning);
        Ok(Stream::from_iter((0..count).map(move |_| WheelClient::local(Turning::new(&turning)))))
    }

    async fn turn_all(&self, wheels: Vec<WheelClient>) -> Result<u64> {
        let turned = wheels.into_iter().map(|wheel| async move { wheel.turn().await });
        Ok(all(turned).await?.len() as u64)
    }

    async fn turning(&self) -> Result<u64> {
        Ok(self.counts.turning.load(Ordering::SeqCst))
    }

    async fn deeper(&self, left: u32, ledger: LedgerClient, own: MillClient) -> Result<u32> {
        if left == 0 {
            return Ok(0);
        }
        Ok(1 + ledger.deeper(left - 1, own).await?)
    }

    async fn never(&self) -> Result<()> {
        self.counts.waiting.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }

    async fn waiting(&self) -> Result<u64> {
        Ok(self.counts.waiting.load(Ordering::SeqCst))
    }
}
