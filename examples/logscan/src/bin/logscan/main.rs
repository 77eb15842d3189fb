//! The host.

mod ahead;
mod arguments;
mod input;
mod pipeline;
mod plugins;
mod progress;
mod sentence;
mod sieve;
mod summary;

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use outboard::Failure;

use arguments::Arguments;
use pipeline::{Export, Pipeline};
use plugins::Plugins;
use summary::Summary;

#[expect(clippy::print_stderr, reason = "it is where a command says why it failed")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let verbose = arguments.verbose;
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if reader_is_gone(&failure) => ExitCode::SUCCESS,
        Err(failure) if verbose => {
            eprintln!("logscan: {failure:?}");
            ExitCode::from(2)
        }
        Err(failure) => {
            eprintln!("logscan: {}", sentence::of(failure));
            ExitCode::from(2)
        }
    }
}

/// Whether whoever read our output has seen enough of it, as `head` has after ten lines.
fn reader_is_gone(failure: &Failure) -> bool {
    let error = failure.get_ref().downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let export_path = arguments.export_path();
    let to_stdout = arguments.export.is_some() && export_path.is_none();
    // An export to the terminal would be torn by a bar.
    let progress = progress::bar(&arguments.files, to_stdout && io::stdout().is_terminal())?;

    let plugins = Plugins::of(arguments.plugins.as_deref())?;
    let filters = arguments.filter.iter().map(|chosen| plugins.filter(chosen)).collect::<Result<_, _>>()?;
    let sifted = pipeline::sift(input::batches(arguments.files, progress.clone()), filters)?;
    let export = match &arguments.export {
        Some(chosen) => Some(Export::begin(plugins.exporter(chosen)?, || output(export_path.as_deref()))?),
        None => None,
    };

    let outcome = Pipeline::new(sifted, export).run();
    progress.finish_and_clear();
    print(&outcome?, to_stdout)
}

fn output(path: Option<&Path>) -> Result<Box<dyn Write>, Failure> {
    match path {
        Some(path) => match File::create(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(Failure::from(error).context(format!("cannot create `{}`", path.display()))),
        },
        None => Ok(Box::new(io::stdout())),
    }
}

/// Prints the summary beside the export.
fn print(summary: &Summary, exported_to_stdout: bool) -> Result<(), Failure> {
    let mut output: Box<dyn Write> = if exported_to_stdout { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
    // In one piece, so that a reader of its first lines has gone after it, not in the middle.
    let written = output.write_all(summary.to_string().as_bytes()).and_then(|()| output.flush());
    written.map_err(|error| Failure::from(error).context("cannot print the summary"))
}
