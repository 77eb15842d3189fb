//! Which file a command means.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Where the system looks when there is no `PATH`, as `execvp` does.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Whether the program is a path, or a name to look up.
pub(super) fn is_path(program: &OsStr) -> bool {
    program.as_bytes().contains(&b'/')
}

/// The first file of that name on a `PATH` that may be executed; if there is none, the first that
/// at least exists, for the error to speak of.
///
/// Entries that are not absolute (an empty one means the current directory) are passed over: what
/// runs must not depend on where the host happens to stand.
pub(super) fn look_up(name: &OsStr, path: Option<&OsStr>) -> Option<PathBuf> {
    let mut present = None;
    for directory in env::split_paths(path.unwrap_or(OsStr::new(DEFAULT_PATH))) {
        let candidate = directory.join(name);
        if !directory.is_absolute() || !candidate.is_file() {
            continue;
        }
        if is_executable(&candidate) {
            return Some(candidate);
        }
        present.get_or_insert(candidate);
    }
    present
}

fn is_executable(path: &Path) -> bool {
    access(path, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::Directory;
    use super::*;

    #[test]
    fn the_first_executable_file_wins_over_directories_and_plain_files() {
        let directory = Directory::new();
        directory.make_directory("one/tool");
        directory.write("two/tool", "", 0o644);
        directory.write("three/tool", "", 0o755);
        directory.write("four/tool", "", 0o755);
        let path = env::join_paths(["one", "two", "three", "four"].map(|name| directory.path(name))).unwrap();
        assert_eq!(look_up("tool".as_ref(), Some(&path)), Some(directory.path("three/tool")));
        let path = env::join_paths(["one", "two"].map(|name| directory.path(name))).unwrap();
        assert_eq!(look_up("tool".as_ref(), Some(&path)), Some(directory.path("two/tool")));
    }

    #[test]
    fn entries_that_are_not_absolute_are_passed_over() {
        // Cargo runs a test in its package's directory, where `src` is.
        assert_eq!(look_up("lib.rs".as_ref(), Some("src".as_ref())), None);
        assert_eq!(look_up("Cargo.toml".as_ref(), Some("".as_ref())), None);
    }

    #[test]
    fn without_a_path_the_systems_own_directories_are_searched() {
        assert!(look_up("sh".as_ref(), None).is_some());
    }
}
