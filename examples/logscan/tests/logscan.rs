//! The built programs, run as a user runs them.
#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// 407 lines, among them the odd ones that real logs have.
const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/logs/access.log");

fn logscan(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_logscan")).args(arguments).output().expect("the host runs")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("it is text")
}

/// What is printed if all goes well, and nothing beside it.
fn printed(arguments: &[&str]) -> String {
    let output = logscan(arguments);
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    assert!(output.status.success(), "{arguments:?}: {}", output.status);
    text(&output.stdout).to_owned()
}

/// The one sentence about what went wrong.
fn refused(arguments: &[&str]) -> String {
    let output = logscan(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    let said = text(&output.stderr);
    let sentence = said.strip_prefix("logscan: ").and_then(|said| said.strip_suffix('\n'));
    let sentence = sentence.unwrap_or_else(|| panic!("{arguments:?} said {said:?}"));
    assert!(!sentence.contains('\n'), "{arguments:?} said {said:?}");
    sentence.to_owned()
}

fn matched(arguments: &[&str]) -> usize {
    let summary = printed(arguments);
    let count = summary.lines().find_map(|line| line.strip_prefix("lines matched")).expect("the line");
    count.trim().parse().expect("a number")
}

/// The lines of the log as records have them.
fn lines() -> Vec<String> {
    let log = fs::read(LOG).expect("the log is there");
    String::from_utf8_lossy(&log).lines().map(str::to_owned).collect()
}

#[test]
fn without_filters_the_summary_is_of_everything() {
    assert_eq!(
        printed(&[LOG]),
        "\
lines read              407
lines matched           407
lines unparsable         10

status   requests           bytes
2xx           282        16733866
3xx            60            1864
4xx            48           11277
5xx             7            2216

  requests  path
        29  /assets/style.css
        27  /blog/pipes-and-processes/
        26  /favicon.ico
        26  /feed.xml
        25  /blog/
        19  /
        19  /assets/site.js
        17  /images/logo.svg
        14  /blog/reading-other-peoples-code/
        14  /robots.txt
"
    );
}

#[test]
fn a_status_is_what_awk_calls_the_ninth_word() {
    let well_formed: Vec<_> = lines().into_iter().filter(|line| logscan::Fields::parse(line).is_some()).collect();
    let ninth_is = |wanted: &dyn Fn(&str) -> bool| {
        well_formed.iter().filter(|line| line.split_ascii_whitespace().nth(8).is_some_and(wanted)).count()
    };
    for status in ["200", "206", "304", "404", "408", "500"] {
        let expected = ninth_is(&|word| word == status);
        assert_eq!(matched(&["--filter", &format!("status={status}"), LOG]), expected, "{status}");
    }
    for class in ["2", "3", "4", "5"] {
        let expected = ninth_is(&|word| word.starts_with(class));
        assert_eq!(matched(&["--filter", &format!("status={class}xx"), LOG]), expected, "{class}");
    }
}

#[test]
fn a_pattern_counts_what_grep_counts() {
    for pattern in ["bot", "^2001:", r#"\\""#, r#"HTTP/1\.[01]" (404|500) "#, "^$", ".", "é", "[^ ]{200}", "caf"] {
        let grep = Command::new("grep").env("LC_ALL", "C.UTF-8").args(["-acE", "--", pattern, LOG]).output();
        let expected: usize = text(&grep.expect("grep runs").stdout).trim().parse().expect("a number");
        assert_eq!(matched(&["--filter", &format!("regex={pattern}"), LOG]), expected, "{pattern}");
    }
}

#[test]
fn a_filter_sees_what_the_one_before_it_kept() {
    let filters = ["--filter", "status=4xx", "--filter", "regex=wp-login", "--filter", "status=404"];
    let expected = lines().iter().filter(|line| line.contains("wp-login")).count();
    assert!(expected > 0);
    assert_eq!(matched(&[&filters[..], &[LOG]].concat()), expected);
}

#[test]
fn standard_input_and_several_files_are_one_log() {
    let mut host = Command::new(env!("CARGO_BIN_EXE_logscan"));
    host.args([LOG, "-", LOG]).stdin(fs::File::open(LOG).expect("the log is there"));
    let output = host.output().expect("the host runs");
    assert!(text(&output.stdout).starts_with("lines read             1221\n"));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn json_lines_have_every_line_and_its_fields() {
    let output = logscan(&["--export", "jsonl", LOG]);
    assert!(output.status.success());
    assert!(text(&output.stderr).starts_with("lines read              407\n"), "the summary makes way");

    let rows = text(&output.stdout).lines().map(|row| serde_json::from_str(row).expect("JSON"));
    let rows: Vec<serde_json::Value> = rows.collect();
    assert_eq!(rows.iter().filter_map(|row| row["line"].as_str()).collect::<Vec<_>>(), lines());
    for row in &rows {
        let fields = logscan::Fields::parse(row["line"].as_str().expect("a line"));
        assert_eq!(row["status"].as_u64(), fields.map(|fields| fields.status.into()));
        assert_eq!(row["bytes"].as_u64(), fields.and_then(|fields| fields.bytes));
        assert_eq!(row["agent"].as_str(), fields.map(|fields| fields.agent));
    }
}

#[test]
fn comma_separated_values_have_every_line_and_its_fields() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("export.csv");
    printed(&["--export", &format!("csv={}", path.display()), LOG]);

    let mut reader = csv::Reader::from_path(&path).expect("the export");
    assert_eq!(reader.headers().expect("a header"), logscan::Row::COLUMNS.as_slice());
    let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.iter().filter_map(|row| row.get(11)).collect::<Vec<_>>(), lines());
    for row in &rows {
        let fields = logscan::Fields::parse(&row[11]);
        assert_eq!(&row[0], fields.map_or("", |fields| fields.host));
        assert_eq!(row[7], fields.map_or(String::new(), |fields| fields.status.to_string()));
        assert_eq!(&row[10], fields.map_or("", |fields| fields.agent));
    }
}

#[test]
fn an_export_of_nothing_is_a_header() {
    let output = logscan(&["--filter", "regex=no such line", "--export", "csv", LOG]);
    assert_eq!(text(&output.stdout), logscan::Row::COLUMNS.join(",") + "\n");
}

#[test]
fn a_missing_plugin_is_told_with_those_that_are_there() {
    for role in ["--filter", "--export"] {
        let said = refused(&[role, "geo=x", LOG]);
        assert!(said.starts_with("there is no plugin `geo` in `"), "{said}");
        assert!(said.ends_with("`: there is csv, jsonl, regex, status"), "{said}");
    }
}

#[test]
fn an_argument_without_sense_is_told_by_the_filter() {
    assert_eq!(refused(&["--filter", "regex=(", LOG]), "filter `regex`: unclosed group");
    assert_eq!(refused(&["--filter", "status=4x4", LOG]), "filter `status`: say which, as in `404` or `5xx`");
}

#[test]
fn a_bad_argument_leaves_an_earlier_export_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("export.csv");
    fs::write(&path, "precious").expect("a file");
    refused(&["--filter", "regex=(", "--export", &format!("csv={}", path.display()), LOG]);
    assert_eq!(fs::read_to_string(&path).expect("the file"), "precious");
}

#[test]
fn an_unreadable_file_is_named_before_anything_is_exported() {
    let said = refused(&["--export", "csv", LOG, "no-such.log"]);
    assert!(said.starts_with("cannot read `no-such.log`: "), "{said}");
    let said = refused(&[env!("CARGO_MANIFEST_DIR")]);
    assert!(said.ends_with("/logscan`: Is a directory (os error 21)"), "{said}");
}

/// A directory with the plugins and one more, which crashes.
fn plugins_and_poison() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let beside = Path::new(env!("CARGO_BIN_EXE_logscan")).parent().expect("a directory");
    let link = |program: PathBuf| {
        let name = program.file_name().expect("a name").to_owned();
        symlink(program, directory.path().join(name)).expect("a link");
    };
    link(beside.join("logscan-jsonl"));
    link(beside.join("examples/logscan-poison"));
    directory
}

#[test]
fn a_plugin_that_crashes_half_way_leaves_an_export_of_whole_records() {
    let plugins = plugins_and_poison();
    let mut log = String::new();
    for number in 0..20_000 {
        log += &format!("line {number} of a log that is longer than one batch\n");
    }
    let path = plugins.path().join("long.log");
    fs::write(&path, &log).expect("a file");

    let mut host = Command::new(env!("CARGO_BIN_EXE_logscan"));
    host.arg("--plugins").arg(plugins.path()).args(["--filter", "poison=line 19999 ", "--export", "jsonl"]).arg(&path);
    let output = host.stdin(Stdio::null()).output().expect("the host runs");

    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.starts_with("logscan: filter `poison`: "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");

    let exported = text(&output.stdout);
    assert!(exported.ends_with("}\n"));
    let rows = exported.lines().map(|row| serde_json::from_str(row).expect("JSON"));
    let rows: Vec<serde_json::Value> = rows.collect();
    assert!(rows.len() > 1000);
    for (row, line) in rows.iter().zip(log.lines()) {
        assert_eq!(row["line"], line);
    }
}
