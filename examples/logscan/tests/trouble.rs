//! What goes wrong with plugins, files and terminals, with real processes.
#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod programs;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use programs::{Folder, LOG, host, logscan, refused, sentence, text};

/// A log of many batches.
fn long_log() -> String {
    (0..20_000).map(|number| format!("line {number} of a log that is longer than one batch\n")).collect()
}

/// Runs `filter` over a long log and gives the sentence; what was exported before must be whole.
fn half_way(filter: &str) -> String {
    let folder = Folder::with(&["jsonl", "poison"]);
    let log = folder.write("long.log", &long_log());
    let output = logscan(&["--plugins", folder.as_str(), "--filter", filter, "--export", "jsonl", &log]);

    let exported = text(&output.stdout);
    assert!(exported.is_empty() || exported.ends_with("}\n"), "{filter}");
    let rows: Vec<serde_json::Value> = exported.lines().map(|row| serde_json::from_str(row).expect("JSON")).collect();
    assert!((1000..20_000).contains(&rows.len()), "{filter}: {}", rows.len());
    for (row, line) in rows.iter().zip(long_log().lines()) {
        assert_eq!(row["line"], line);
    }
    sentence(&output).replace(folder.as_str(), "DIR").replace(" (core dumped)", "")
}

#[test]
fn a_plugin_that_goes_wrong_half_way_is_one_sentence_and_an_export_of_whole_records() {
    for (how, said) in [
        ("abort", "`DIR/logscan-poison` was killed by SIGABRT"),
        ("exit", "`DIR/logscan-poison` exited with code 3"),
        ("kill", "`DIR/logscan-poison` was killed by SIGKILL"),
        ("panic", "the other end stopped the stream: the source of the stream panicked: that was poison"),
        ("fail", "the other end stopped the stream: no luck: two lines \u{fffd}[2J"),
        ("speak", "`DIR/logscan-poison` was killed by SIGABRT (--verbose shows what it wrote)"),
    ] {
        assert_eq!(half_way(&format!("poison={how}:line 19999 ")), format!("filter `poison`: {said}"), "{how}");
    }
    let said = half_way("poison=few:line 19999 ");
    assert!(said.starts_with("filter `poison`: gave 1 answers for "), "{said}");
}

#[test]
fn an_exporter_that_dies_leaves_what_it_had_written() {
    let folder = Folder::with(&["poison"]);
    let log = folder.write("long.log", &(long_log() + "abort the export\n"));
    let output = logscan(&["--plugins", folder.as_str(), "--export", "poison", &log]);
    let said = sentence(&output);
    assert!(said.starts_with("exporter `poison`: ") && said.contains("SIGABRT, with `rows` in flight"), "{said}");
    let exported = text(&output.stdout).strip_prefix("begin\n").expect("its header");
    assert!(long_log().starts_with(exported) && exported.ends_with('\n') && exported.len() > 1000);
}

#[test]
fn a_verbose_failure_has_the_last_words_of_the_plugin() {
    let folder = Folder::with(&["poison"]);
    let output = logscan(&["--verbose", "--plugins", folder.as_str(), "--filter", "poison=speak:a", LOG]);
    let said = text(&output.stderr);
    let told = said.split_once("the last it wrote to stderr was\n").map(|(_, words)| words);
    assert_eq!(told, Some("    first words\n    last words\n"), "{said}");
}

#[test]
fn a_missing_plugin_is_told_with_those_that_are_there() {
    let folder = Folder::with(&["csv", "status"]);
    folder.write("logscan-notes", "no program");
    for role in ["--filter", "--export"] {
        let said = refused(&["--plugins", folder.as_str(), role, "geo=x", LOG]).replace(folder.as_str(), "DIR");
        assert_eq!(said, "there is no plugin `geo` in `DIR`: there is csv, status");
    }
}

#[test]
fn a_plugin_of_another_generation_is_told_as_such() {
    let folder = Folder::with(&["future"]);
    let said = refused(&["--plugins", folder.as_str(), "--filter", "future", LOG]).replace(folder.as_str(), "DIR");
    assert_eq!(
        said,
        "filter `future`: `DIR/logscan-future` is not the plugin that is wanted: the plugin implements `logscan-filter` \
         version 4 and works with 3 to 4; this program was built for version 2 and works with 2 only: this program is too old"
    );
}

#[test]
fn a_plugin_for_another_role_is_told_as_such() {
    let folder = Folder::with(&["status"]);
    let said = refused(&["--plugins", folder.as_str(), "--export", "status", LOG]).replace(folder.as_str(), "DIR");
    assert!(said.starts_with("exporter `status`: `DIR/logscan-status` is not the plugin that is wanted: "), "{said}");
    assert!(said.contains("`logscan-exporter`") && said.contains("`logscan-filter`"), "{said}");
}

#[test]
fn a_program_that_is_no_plugin_is_told_as_such() {
    let folder = Folder::with(&[]);
    for (words, said) in [
        (
            "echo 'Usage: foo [OPTIONS]'",
            "wrote `Usage: foo [OPTIONS]` instead of an Outboard handshake and ended; is it a plugin?",
        ),
        ("exit 3", "exited with code 3 before the handshake; is it a plugin?"),
        (
            "echo 'cannot find libfoo.so' >&2; exit 127",
            "exited with code 127 before the handshake; is it a plugin? (--verbose shows what it wrote)",
        ),
    ] {
        folder.script("logscan-foo", words);
        let told = refused(&["--plugins", folder.as_str(), "--filter", "foo", LOG]).replace(folder.as_str(), "DIR");
        assert_eq!(told, format!("filter `foo`: `DIR/logscan-foo` {said}"), "{words}");
    }
}

/// A pipe whose end a plugin holds as long as it lives.
struct Held {
    folder: Folder,
    plugin: String,
}

impl Held {
    fn new() -> Self {
        let folder = Folder::with(&["jsonl", "poison"]);
        let pipe = folder.path("held");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        let plugin = format!("poison=hold:{}", pipe.display());
        Self { folder, plugin }
    }

    fn host(&self, arguments: &[&str]) -> Command {
        let mut host = host(&["--plugins", self.folder.as_str(), "--filter", &self.plugin]);
        host.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        host
    }

    /// Waits until the plugin has started, and gives what ends when it does.
    fn started(&self) -> File {
        File::open(self.folder.path("held")).expect("the pipe")
    }
}

/// What the host said, once it has ended.
fn stderr(host: &mut Child) -> String {
    let mut said = String::new();
    host.stderr.take().expect("it is piped").read_to_string(&mut said).expect("it is text");
    said
}

#[test]
fn a_host_that_is_ended_leaves_no_plugin_behind() {
    let held = Held::new();
    let mut host = held.host(&["-"]).stdin(Stdio::piped()).spawn().expect("the host runs");
    let mut plugin = held.started();
    // Not SIGINT: what is started in the background of a script inherits that it is ignored.
    let kill = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &host.id().to_string()]).status();
    assert!(kill.expect("a shell runs").success());
    // Its input stays open: it is the signal that ends it.
    let input = host.stdin.take();
    assert_eq!(host.wait().expect("it ends").signal(), Some(15));
    assert_eq!(plugin.read(&mut [0]).expect("readable"), 0, "the plugin has ended");
    drop(input);
}

#[test]
fn whoever_has_read_enough_ends_host_and_plugins_in_silence() {
    let held = Held::new();
    let log = held.folder.write("long.log", &long_log());
    let mut host = held.host(&["--export", "jsonl", &log]).spawn().expect("the host runs");
    let mut plugin = held.started();
    let mut first = String::new();
    BufReader::new(host.stdout.take().expect("it is piped")).read_line(&mut first).expect("a line");
    assert!(first.contains("line 0 of a log"), "{first}");
    assert_eq!(stderr(&mut host), "");
    assert_eq!(host.wait().expect("it ends").code(), Some(0));
    assert_eq!(plugin.read(&mut [0]).expect("readable"), 0, "the plugin has ended");
}

#[test]
fn the_end_of_the_log_is_the_end_of_the_plugins() {
    let held = Held::new();
    let mut host = held.host(&[LOG]).spawn().expect("the host runs");
    let mut plugin = held.started();
    assert_eq!(stderr(&mut host), "");
    assert_eq!(host.wait().expect("it ends").code(), Some(0));
    assert_eq!(plugin.read(&mut [0]).expect("readable"), 0, "the plugin has ended");
}

#[test]
fn a_failure_is_told_while_the_input_is_still_open() {
    let folder = Folder::with(&["poison"]);
    let mut host = host(&["--plugins", folder.as_str(), "--filter", "poison=abort:line 0 ", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the host runs");
    let mut input = host.stdin.take().expect("it is piped");
    // The host may end before it has read all of it.
    let _ = input.write_all(long_log().as_bytes());
    let said = stderr(&mut host);
    assert_eq!(host.wait().expect("it ends").code(), Some(2));
    assert!(said.starts_with("logscan: filter `poison`: ") && said.contains("SIGABRT"), "{said}");
    drop(input);
}

#[test]
fn a_file_that_turns_out_unreadable_leaves_an_export_of_what_came_before() {
    let folder = Folder::with(&["jsonl"]);
    let output = logscan(&["--plugins", folder.as_str(), "--export", "jsonl", LOG, folder.as_str()]);
    let said = sentence(&output).replace(folder.as_str(), "DIR");
    assert_eq!(said, "cannot read `DIR`: Is a directory (os error 21)");
    assert_eq!(text(&output.stdout).lines().count(), 407);
}
