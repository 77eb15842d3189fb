//! Stands in for what `#[plugin_interface]` will generate. To be deleted.
#![allow(missing_docs, missing_debug_implementations, reason = "it will be deleted")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::Mutex;

use outboard::Failure;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Batch, Exporter, Filter};

#[derive(Serialize, Deserialize)]
enum Call {
    Configure(Option<String>),
    Keep(Batch),
    Header,
    Rows(Batch),
    Footer,
}

pub trait Service {
    fn answer(&self, call: &str) -> Option<String>;
}

fn json<T: Serialize>(outcome: Result<T, Failure>) -> Option<String> {
    serde_json::to_string(&outcome.map_err(|failure| failure.to_string())).ok()
}

pub struct FilterServer<T>(T);
pub struct ExporterServer<T>(T);

impl<T: Filter> FilterServer<T> {
    pub fn new(filter: T) -> Self {
        Self(filter)
    }
}

impl<T: Exporter> ExporterServer<T> {
    pub fn new(exporter: T) -> Self {
        Self(exporter)
    }
}

impl<T: Filter> Service for FilterServer<T> {
    fn answer(&self, call: &str) -> Option<String> {
        match serde_json::from_str(call).ok()? {
            Call::Configure(argument) => json(self.0.configure(argument.as_deref())),
            Call::Keep(batch) => json(self.0.keep(&batch)),
            _ => None,
        }
    }
}

impl<T: Exporter> Service for ExporterServer<T> {
    fn answer(&self, call: &str) -> Option<String> {
        match serde_json::from_str(call).ok()? {
            Call::Header => json(self.0.header()),
            Call::Rows(batch) => json(self.0.rows(&batch)),
            Call::Footer => json(self.0.footer()),
            _ => None,
        }
    }
}

pub fn serve(service: impl Service) -> ExitCode {
    for line in std::io::stdin().lock().lines() {
        let Some(answer) = line.ok().and_then(|line| service.answer(&line)) else { return ExitCode::FAILURE };
        if writeln!(std::io::stdout(), "{answer}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

struct Pipes(Mutex<(Child, ChildStdin, BufReader<ChildStdout>)>);

impl Pipes {
    fn launch(program: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Self(Mutex::new((child, stdin, BufReader::new(stdout))))),
            _ => Err(Failure::msg("no pipes")),
        }
    }

    fn call<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Failure> {
        let mut pipes = self.0.lock().map_err(|_| Failure::msg("poisoned"))?;
        let mut answer = String::new();
        writeln!(pipes.1, "{}", serde_json::to_string(call)?)?;
        if pipes.2.read_line(&mut answer)? == 0 {
            return Err(Failure::msg(format!("it died: {}", pipes.0.wait()?)));
        }
        serde_json::from_str::<Result<T, String>>(&answer)?.map_err(Failure::msg)
    }
}

pub struct FilterClient(Pipes);
pub struct ExporterClient(Pipes);

impl FilterClient {
    pub fn launch(program: &Path) -> Result<Self, Failure> {
        Pipes::launch(program).map(Self)
    }
}

impl ExporterClient {
    pub fn launch(program: &Path) -> Result<Self, Failure> {
        Pipes::launch(program).map(Self)
    }
}

impl Filter for FilterClient {
    fn configure(&self, argument: Option<&str>) -> Result<(), Failure> {
        self.0.call(&Call::Configure(argument.map(str::to_owned)))
    }

    fn keep(&self, batch: &Batch) -> Result<Vec<bool>, Failure> {
        self.0.call(&Call::Keep(batch.clone()))
    }
}

impl Exporter for ExporterClient {
    fn header(&self) -> Result<Vec<u8>, Failure> {
        self.0.call(&Call::Header)
    }

    fn rows(&self, batch: &Batch) -> Result<Vec<u8>, Failure> {
        self.0.call(&Call::Rows(batch.clone()))
    }

    fn footer(&self) -> Result<Vec<u8>, Failure> {
        self.0.call(&Call::Footer)
    }
}
