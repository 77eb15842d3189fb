//! The zoo of an earlier year, or of another program: `old_zoo first|second|foreign [plain]`.

use std::process::ExitCode;

use outboard::{Result, serve};
use outboard_e2e::interfaces::{first_generation, foreign, second_generation};
use outboard_e2e::plain;

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

impl plain::first_generation::Zoo for Old {
    fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

impl plain::second_generation::Zoo for Old {
    fn add(&self, left: i64, right: i64) -> Result<i64> {
        Ok(left + right)
    }

    fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

impl plain::foreign::Zoo for Old {
    fn echo(&self, text: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["first"] => serve(first_generation::ZooServer::new(Old)),
        ["second"] => serve(second_generation::ZooServer::new(Old)),
        ["foreign"] => serve(foreign::ZooServer::new(Old)),
        ["first", "plain"] => serve(plain::first_generation::ZooServer::new(Old)),
        ["second", "plain"] => serve(plain::second_generation::ZooServer::new(Old)),
        ["foreign", "plain"] => serve(plain::foreign::ZooServer::new(Old)),
        _ => ExitCode::FAILURE,
    }
}
