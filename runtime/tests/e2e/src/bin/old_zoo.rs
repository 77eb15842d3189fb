//! The zoo of an earlier year, or of another program: `old_zoo first|second|foreign`.

use std::process::ExitCode;

use outboard::{Result, serve};
use outboard_e2e::interfaces::{first_generation, foreign, second_generation};

struct Old;

impl first_generation::Zoo for Old {
    async fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

impl second_generation::Zoo for Old {
    async fn add(&self, left: i64, right: i64) -> Result<i64> {
        Ok(left + right)
    }

    async fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

impl foreign::Zoo for Old {
    async fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("first") => serve(first_generation::ZooServer::new(Old)),
        Some("second") => serve(second_generation::ZooServer::new(Old)),
        Some("foreign") => serve(foreign::ZooServer::new(Old)),
        _ => ExitCode::FAILURE,
    }
}
