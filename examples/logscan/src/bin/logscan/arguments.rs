//! The command line.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

/// Reads access logs in Apache's "combined" format, passes their lines through filters, sums up
/// what is left and exports it.
#[derive(Debug, clap::Parser)]
#[command(version, after_help = "Filters and exporters are plugins: executables named `logscan-NAME`.")]
pub(crate) struct Arguments {
    /// Where the plugins are [default: beside this program]
    #[arg(long, value_name = "DIR")]
    pub(crate) plugins: Option<PathBuf>,

    /// Keeps what this filter keeps; of several, each sees what the one before it kept
    #[arg(long, value_name = "NAME[=ARG]")]
    pub(crate) filter: Vec<Choice>,

    /// Writes what is left, to standard output if there is no path; the summary moves to standard error
    #[arg(long, value_name = "NAME[=PATH]")]
    pub(crate) export: Option<Choice>,

    /// When something goes wrong, tells all that is known of it: what a plugin wrote before it died, too
    #[arg(long)]
    pub(crate) verbose: bool,

    /// The logs, in this order; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// A plugin by its name, and what follows the first `=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) argument: Option<String>,
}

impl Arguments {
    /// The file that the export goes to; none for standard output.
    pub(crate) fn export_path(&self) -> Option<PathBuf> {
        self.export.as_ref()?.argument.as_ref().map(PathBuf::from)
    }
}

impl FromStr for Choice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (name, argument) = match text.split_once('=') {
            Some((name, argument)) => (name, Some(argument.to_owned())),
            None => (text, None),
        };
        Ok(Self { name: name.to_owned(), argument })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn choice(name: &str, argument: Option<&str>) -> Choice {
        Choice { name: name.to_owned(), argument: argument.map(str::to_owned) }
    }

    #[test]
    fn filters_keep_their_order_and_arguments_their_equals_signs() {
        let arguments = Arguments::try_parse_from([
            "logscan",
            "--filter",
            "regex=a=b",
            "--filter",
            "status=",
            "--filter=slow",
            "--export",
            "csv=out.csv",
            "-",
        ]);
        let arguments = arguments.expect("these are arguments");
        assert_eq!(arguments.filter, [choice("regex", Some("a=b")), choice("status", Some("")), choice("slow", None)]);
        assert_eq!(arguments.export_path(), Some(PathBuf::from("out.csv")));
        assert_eq!(arguments.files, [PathBuf::from("-")]);
    }

    #[test]
    fn without_a_file_there_is_nothing_to_do() {
        assert_eq!(Arguments::try_parse_from(["logscan"]).expect_err("there is no file").exit_code(), 2);
    }
}
