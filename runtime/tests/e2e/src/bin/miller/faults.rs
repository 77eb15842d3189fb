//! A mill that misbehaves: what its callers get, and what it leaves behind.

use outboard_e2e::report::Faulted;

use crate::kits;

/// Prints the report.
pub(crate) fn report(kind: &str, method: &str, words: Vec<String>) {
    let faulted = match kind {
        "threads" => threads::fault(method, words),
        _ => kits::tasks::run(kind, tasks::fault(method, words)),
    };
    println!("{}", serde_json::to_string(&faulted).expect("a report"));
}

macro_rules! situations {
    ($kit:ident, [$($asynchronous:tt)?], [$($awaited:tt)*], [$($start:tt)*]) => {
        mod $kit {
            use std::sync::Arc;
            use std::sync::atomic::AtomicU64;
            use std::time::{Duration, Instant};

            use outboard::{Error, Limits, Result, Stream};
            use outboard_e2e::inspect::peak_memory;
            use outboard_e2e::mill::Counting;

            use super::Faulted;
            use crate::kits::$kit::*;
            use crate::witness::Belongings;

            /// For what takes as long as the machine is busy.
            const PATIENCE: Duration = Duration::from_secs(20);
            /// A plugin that takes nothing is given up after this.
            const SILENCE: Duration = Duration::from_millis(600);

            struct Book;

            impl Ledger for Book {
                $($asynchronous)? fn enter(&self, amount: u64) -> Result<u64> {
                    Ok(amount)
                }

                $($asynchronous)? fn deeper(&self, left: u32, _mill: MillClient) -> Result<u32> {
                    Ok(left)
                }
            }

            pub(super) $($asynchronous)? fn fault(method: &str, mut words: Vec<String>) -> Faulted {
                let healthy_one: Vec<String> = words.drain(..1).collect();
                let own = Belongings::now();
                healthy(&healthy_one)$($awaited)*;
                assert!(until(PATIENCE, || own.is_settled())$($awaited)*, "{:?}", own.left_over());
                let before = Belongings::now();
                let mut faulted = misbehaving(method, &words)$($awaited)*;
                until(PATIENCE, || before.left_over().is_empty())$($awaited)*;
                faulted.left_over = before.left_over();
                healthy(&healthy_one)$($awaited)*;
                until(PATIENCE, || before.left_over().is_empty())$($awaited)*;
                faulted.left_over.extend(before.left_over());
                faulted.peak_memory = peak_memory();
                faulted
            }

            $($asynchronous)? fn healthy(words: &[String]) {
                let (plugin, mill) = launch(words, Limits::default())$($awaited)*;
                assert_eq!(mill.echo("fine")$($awaited)*.expect("an echo"), "fine");
                drop(mill);
                plugin.shutdown()$($awaited)*.expect("an exit");
            }

            $($asynchronous)? fn misbehaving(method: &str, words: &[String]) -> Faulted {
                let (plugin, mill) = launch(words, Limits::default().silence(SILENCE))$($awaited)*;
                let began = Instant::now();
                let outcome = match method {
                    "pour" => read(&mill)$($awaited)*,
                    "stall" => stall(mill.clone())$($awaited)*,
                    "sink" => mill.sink(endless(), u64::MAX, 0)$($awaited)*.map(|_| String::new()),
                    "grind" => {
                        let numbers = source(Counting::to(u64::MAX, &Arc::new(AtomicU64::new(0))));
                        mill.grind(numbers)$($awaited)*.map(|_| String::new())
                    }
                    "open" => mill.open(1)$($awaited)*.map(|wheels| format!("{} wheels", wheels.len())),
                    "keep" => keep(&mill)$($awaited)*,
                    other => panic!("unknown method {other}"),
                };
                let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                let (value, error) = match outcome {
                    Ok(value) => (Some(value), None),
                    Err(error) => (None, Some(error)),
                };
                if error.as_ref().is_some_and(Error::is_disconnected) {
                    let closed = plugin.closed()$($awaited)*;
                    assert_eq!(Some(closed.to_string()), error.as_ref().map(ToString::to_string));
                }
                Faulted { value, error: error.map(Into::into), milliseconds, ..Faulted::default() }
            }

            fn endless() -> Stream<Vec<u8>> {
                Stream::from_iter((0..u64::MAX).map(|_| vec![7; 1000]))
            }

            /// All that comes, up to the end.
            $($asynchronous)? fn read(mill: &MillClient) -> Result<String> {
                let mut items = mill.pour(10, 1)$($awaited)*?;
                let mut count = 0;
                while let Some(item) = next(&mut items)$($awaited)* {
                    item?;
                    count += 1;
                }
                // Whatever came after the end is found by whoever asks next.
                match mill.echo("anybody there?")$($awaited)* {
                    Err(error) => Err(error),
                    Ok(_) => Ok(format!("{count} items")),
                }
            }

            /// Does not read what comes; the error of another call.
            $($asynchronous)? fn stall(mill: MillClient) -> Result<String> {
                let mut items = mill.pour(10, 1)$($awaited)*?;
                let error = mill.never()$($awaited)*.expect_err("it is never answered");
                // What came before the end is there, and then the same end.
                let mut last = next(&mut items)$($awaited)*.expect("not the end");
                while last.is_ok() {
                    last = next(&mut items)$($awaited)*.expect("not the end");
                }
                assert_eq!(last.expect_err("the end").kind(), error.kind());
                Err(error)
            }

            $($asynchronous)? fn keep(mill: &MillClient) -> Result<String> {
                let ledger = LedgerClient::local(Book);
                mill.keep(vec![ledger])$($awaited)*?;
                mill.echo("anybody there?")$($awaited)*
            }
        }
    };
}

situations!(tasks, [async], [.await], [async move]);
situations!(threads, [], [], [move ||]);
