//! Calls to a plugin beside the raw pipe, in one run.
//!
//! `cargo bench -p outboard --bench calls` prints a table; `… -- once W1` makes the calls of one
//! row only, for `strace -c -f` or callgrind. The program is host and child in one: it starts
//! itself. The measures:
//!
//! * W1: echo of a 32-byte `String`, one call in flight;
//! * W2: the same, 64 in flight;
//! * W3: echo of 1 MiB of bytes, one direction counted;
//! * W4: from the spawn to the first reply.
//!
//! Figures drift between runs and machines; the ratios to the raw pipe of the same round are what
//! can be compared. Each figure is the median over the rounds.
#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a measurement prints, and fails loudly")]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use outboard::{Result, plugin_interface};

/// What is measured.
#[plugin_interface(version = 1)]
pub trait Echo {
    /// Gives the text back.
    async fn text(&self, text: &str) -> Result<String>;
    /// Gives the bytes back.
    async fn bytes(&self, bytes: &[u8]) -> Result<Vec<u8>>;
}

struct Plain;

impl Echo for Plain {
    async fn text(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }

    async fn bytes(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        Ok(bytes.to_vec())
    }
}

/// The same for threads.
#[plugin_interface(version = 1)]
pub trait Repeat {
    /// Gives the text back.
    fn text(&self, text: &str) -> Result<String>;
    /// Gives the bytes back.
    fn bytes(&self, bytes: &[u8]) -> Result<Vec<u8>>;
}

impl Repeat for Plain {
    fn text(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }

    fn bytes(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        Ok(bytes.to_vec())
    }
}

const ROUNDS: usize = 5;
const TEXT: &str = "0123456789abcdef0123456789abcdef";
const MIB: usize = 1 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != "--bench").collect();
    match arguments.as_slice() {
        ["plugin", workers] => {
            let builder = outboard::Server::builder().add(EchoServer::new(Plain));
            return builder.worker_threads(workers.parse().unwrap()).run();
        }
        ["threads"] => return outboard::serve(RepeatServer::new(Plain)),
        ["raw", size] => raw_child(size.parse().unwrap()),
        ["bare"] => println!("x"),
        ["once", "blocking", row] => once_blocking(row),
        ["once", row] => once(row),
        [] => compare(),
        other => panic!("not understood: {other:?}"),
    }
    ExitCode::SUCCESS
}

/// One round of every row.
#[derive(Default)]
struct Round {
    raw_w1: f64,
    raw_w3: f64,
    bare_start: f64,
    blocking: Row,
    current: Row,
    current_to_workers: Row,
    multi: Row,
}

/// W1 and W4 in µs, W2 in calls per second, W3 in MiB per second.
#[derive(Default)]
struct Row {
    w1: f64,
    w2: f64,
    w3: f64,
    w4: f64,
}

fn compare() {
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| round()).collect();
    let median = |figure: &dyn Fn(&Round) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(ROUNDS / 2).copied().unwrap()
    };
    println!(
        "{:<34} {:>9} {:>7} {:>10} {:>9} {:>7} {:>9} {:>7}",
        "", "W1 µs", "×", "W2 k/s", "W3 MiB/s", "×", "W4 ms", "×"
    );
    println!(
        "{:<34} {:>9.2} {:>7} {:>10} {:>9.0} {:>7} {:>9.2} {:>7}",
        "raw pipe; bare program",
        median(&|round| round.raw_w1),
        "1.00",
        "",
        median(&|round| round.raw_w3),
        "1.00",
        median(&|round| round.bare_start) / 1000.0,
        "1.00",
    );
    type Pick = fn(&Round) -> &Row;
    let rows: [(&str, Pick); 4] = [
        ("blocking host and plugin", |round| &round.blocking),
        ("current-thread host and plugin", |round| &round.current),
        ("multi-thread host", |round| &round.current_to_workers),
        ("multi-thread host and plugin", |round| &round.multi),
    ];
    for (name, row) in rows {
        println!(
            "{name:<34} {:>9.2} {:>7.2} {:>10.0} {:>9.0} {:>7.2} {:>9.2} {:>7.2}",
            median(&|round| row(round).w1),
            median(&|round| row(round).w1 / round.raw_w1),
            median(&|round| row(round).w2) / 1000.0,
            median(&|round| row(round).w3),
            median(&|round| row(round).w3 / round.raw_w3),
            median(&|round| row(round).w4) / 1000.0,
            median(&|round| row(round).w4 / round.bare_start),
        );
    }
}

fn round() -> Round {
    Round {
        raw_w1: raw_echo(TEXT.len(), 20_000),
        raw_w3: 1e6 / raw_echo(MIB, 300),
        bare_start: best_of(20, bare_start),
        blocking: blocking::measure(),
        current: row(&current_thread(), 0),
        current_to_workers: row(&multi_thread(), 0),
        multi: row(&multi_thread(), 2),
    }
}

fn row(runtime: &tokio::runtime::Runtime, workers: usize) -> Row {
    // From a spawned task: that is where a server's calls come from.
    runtime.block_on(async move { tokio::spawn(measure(workers)).await.unwrap() })
}

async fn measure(workers: usize) -> Row {
    let mut starts = Vec::new();
    for _ in 0..20 {
        let start = Instant::now();
        let echo = launch(workers).await;
        echo.text(TEXT).await.unwrap();
        starts.push(start.elapsed());
    }
    let echo = launch(workers).await;
    sequential(&echo, 2_000).await;
    let w1 = sequential(&echo, 20_000).await;
    pipelined(&echo, 100).await;
    let w2 = pipelined(&echo, 3_000).await;
    bulk(&echo, 20).await;
    let w3 = bulk(&echo, 300).await;
    Row {
        w1: micros(w1) / 20_000.0,
        w2: 64.0 * 3_000.0 / w2.as_secs_f64(),
        w3: 300.0 / w3.as_secs_f64(),
        w4: micros(starts.into_iter().min().unwrap()),
    }
}

async fn launch(workers: usize) -> EchoClient {
    let command = outboard::Command::new(std::env::current_exe().unwrap()).args(["plugin", &workers.to_string()]);
    EchoClient::launch(command).await.unwrap()
}

async fn sequential(echo: &EchoClient, calls: usize) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        assert_eq!(echo.text(TEXT).await.unwrap().len(), TEXT.len());
    }
    start.elapsed()
}

async fn pipelined(echo: &EchoClient, calls_each: usize) -> Duration {
    let start = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let echo = echo.clone();
        callers.spawn(async move { sequential(&echo, calls_each).await });
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    start.elapsed()
}

async fn bulk(echo: &EchoClient, calls: usize) -> Duration {
    let bytes = vec![7_u8; MIB];
    let start = Instant::now();
    for _ in 0..calls {
        assert_eq!(echo.bytes(&bytes).await.unwrap().len(), MIB);
    }
    start.elapsed()
}

/// The same from threads, without a runtime at either end.
mod blocking {
    use super::{MIB, Repeat, RepeatClient, Row, TEXT, micros};
    use std::thread;
    use std::time::{Duration, Instant};

    pub(crate) fn measure() -> Row {
        let mut starts = Vec::new();
        for _ in 0..20 {
            let start = Instant::now();
            launch().text(TEXT).unwrap();
            starts.push(start.elapsed());
        }
        let repeat = launch();
        sequential(&repeat, 2_000);
        let w1 = sequential(&repeat, 20_000);
        pipelined(&repeat, 20);
        let w2 = pipelined(&repeat, 500);
        bulk(&repeat, 20);
        let w3 = bulk(&repeat, 300);
        Row {
            w1: micros(w1) / 20_000.0,
            w2: 64.0 * 500.0 / w2.as_secs_f64(),
            w3: 300.0 / w3.as_secs_f64(),
            w4: micros(starts.into_iter().min().unwrap()),
        }
    }

    pub(crate) fn launch() -> RepeatClient {
        RepeatClient::launch(outboard::Command::new(std::env::current_exe().unwrap()).args(["threads"])).unwrap()
    }

    pub(crate) fn sequential(repeat: &RepeatClient, calls: usize) -> Duration {
        let start = Instant::now();
        for _ in 0..calls {
            assert_eq!(repeat.text(TEXT).unwrap().len(), TEXT.len());
        }
        start.elapsed()
    }

    pub(crate) fn pipelined(repeat: &RepeatClient, calls_each: usize) -> Duration {
        let start = Instant::now();
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| sequential(repeat, calls_each));
            }
        });
        start.elapsed()
    }

    pub(crate) fn bulk(repeat: &RepeatClient, calls: usize) -> Duration {
        let bytes = vec![7_u8; MIB];
        let start = Instant::now();
        for _ in 0..calls {
            assert_eq!(repeat.bytes(&bytes).unwrap().len(), MIB);
        }
        start.elapsed()
    }
}

fn once_blocking(row: &str) {
    let repeat = blocking::launch();
    match row {
        "W0" => blocking::sequential(&repeat, 1),
        "W1" => blocking::sequential(&repeat, 10_001),
        "W2" => blocking::pipelined(&repeat, 1_000),
        "W3" => blocking::bulk(&repeat, 100),
        other => panic!("no row {other}"),
    };
}

/// The calls of one row, for a counting tool. `W0` launches and makes one call.
fn once(row: &str) {
    let row = row.to_owned();
    let calls = async move {
        let echo = launch(0).await;
        match row.as_str() {
            "W0" => sequential(&echo, 1).await,
            "W1" => sequential(&echo, 10_001).await,
            "W2" => pipelined(&echo, 1_000).await,
            "W3" => bulk(&echo, 100).await,
            other => panic!("no row {other}"),
        };
    };
    // Spawned, as in `row`: the future of `block_on` itself costs one more `epoll_wait` a wake-up.
    current_thread().block_on(async { tokio::spawn(calls).await.unwrap() });
}

// ---- what it is compared with ----

/// Writes what it reads, in runs of `size` bytes, with 1 MiB pipes for large ones.
fn raw_child(size: usize) {
    let (mut input, mut output) =
        (std::io::stdin().lock(), std::fs::File::from(rustix::io::dup(rustix::stdio::stdout()).unwrap()));
    let mut bytes = vec![0; size];
    while input.read_exact(&mut bytes).is_ok() && output.write_all(&bytes).is_ok() {}
}

/// The mean time of one echo through the raw pipe, in µs; of 1 MiB, with 1 MiB buffers and both
/// directions after each other, since that is what the call does.
fn raw_echo(size: usize, echoes: usize) -> f64 {
    let (mut child, mut input, mut output) = raw(size);
    let (sent, mut received) = (vec![7; size], vec![0; size]);
    let mut echo = |times: usize| {
        let start = Instant::now();
        for _ in 0..times {
            input.write_all(&sent).unwrap();
            output.read_exact(&mut received).unwrap();
        }
        start.elapsed()
    };
    echo(echoes / 10);
    let took = echo(echoes);
    drop(input);
    child.wait().unwrap();
    micros(took) / f64::from(u32::try_from(echoes).unwrap())
}

fn raw(size: usize) -> (Child, ChildStdin, ChildStdout) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut child =
        command.args(["raw", &size.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    if size >= MIB {
        rustix::pipe::fcntl_setpipe_size(&input, MIB).unwrap();
        rustix::pipe::fcntl_setpipe_size(&output, MIB).unwrap();
    }
    (child, input, output)
}

fn bare_start() -> Duration {
    let start = Instant::now();
    let output = Command::new(std::env::current_exe().unwrap()).arg("bare").output().unwrap();
    assert_eq!(output.stdout, b"x\n");
    start.elapsed()
}

fn best_of(times: usize, measure: fn() -> Duration) -> f64 {
    micros((0..times).map(|_| measure()).min().unwrap())
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
