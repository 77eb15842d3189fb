//! Looking at processes from outside, through `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// A process tells where it comes from with a variable of this name, and so do its children.
pub const MARK: &str = "OUTBOARD_E2E_MARK";

/// Asks again and again until it is so; `false` if it is not so within `limit`.
///
/// For what cannot be waited for: the state of somebody else's process.
pub fn until(limit: Duration, mut so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if so() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// What the descriptors of this process refer to, but for the one that it takes to look.
#[must_use]
pub fn descriptors() -> BTreeMap<i32, String> {
    descriptors_of(std::process::id())
}

/// What the descriptors of a process refer to; nothing if they may not be looked at.
#[must_use]
pub fn descriptors_of(pid: u32) -> BTreeMap<i32, String> {
    let numbers: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    numbers
        .into_iter()
        .filter_map(|number| {
            // The descriptor of the look itself is closed by now.
            let target = fs::read_link(format!("/proc/{pid}/fd/{number}")).ok()?;
            Some((number.parse().ok()?, target.to_string_lossy().into_owned()))
        })
        .collect()
}

/// A process, from its `stat`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its parent's number.
    pub parent: u32,
    /// Its group.
    pub group: u32,
    /// `R`, `S`, `T`, `Z` …
    pub state: String,
    /// Its program.
    pub name: String,
}

/// All processes.
#[must_use]
pub fn processes() -> Vec<Process> {
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    entries.flatten().filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// One process.
#[must_use]
pub fn process(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (start, rest) = stat.rsplit_once(')')?;
    let name = start.split_once('(')?.1.to_owned();
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.to_owned();
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Process { pid, parent, group, state, name })
}

/// The children of a process, zombies included.
#[must_use]
pub fn children(parent: u32) -> Vec<Process> {
    processes().into_iter().filter(|process| process.parent == parent).collect()
}

/// Whether a process has ended. Whoever inherits orphans may let them lie, so a zombie counts.
#[must_use]
pub fn is_gone(pid: u32) -> bool {
    process(pid).is_none_or(|process| process.state == "Z" || process.state == "X")
}

/// The running processes that were started with this mark, and what they started.
#[must_use]
pub fn marked(mark: &str) -> Vec<u32> {
    let wanted = format!("{MARK}={mark}");
    let is_marked = |pid: u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    processes().into_iter().map(|process| process.pid).filter(|pid| is_marked(*pid) && !is_gone(*pid)).collect()
}

/// The most memory that this process ever had resident, in MiB.
#[must_use]
pub fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(u64::MAX) / 1024
}

/// The names of a process's threads, as far as the system keeps them, in order.
#[must_use]
pub fn threads(pid: u32) -> Vec<String> {
    let mut names: Vec<String> = tasks(pid, "comm").iter().map(|name| name.trim().to_owned()).collect();
    names.sort();
    names
}

/// How often the threads of a process were given the processor and gave it up again.
#[must_use]
pub fn switches(pid: u32) -> u64 {
    let number = |line: &str| line.split_once("ctxt_switches:")?.1.trim().parse::<u64>().ok();
    tasks(pid, "status").iter().flat_map(|status| status.lines().filter_map(number)).sum()
}

/// The processor time that a process took, in ticks of the system's.
#[must_use]
pub fn processor_time(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default().split_ascii_whitespace();
    // utime and stime; the state is the first after the name.
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// A file of each thread.
fn tasks(pid: u32, file: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks.filter_map(|task| fs::read_to_string(task.path().join(file)).ok()).collect()
}
