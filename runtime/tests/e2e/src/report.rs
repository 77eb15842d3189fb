//! What the `host` tells the test that started it: one JSON object on stdout.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What became of a plugin that misbehaves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Faulted {
    /// What the first call returned, if it was a value.
    pub value: Option<String>,
    /// The first error: of the launch, of the call, or of the end of the plugin.
    pub error: Option<Failed>,
    /// What a second call returned, where the first error was not the end.
    pub afterwards: Option<String>,
    /// The error of that second call.
    pub error_afterwards: Option<Failed>,
    /// From the launch to that error.
    pub milliseconds: u64,
    /// Everything that should not be so any more afterwards.
    pub left_over: Vec<String>,
    /// The most memory that the host had, in MiB.
    pub peak_memory: u64,
}

/// An error.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Failed {
    /// Its `ErrorKind`.
    pub kind: String,
    /// Its `report()`.
    pub report: String,
}

impl From<outboard::Error> for Failed {
    fn from(error: outboard::Error) -> Self {
        Self { kind: format!("{:?}", error.kind()), report: error.report().to_string() }
    }
}

/// What many launches and drops leave behind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Churned {
    /// The descriptors before.
    pub before: BTreeMap<i32, String>,
    /// The descriptors after.
    pub after: BTreeMap<i32, String>,
    /// Children that are still there.
    pub children: Vec<String>,
    /// The longest that a drop took, in microseconds.
    pub longest_drop: u64,
    /// The threads before, but for those of the pool; where there is no runtime.
    pub threads_before: Vec<String>,
    /// The threads after, all of them.
    pub threads_after: Vec<String>,
}
