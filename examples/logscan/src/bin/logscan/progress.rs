//! How far it is.

use std::fs;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use outboard::Failure;

use crate::input;

/// A bar on standard error, if that is a terminal; with no end to it where one of the files has no
/// known length.
///
/// # Errors
/// If one of the files is missing: better known now than after the first hour.
pub(crate) fn bar(files: &[PathBuf], hidden: bool) -> Result<ProgressBar, Failure> {
    let mut length = Some(0);
    for path in files {
        length = length_of(path)?.and_then(|more| Some(length? + more));
    }
    if hidden {
        return Ok(ProgressBar::hidden());
    }
    Ok(match length {
        Some(length) => ProgressBar::new(length)
            .with_style(ProgressStyle::with_template("{bar:40} {percent:>3} %  {bytes_per_sec}  {eta} left")?),
        None => {
            ProgressBar::no_length().with_style(ProgressStyle::with_template("{spinner} {bytes}  {bytes_per_sec}")?)
        }
    })
}

/// None for standard input, a pipe or a device.
fn length_of(path: &Path) -> Result<Option<u64>, Failure> {
    if path == Path::new("-") {
        return Ok(None);
    }
    let file = fs::metadata(path).map_err(|error| input::unreadable(path, error))?;
    Ok(file.is_file().then_some(file.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_known_before_anything_is_read() {
        let files = [PathBuf::from("-"), PathBuf::from("no-such.log")];
        let failure = bar(&files, false).expect_err("there is no file");
        assert_eq!(failure.to_string(), "cannot read `no-such.log`");
    }

    #[test]
    fn the_length_is_that_of_all_files_or_unknown() {
        let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let length = fs::metadata(&file).expect("it is there").len();
        let bar_of = |files: &[PathBuf]| bar(files, false).expect("they are there").length();
        assert_eq!(bar_of(&[file.clone(), file.clone()]), Some(2 * length));
        assert_eq!(bar_of(&[PathBuf::from("-"), file]), None);
    }
}
