//! Records by the thousand, as they travel.

use outboard::{Error, Stream};
use serde::{Deserialize, Serialize};

use crate::Fields;

/// Records that are handed on together.
///
/// It is the text of their lines and nothing else: text crosses a pipe in one piece, and what a
/// plugin does not look at is never parsed.
///
/// ```
/// let batch = logscan::Batch::from("a line\nanother\n".to_owned());
/// assert_eq!(batch.records().map(|record| record.line).collect::<Vec<_>>(), ["a line", "another"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Batch {
    text: String,
}

/// A line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The line as it was read, without its end (`\n` or `\r\n`).
    ///
    /// Bytes that are not UTF-8 stand here as `\u{fffd}`, the replacement character. Apache itself
    /// writes none: in its logs such a byte is `\xe9`, in four letters.
    pub line: &'a str,
}

impl Batch {
    /// The records, in the order of the log.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.text.lines().map(|line| Record { line })
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let ends = self.text.bytes().filter(|byte| *byte == b'\n').count();
        let cut = !self.text.is_empty() && !self.text.ends_with('\n');
        ends + usize::from(cut)
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Those records for which `keep`, which is as long as the batch, says `true`.
    #[must_use]
    pub fn select(&self, keep: &[bool]) -> Self {
        let lines = self.text.split_inclusive('\n').zip(keep);
        lines.filter_map(|(line, keep)| keep.then_some(line)).collect::<String>().into()
    }
}

/// The text of lines, each with its end; the last may lack it.
impl From<String> for Batch {
    fn from(text: String) -> Self {
        Self { text }
    }
}

impl<'a> Record<'a> {
    /// The fields of the line, if it is one of Apache's "combined" format. They are looked for at
    /// each call.
    #[must_use]
    pub fn fields(&self) -> Option<Fields<'a>> {
        Fields::parse(self.line)
    }

    /// The status, which `awk` calls `$9`: also of a line that is cut somewhere after it and
    /// therefore has no [`fields`](Record::fields).
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let (front, _) = Fields::parse_front(self.line)?;
        Some(front.status)
    }
}

// ANCHOR: keep_if
/// The answers of a [`Filter`](crate::Filter) that looks at each record by itself.
pub fn keep_if(batches: Stream<Batch>, keep: impl Fn(Record<'_>) -> bool + Send + 'static) -> Stream<Vec<bool>> {
    let answers = batches.into_iter().map(move |batch| Ok::<_, Error>(batch?.records().map(&keep).collect()));
    Stream::try_from_iter(answers)
}
// ANCHOR_END: keep_if

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(batch: &Batch) -> Vec<&str> {
        batch.records().map(|record| record.line).collect()
    }

    #[test]
    fn a_line_ends_with_newline_with_both_or_with_the_text() {
        assert_eq!(lines(&Batch::from("a\nb\r\n\nc".to_owned())), ["a", "b", "", "c"]);
        assert_eq!(lines(&Batch::from("a\n".to_owned())), ["a"]);
        assert_eq!(lines(&Batch::from("\n".to_owned())), [""]);
    }

    #[test]
    fn the_length_is_the_number_of_lines() {
        for text in ["", "\n", "a", "a\n", "a\r\n\nb", "\n\n"] {
            let batch = Batch::from(text.to_owned());
            assert_eq!(batch.len(), lines(&batch).len(), "{text:?}");
            assert_eq!(batch.is_empty(), text.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_selection_has_the_lines_that_were_kept_and_no_other() {
        let batch = Batch::from("a\nb\r\n\nc".to_owned());
        assert_eq!(lines(&batch.select(&[false, true, false, true])), ["b", "c"]);
        assert_eq!(lines(&batch.select(&[false, false, true, false])), [""]);
        assert!(batch.select(&[false, false, false, false]).is_empty());
    }

    #[test]
    fn a_selection_changes_no_line() {
        let batch = Batch::from("a\r\r\nb\r".to_owned());
        assert_eq!(lines(&batch), ["a\r", "b\r"]);
        assert_eq!(lines(&batch.select(&[true, true])), ["a\r", "b\r"]);
    }
}
