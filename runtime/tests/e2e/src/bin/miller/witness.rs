//! What a host looks at before and after: memory, descriptors, threads, processes.

use std::collections::BTreeMap;

use outboard_e2e::inspect::{children, descriptors, marked, threads};

/// What was measured, by name.
pub(crate) type Figures = BTreeMap<String, u64>;

/// The most memory that a process ever had resident, in KiB.
pub(crate) fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(u64::MAX)
}

/// What this process has open and runs.
#[derive(Debug)]
pub(crate) struct Belongings {
    descriptors: BTreeMap<i32, String>,
    threads: Vec<String>,
}

impl Belongings {
    pub(crate) fn now() -> Self {
        Self { descriptors: descriptors(), threads: others() }
    }

    /// Whether nothing is left of a first plugin but what looks after processes, with its two descriptors.
    pub(crate) fn is_settled(&self) -> bool {
        let now = Self::now();
        let stands_by = now.threads.iter().any(|name| name.starts_with("outboard-stand"));
        now.descriptors.len() == self.descriptors.len() + 2 && !stands_by
    }

    /// Everything that is there and was not.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let now = Self::now();
        let mut left: Vec<String> =
            children(std::process::id()).into_iter().map(|child| format!("{child:?}")).collect();
        left.extend(marked(&std::process::id().to_string()).into_iter().map(|pid| format!("process {pid}")));
        if now.descriptors.len() != self.descriptors.len() {
            left.push(format!("descriptors {:?} and not {:?}", now.descriptors, self.descriptors));
        }
        if now.threads.len() > self.threads.len() {
            left.push(format!("threads {:?} and not {:?}", now.threads, self.threads));
        }
        left
    }
}

/// The threads of this process, without those that wait for work for some seconds before they end.
fn others() -> Vec<String> {
    const PATIENT: [&str; 3] = ["outboard-worker", "outboard-clock", "tokio-rt"];
    let mut names = threads(std::process::id());
    names.retain(|name| !PATIENT.iter().any(|patient| name.starts_with(patient)));
    names
}

/// The patient ones among the threads of the SDK.
pub(crate) fn patient() -> usize {
    let names = threads(std::process::id());
    names.iter().filter(|name| name.starts_with("outboard-worker") || name.starts_with("outboard-clock")).count()
}
