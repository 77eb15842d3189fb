//! Plugins by name.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use logscan::{ExporterClient, FilterClient};
use outboard::{Client, Failure, blocking};

use crate::arguments::Choice;
use crate::pipeline::Named;
use crate::sieve::Sieve;

/// What the file of every plugin is called, up to the plugin's name.
const PREFIX: &str = "logscan-";

/// The plugins of a directory.
#[derive(Debug)]
pub(crate) struct Plugins {
    directory: PathBuf,
    found: BTreeMap<String, PathBuf>,
}

impl Plugins {
    /// Those in `directory`, or beside this program.
    pub(crate) fn of(directory: Option<&Path>) -> Result<Self, Failure> {
        let directory = match directory {
            Some(directory) => directory.to_owned(),
            None => env::current_exe()?.parent().map(Path::to_owned).unwrap_or_default(),
        };
        match found(&directory) {
            Ok(found) => Ok(Self { directory, found }),
            Err(error) => {
                Err(Failure::from(error).context(format!("cannot look for plugins in `{}`", directory.display())))
            }
        }
    }

    /// Starts a filter.
    pub(crate) fn filter(&self, chosen: &Choice) -> Result<Sieve<FilterClient>, Failure> {
        Ok(Sieve { filter: self.start("filter", chosen)?, argument: chosen.argument.clone() })
    }

    /// Starts an exporter. Where its bytes go is not its business.
    pub(crate) fn exporter(&self, chosen: &Choice) -> Result<Named<ExporterClient>, Failure> {
        self.start("exporter", chosen)
    }

    // ANCHOR: start
    fn start<C: Client>(&self, role: &str, chosen: &Choice) -> Result<Named<C>, Failure> {
        let name = format!("{role} `{}`", chosen.name);
        match blocking::launch(self.program(&chosen.name)?) {
            Ok(plugin) => Ok(Named { name, plugin }),
            Err(error) => Err(Failure::from(error).context(name)),
        }
    }
    // ANCHOR_END: start

    fn program(&self, name: &str) -> Result<&Path, Failure> {
        match self.found.get(name) {
            Some(path) => Ok(path),
            None => Err(Failure::msg(self.missing(name))),
        }
    }

    fn missing(&self, name: &str) -> String {
        let there = match self.found.len() {
            0 => "no plugin at all".to_owned(),
            _ => self.found.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        };
        format!("there is no plugin `{name}` in `{}`: there is {there}", self.directory.display())
    }
}

fn found(directory: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(PREFIX));
        if let Some(name) = name.filter(|_| is_executable(&path)) {
            found.insert(name.to_owned(), path);
        }
    }
    Ok(found)
}

fn is_executable(path: &Path) -> bool {
    // Not the entry's own metadata: a link to a program is one.
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(files: &[(&str, u32)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        for (name, mode) in files {
            let path = directory.path().join(name);
            fs::write(&path, "").expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).expect("a mode");
        }
        directory
    }

    #[test]
    fn a_missing_plugin_is_told_with_those_that_are_there() {
        let directory = directory(&[
            ("logscan-status", 0o755),
            ("logscan-regex", 0o700),
            ("logscan-regex.d", 0o644),
            ("logscan", 0o755),
            ("greeter", 0o755),
        ]);
        fs::create_dir(directory.path().join("logscan-directory")).expect("a directory");
        let plugins = Plugins::of(Some(directory.path())).expect("plugins");

        assert_eq!(plugins.program("regex").expect("it is there"), directory.path().join("logscan-regex"));
        for name in ["geo", "regex.d", "directory", "", "../logscan-regex"] {
            let said = plugins.program(name).expect_err("it is not there").to_string();
            let there = directory.path().display();
            assert_eq!(said, format!("there is no plugin `{name}` in `{there}`: there is regex, status"));
        }
    }

    #[test]
    fn a_directory_without_plugins_is_told_as_such() {
        let directory = directory(&[]);
        let said = Plugins::of(Some(directory.path())).expect("none").missing("geo");
        assert!(said.ends_with("there is no plugin at all"), "{said}");
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let failure = Plugins::of(Some(Path::new("no/such"))).expect_err("it is not there");
        assert_eq!(failure.to_string(), "cannot look for plugins in `no/such`");
    }
}
