//! The zoo with plain handlers.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use outboard::{Context, Error, Failure, Result};
use outboard_e2e::inspect;
use outboard_e2e::interfaces::{FeedError, Nest};
use outboard_e2e::plain::{Aquarium, Zoo, ZooClient};

use super::{Epitaph, spin};

pub(super) struct Keeper {
    meeting: Barrier,
    waiting: AtomicU64,
    _epitaph: Epitaph,
}

impl Keeper {
    pub(super) fn new(epitaph: Epitaph) -> Self {
        Self { meeting: Barrier::new(2), waiting: AtomicU64::new(0), _epitaph: epitaph }
    }
}

impl Zoo for Keeper {
    fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }

    fn echo_bytes(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    fn add(&self, left: i64, right: i64) -> Result<i64> {
        Ok(left + right)
    }

    fn meet(&self) -> Result<bool> {
        Ok(self.meeting.wait().is_leader())
    }

    fn spin(&self) -> Result<()> {
        spin()
    }

    fn spin_later(&self) -> Result<()> {
        thread::yield_now();
        spin()
    }

    fn never(&self) -> Result<()> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        loop {
            thread::park();
        }
    }

    fn wait_for(&self, file: &str) -> Result<()> {
        std::io::stderr().write_all(b"waiting\n")?;
        while !std::path::Path::new(file).exists() {
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    fn waiting(&self) -> Result<u64> {
        Ok(self.waiting.load(Ordering::SeqCst))
    }

    /// Plain handlers are never dropped.
    fn dropped(&self) -> Result<u64> {
        Ok(0)
    }

    fn panic(&self, message: &str) -> Result<()> {
        panic!("{message}")
    }

    fn panic_later(&self, message: &str) -> Result<()> {
        thread::yield_now();
        panic!("{message}")
    }

    fn panic_with_a_number(&self) -> Result<()> {
        std::panic::panic_any(7)
    }

    fn print(&self, text: &str) -> Result<()> {
        println!("{text}");
        Ok(())
    }

    fn print_from_child(&self, text: &str) -> Result<()> {
        let status = Command::new("sh").args(["-c", "echo \"$0\" >&1", text]).status()?;
        if status.success() { Ok(()) } else { Err(Error::other("the shell failed")) }
    }

    fn print_to_stderr(&self, text: &str) -> Result<()> {
        std::io::stderr().write_all(text.as_bytes())?;
        Ok(())
    }

    fn read_stdin(&self) -> Result<String> {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        Ok(text)
    }

    fn abort(&self) -> Result<()> {
        std::process::abort()
    }

    fn exit(&self, code: i32) -> Result<()> {
        std::process::exit(code)
    }

    fn descriptors(&self) -> Result<BTreeMap<i32, String>> {
        Ok(inspect::descriptors())
    }

    fn environment(&self) -> Result<BTreeMap<String, String>> {
        Ok(std::env::vars().collect())
    }

    fn directory(&self) -> Result<String> {
        Ok(std::env::current_dir()?.display().to_string())
    }

    fn start_sleeper(&self, own_session: bool) -> Result<u32> {
        let mut command = if own_session { Command::new("setsid") } else { Command::new("sleep") };
        if own_session {
            command.arg("sleep");
        }
        // Were it left in place, the test would fail by its time.
        command.arg("60").arg0("sleeper");
        Ok(command.spawn()?.id())
    }

    fn feed(&self, animal: &str) -> Result<(), FeedError> {
        match animal {
            "lion" => {
                let eaten = BTreeMap::from([("beef".to_owned(), 7), ("visitors".to_owned(), 1)]);
                Err(FeedError::Full { animal: animal.to_owned(), eaten })
            }
            "duck" => Ok(()),
            other => Err(FeedError::Unknown(other.to_owned())),
        }
    }

    fn parse(&self, text: &str) -> Result<u32, Failure> {
        text.parse().map_err(|error| Failure::from(std::io::Error::other(error)).context("parsing a number"))
    }

    fn refuse(&self, reason: &str) -> Result<()> {
        Err(Error::other(reason))
    }

    fn bytes(&self, count: u64) -> Result<Vec<u8>> {
        let count = usize::try_from(count).map_err(Error::other)?;
        Ok(vec![7; count])
    }

    fn nest(&self) -> Result<Nest> {
        Ok(Nest::Nest(Box::new(Nest::Egg)))
    }

    fn sparse(&self) -> Result<Vec<Option<[u64; 32]>>> {
        Ok(vec![None, Some([7; 32])])
    }

    fn double(&self, number: i64) -> Result<String> {
        Ok(format!("{} by the plugin", 2 * number))
    }

    fn nothings(&self) -> Result<Vec<()>> {
        Ok(vec![(); 3])
    }

    fn relay(&self, program: &str, plugins: u32, text: &str) -> Result<String> {
        relay(program, plugins, text)
    }

    fn remaining(&self, program: &str, plugins: u32) -> Result<Vec<Option<u64>>> {
        remaining(program, plugins)
    }

    fn spin_briefly(&self) -> Result<()> {
        spin()
    }

    fn linger(&self) -> Result<()> {
        std::io::stderr().write_all(b"lingering\n")?;
        while !Context::current().is_cancelled() {
            thread::sleep(Duration::from_millis(2));
        }
        std::io::stderr().write_all(b"noticed\n")?;
        Ok(())
    }
}

/// Also for the async zoo: there it blocks the very thread that serves.
pub(super) fn relay(program: &str, plugins: u32, text: &str) -> Result<String> {
    let Some(fewer) = plugins.checked_sub(1) else { return Ok(text.to_owned()) };
    // Every second one on a runtime.
    let arguments: &[&str] = if plugins.is_multiple_of(2) { &["--plain"] } else { &[] };
    let next = ZooClient::launch(outboard::Command::new(program).args(arguments))?;
    next.relay(program, fewer, text)
}

/// Also for the async zoo.
pub(super) fn remaining(program: &str, plugins: u32) -> Result<Vec<Option<u64>>> {
    let left = Context::current().remaining().map(|left| u64::try_from(left.as_micros()).unwrap_or(u64::MAX));
    let mut all = vec![left];
    if let Some(fewer) = plugins.checked_sub(1) {
        let arguments: &[&str] = if plugins.is_multiple_of(2) { &["--plain"] } else { &[] };
        let next = ZooClient::launch(outboard::Command::new(program).args(arguments))?;
        all.extend(next.remaining(program, fewer)?);
    }
    Ok(all)
}

pub(super) struct Tank;

impl Aquarium for Tank {
    fn fish(&self) -> Result<Vec<String>> {
        Ok(vec!["carp".to_owned(), "pike".to_owned()])
    }
}
