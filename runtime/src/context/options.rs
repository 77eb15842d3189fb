//! What the author of a caller sets on a client.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// At most so many pairs travel with a call.
const PAIRS: usize = 64;
/// At most so many bytes, keys and values together.
const BYTES: usize = 8 << 10;

/// The settings of a client; its clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Duration>,
    /// No key is twice in it.
    metadata: Vec<(String, String)>,
}

impl Options {
    pub(crate) fn metadata(&self) -> &[(String, String)] {
        &self.metadata
    }

    /// Sets the value of a key.
    pub(crate) fn set(&mut self, key: String, value: String) {
        match self.metadata.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.metadata.push((key, value)),
        }
    }

    /// The bounds of the metadata are the protocol's.
    pub(crate) fn check(&self, method: &str) -> Result<(), Error> {
        let pairs = self.metadata.len();
        let bytes: usize = self.metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
        if pairs <= PAIRS && bytes <= BYTES {
            return Ok(());
        }
        let message = format!(
            "the metadata for `{method}` are {pairs} pairs with {bytes} bytes; a call takes up to {PAIRS} pairs with {BYTES} bytes"
        );
        Err(Error::new(ErrorKind::Limit, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_value() {
        let mut options = Options::default();
        for (key, value) in [("user", "ada"), ("trace", "7"), ("user", "grace")] {
            options.set(key.to_owned(), value.to_owned());
        }
        let pairs: Vec<_> = options.metadata().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("user", "grace"), ("trace", "7")]);
    }

    #[test]
    fn metadata_beyond_the_bounds_are_refused_and_those_at_the_bounds_are_not() {
        let of = |pairs: usize, value: usize| {
            let mut options = Options::default();
            (0..pairs).for_each(|number| options.set(format!("{number:03}"), "x".repeat(value)));
            options.check("greet").map_err(|error| error.kind())
        };
        assert_eq!(of(0, 0), Ok(()));
        assert_eq!(of(PAIRS, 1), Ok(()));
        assert_eq!(of(PAIRS + 1, 1), Err(ErrorKind::Limit));
        assert_eq!(of(1, BYTES - 3), Ok(()));
        assert_eq!(of(1, BYTES - 2), Err(ErrorKind::Limit));
    }
}
