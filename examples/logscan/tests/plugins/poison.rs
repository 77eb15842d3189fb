//! A filter that crashes at a line with the word that is its argument.

use std::sync::OnceLock;

use logscan::{Batch, Filter, FilterServer};
use outboard::Failure;

#[derive(Default)]
struct Poison {
    word: OnceLock<String>,
}

impl Filter for Poison {
    fn configure(&self, argument: Option<&str>) -> Result<(), Failure> {
        self.word.get_or_init(|| argument.unwrap_or_default().to_owned());
        Ok(())
    }

    fn keep(&self, batch: &Batch) -> Result<Vec<bool>, Failure> {
        let word = self.word.get().ok_or_else(|| Failure::msg("not configured"))?;
        if batch.records().any(|record| record.line.contains(word)) {
            std::process::abort();
        }
        Ok(vec![true; batch.len()])
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(FilterServer::new(Poison::default()))
}
