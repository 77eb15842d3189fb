//! Runs the host of a mill for a test.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::inspect::until;
use crate::report::Faulted;

/// What the host measured, by name.
pub type Figures = BTreeMap<String, u64>;

/// For a situation on a busy machine; a host that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(180);

/// A host, and the programs that it is to launch.
#[derive(Clone, Copy, Debug)]
pub struct Miller<'p> {
    /// The host.
    pub program: &'p str,
    /// `current` or `workers`, on tokio, or `threads`.
    pub kind: &'p str,
    /// The plugin and its arguments.
    pub mill: &'p [&'p str],
}

impl Miller<'_> {
    /// Has the host make a situation; it checks by itself how things should be.
    ///
    /// # Panics
    ///
    /// When they are not so.
    #[must_use]
    pub fn figures(&self, situation: &str, number: u64) -> Figures {
        let written = self.run(&[situation, &number.to_string()], self.mill);
        serde_json::from_slice(&written).expect("figures")
    }

    /// Has the host call a method of a mill that misbehaves, and a healthy one before and after.
    ///
    /// # Panics
    ///
    /// When it has no report.
    #[must_use]
    pub fn fault(&self, method: &str, faulty: &[&str]) -> Faulted {
        let written = self.run(&["fault", method], &[self.mill, faulty].concat());
        serde_json::from_slice(&written).expect("a report")
    }

    fn run(&self, situation: &[&str], programs: &[&str]) -> Vec<u8> {
        let mut command = Command::new(self.program);
        command.arg(self.kind).args(situation).args(programs);
        let mut host =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a host");
        let (written, said) = (all_of(host.stdout.take()), all_of(host.stderr.take()));
        let status = ended(&mut host);
        let said = || String::from_utf8_lossy(&said.join().expect("no panic")).into_owned();
        let Some(status) = status else { panic!("{self:?} {situation:?} hangs: {}", said()) };
        assert!(status.success(), "{self:?} {situation:?} ended with {status}: {}", said());
        written.join().expect("no panic")
    }
}

/// How it ended; nothing if it had to be killed.
fn ended(host: &mut Child) -> Option<std::process::ExitStatus> {
    let mut status = None;
    until(PATIENCE, || {
        status = host.try_wait().expect("its state");
        status.is_some()
    });
    if status.is_none() {
        let _ = host.kill();
        let _ = host.wait();
    }
    status
}

fn all_of(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.expect("a pipe").read_to_end(&mut bytes);
        bytes
    })
}
