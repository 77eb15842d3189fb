//! Durations, at their bounds.

use crate::plugin_interface::duration::milliseconds;
use crate::plugin_interface::messages;

#[test]
fn each_unit_counts_milliseconds() {
    for (text, expected) in [("1ms", 1), ("5s", 5_000), ("90s", 90_000), ("2m", 120_000), ("3h", 10_800_000)] {
        assert_eq!(milliseconds("timeout", text), Ok(expected), "{text}");
    }
}

#[test]
fn a_day_is_the_longest() {
    for text in ["24h", "1440m", "86400s", "86400000ms"] {
        assert_eq!(milliseconds("timeout", text), Ok(86_400_000), "{text}");
    }
    // The last ones are too large for a `u64`: as a number, and as milliseconds.
    for text in ["25h", "86400001ms", "18446744073709551616ms", "18446744073709551615h"] {
        assert_eq!(milliseconds("timeout", text), Err(messages::long_duration("timeout")), "{text}");
    }
}

#[test]
fn zero_is_none_in_any_unit() {
    for text in ["0ms", "0s", "000h"] {
        assert_eq!(milliseconds("timeout", text), Err(messages::zero_duration("timeout")), "{text}");
    }
}

#[test]
fn what_is_not_a_number_and_a_unit_is_told_apart() {
    for text in ["", "s", "soon", "1.5s", "1m30s", "5 s", " 5s", "5s ", "+5s", "-5s", "5_000ms", "\u{ff15}s"] {
        assert_eq!(milliseconds("timeout", text), Err(messages::not_a_duration("timeout")), "{text}");
    }
    assert_eq!(milliseconds("timeout", "30"), Err(messages::duration_without_unit("timeout", "30")));
    for unit in ["sec", "S", "d", "\u{b5}s"] {
        let expected = Err(messages::unknown_unit("timeout", unit));
        assert_eq!(milliseconds("timeout", &format!("5{unit}")), expected, "{unit}");
    }
}
