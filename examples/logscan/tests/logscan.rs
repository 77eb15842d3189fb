//! The built programs, run as a user runs them.
#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod programs;

use std::fs;

use programs::{LOG, host, logscan, matched, printed, refused, text};

fn lines() -> Vec<String> {
    programs::lines(LOG)
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
    let lines = lines();
    let ninth_is = |wanted: &dyn Fn(&str) -> bool| {
        lines.iter().filter(|line| line.split_ascii_whitespace().nth(8).is_some_and(wanted)).count()
    };
    for status in ["200", "206", "304", "404", "408", "500"] {
        let expected = ninth_is(&|word| word == status);
        assert_eq!(matched(&["--filter", &format!("status={status}"), LOG]), expected, "{status}");
    }
    for class in ["2", "3", "4", "5"] {
        let expected = ninth_is(&|word| word.starts_with(class) && word.len() == 3);
        assert_eq!(matched(&["--filter", &format!("status={class}xx"), LOG]), expected, "{class}");
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
    let input = fs::File::open(LOG).expect("the log is there");
    let output = host(&[LOG, "-", LOG]).stdin(input).output().expect("the host runs");
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
