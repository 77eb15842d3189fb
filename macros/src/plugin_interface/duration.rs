//! Parse: a duration as people write one, `5s`.

use super::messages;

/// The units, and the milliseconds in each.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// A day. Who waits for longer has most likely taken one unit for another.
const LONGEST: u64 = 24 * 3_600_000;

/// The milliseconds in the text, or what is wrong with it.
pub(crate) fn milliseconds(key: &str, text: &str) -> Result<u64, String> {
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
    match UNITS.iter().find(|(name, _)| *name == unit) {
        _ if number.is_empty() || !unit.chars().all(char::is_alphabetic) => Err(messages::not_a_duration(key)),
        _ if unit.is_empty() => Err(messages::duration_without_unit(key, number)),
        None => Err(messages::unknown_unit(key, unit)),
        Some((_, milliseconds)) => in_range(key, number, *milliseconds),
    }
}

fn in_range(key: &str, number: &str, unit: u64) -> Result<u64, String> {
    // A number that is too large for its type is too long in every unit.
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(0) => Err(messages::zero_duration(key)),
        Some(milliseconds) if milliseconds <= LONGEST => Ok(milliseconds),
        _ => Err(messages::long_duration(key)),
    }
}
