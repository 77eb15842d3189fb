//! Streams, and small calls beside a large reply.
//!
//! `cargo bench -p outboard --bench streams` prints two tables. The program is host and plugin in one:
//! it starts itself. Each figure is the median over the rounds. The measures:
//!
//! * S1: small numbers from the plugin, in thousands of items per second;
//! * S2: the same to the plugin and back, changed on the way; each item counts once;
//! * S3: buffers of 64 KiB from the plugin, in MiB per second;
//! * C: echo of a 32-byte `String`, one call in flight, in µs: the median and the 99th of a hundred,
//!   with nothing else, while a reply of 256 MiB arrives, and while a stream of 64 KiB buffers does.
#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a measurement prints, and fails loudly")]

use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use outboard::{Command, Limits};

const ROUNDS: usize = 5;
const TEXT: &str = "0123456789abcdef0123456789abcdef";
const BUFFER: usize = 64 << 10;
const LARGE: usize = 256 << 20;
/// Items of a measurement, and buffers.
const ITEMS: u64 = 300_000;
const BUFFERS: u64 = 4_000;
/// Calls of a measurement when nothing else happens.
const CALLS: usize = 5_000;

static ZEROS: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(vec![0; LARGE]));

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != "--bench").collect();
    match arguments.as_slice() {
        ["tasks", workers] => {
            let builder = outboard::Server::builder().add(tasks::FlowServer::new(Plain));
            return builder.worker_threads(workers.parse().unwrap()).run();
        }
        ["threads"] => return outboard::serve(threads::FlowServer::new(Plain)),
        [] => compare(),
        other => panic!("not understood: {other:?}"),
    }
    ExitCode::SUCCESS
}

fn compare() {
    type Measure = fn() -> Row;
    let kinds: [(&str, Measure); 3] = [
        ("blocking host and plugin", threads::measure),
        ("current-thread host and plugin", || on(current_thread(), 0)),
        ("multi-thread host and plugin", || on(multi_thread(), 2)),
    ];
    let mut rows: Vec<(&str, Vec<Row>)> = kinds.iter().map(|(name, _)| (*name, Vec::new())).collect();
    for _ in 0..ROUNDS {
        for ((_, measure), (_, rows)) in kinds.iter().zip(&mut rows) {
            rows.push(measure());
        }
    }
    println!("{:<32} {:>9} {:>9} {:>9}", "", "S1 k/s", "S2 k/s", "S3 MiB/s");
    for (name, rows) in &rows {
        let figure = |figure: fn(&Row) -> f64| median(rows.iter().map(figure));
        println!(
            "{name:<32} {:>9.0} {:>9.0} {:>9.0}",
            figure(|row| row.s1),
            figure(|row| row.s2),
            figure(|row| row.s3)
        );
    }
    println!(
        "\n{:<32} {:>15} {:>22} {:>22}",
        "C in µs: median, 99 of 100", "alone", "beside 256 MiB", "beside a stream"
    );
    for (name, rows) in &rows {
        let figure = |figure: fn(&Row) -> f64| median(rows.iter().map(figure));
        println!(
            "{name:<32} {:>7.1} {:>7.1} {:>14.1} {:>7.1} {:>14.1} {:>7.1}",
            figure(|row| row.alone.median),
            figure(|row| row.alone.high),
            figure(|row| row.beside_reply.median),
            figure(|row| row.beside_reply.high),
            figure(|row| row.beside_stream.median),
            figure(|row| row.beside_stream.high),
        );
    }
}

/// One round of one kind.
struct Row {
    s1: f64,
    s2: f64,
    s3: f64,
    alone: Latency,
    beside_reply: Latency,
    beside_stream: Latency,
}

/// Of a call, in µs.
struct Latency {
    median: f64,
    high: f64,
}

impl Latency {
    fn of(calls: Vec<Duration>) -> Self {
        let mut calls: Vec<f64> = calls.into_iter().map(|call| call.as_secs_f64() * 1e6).collect();
        calls.sort_by(f64::total_cmp);
        let at = |share: usize| calls.get(calls.len() * share / 100).copied().unwrap();
        Self { median: at(50), high: at(99) }
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap()
}

struct Plain;

fn limits() -> Limits {
    Limits::default().max_message(2 * LARGE).max_decoded(4 * LARGE)
}

fn itself(arguments: &[&str]) -> Command {
    Command::new(std::env::current_exe().unwrap()).args(arguments)
}

fn thousands(items: u64, took: Duration) -> f64 {
    f64::from(u32::try_from(items).unwrap()) / 1e3 / took.as_secs_f64()
}

fn mebibytes(buffers: u64, took: Duration) -> f64 {
    f64::from(u32::try_from(buffers).unwrap()) / 16.0 / took.as_secs_f64()
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn on(runtime: tokio::runtime::Runtime, workers: usize) -> Row {
    // From a spawned task: that is where a server's calls come from.
    runtime.block_on(async move { tokio::spawn(tasks::measure(workers)).await.unwrap() })
}

/// What the measurements are made of that are written once for tasks and for threads.
mod kits {
    pub(super) mod tasks {
        use outboard::{Result, Stream};
        use std::pin::Pin;
        use std::task::{Context, Poll};

        pub(crate) use tokio::spawn;

        pub(crate) async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
            task.await.unwrap()
        }

        pub(crate) async fn launch(workers: usize) -> super::super::tasks::FlowClient {
            let command = super::super::itself(&["tasks", &workers.to_string()]);
            let builder = outboard::Plugin::builder(command).interface::<super::super::tasks::FlowClient>();
            builder.limits(super::super::limits()).launch().await.unwrap().client().unwrap()
        }

        /// An iterator that is always ready.
        struct Ready<I>(I);

        impl<I: Iterator + Unpin> futures_core::Stream for Ready<I> {
            type Item = I::Item;

            fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
                Poll::Ready(self.0.next())
            }
        }

        pub(crate) fn source<T: Send + 'static>(items: impl Iterator<Item = T> + Send + Unpin + 'static) -> Stream<T> {
            Stream::new(Ready(items))
        }

        struct Changed(Stream<u64>);

        impl futures_core::Stream for Changed {
            type Item = Result<u64>;

            fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<u64>>> {
                Pin::new(&mut self.0).poll_next(cx).map(|number| number.map(|number| number.map(|number| number + 1)))
            }
        }

        pub(crate) fn changing(numbers: Stream<u64>) -> Stream<u64> {
            Stream::try_new(Changed(numbers))
        }

        pub(crate) async fn drain<T>(mut items: Stream<T>, count: u64) -> std::time::Duration
        where
            T: serde::de::DeserializeOwned + Send + 'static,
        {
            let start = std::time::Instant::now();
            for _ in 0..count {
                items.next().await.unwrap().unwrap();
            }
            start.elapsed()
        }
    }

    pub(super) mod threads {
        use outboard::Stream;

        pub(crate) use std::thread::spawn;

        pub(crate) fn joined<T>(task: std::thread::JoinHandle<T>) -> T {
            task.join().unwrap()
        }

        pub(crate) fn launch() -> super::super::threads::FlowClient {
            let command = super::super::itself(&["threads"]);
            let builder = outboard::blocking::Plugin::builder(command).interface::<super::super::threads::FlowClient>();
            builder.limits(super::super::limits()).launch().unwrap().client().unwrap()
        }

        pub(crate) fn source<T: Send + 'static>(items: impl Iterator<Item = T> + Send + 'static) -> Stream<T> {
            Stream::from_iter(items)
        }

        pub(crate) fn changing(numbers: Stream<u64>) -> Stream<u64> {
            Stream::try_from_iter(numbers.into_iter().map(|number| number.map(|number| number + 1)))
        }

        pub(crate) fn drain<T>(items: Stream<T>, count: u64) -> std::time::Duration
        where
            T: serde::de::DeserializeOwned + Send + 'static,
        {
            let start = std::time::Instant::now();
            let mut items = items.into_iter();
            for _ in 0..count {
                items.next().unwrap().unwrap();
            }
            start.elapsed()
        }
    }
}

/// The interface and its measurements, once for tasks and once for threads.
macro_rules! kind {
    ($module:ident, [$($asynchronous:tt)?], [$($awaited:tt)*], [$($start:tt)*], $($workers:ident)?) => {
        mod $module {
            use std::sync::Arc;
            use std::sync::atomic::{AtomicBool, Ordering};

            use outboard::{Result, Stream, plugin_interface};

            use super::kits::$module::*;
            use super::*;

            /// What is measured.
            #[plugin_interface(version = 1)]
            pub(crate) trait Flow {
                $($asynchronous)? fn text(&self, text: &str) -> Result<String>;
                $($asynchronous)? fn numbers(&self, count: u64) -> Result<Stream<u64>>;
                $($asynchronous)? fn changed(&self, numbers: Stream<u64>) -> Result<Stream<u64>>;
                $($asynchronous)? fn buffers(&self, count: u64) -> Result<Stream<Bytes>>;
                $($asynchronous)? fn large(&self) -> Result<Bytes>;
            }

            impl Flow for Plain {
                $($asynchronous)? fn text(&self, text: &str) -> Result<String> {
                    Ok(text.to_owned())
                }

                $($asynchronous)? fn numbers(&self, count: u64) -> Result<Stream<u64>> {
                    Ok(source(0..count))
                }

                $($asynchronous)? fn changed(&self, numbers: Stream<u64>) -> Result<Stream<u64>> {
                    Ok(changing(numbers))
                }

                $($asynchronous)? fn buffers(&self, count: u64) -> Result<Stream<Bytes>> {
                    let buffer = ZEROS.slice(..BUFFER);
                    Ok(source((0..count).map(move |_| buffer.clone())))
                }

                $($asynchronous)? fn large(&self) -> Result<Bytes> {
                    Ok(ZEROS.clone())
                }
            }

            pub(super) $($asynchronous)? fn measure($($workers: usize)?) -> Row {
                let flow = launch($($workers)?)$($awaited)*;
                drain(flow.numbers(ITEMS / 10)$($awaited)*.unwrap(), ITEMS / 10)$($awaited)*;
                let s1 = drain(flow.numbers(ITEMS)$($awaited)*.unwrap(), ITEMS)$($awaited)*;
                let s2 = drain(flow.changed(source(0..ITEMS))$($awaited)*.unwrap(), ITEMS)$($awaited)*;
                let s3 = drain(flow.buffers(BUFFERS)$($awaited)*.unwrap(), BUFFERS)$($awaited)*;
                let for_ever = Arc::new(AtomicBool::new(false));
                let alone = calls(flow.clone(), for_ever, CALLS)$($awaited)*;
                // The first one is made when it is asked for.
                flow.large()$($awaited)*.unwrap();
                let (done, over, other) = (Arc::new(AtomicBool::new(false)), flow.clone(), flow.clone());
                let told = Arc::clone(&done);
                let beside = spawn($($start)* { calls(other, told, usize::MAX)$($awaited)* });
                for _ in 0..3 {
                    assert_eq!(over.large()$($awaited)*.unwrap().len(), LARGE);
                }
                done.store(true, Ordering::SeqCst);
                let beside_reply = joined(beside)$($awaited)*;
                let (done, other) = (Arc::new(AtomicBool::new(false)), flow.clone());
                let told = Arc::clone(&done);
                let beside = spawn($($start)* { calls(other, told, usize::MAX)$($awaited)* });
                drain(flow.buffers(2 * BUFFERS)$($awaited)*.unwrap(), 2 * BUFFERS)$($awaited)*;
                done.store(true, Ordering::SeqCst);
                let beside_stream = joined(beside)$($awaited)*;
                Row {
                    s1: thousands(ITEMS, s1),
                    s2: thousands(ITEMS, s2),
                    s3: mebibytes(BUFFERS, s3),
                    alone: Latency::of(alone),
                    beside_reply: Latency::of(beside_reply),
                    beside_stream: Latency::of(beside_stream),
                }
            }

            /// One after the other, until it is over.
            $($asynchronous)? fn calls(flow: FlowClient, over: Arc<AtomicBool>, most: usize) -> Vec<Duration> {
                let mut took = Vec::new();
                while took.len() < most && !over.load(Ordering::SeqCst) {
                    let start = Instant::now();
                    assert_eq!(flow.text(TEXT)$($awaited)*.unwrap().len(), TEXT.len());
                    took.push(start.elapsed());
                }
                took
            }
        }
    };
}

kind!(tasks, [async], [.await], [async move], workers);
kind!(threads, [], [], [move ||],);
