//! What of the host's environment goes along with a plugin.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// Passed on when the host has them: what programs need to find their files, their language and
/// their log level. Everything else may be a secret. No variable on the list carries
/// a credential by custom.
const PASSED: [&str; 13] = [
    "HOME",
    "LANG",
    "LOGNAME",
    "NO_COLOR",
    "OUTBOARD_DEBUG",
    "PATH",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "SHELL",
    "TERM",
    "TMPDIR",
    "TZ",
    "USER",
];

/// The same for families of variables.
const PASSED_PREFIXES: [&str; 3] = ["LC_", "SSL_CERT_", "XDG_"];

/// Read by the host for itself; a plugin that inherited it would write over the host's trace.
const HOSTS_OWN: &str = "OUTBOARD_TRACE";

/// The environment that a plugin gets.
pub(super) struct Environment {
    pub(super) variables: BTreeMap<OsString, OsString>,
    /// How many of the host's variables did not go along: a death at the start may be due to one.
    pub(super) withheld: usize,
}

/// Chooses from the host's variables and adds what was said explicitly (a later word wins).
pub(super) fn choose(
    host: impl IntoIterator<Item = (OsString, OsString)>,
    explicit: &[(OsString, Option<OsString>)],
    inherit: bool,
) -> Environment {
    let mut variables = BTreeMap::new();
    let mut withheld = 0;
    for (name, value) in host {
        if explicit.iter().any(|(said, _)| *said == name) {
            continue;
        }
        let passes = if inherit { name != HOSTS_OWN } else { is_passed(&name) };
        if passes {
            variables.insert(name, value);
        } else {
            withheld += 1;
        }
    }
    for (name, value) in explicit {
        match value {
            Some(value) => _ = variables.insert(name.clone(), value.clone()),
            None => _ = variables.remove(name),
        }
    }
    Environment { variables, withheld }
}

fn is_passed(name: &OsStr) -> bool {
    // A name that is not text is on no list.
    name.to_str()
        .is_some_and(|name| PASSED.contains(&name) || PASSED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &[&str], explicit: &[(&str, Option<&str>)], inherit: bool, expected: &[&str], withheld: usize) {
        let host = host.iter().map(|name| (OsString::from(name), OsString::from("host")));
        let explicit: Vec<_> =
            explicit.iter().map(|(name, value)| (OsString::from(name), value.map(OsString::from))).collect();
        let chosen = choose(host, &explicit, inherit);
        let shown: Vec<_> =
            chosen.variables.iter().map(|(name, value)| format!("{}={}", name.display(), value.display())).collect();
        assert_eq!(
            (shown.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), chosen.withheld),
            (expected, withheld)
        );
    }

    #[test]
    fn only_the_listed_variables_go_along_and_the_rest_is_counted() {
        check(
            &["PATH", "LC_ALL", "XDG_CACHE_HOME", "SSL_CERT_FILE", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "PATHS"],
            &[],
            false,
            &["LC_ALL=host", "PATH=host", "SSL_CERT_FILE=host", "XDG_CACHE_HOME=host"],
            3,
        );
    }

    #[test]
    fn what_was_said_explicitly_wins_and_is_not_withheld() {
        check(
            &["PATH", "TOKEN", "HOME"],
            &[("TOKEN", Some("mine")), ("HOME", None), ("PATH", Some("one")), ("PATH", Some("two"))],
            false,
            &["PATH=two", "TOKEN=mine"],
            0,
        );
    }

    #[test]
    fn inheriting_passes_all_but_the_hosts_own() {
        check(&["TOKEN", "OUTBOARD_TRACE"], &[], true, &["TOKEN=host"], 1);
        check(&["OUTBOARD_TRACE"], &[("OUTBOARD_TRACE", Some("x"))], true, &["OUTBOARD_TRACE=x"], 0);
    }
}
