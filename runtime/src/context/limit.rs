//! When a call has to be done, and who says so.

use std::fmt;
use std::time::{Duration, Instant};

/// The deadline of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) at: Instant,
    /// What there was of it when the call was made; for messages.
    pub(crate) given: Duration,
    pub(crate) origin: Origin,
}

/// Who set a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The author of the caller, in this process.
    Client,
    /// The author of the interface, for all callers.
    Method,
    /// The caller of the handler that makes the call, in another process.
    Caller,
}

impl Limit {
    /// So long from `now`. A time beyond the end of the clock is no limit.
    pub(crate) fn after(now: Instant, given: Duration, origin: Origin) -> Option<Self> {
        now.checked_add(given).map(|at| Self { at, given, origin })
    }

    /// What is left of it; nothing once it has passed.
    pub(crate) fn remaining(&self, now: Instant) -> Option<Duration> {
        self.at.checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// The limit that a call has to keep: the client's own or else the method's, unless the handler
    /// that makes the call has less time itself.
    pub(crate) fn of_call(
        now: impl Fn() -> Instant,
        client: Option<Duration>,
        method: Option<Duration>,
        handler: Option<Self>,
    ) -> Option<Self> {
        let own = match (client, method) {
            (Some(client), _) => Some((client, Origin::Client)),
            (None, Some(method)) => Some((method, Origin::Method)),
            (None, None) => None,
        };
        if own.is_none() && handler.is_none() {
            // Most calls: no clock is read for them.
            return None;
        }
        let now = now();
        let own = own.and_then(|(given, origin)| Self::after(now, given, origin));
        let handler = handler.map(|limit| Self { given: limit.at.saturating_duration_since(now), ..limit });
        match (own, handler) {
            (Some(own), Some(handler)) if own.at < handler.at => Some(own),
            (own, handler) => handler.or(own),
        }
    }
}

/// Completes "did not answer …".
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = Readable(self.given);
        match self.origin {
            Origin::Client => write!(f, "within {given}"),
            Origin::Method => write!(f, "within {given}, the limit that its interface sets"),
            Origin::Caller => write!(f, "within the {given} that its caller had left"),
        }
    }
}

/// A duration for a sentence: what is left of a deadline is measured in nanoseconds, and nobody
/// wants to read them.
#[derive(Clone, Copy)]
pub(crate) struct Readable(pub(crate) Duration);

impl fmt::Display for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = match self.0.as_micros() {
            0..1_000 => self.0,
            1_000..1_000_000 => Duration::from_micros(u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX)),
            _ => Duration::from_millis(u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)),
        };
        write!(f, "{rounded:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_timeout_comes_before_the_methods_and_the_handlers_deadline_bounds_both() {
        let now = Instant::now();
        let seconds = Duration::from_secs;
        let of = |origin, given: u64| Limit::after(now, seconds(given), origin);
        use Origin::{Caller, Client, Method};
        // What the client, the method and the handler say, in seconds, and what holds.
        let table = [
            (None, None, None, None),
            (Some(3), None, None, of(Client, 3)),
            (None, Some(3), None, of(Method, 3)),
            (None, None, Some(3), of(Caller, 3)),
            // Longer or shorter: the client knows better.
            (Some(9), Some(3), None, of(Client, 9)),
            (Some(3), Some(9), None, of(Client, 3)),
            // Whoever waits for the handler waits no longer than that.
            (Some(9), None, Some(3), of(Caller, 3)),
            (Some(3), None, Some(9), of(Client, 3)),
            (None, Some(9), Some(3), of(Caller, 3)),
            (None, Some(3), Some(9), of(Method, 3)),
            (Some(9), Some(1), Some(3), of(Caller, 3)),
            (Some(3), None, Some(3), of(Caller, 3)),
            (Some(0), None, Some(3), of(Client, 0)),
            // Beyond the end of the clock.
            (Some(u64::MAX), None, None, None),
            (Some(u64::MAX), None, Some(3), of(Caller, 3)),
        ];
        for (client, method, handler, expected) in table {
            let handler = handler.and_then(|given| of(Caller, given));
            let holds = Limit::of_call(|| now, client.map(seconds), method.map(seconds), handler);
            assert_eq!(holds, expected, "client {client:?}, method {method:?}, handler {handler:?}");
        }
    }

    #[test]
    fn a_call_without_any_limit_reads_no_clock() {
        assert_eq!(Limit::of_call(|| panic!("the clock was read"), None, None, None), None);
    }

    #[test]
    fn what_is_left_shrinks_to_nothing() {
        let now = Instant::now();
        let limit = Limit::after(now, Duration::from_secs(2), Origin::Client).unwrap();
        assert_eq!(limit.remaining(now + Duration::from_secs(1)), Some(Duration::from_secs(1)));
        assert_eq!(limit.remaining(limit.at), None);
        assert_eq!(limit.remaining(limit.at + Duration::from_secs(1)), None);
    }

    #[test]
    fn durations_are_rounded_for_people() {
        let table = [
            (Duration::from_nanos(299_456_789), "299.456ms"),
            (Duration::from_nanos(4_999_999_999), "4.999s"),
            (Duration::from_millis(300), "300ms"),
            (Duration::from_nanos(1_500), "1.5µs"),
            (Duration::ZERO, "0ns"),
        ];
        for (duration, text) in table {
            assert_eq!(Readable(duration).to_string(), text);
        }
    }
}
