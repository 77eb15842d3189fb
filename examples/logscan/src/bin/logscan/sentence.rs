//! What went wrong, in one line.

use std::error::Error as StdError;

use outboard::{Error, Failure};

/// A failure and its causes, on one line whatever strangers' errors look like.
///
/// What a plugin wrote before it died is left out: it takes several lines, and rarely explains
/// anything to somebody who did not write the plugin. `--verbose` has it.
pub(crate) fn of(failure: Failure) -> String {
    let failure = Error::from(failure);
    let mut messages = Vec::new();
    let mut hint = "";
    let mut next: Option<&(dyn StdError + 'static)> = Some(&failure);
    while let Some(error) = next {
        messages.push(one_line(&error.to_string()));
        next = error.source();
        // All that is below the end of a process is what it wrote.
        if let Some(exit) = error.downcast_ref::<Error>().and_then(Error::process_exit) {
            next = None;
            hint = if exit.stderr_tail().is_empty() { "" } else { " (--verbose shows what it wrote)" };
        }
    }
    messages.join(": ") + hint
}

/// Words with a blank between each two; nothing in them speaks to the terminal.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_and_causes_are_told_from_the_outside_in() {
        let failure = Failure::from(std::io::Error::other("disk full")).context("saving").context("exporter `csv`");
        assert_eq!(of(failure), "exporter `csv`: saving: disk full");
    }

    #[test]
    fn a_text_of_several_lines_takes_one() {
        let failure = Failure::msg("regex parse error:\n    (\n    ^\nerror: unclosed group\n\u{1b}[2J");
        let said = "filter `x`: regex parse error: ( ^ error: unclosed group \u{fffd}[2J";
        assert_eq!(of(failure.context("filter `x`")), said);
    }
}
