//! The same questions to `logscan` and to tools that everybody trusts.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod programs;

use std::process::Command;

use programs::{Folder, LOG, lines, matched, printed, text};

/// What a tool prints; `None`, with a notice, on a machine without it.
fn asked(tool: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(tool).env("LC_ALL", "C.UTF-8").args(arguments).output() {
        Ok(output) => {
            assert_eq!(text(&output.stderr), "", "{tool} {arguments:?}");
            Some(text(&output.stdout).trim().to_owned())
        }
        Err(error) => {
            eprintln!("not run: {tool}: {error}");
            None
        }
    }
}

/// A log of other shapes than the shipped one has.
fn other_log() -> String {
    let mut state = 7_u64;
    let mut pick = move |from: &[&'static str]| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from[usize::try_from(state >> 33).expect("31 bits") % from.len()]
    };
    let mut log = String::new();
    for number in 0..5000 {
        let host = pick(&["192.0.2.7", "2001:db8::1", "::1", "office.example.com", "fe80::1%eth0"]);
        let user = pick(&["-", "ada", "ada lovelace", "m\u{fc}ller", "\"\"", "o[2]"]);
        let request = pick(&[
            "GET / HTTP/1.1",
            "POST /form?status=404 HTTP/2.0",
            "PROPFIND /404/ HTTP/1.0",
            "GET /a b HTTP/1.1",
            "GET /a\tb HTTP/1.1",
            r#"GET /\"404\" HTTP/3"#,
            "GET /\u{fc}ber HTTP/1.1",
            "-",
            "",
        ]);
        let status = pick(&["200", "404", "404", "500", "301", "304", "206", "999", "099", "-"]);
        let bytes = pick(&["404", "200", "-", "0", "5123456789", "12345678901234567890123"]);
        // To `awk` the ninth word of such a line is its length, which no count of statuses should have.
        let bytes = if request.len() < 2 && user.contains(' ') { "-" } else { bytes };
        let referrer = pick(&["-", "https://example.com/404", r#"say \"404\" "#, ""]);
        let agent = pick(&["-", "Mozilla/5.0 (X11; 404)", r"ends with \\", r#"\"bot\""#, "\u{1f680}"]);
        let date = format!("{:02}/Feb/2026:10:05:{:02} +0000", number % 28 + 1, number % 60);
        let front = format!(r#"{host} - {user} [{date}] "{request}" {status} {bytes}"#);
        log += &match number % 11 {
            0 => front + "\n",
            1 => format!("{front} \"{referrer}\" \"{agent}\n"),
            2 => format!("{front} \"{referrer}\" \"{agent}\" 404 \"more\"\n"),
            3 => format!("{front} \"{referrer}\" \"{agent}\"\r\n"),
            _ => format!("{front} \"{referrer}\" \"{agent}\"\n"),
        };
    }
    log + "a line of words, of which the ninth is no number\n\ncut"
}

/// What `awk` calls `$9`.
fn ninth_word(line: &str) -> Option<&str> {
    line.split([' ', '\t']).filter(|word| !word.is_empty()).nth(8)
}

fn check(log: &str) {
    for status in ["200", "206", "301", "304", "404", "408", "500", "999"] {
        let ninth = lines(log).iter().filter(|line| ninth_word(line) == Some(status)).count();
        let found = matched(&["--filter", &format!("status={status}"), log]);
        assert_eq!(found, ninth, "{status}");
        let Some(awk) = asked("awk", &[&format!("$9 == {status} {{ n++ }} END {{ print n + 0 }}"), log]) else {
            continue;
        };
        assert_eq!(found.to_string(), awk, "{status}");
    }
    for pattern in ["bot", "404", "^2001:", r#"\\""#, r#"HTTP/[12]\.[01]" (404|500) "#, "^$", ".", "\u{fc}", "[^ ]{20}"]
    {
        let found = matched(&["--filter", &format!("regex={pattern}"), log]);
        let Some(grep) = asked("grep", &["-acE", "--", pattern, log]) else { continue };
        assert_eq!(found.to_string(), grep, "{pattern}");
    }
}

#[test]
fn the_shipped_log_is_counted_as_awk_and_grep_count() {
    check(LOG);
}

#[test]
fn a_log_of_other_shapes_is_counted_as_awk_and_grep_count() {
    let folder = Folder::with(&[]);
    check(&folder.write("other.log", &other_log()));
}

/// Reads both exports, compares their rows and says how many there are, in all and of 404.
const READ: &str = r#"
import csv, json, sys
csv.field_size_limit(1 << 30)
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")))
objects = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8", newline="\n")]
assert rows == [{name: "" if value is None else str(value) for name, value in one.items()} for one in objects]
print(len(rows), sum(one["status"] == 404 for one in objects), sum(one["bytes"] or 0 for one in objects))
"#;

fn check_exports(log: &str) {
    let folder = Folder::with(&[]);
    let path = |name| folder.path(name).display().to_string();
    let (csv, jsonl) = (path("export.csv"), path("export.jsonl"));
    printed(&["--export", &format!("csv={csv}"), log]);
    printed(&["--export", &format!("jsonl={jsonl}"), log]);
    let Some(read) = asked("python3", &["-c", READ, &csv, &jsonl]) else { return };

    let lines = lines(log);
    let fields: Vec<_> = lines.iter().filter_map(|line| logscan::Fields::parse(line)).collect();
    let missing = fields.iter().filter(|fields| fields.status == 404).count();
    let bytes: u64 = fields.iter().filter_map(|fields| fields.bytes).sum();
    assert!(missing > 0);
    assert_eq!(read, format!("{} {missing} {bytes}", lines.len()));
}

#[test]
fn python_reads_the_same_rows_from_both_exports() {
    check_exports(LOG);
    let folder = Folder::with(&[]);
    check_exports(&folder.write("other.log", &other_log()));
}
