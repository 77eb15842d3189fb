//! Streams that somebody waits for in unusual places.

use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use outboard::{Result, Stream};
use serde::{Deserialize, Serialize};

const LONG: Duration = Duration::from_secs(20);

#[outboard::plugin_interface(version = 1)]
trait Echoes {
    fn echo(&self, numbers: Stream<u64>) -> Result<Stream<u64>>;
    fn checked(&self, numbers: Stream<Small>) -> Result<Vec<String>>;
}

#[outboard::plugin_interface(version = 1)]
trait Source {
    async fn up_to(&self, end: u64) -> Result<Stream<u64>>;
}

/// Below ten.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "u8")]
struct Small(u8);

impl TryFrom<u8> for Small {
    type Error = String;
    fn try_from(number: u8) -> std::result::Result<Self, String> {
        if number < 10 { Ok(Self(number)) } else { Err(format!("{number} is not small")) }
    }
}

struct Here;

impl Echoes for Here {
    fn echo(&self, numbers: Stream<u64>) -> Result<Stream<u64>> {
        Ok(Stream::try_from_iter(numbers))
    }

    fn checked(&self, numbers: Stream<Small>) -> Result<Vec<String>> {
        let told = |number: Result<Small>| number.map_or("error".to_owned(), |number| number.0.to_string());
        Ok(numbers.into_iter().map(told).collect())
    }
}

impl Source for Here {
    async fn up_to(&self, end: u64) -> Result<Stream<u64>> {
        Ok(Stream::from_iter(1..=end))
    }
}

/// Gives what it is sent.
struct Given(Receiver<u64>);

impl Iterator for Given {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        self.0.recv().ok()
    }
}

#[test]
fn an_item_leaves_though_its_thread_was_kept_from_running() {
    let echoes = outboard::testing::connect_blocking(EchoesServer::new(Here)).unwrap();
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let echoes = echoes.clone();
            thread::spawn(move || {
                let (give, given) = channel();
                let back = echoes.echo(Stream::from_iter(Given(given))).unwrap().with_idle_timeout(LONG);
                give.send(0).unwrap();
                for (round, number) in (0..400).zip(back) {
                    assert_eq!(number.unwrap(), round);
                    give.send(round + 1).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn items_before_one_that_is_not_understood_are_read() {
    let echoes = outboard::testing::connect_blocking(EchoesServer::new(Here)).unwrap();
    let numbers = (0..60).map(|number| Small(if number == 50 { 77 } else { number % 10 }));
    let read = echoes.checked(Stream::from_iter(numbers)).unwrap();
    assert_eq!(read.len(), 51);
    assert_eq!(read.last().unwrap(), "error");
}

#[test]
fn a_stream_can_be_iterated_within_a_local_set() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let source = tokio::spawn(outboard::testing::connect(SourceServer::new(Here))).await.unwrap().unwrap();
        let numbers = source.up_to(3).await.unwrap();
        let numbers: Result<Vec<_>> = numbers.into_iter().collect();
        assert_eq!(numbers.unwrap(), [1, 2, 3]);
    });
}

#[test]
fn a_runtime_that_moves_to_another_thread_is_not_waited_for_there() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let numbers = runtime.block_on(async {
        let source = outboard::testing::connect(SourceServer::new(Here)).await.unwrap();
        source.up_to(300).await.unwrap()
    });
    let (done, finished) = channel();
    thread::spawn(move || {
        let read =
            runtime.block_on(async { numbers.into_iter().map(|item| item.map_err(|error| error.to_string())).last() });
        done.send(read).unwrap();
    });
    let last = finished.recv_timeout(LONG).expect("it hangs");
    assert!(last.unwrap().unwrap_err().contains("would block"));
}
