//! Text that a peer wrote, made fit to be shown: in a log, on a terminal, in an error.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything escaped that a terminal or a log would obey instead of show.
///
/// That is every control character (a line break too: a peer's text must not look like two records
/// of the log) and the characters that reorder or break lines in Unicode. The escapes are Rust's:
/// `\n`, `\u{1b}`. A backslash stays as it is, because paths are full of them; so the result is for
/// reading, and nothing parses it back.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    // Nearly all text is harmless; only the rest is copied.
    let Some(first) = text.find(is_obeyed) else { return Cow::Borrowed(text) };
    let (harmless, rest) = text.split_at(first);
    let mut escaped = String::with_capacity(text.len() + 16);
    escaped.push_str(harmless);
    for character in rest.chars() {
        if is_obeyed(character) {
            push_escaped(&mut escaped, character);
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// The same for bytes that ought to be text: what is not UTF-8 becomes U+FFFD.
pub(crate) fn escape_bytes(bytes: &[u8]) -> String {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => escape(text).into_owned(),
        // An already copied text is not copied again when there is nothing to escape in it.
        Cow::Owned(text) => match escape(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(escaped) => escaped,
        },
    }
}

fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

fn push_escaped(text: &mut String, character: char) {
    match character {
        '\t' => text.push_str("\\t"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        // Writing to a string cannot fail.
        other => _ = write!(text, "{}", other.escape_unicode()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_of_any_language_is_not_copied() {
        for text in ["", "plain", "C:\\temp\\new", "żółć 漢字 🦀", "\"quoted\""] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        for (text, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("one\ntwo\r\n", "one\\ntwo\\r\\n"),
            ("a\tb\0", "a\\tb\\u{0}"),
            ("bell\u{7}\u{7f}", "bell\\u{7}\\u{7f}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("left\u{202e}right", "left\\u{202e}right"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_marked() {
        assert_eq!(escape_bytes(b"ok"), "ok");
        assert_eq!(escape_bytes(b"\xff\xfeok\x1b"), "\u{fffd}\u{fffd}ok\\u{1b}");
        assert_eq!(escape_bytes(b"\xffok"), "\u{fffd}ok");
    }
}
