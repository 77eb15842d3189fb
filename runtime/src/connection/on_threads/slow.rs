//! Which methods take long.
//!
//! A handler that runs in place keeps the reader until the standby notices, some milliseconds later.
//! Once is bearable; but a hundred requests for such a method, read together, would begin one after
//! the other at that pace. So a method that kept the reader gets a thread at once, the next times.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// A handler that takes longer is better off with a thread of its own: starting one costs a
/// twentieth of that.
const LONG: Duration = Duration::from_millis(1);
/// After so many quick runs on a thread the method is tried in place again.
const PROBATION: u8 = 16;
/// Methods are told apart by a byte. Two that meet in one cost one of them a wake-up.
const PLACES: usize = 256;

/// An object's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) target: u64,
    pub(super) method: u16,
}

/// For each place how many quick runs are wanted before a method is tried in place.
pub(super) struct Slow([AtomicU8; PLACES]);

impl Slow {
    pub(super) fn new() -> Self {
        Self([const { AtomicU8::new(0) }; PLACES])
    }

    pub(super) fn is_slow(&self, key: Key) -> bool {
        self.place(key).load(Ordering::Relaxed) > 0
    }

    /// It kept the reader.
    pub(super) fn kept_the_reader(&self, key: Key) {
        self.place(key).store(PROBATION, Ordering::Relaxed);
    }

    /// It ran on a thread of its own, for so long.
    pub(super) fn took(&self, key: Key, time: Duration) {
        let place = self.place(key);
        if time >= LONG {
            place.store(PROBATION, Ordering::Relaxed);
        } else {
            let _ = place.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        }
    }

    fn place(&self, key: Key) -> &AtomicU8 {
        let [low, ..] = key.target.wrapping_mul(31).wrapping_add(u64::from(key.method)).to_le_bytes();
        let [first, ..] = &self.0;
        // There are as many places as a byte has values.
        self.0.get(usize::from(low)).unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_method_is_given_another_chance_after_quick_runs() {
        let slow = Slow::new();
        let (one, other) = (Key { target: 0, method: 1 }, Key { target: 0, method: 2 });
        assert!(!slow.is_slow(one));
        slow.kept_the_reader(one);
        for _ in 0..PROBATION {
            assert!(slow.is_slow(one) && !slow.is_slow(other));
            slow.took(one, Duration::ZERO);
        }
        assert!(!slow.is_slow(one));
        slow.took(one, Duration::ZERO);
        slow.took(one, LONG);
        assert!(slow.is_slow(one));
    }
}
