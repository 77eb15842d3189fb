//! Streams in arguments and returns, between tasks and between threads.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use outboard::{ErrorKind, Failure, Result, Stream};
use serde::{Deserialize, Serialize};

/// Numbers from an async source that yields after every third of them.
#[derive(Debug)]
struct Counting {
    next: u64,
    end: u64,
    /// How many were given.
    given: Arc<AtomicU64>,
}

impl futures_core::Stream for Counting {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.next == self.end {
            return Poll::Ready(None);
        }
        self.next += 1;
        self.given.fetch_add(1, Ordering::SeqCst);
        if self.next.is_multiple_of(4) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(self.next))
    }
}

/// Tells its end.
#[derive(Debug, Default, Clone)]
struct Told(Arc<Mutex<(bool, Option<Waker>)>>);

/// Endless, and tells when it is dropped.
#[derive(Debug)]
struct Endless(Told);

impl Drop for Endless {
    fn drop(&mut self) {
        let mut told = self.0.0.lock().unwrap();
        told.0 = true;
        told.1.take().into_iter().for_each(Waker::wake);
    }
}

impl Iterator for Endless {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        Some(7)
    }
}

impl Told {
    async fn wait(&self) {
        std::future::poll_fn(|cx| {
            let mut told = self.0.lock().unwrap();
            told.1 = Some(cx.waker().clone());
            if told.0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Report {
    title: String,
    lines: Option<Stream<String>>,
    more: Vec<Stream<u8>>,
}

#[outboard::plugin_interface(version = 1)]
trait Numbers {
    async fn sum(&self, numbers: Stream<u64>) -> Result<u64>;
    async fn up_to(&self, end: u64) -> Result<Stream<u64>>;
    async fn doubled(&self, numbers: Stream<u64>) -> Result<Stream<u64>>;
    async fn broken(&self, after: u64) -> Result<Stream<u64>>;
    async fn report(&self, report: Report) -> Result<Report>;
    async fn endless(&self) -> Result<Stream<u64>>;
    async fn leave(&self, numbers: Stream<u64>) -> Result<u64>;
    async fn buffers(&self, buffers: Stream<Vec<u8>>) -> Result<Stream<bytes::Bytes>>;
    async fn nested(&self, streams: Stream<Stream<u64>>) -> Result<Vec<u64>>;
    async fn panics(&self) -> Result<Stream<u64>>;
}

#[derive(Default, Clone)]
struct Here(Told);

impl Numbers for Here {
    async fn sum(&self, mut numbers: Stream<u64>) -> Result<u64> {
        let mut sum = 0;
        while let Some(number) = numbers.next().await {
            sum += number?;
        }
        Ok(sum)
    }

    async fn up_to(&self, end: u64) -> Result<Stream<u64>> {
        Ok(Stream::from_iter(1..=end))
    }

    async fn doubled(&self, numbers: Stream<u64>) -> Result<Stream<u64>> {
        Ok(Stream::try_from_iter(numbers.into_iter().map(|number| number.map(|number| 2 * number))))
    }

    async fn broken(&self, after: u64) -> Result<Stream<u64>> {
        let failure = || Failure::msg("disk full").context("reading on");
        Ok(Stream::try_from_iter(
            (0..=after).map(move |number| if number < after { Ok(number) } else { Err(failure()) }),
        ))
    }

    async fn report(&self, report: Report) -> Result<Report> {
        Ok(Report { title: report.title.to_uppercase(), ..report })
    }

    async fn endless(&self) -> Result<Stream<u64>> {
        Ok(Stream::from_iter(Endless(self.0.clone())))
    }

    async fn leave(&self, mut numbers: Stream<u64>) -> Result<u64> {
        numbers.next().await.unwrap()
    }

    async fn buffers(&self, mut buffers: Stream<Vec<u8>>) -> Result<Stream<bytes::Bytes>> {
        let mut all = Vec::new();
        while let Some(buffer) = buffers.next().await {
            all.push(bytes::Bytes::from(buffer?));
        }
        Ok(Stream::from_iter(all))
    }

    async fn nested(&self, mut streams: Stream<Stream<u64>>) -> Result<Vec<u64>> {
        let mut all = Vec::new();
        while let Some(stream) = streams.next().await {
            let mut stream = stream?;
            while let Some(number) = stream.next().await {
                all.push(number?);
            }
        }
        Ok(all)
    }

    async fn panics(&self) -> Result<Stream<u64>> {
        Ok(Stream::from_iter((0..3).map(|number| if number < 2 { number } else { panic!("as intended") })))
    }
}

async fn all<T: serde::de::DeserializeOwned + Send + 'static>(mut stream: Stream<T>) -> Result<Vec<T>> {
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        items.push(item?);
    }
    Ok(items)
}

/// Over bytes, on tasks and on threads, and in this process.
async fn clients(here: &Here) -> Vec<(&'static str, NumbersClient)> {
    vec![
        ("tasks", outboard::testing::connect(NumbersServer::new(here.clone())).await.unwrap()),
        ("threads", outboard::testing::connect_blocking(NumbersServer::new(here.clone())).unwrap()),
        ("here", NumbersClient::local(here.clone())),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_arrive_in_order_and_once() {
    for (_, client) in clients(&Here::default()).await {
        assert_eq!(client.sum(Stream::from_iter(1..=10_000)).await.unwrap(), 50_005_000);
        assert_eq!(all(client.up_to(1_000).await.unwrap()).await.unwrap(), (1..=1_000).collect::<Vec<_>>());
        assert_eq!(client.sum(Stream::from_iter([])).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_there_and_comes_back_while_both_work() {
    for (_, client) in clients(&Here::default()).await {
        let doubled = client.doubled(Stream::from_iter(0..5_000)).await.unwrap();
        assert_eq!(all(doubled).await.unwrap(), (0..5_000).map(|number| 2 * number).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_async_source_is_polled_to_its_end() {
    for (_, client) in clients(&Here::default()).await {
        let counting = Counting { next: 0, end: 1_001, given: Arc::default() };
        let plain: u64 =
            all(Stream::new(Counting { next: 0, end: 1_001, given: Arc::default() })).await.unwrap().iter().sum();
        assert_eq!(client.sum(Stream::new(counting)).await.unwrap(), plain);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_source_is_the_last_item() {
    for (_, client) in clients(&Here::default()).await {
        let mut broken = client.broken(2).await.unwrap();
        assert_eq!(broken.next().await.unwrap().unwrap(), 0);
        assert_eq!(broken.next().await.unwrap().unwrap(), 1);
        let error = broken.next().await.unwrap().unwrap_err();
        assert!(error.report().to_string().contains("reading on: disk full"), "{}", error.report());
        assert!(broken.next().await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_the_source_is_the_last_item() {
    for (_, client) in clients(&Here::default()).await {
        let mut broken = client.panics().await.unwrap();
        assert_eq!(broken.next().await.unwrap().unwrap(), 0);
        assert_eq!(broken.next().await.unwrap().unwrap(), 1);
        let error = broken.next().await.unwrap().unwrap_err();
        assert!(error.report().to_string().contains("as intended"), "{}", error.report());
        // The other side lives on.
        assert_eq!(client.sum(Stream::from_iter([1])).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_stand_anywhere_in_a_value() {
    for (_, client) in clients(&Here::default()).await {
        let report = Report {
            title: "of all".to_owned(),
            lines: Some(Stream::from_iter(["a".to_owned(), "b".to_owned()])),
            more: vec![Stream::from_iter([1, 2]), Stream::from_iter([]), Stream::from_iter([3])],
        };
        let back = client.report(report).await.unwrap();
        assert_eq!(back.title, "OF ALL");
        assert_eq!(all(back.lines.unwrap()).await.unwrap(), ["a", "b"]);
        let mut more = Vec::new();
        for stream in back.more {
            more.push(all(stream).await.unwrap());
        }
        assert_eq!(more, [vec![1, 2], vec![], vec![3]]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_of_streams() {
    for (_, client) in clients(&Here::default()).await {
        let streams = Stream::from_iter((0..20_u64).map(|number| Stream::from_iter(number..number + 3)));
        let expected: Vec<u64> = (0..20).flat_map(|number| number..number + 3).collect();
        assert_eq!(client.nested(streams).await.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_leaves_stops_the_source() {
    let here = Here::default();
    for (_, client) in clients(&here).await {
        here.0.0.lock().unwrap().0 = false;
        let mut endless = client.endless().await.unwrap();
        assert_eq!(endless.next().await.unwrap().unwrap(), 7);
        drop(endless);
        here.0.wait().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_leaves_stops_the_callers_source() {
    for (_, client) in clients(&Here::default()).await {
        let told = Told::default();
        assert_eq!(client.leave(Stream::from_iter(Endless(told.clone()))).await.unwrap(), 7);
        told.wait().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buffers_of_all_sizes_travel_in_order() {
    let buffers = || (0..40_usize).map(|number| vec![u8::try_from(number).unwrap(); number * number * 97]);
    for (_, client) in clients(&Here::default()).await {
        let back = all(client.buffers(Stream::from_iter(buffers())).await.unwrap()).await.unwrap();
        assert!(back.iter().eq(buffers().collect::<Vec<_>>().iter()));
    }
}

#[test]
fn a_stream_is_no_data() {
    let error = serde_json::to_string(&Stream::from_iter([1])).unwrap_err();
    assert!(error.to_string().contains("only as an argument or a return value"), "{error}");
    let error = serde_json::from_str::<Stream<u8>>("[1,null]").unwrap_err();
    assert!(error.to_string().contains("only as an argument or a return value"), "{error}");
}

// ---- plain functions ----

#[outboard::plugin_interface(version = 1)]
trait PlainNumbers {
    fn sum(&self, numbers: Stream<u64>) -> Result<u64>;
    fn up_to(&self, end: u64) -> Result<Stream<u64>>;
    fn doubled(&self, numbers: Stream<u64>) -> Result<Stream<u64>>;
}

impl PlainNumbers for Here {
    fn sum(&self, numbers: Stream<u64>) -> Result<u64> {
        numbers.into_iter().sum()
    }

    fn up_to(&self, end: u64) -> Result<Stream<u64>> {
        Ok(Stream::from_iter(1..=end))
    }

    fn doubled(&self, numbers: Stream<u64>) -> Result<Stream<u64>> {
        Ok(Stream::try_from_iter(numbers.into_iter().map(|number| number.map(|number| 2 * number))))
    }
}

#[test]
fn plain_code_reads_with_a_loop() {
    let connected = outboard::testing::connect_blocking(PlainNumbersServer::new(Here::default())).unwrap();
    for client in [connected, PlainNumbersClient::local(Here::default())] {
        assert_eq!(client.sum(Stream::from_iter(1..=10_000)).unwrap(), 50_005_000);
        let up_to: Result<Vec<u64>> = client.up_to(1_000).unwrap().into_iter().collect();
        assert_eq!(up_to.unwrap(), (1..=1_000).collect::<Vec<_>>());
        let doubled: Result<Vec<u64>> = client.doubled(Stream::from_iter(0..5_000)).unwrap().into_iter().collect();
        assert_eq!(doubled.unwrap(), (0..5_000).map(|number| 2 * number).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn an_async_host_reads_the_streams_of_plain_functions() {
    let client: PlainNumbersAsyncClient =
        outboard::testing::connect_as(PlainNumbersServer::new(Here::default())).await.unwrap();
    assert_eq!(client.sum(Stream::from_iter(1..=1_000)).await.unwrap(), 500_500);
    let doubled = client.doubled(client.up_to(1_000).await.unwrap()).await.unwrap();
    assert_eq!(all(doubled).await.unwrap(), (1..=1_000).map(|number| 2 * number).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_loop_that_would_wait_for_itself_is_an_error() {
    let client: PlainNumbersAsyncClient =
        outboard::testing::connect_as(PlainNumbersServer::new(Here::default())).await.unwrap();
    let items: Vec<_> = client.up_to(1_000).await.unwrap().into_iter().collect();
    let last = items.last().unwrap();
    assert_eq!(last.as_ref().unwrap_err().kind(), ErrorKind::Other, "{last:?}");
    assert!(last.as_ref().unwrap_err().to_string().contains("spawn_blocking"), "{last:?}");
}
