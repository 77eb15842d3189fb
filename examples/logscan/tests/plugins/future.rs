//! A filter of a later generation, which does not work with the one of today.

use outboard::{Failure, plugin_interface};

/// Keeps some lines and drops the others.
#[plugin_interface(version = 4, min_version = 3, name = "logscan-filter")]
trait Filter {
    /// Whether to keep each line.
    fn keep(&self, lines: &[String]) -> Result<Vec<bool>, Failure>;
}

struct Future;

impl Filter for Future {
    fn keep(&self, lines: &[String]) -> Result<Vec<bool>, Failure> {
        Ok(vec![true; lines.len()])
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(FilterServer::new(Future))
}
