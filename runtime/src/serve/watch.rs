//! Ending when the host is gone, whatever the handlers do.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpid, kill_process};

use crate::connection::Wire;

/// From the end of the host to the end of this process, for destructors that run meanwhile.
const GRACE: Duration = Duration::from_millis(500);
/// What `exit` itself may take, with handlers of other libraries, before the process is killed.
const EXIT: Duration = Duration::from_millis(250);
/// How often a shutdown is looked for, once the host has hung up: its frame may be read late.
const LOOK: Duration = Duration::from_millis(20);

/// A thread that waits for the host to hang up. It takes no bytes: it only asks whether anybody
/// holds the other end, so it does not matter who reads, or that nobody can.
pub(super) struct HostWatch {
    shared: Arc<Watched>,
}

#[derive(Default)]
struct Watched(Mutex<State>);

/// What is known of an ordered shutdown. The connection itself is let go of when it has ended: it
/// holds the implementations, whose destructors are to run while `main` returns.
#[derive(Default)]
enum State {
    /// There is no connection yet.
    #[default]
    Ungreeted,
    Connected(Wire),
    Ended {
        drain: Duration,
    },
}

impl HostWatch {
    /// Starts the thread; a machine that cannot goes on without it.
    pub(super) fn start(input: &OwnedFd) -> Self {
        let shared = Arc::new(Watched::default());
        if let Ok(input) = input.try_clone() {
            let watched = Arc::clone(&shared);
            let thread = thread::Builder::new().name("outboard-watch".to_owned());
            // Without the thread the connection still sees the end of its input, when it reads.
            let _ = thread.spawn(move || watch(&input, &watched));
        }
        Self { shared }
    }

    pub(super) fn greeted(&self, wire: Wire) {
        *self.shared.lock() = State::Connected(wire);
    }

    /// The connection has ended. The watch goes on: what is left of the process may be a runtime
    /// that waits for a handler which computes for ever.
    pub(super) fn finished(&self) {
        let drain = self.shared.drain();
        *self.shared.lock() = State::Ended { drain };
    }
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long an ordered shutdown may last.
    fn drain(&self) -> Duration {
        match &*self.lock() {
            State::Ungreeted => Duration::ZERO,
            State::Connected(wire) => wire.draining().unwrap_or_default(),
            State::Ended { drain } => *drain,
        }
    }

    /// Leaves the process its time to end: `GRACE`, and what a host that ordered the shutdown
    /// before it went left for it.
    fn wait(&self) {
        let hung_up = Instant::now();
        loop {
            let left = (GRACE + self.drain()).saturating_sub(hung_up.elapsed());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(LOOK));
        }
    }
}

fn watch(input: &OwnedFd, watched: &Watched) {
    wait_for_hangup(input);
    watched.wait();
    let last = thread::Builder::new().name("outboard-exit".to_owned()).stack_size(64 << 10);
    let killer = last.spawn(|| {
        thread::sleep(EXIT);
        kill();
    });
    match killer {
        // Success: the work ended with the host, which is nobody's failure.
        Ok(_) => std::process::exit(0),
        Err(_) => kill(),
    }
}

fn kill() {
    // Of this process alone; the host's ladder, if there still is a host, has its group.
    let _ = kill_process(getpid(), Signal::KILL);
}

/// Returns when nobody holds the other end any more.
fn wait_for_hangup(input: &OwnedFd) {
    // A pipe reports a hang-up unasked; a socket whose peer has only stopped writing does not.
    #[cfg(target_os = "linux")]
    let interest = PollFlags::RDHUP;
    #[cfg(not(target_os = "linux"))]
    let interest = PollFlags::empty();
    loop {
        let mut waited = [PollFd::from_borrowed_fd(input.as_fd(), interest)];
        match poll(&mut waited, None) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) | Err(_) => return,
        }
    }
}
