//! Text that a peer wrote, made safe to show.

/// What a peer wrote, as text that cannot move a cursor, begin a line or hide anything: control
/// characters are escaped, and so is whatever is not UTF-8.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if must_be_escaped(character) {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            text.extend(std::ascii::escape_default(*byte).map(char::from));
        }
    }
    text
}

fn must_be_escaped(character: char) -> bool {
    // Beside the control characters: line separators, and the marks that turn the direction of
    // text, by which a line can be made to read as another.
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_terminal_escape_a_line_break_and_wrong_bytes_are_shown_as_what_they_are() {
        assert_eq!(escape(b"\x1b[2Jno\nroot# \xff!"), r"\u{1b}[2Jno\nroot# \xff!");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        assert_eq!(escape("größer → 大".as_bytes()), "größer → 大");
    }

    #[test]
    fn text_cannot_turn_the_direction_of_a_line() {
        assert_eq!(escape("a\u{202e}b".as_bytes()), r"a\u{202e}b");
    }
}
