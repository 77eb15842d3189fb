//! What a plugin says to a person.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use crate::connection::{Object, program_name};

/// Says what this program is to somebody who started it by hand.
pub(super) fn introduce(objects: &[Arc<dyn Object>]) {
    let name = program_name();
    let mut text = format!("`{name}` is a plugin: a host program launches it and talks to it over stdin and stdout.\n");
    for object in objects {
        let interface = object.describe();
        let summary = interface.docs.lines().next().unwrap_or_default().trim();
        let separator = if summary.is_empty() { "" } else { ": " };
        let _ = writeln!(text, "It serves `{}` version {}{separator}{summary}", interface.name, interface.version);
    }
    text.push_str("Started through another program it needs its stdin and no terminal: `ssh -T`, `docker run -i`.\n");
    say(&text);
}

/// Says why this process cannot serve.
pub(super) fn complain(what: &str) -> ExitCode {
    say(&format!("{}: {what}\n", program_name()));
    ExitCode::FAILURE
}

fn say(text: &str) {
    // Without a stderr nobody listens, which is no reason to panic as `eprintln!` would.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
