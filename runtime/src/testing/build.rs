//! Building a plugin from a test.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// Builds the workspace's binary `name` with cargo, once per process, and gives its path.
///
/// For tests that launch a plugin of another package of the same workspace. (For a binary of the
/// test's own package, `env!("CARGO_BIN_EXE_name")` does it without this.) It builds in release
/// mode if the test was, from the folder of the package under test.
///
/// # Errors
///
/// When cargo cannot be run, the build fails (its messages are in the error), or there is no
/// binary of that name.
pub fn build_plugin(name: &str) -> Result<PathBuf> {
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    // Held while cargo runs: two tests that want the same plugin wait for one build.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    if let Some(path) = built.get(name) {
        return Ok(path.clone());
    }
    let path = build(name)?;
    built.insert(name.to_owned(), path.clone());
    Ok(path)
}

fn build(name: &str) -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--workspace", "--bin", name, "--message-format=json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::other(format!("cargo could not be run to build `{name}`: {error}")))?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::other(format!("building the plugin `{name}` failed:\n{messages}")));
    }
    executable(&output.stdout, name)
        .ok_or_else(|| Error::other(format!("cargo built no binary called `{name}` in this workspace")))
}

/// The path in the message of cargo about this binary.
fn executable(messages: &[u8], name: &str) -> Option<PathBuf> {
    messages.split(|byte| *byte == b'\n').find_map(|line| {
        let message: serde_json::Value = serde_json::from_slice(line).ok()?;
        let is_it = message.pointer("/target/name")?.as_str()? == name;
        let path = message.get("executable")?.as_str()?;
        is_it.then(|| PathBuf::from(path))
    })
}
