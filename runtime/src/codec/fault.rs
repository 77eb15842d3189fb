//! What went wrong inside a value, and where.

use std::fmt::{self, Write as _};

/// Longer texts quote a peer's data at length; nobody reads on.
const LONGEST_TEXT: usize = 1024;
/// Steps shown at either end of a long path.
const SHOWN_STEPS: usize = 6;
/// How much of a map's key is shown.
const SHOWN_KEY: usize = 40;

/// An error in a value. The path is built while it unwinds, so that success pays nothing for it.
///
/// Boxed: a result of a small value stays small.
#[derive(Debug)]
pub(super) struct Fault(Box<Problem>);

#[derive(Debug)]
struct Problem {
    what: String,
    /// Innermost first.
    path: Vec<Step>,
}

/// One step of a path into a value.
#[derive(Debug)]
pub(super) enum Step {
    Field(&'static str),
    Variant(&'static str),
    Index(usize),
    Key(String),
}

impl Step {
    pub(super) fn key(text: &str) -> Self {
        Self::Key(text.chars().take(SHOWN_KEY).collect())
    }
}

impl Fault {
    #[cold]
    pub(super) fn new(what: impl fmt::Display) -> Self {
        let mut text = Bounded(String::new());
        // The only failure is the bound, and then the beginning is what we want.
        let _ = write!(text, "{what}");
        let what = in_plain_words(&text.0).map_or(text.0, str::to_owned);
        Self(Box::new(Problem { what, path: Vec::new() }))
    }

    #[cold]
    pub(super) fn at(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { what, path } = &*self.0;
        if path.is_empty() {
            return f.write_str(what);
        }
        write!(f, "field `{}`: {what}", Path(path))
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text)
    }
}

impl serde::ser::Error for Fault {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text)
    }
}

struct Path<'p>(&'p [Step]);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = SHOWN_STEPS..self.0.len().saturating_sub(SHOWN_STEPS);
        for (at, step) in self.0.iter().rev().enumerate() {
            if at == hidden.start && !hidden.is_empty() {
                f.write_str("…")?;
            }
            if hidden.contains(&at) {
                continue;
            }
            match step {
                Step::Field(name) | Step::Variant(name) if at == 0 => f.write_str(name)?,
                Step::Field(name) | Step::Variant(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = LONGEST_TEXT.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.extend(text.char_indices().take_while(|(at, c)| at + c.len_utf8() <= room).map(|(_, c)| c));
        self.0.push('…');
        Err(fmt::Error)
    }
}

/// postcard's errors speak to its own authors; these speak to a plugin's.
fn in_plain_words(text: &str) -> Option<&'static str> {
    use postcard::Error;
    // serde_json's own limit, which cannot be set.
    if text.starts_with("recursion limit exceeded") {
        return Some("it is nested deeper than the limit, 128 levels");
    }
    let words = [
        (
            Error::WontImplement,
            "postcard cannot carry a type that has to look at the data first: `untagged`, `flatten`, `tag`, \
             `serde_json::Value` and the like",
        ),
        (
            Error::SerializeSeqLengthUnknown,
            "postcard needs the length before the elements, and this sequence or map does not know it \
             (`flatten` has this effect)",
        ),
        (Error::CollectStrError, "its `Display` failed"),
        (Error::DeserializeUnexpectedEnd, "the message ends too early"),
        (Error::DeserializeBadVarint, "a number is too large for its type"),
        (Error::DeserializeBadBool, "a bool is neither 0 nor 1"),
        (Error::DeserializeBadChar, "invalid character"),
        (Error::DeserializeBadUtf8, "invalid UTF-8"),
        (Error::DeserializeBadOption, "an option is neither 0 nor 1"),
    ];
    words.into_iter().find(|(error, _)| error.to_string() == text).map(|(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_from_the_outside() {
        let fault = Fault::new("no").at(Step::key("a\n")).at(Step::Field("name")).at(Step::Index(3));
        let fault = fault.at(Step::Field("items"));
        assert_eq!(fault.to_string(), r#"field `items[3].name["a\n"]`: no"#);
    }

    #[test]
    fn a_long_path_keeps_its_ends() {
        let fault = (0..128).rev().fold(Fault::new("no"), |fault, at| fault.at(Step::Index(at)));
        assert_eq!(fault.to_string(), "field `[0][1][2][3][4][5]…[122][123][124][125][126][127]`: no");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let text = Fault::new("ä".repeat(10_000)).to_string();
        assert!(text.len() < 1100 && text.ends_with("ä…"), "{} bytes", text.len());
    }
}
