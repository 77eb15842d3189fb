//! A well-built plugin with bad handlers.
//!
//! `--print TEXT` prints before it serves; `--workers N`; `--async` serves inside a runtime of its
//! own; `--epitaph FILE` is written by a destructor; `--linger` never returns from `main`.
//! `--plain` has plain handlers alone, `--plain-zoo` in the zoo and `--plain-aquarium` in the other.

#![allow(clippy::print_stdout, reason = "printing where a plugin should not is what is tested")]
#![allow(clippy::panic, reason = "panicking is what is tested")]

mod plain;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};

use outboard::{Error, Failure, Result, Server};
use outboard_e2e::inspect;
use outboard_e2e::interfaces::{Aquarium, AquariumServer, FeedError, Nest, Zoo, ZooServer};
use tokio::sync::Barrier;

fn main() -> ExitCode {
    let options = Options::read();
    if let Some(text) = &options.print {
        println!("{text}");
    }
    let epitaph = Epitaph(options.epitaph.clone());
    let server = Server::builder().about("zoo", "3.0").worker_threads(options.workers);
    let server = if options.plain_zoo {
        server.add(outboard_e2e::plain::ZooServer::new(plain::Keeper::new(epitaph)))
    } else {
        server.add(ZooServer::new(Keeper::new(epitaph)))
    };
    let server = if options.plain_aquarium {
        server.add(outboard_e2e::plain::AquariumServer::new(plain::Tank))
    } else {
        server.add(AquariumServer::new(Tank))
    };
    if !options.inside {
        return end(&options, server.run());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(server.run_async()),
        Err(_) => ExitCode::FAILURE,
    }
}

fn end(options: &Options, code: ExitCode) -> ExitCode {
    if options.linger {
        loop {
            std::thread::park();
        }
    }
    code
}

#[derive(Default)]
struct Options {
    print: Option<String>,
    workers: usize,
    inside: bool,
    epitaph: Option<PathBuf>,
    linger: bool,
    plain_zoo: bool,
    plain_aquarium: bool,
}

impl Options {
    fn read() -> Self {
        let mut options = Self::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--print" => options.print = arguments.next(),
                "--workers" => options.workers = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(0),
                "--async" => options.inside = true,
                "--epitaph" => options.epitaph = arguments.next().map(PathBuf::from),
                "--linger" => options.linger = true,
                "--plain" => (options.plain_zoo, options.plain_aquarium) = (true, true),
                "--plain-zoo" => options.plain_zoo = true,
                "--plain-aquarium" => options.plain_aquarium = true,
                other => panic!("unknown argument {other}"),
            }
        }
        options
    }
}

struct Keeper {
    meeting: Barrier,
    waiting: AtomicU64,
    dropped: AtomicU64,
    _epitaph: Epitaph,
}

impl Keeper {
    fn new(epitaph: Epitaph) -> Self {
        let (waiting, dropped) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { meeting: Barrier::new(2), waiting, dropped, _epitaph: epitaph }
    }
}

/// Written when its keeper is dropped.
struct Epitaph(Option<PathBuf>);

impl Drop for Epitaph {
    fn drop(&mut self) {
        if let Some(epitaph) = &self.0 {
            let _ = std::fs::write(epitaph, "destructors ran");
        }
    }
}

/// Counts a call of `never` for as long as it runs.
struct Waiting<'k>(&'k Keeper);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
        self.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// Says that it is dropped.
struct Noticed;

impl Drop for Noticed {
    fn drop(&mut self) {
        let _ = std::io::stderr().write_all(b"noticed\n");
    }
}

fn spin() -> ! {
    let _ = std::io::stderr().write_all(b"spinning\n");
    loop {
        std::hint::spin_loop();
    }
}

impl Zoo for Keeper {
    async fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }

    async fn echo_bytes(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    async fn add(&self, left: i64, right: i64) -> Result<i64> {
        Ok(left + right)
    }

    async fn meet(&self) -> Result<bool> {
        Ok(self.meeting.wait().await.is_leader())
    }

    async fn spin(&self) -> Result<()> {
        spin()
    }

    async fn spin_later(&self) -> Result<()> {
        tokio::task::yield_now().await;
        spin()
    }

    async fn never(&self) -> Result<()> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _counted = Waiting(self);
        std::future::pending().await
    }

    async fn wait_for(&self, file: &str) -> Result<()> {
        while !std::path::Path::new(file).exists() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        Ok(())
    }

    async fn waiting(&self) -> Result<u64> {
        Ok(self.waiting.load(Ordering::SeqCst))
    }

    async fn dropped(&self) -> Result<u64> {
        Ok(self.dropped.load(Ordering::SeqCst))
    }

    async fn panic(&self, message: &str) -> Result<()> {
        panic!("{message}")
    }

    async fn panic_later(&self, message: &str) -> Result<()> {
        tokio::task::yield_now().await;
        panic!("{message}")
    }

    async fn panic_with_a_number(&self) -> Result<()> {
        std::panic::panic_any(7)
    }

    async fn print(&self, text: &str) -> Result<()> {
        println!("{text}");
        Ok(())
    }

    async fn print_from_child(&self, text: &str) -> Result<()> {
        let status = Command::new("sh").args(["-c", "echo \"$0\" >&1", text]).status()?;
        if status.success() { Ok(()) } else { Err(Error::other("the shell failed")) }
    }

    async fn print_to_stderr(&self, text: &str) -> Result<()> {
        std::io::stderr().write_all(text.as_bytes())?;
        Ok(())
    }

    async fn read_stdin(&self) -> Result<String> {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        Ok(text)
    }

    async fn abort(&self) -> Result<()> {
        std::process::abort()
    }

    async fn exit(&self, code: i32) -> Result<()> {
        std::process::exit(code)
    }

    async fn descriptors(&self) -> Result<BTreeMap<i32, String>> {
        Ok(inspect::descriptors())
    }

    async fn environment(&self) -> Result<BTreeMap<String, String>> {
        Ok(std::env::vars().collect())
    }

    async fn directory(&self) -> Result<String> {
        Ok(std::env::current_dir()?.display().to_string())
    }

    async fn start_sleeper(&self, own_session: bool) -> Result<u32> {
        let mut command = if own_session { Command::new("setsid") } else { Command::new("sleep") };
        if own_session {
            command.arg("sleep");
        }
        // Were it left in place, the test would fail by its time.
        command.arg("60").arg0("sleeper");
        Ok(command.spawn()?.id())
    }

    async fn feed(&self, animal: &str) -> Result<(), FeedError> {
        match animal {
            "lion" => {
                let eaten = BTreeMap::from([("beef".to_owned(), 7), ("visitors".to_owned(), 1)]);
                Err(FeedError::Full { animal: animal.to_owned(), eaten })
            }
            "duck" => Ok(()),
            other => Err(FeedError::Unknown(other.to_owned())),
        }
    }

    async fn parse(&self, text: &str) -> Result<u32, Failure> {
        text.parse().map_err(|error| Failure::from(std::io::Error::other(error)).context("parsing a number"))
    }

    async fn refuse(&self, reason: &str) -> Result<()> {
        Err(Error::other(reason))
    }

    async fn bytes(&self, count: u64) -> Result<Vec<u8>> {
        let count = usize::try_from(count).map_err(Error::other)?;
        Ok(vec![7; count])
    }

    async fn nest(&self) -> Result<Nest> {
        Ok(Nest::Nest(Box::new(Nest::Egg)))
    }

    async fn sparse(&self) -> Result<Vec<Option<[u64; 32]>>> {
        Ok(vec![None, Some([7; 32])])
    }

    async fn double(&self, number: i64) -> Result<String> {
        Ok(format!("{} by the plugin", 2 * number))
    }

    async fn nothings(&self) -> Result<Vec<()>> {
        Ok(vec![(); 3])
    }

    async fn relay(&self, program: &str, plugins: u32, text: &str) -> Result<String> {
        plain::relay(program, plugins, text)
    }

    async fn remaining(&self, program: &str, plugins: u32) -> Result<Vec<Option<u64>>> {
        plain::remaining(program, plugins)
    }

    async fn spin_briefly(&self) -> Result<()> {
        spin()
    }

    async fn linger(&self) -> Result<()> {
        std::io::stderr().write_all(b"lingering\n")?;
        let _noticed = Noticed;
        std::future::pending().await
    }
}

struct Tank;

impl Aquarium for Tank {
    async fn fish(&self) -> Result<Vec<String>> {
        Ok(vec!["carp".to_owned(), "pike".to_owned()])
    }
}
