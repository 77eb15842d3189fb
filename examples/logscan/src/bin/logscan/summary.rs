//! What is printed in the end.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use logscan::Record;

use crate::pipeline::Passing;

/// Counts of everything that was read, and more about what the filters kept.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    read: u64,
    unparsable: u64,
    matched: u64,
    /// By the first digit of the status.
    classes: BTreeMap<u16, Class>,
    /// Requests by path.
    paths: HashMap<String, u64>,
}

#[derive(Debug, Default)]
struct Class {
    requests: u64,
    bytes: u64,
}

impl Summary {
    /// Counts a batch that has passed the filters.
    pub(crate) fn count(&mut self, passed: &Passing) {
        self.read += passed.read as u64;
        self.unparsable += passed.unparsable as u64;
        for record in passed.batch.records() {
            self.count_match(record);
        }
    }

    fn count_match(&mut self, record: Record<'_>) {
        self.matched += 1;
        let Some(fields) = record.fields() else {
            self.unparsable += 1;
            return;
        };

        let class = self.classes.entry(fields.status / 100).or_default();
        class.requests += 1;
        class.bytes = class.bytes.saturating_add(fields.bytes.unwrap_or_default());

        // Not `entry`, which would copy the path of every request.
        match self.paths.get_mut(fields.path) {
            Some(requests) => *requests += 1,
            None => drop(self.paths.insert(fields.path.to_owned(), 1)),
        }
    }

    /// The ten most requested paths, and of equals those that come first in the alphabet.
    fn top_paths(&self) -> Vec<(&str, u64)> {
        let mut paths: Vec<_> = self.paths.iter().map(|(path, requests)| (&**path, *requests)).collect();
        paths.sort_unstable_by_key(|(path, requests)| (Reverse(*requests), *path));
        paths.truncate(10);
        paths
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lines read       {:>10}", self.read)?;
        writeln!(f, "lines matched    {:>10}", self.matched)?;
        writeln!(f, "lines unparsable {:>10}", self.unparsable)?;
        if !self.classes.is_empty() {
            writeln!(f, "\nstatus   requests           bytes")?;
        }
        for (class, Class { requests, bytes }) in &self.classes {
            writeln!(f, "{class}xx    {requests:>10} {bytes:>15}")?;
        }
        if !self.paths.is_empty() {
            writeln!(f, "\n  requests  path")?;
        }
        for (path, requests) in self.top_paths() {
            // Strangers chose it, and this may be a terminal.
            writeln!(f, "{requests:>10}  {}", path.replace(char::is_control, "\u{fffd}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use logscan::Batch;

    use super::*;

    fn passed(text: String) -> Passing {
        Passing::from(Batch::from(text))
    }

    fn line(path: &str, status: u16, bytes: &str) -> String {
        format!("192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET {path} HTTP/1.1\" {status} {bytes} \"-\" \"-\"\n")
    }

    #[test]
    fn what_was_read_and_what_was_kept_are_counted_apart() {
        let mut summary = Summary::default();
        let kept = passed("junk\n".to_owned() + &line("/b", 404, "7") + &line("/a", 404, "-"));
        summary.count(&Passing { read: 5, unparsable: 1, ..kept });
        assert_eq!(
            summary.to_string(),
            "\
lines read                5
lines matched             3
lines unparsable          2

status   requests           bytes
4xx             2               7

  requests  path
         1  /a
         1  /b
"
        );
    }

    #[test]
    fn of_nothing_there_is_little_to_say() {
        let said = Summary::default().to_string();
        assert_eq!(said.lines().count(), 3, "{said}");
    }

    #[test]
    fn the_top_ten_are_ten_in_a_fixed_order() {
        let mut summary = Summary::default();
        let mut log = String::new();
        for path in 'a'..='l' {
            log += &line(&format!("/{path}"), 200, "1");
        }
        log += &line("/z", 200, "1").repeat(3);
        summary.count(&passed(log));
        let top: Vec<_> = summary.top_paths().into_iter().map(|(path, _)| path).collect();
        assert_eq!(top, ["/z", "/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i"]);
    }

    #[test]
    fn a_path_cannot_speak_to_the_terminal() {
        let mut summary = Summary::default();
        summary.count(&passed(line("/\u{9b}2J", 200, "1")));
        assert!(summary.to_string().contains("/\u{fffd}2J"), "{summary}");
    }
}
