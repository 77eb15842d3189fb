//! Interfaces whose values stay connected: streams and objects that go from one process to the other.
//! Once with async methods and once with plain ones; on the wire nobody can tell them apart.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

macro_rules! interfaces {
    ($(#[$documentation:meta])* $module:ident, [$($asynchronous:tt)?]) => {
        $(#[$documentation])*
        pub mod $module {
            use outboard::{Result, Stream, plugin_interface};

            /// What the host keeps, and the plugin calls.
            #[plugin_interface(version = 1)]
            pub trait Ledger {
                /// Adds an amount; gives the sum.
                $($asynchronous)? fn enter(&self, amount: u64) -> Result<u64>;
                /// Calls the mill, which calls back, so many calls more. Gives how many those were.
                $($asynchronous)? fn deeper(&self, left: u32, mill: MillClient) -> Result<u32>;
            }

            /// What the plugin keeps, and the host calls.
            #[plugin_interface(version = 1)]
            pub trait Wheel {
                /// Turns once; gives how often it has turned.
                $($asynchronous)? fn turn(&self) -> Result<u64>;
            }

            /// Takes in and gives out streams and objects.
            #[plugin_interface(version = 1)]
            pub trait Mill {
                /// Returns the text.
                $($asynchronous)? fn echo(&self, text: &str) -> Result<String>;
                /// Each number and one.
                $($asynchronous)? fn grind(&self, numbers: Stream<u64>) -> Result<Stream<u64>>;
                /// So many items of so many bytes.
                $($asynchronous)? fn pour(&self, count: u64, size: u32) -> Result<Stream<Vec<u8>>>;
                /// How many items the sources of `pour` were asked for.
                $($asynchronous)? fn poured(&self) -> Result<u64>;
                /// Reads so many items, working for so many microseconds on each; gives how many there were.
                $($asynchronous)? fn sink(&self, items: Stream<Vec<u8>>, most: u64, work: u64) -> Result<u64>;
                /// How many items `sink` has read.
                $($asynchronous)? fn sunk(&self) -> Result<u64>;
                /// Enters an amount everywhere, all at once, and gives the ledgers back.
                $($asynchronous)? fn enter_all(&self, ledgers: Vec<LedgerClient>, amount: u64) -> Result<Vec<LedgerClient>>;
                /// Keeps them until it is to forget them.
                $($asynchronous)? fn keep(&self, ledgers: Vec<LedgerClient>) -> Result<()>;
                /// Enters an amount everywhere that was kept; gives how many those were.
                $($asynchronous)? fn enter_kept(&self, amount: u64) -> Result<u64>;
                /// Lets go of what was kept.
                $($asynchronous)? fn forget(&self) -> Result<()>;
                /// New wheels.
                $($asynchronous)? fn open(&self, count: u64) -> Result<Vec<WheelClient>>;
                /// A new wheel as each item.
                $($asynchronous)? fn wheels(&self, count: u64) -> Result<Stream<WheelClient>>;
                /// Turns wheels of its own.
                $($asynchronous)? fn turn_all(&self, wheels: Vec<WheelClient>) -> Result<u64>;
                /// How many wheels there are.
                $($asynchronous)? fn turning(&self) -> Result<u64>;
                /// Calls the ledger, which calls back, so many calls more. Gives how many those were.
                $($asynchronous)? fn deeper(&self, left: u32, ledger: LedgerClient, own: MillClient) -> Result<u32>;
                /// Waits for ever.
                $($asynchronous)? fn never(&self) -> Result<()>;
                /// How many calls of `never` run.
                $($asynchronous)? fn waiting(&self) -> Result<u64>;
            }
        }
    };
}

interfaces!(
    /// For hosts and plugins on tokio.
    tasks, [async]
);
interfaces!(
    /// For hosts and plugins without a runtime.
    threads, []
);

/// Numbers, as an iterator or as a stream.
#[derive(Debug)]
pub struct Counting {
    next: u64,
    end: u64,
    given: Arc<AtomicU64>,
    has_waited: bool,
}

impl Counting {
    /// From 0 to below `end`; `given` counts those that somebody took.
    #[must_use]
    pub fn to(end: u64, given: &Arc<AtomicU64>) -> Self {
        Self { next: 0, end, given: Arc::clone(given), has_waited: false }
    }
}

impl Iterator for Counting {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let number = Some(self.next).filter(|number| *number < self.end)?;
        self.next += 1;
        self.given.fetch_add(1, Ordering::SeqCst);
        Some(number)
    }
}

/// Not ready before every thousandth item.
impl futures_core::Stream for Counting {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.next % 1000 == 999 && !self.has_waited {
            self.has_waited = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.has_waited = false;
        Poll::Ready(self.next())
    }
}

/// Keeps the processor busy for so long.
pub fn work(duration: Duration) {
    let began = Instant::now();
    while began.elapsed() < duration {
        std::hint::spin_loop();
    }
}
