//! The one permanent thread that looks after every child.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Pid;

use super::command::Command;
use super::diagnosis::{no_caretaker, spawn_error};
use super::exit::Ending;
use super::handle::{Afterwards, CloseStdin, Ladder, Process, Shared};
use super::lock;
use super::log::Log;
use super::plan::Plan;
use super::promise::{self, Pending, Promise};
use super::stderr::{Drain, Tail};
use super::ward::{Ready, Ward, call, sooner};
use crate::announcement::Announcement;
use crate::error::{Error, ErrorKind};

/// How often a start is repeated when the file is still open for writing somewhere (a compiler, or
/// a fork of this very process that is about to exec), with 2, 4, … 256 ms between. Of 800 starts
/// of files written a moment before 10 met this, and all 10 came through.
const BUSY_TRIES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// A started process, in the caretaker's care.
#[derive(Debug)]
pub(crate) struct Spawned {
    /// Our end of its stdin: close-on-exec and blocking, as is the other.
    pub(crate) stdin: OwnedFd,
    /// Our end of its stdout.
    pub(crate) stdout: OwnedFd,
    pub(crate) process: Process,
}

/// What a start comes to.
type Outcome = Result<Spawned, Error>;

/// What anybody may ask of the caretaker.
pub(super) enum Request {
    Spawn(Box<Start>),
    Kill { id: u64, reason: Arc<str> },
    Shutdown { id: u64, times: Ladder, close_stdin: CloseStdin },
    Afterwards { id: u64, delay: Duration, call: Afterwards },
}

/// A start that is asked for, or to be repeated.
pub(super) struct Start {
    plan: Plan,
    promise: Promise<Outcome>,
    /// When, and how often it was tried before.
    at: Instant,
    tries: u32,
}

/// Starts a program.
///
/// Looks for the file at once, on this thread; the rest is the caretaker's. Dropping the result
/// calls the start off: what was started already is killed.
pub(crate) fn spawn(command: Command) -> Pending<Outcome> {
    let plan = match Plan::new(command) {
        Ok(plan) => plan,
        Err(error) => return Pending::ready(Err(error), drop),
    };
    let handle = match caretaker() {
        Ok(handle) => handle,
        Err(error) => return Pending::ready(Err(no_caretaker(error)), drop),
    };
    let (promise, pending) = promise::pair(discard, lost);
    handle.send(Request::Spawn(Box::new(Start { plan, promise, at: Instant::now(), tries: 0 })));
    pending
}

/// Ends a process that whoever asked for it does not want any more.
fn discard(outcome: Outcome) {
    if let Ok(spawned) = outcome {
        spawned.process.kill("its launch was called off");
    }
}

fn lost() -> Outcome {
    Err(Error::new(ErrorKind::Spawn, "the thread that looks after plugin processes is gone"))
}

/// Asks the caretaker for something. Never blocks; without a caretaker there is no process either.
pub(super) fn request(request: Request) {
    if let Some(handle) = CARETAKER.get() {
        handle.send(request);
    }
}

/// The others' side of the thread.
struct Handle {
    requests: Sender<Request>,
    /// Its other end is in the poll set.
    bell: UnixStream,
}

impl Handle {
    fn send(&self, request: Request) {
        // The thread never ends, so somebody is there; and a full bell has been rung already.
        let _ = self.requests.send(request);
        let _ = (&self.bell).write(&[1]);
    }
}

static CARETAKER: OnceLock<Handle> = OnceLock::new();

/// Starts the thread at the first use. A failure (no thread, no descriptors left) is not final.
fn caretaker() -> io::Result<&'static Handle> {
    static STARTING: Mutex<()> = Mutex::new(());
    if let Some(handle) = CARETAKER.get() {
        return Ok(handle);
    }
    let _one_at_a_time = lock(&STARTING);
    if let Some(handle) = CARETAKER.get() {
        return Ok(handle);
    }
    let (requests, inbox) = mpsc::channel();
    let (bell, door) = UnixStream::pair()?;
    bell.set_nonblocking(true)?;
    door.set_nonblocking(true)?;
    let log = Log::start()?;
    let caretaker = Caretaker {
        inbox,
        door,
        log,
        starts: Vec::new(),
        wards: Vec::new(),
        late: Vec::new(),
        buffer: vec![0; 64 * 1024],
    };
    thread::Builder::new().name("outboard-processes".into()).spawn(move || caretaker.run())?;
    Ok(CARETAKER.get_or_init(|| Handle { requests, bell }))
}

/// The thread's own state; nobody else sees it.
///
/// It runs until the host's process ends, and waits in one place, [`Caretaker::wait`]. It runs no
/// code of the user's but wakers, and survives their panics.
struct Caretaker {
    /// Filled by everybody, emptied here.
    inbox: Receiver<Request>,
    /// Readable when somebody rang.
    door: UnixStream,
    log: Log,
    /// What is to be started, now or after a pause.
    starts: Vec<Start>,
    wards: Vec<Ward>,
    /// What is to be called when, about processes that are gone.
    late: Vec<(Instant, Afterwards)>,
    /// For reading stderr, any child's.
    buffer: Vec<u8>,
}

impl Caretaker {
    fn run(mut self) {
        loop {
            let ready = self.wait();
            let now = Instant::now();
            // Before the look at the processes: whoever asks for a shutdown and then tells the
            // process finds it `Asked`, however fast it ends.
            self.take_requests(now);
            let mut ready = ready.into_iter();
            let Self { wards, buffer, late, .. } = &mut self;
            wards.retain_mut(|ward| {
                let ready = ready.next().unwrap_or(Ready::NOTHING);
                let gone = ward.turn(now, ready, buffer);
                if gone {
                    late.extend(ward.afterwards(now));
                }
                !gone
            });
            self.call_what_is_due();
            self.start_what_is_due();
        }
    }

    /// Waits until something happens or is due, and says what happened to each ward (nothing,
    /// where the list ends early).
    fn wait(&mut self) -> Vec<Ready> {
        let timeout = self.timeout(Instant::now());
        let mut fds = vec![PollFd::new(&self.door, PollFlags::IN)];
        for ward in &self.wards {
            fds.extend(
                [ward.pidfd(), ward.stderr()]
                    .into_iter()
                    .flatten()
                    .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)),
            );
        }
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Vec::new(),
            Err(_) => {
                // Too little memory, or more descriptors than a lowered limit allows. There is no
                // watching then, but asking around still works.
                thread::sleep(Duration::from_millis(2));
                return vec![Ready::UNKNOWN; self.wards.len()];
            }
        }
        let mut happened = fds.iter().map(|fd| !fd.revents().is_empty());
        let rang = happened.next().unwrap_or(true);
        let mut next = |watched: bool| watched && happened.next().unwrap_or(true);
        let ready = self
            .wards
            .iter()
            .map(|ward| Ready { pidfd: next(ward.pidfd().is_some()), stderr: next(ward.stderr().is_some()) })
            .collect();
        if rang {
            // Whatever was rung for is in the inbox already, which is emptied after this.
            let _ = (&self.door).read(&mut self.buffer);
        }
        ready
    }

    /// How long nothing is due; `None` for ever.
    fn timeout(&self, now: Instant) -> Option<Timespec> {
        let starts = self.starts.iter().map(|start| Some(start.at));
        let wards = self.wards.iter().map(|ward| ward.deadline(now));
        let late = self.late.iter().map(|(at, _)| Some(*at));
        let next = starts.chain(wards).chain(late).fold(None, sooner)?;
        // A duration that is too long for the system's type is none.
        next.saturating_duration_since(now).try_into().ok()
    }

    fn take_requests(&mut self, now: Instant) {
        while let Ok(request) = self.inbox.try_recv() {
            match request {
                Request::Spawn(start) => self.starts.push(*start),
                Request::Kill { id, reason } => {
                    if let Some(ward) = self.ward(id) {
                        ward.kill(now, Ending::KilledFor(reason));
                    }
                }
                Request::Shutdown { id, times, close_stdin } => match self.ward(id) {
                    Some(ward) => ward.begin_shutdown(now, times, close_stdin),
                    // It is gone already.
                    None => call(close_stdin),
                },
                Request::Afterwards { id, delay, call } => match self.ward(id) {
                    Some(ward) => ward.call_afterwards(delay, call),
                    None => self.late.push((now + delay, call)),
                },
            }
        }
    }

    fn ward(&mut self, id: u64) -> Option<&mut Ward> {
        self.wards.iter_mut().find(|ward| ward.shared.id == id)
    }

    fn call_what_is_due(&mut self) {
        let now = Instant::now();
        self.late.extract_if(.., |(at, _)| *at <= now).for_each(|(_, due)| call(due));
    }

    fn start_what_is_due(&mut self) {
        let now = Instant::now();
        for start in std::mem::take(&mut self.starts) {
            if start.at <= now {
                self.start(start);
            } else {
                self.starts.push(start);
            }
        }
    }

    fn start(&mut self, mut start: Start) {
        if start.promise.is_unwanted() {
            return;
        }
        match start.plan.command.spawn() {
            Ok(child) => {
                let outcome = self.adopt(&start.plan, child);
                start.promise.keep(outcome);
            }
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && start.tries < BUSY_TRIES => {
                start.at = Instant::now() + FIRST_PAUSE * 2_u32.pow(start.tries);
                start.tries += 1;
                self.starts.push(start);
            }
            Err(error) => start.promise.keep(Err(spawn_error(&start.plan, error))),
        }
    }

    /// Takes a child into care, whatever else becomes of the start.
    fn adopt(&mut self, plan: &Plan, mut child: Child) -> Outcome {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let pid = Pid::from_child(&child);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = self.log.feed(&plan.label, child.id());
        let stderr = stderr.and_then(|stderr| Drain::new(stderr.into(), feed));
        let shared = Arc::new(Shared {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            pid,
            name: plan.name.clone(),
            program: plan.program.clone(),
            withheld: plan.withheld,
            exit: Arc::new(Announcement::new()),
            tail: Mutex::new(Tail::default()),
        });
        let process = Process::new(Arc::clone(&shared));
        self.wards.push(Ward::new(shared, child, watch(pid), stderr, plan.reach));
        match (stdin, stdout) {
            (Some(stdin), Some(stdout)) => Ok(Spawned { stdin: stdin.into(), stdout: stdout.into(), process }),
            _ => {
                process.kill("its pipes were not made");
                Err(Error::new(ErrorKind::Spawn, format!("`{}` was started without its pipes", plan.name)))
            }
        }
    }
}

/// A descriptor that is readable once the process is dead. The process is not reaped yet, so the
/// number is still its own.
#[cfg(target_os = "linux")]
fn watch(pid: Pid) -> Option<OwnedFd> {
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn watch(_: Pid) -> Option<OwnedFd> {
    None
}
