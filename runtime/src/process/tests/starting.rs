//! Starts that succeed, and the sentences of those that do not.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;

use rustix::process::{Resource, Rlimit, geteuid, setrlimit};

use super::*;
use crate::ErrorKind;

const HERE: &str = "process::tests::starting::";

/// The start fails with this sentence, where `{}` stands for the path.
fn check(path: &Path, sentence: &str) {
    let error = launch(path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Spawn);
    assert_eq!(error.to_string(), sentence.replace("{}", &path.display().to_string()));
    assert!(!error.is_transient() && error.is_safe_to_retry());
    assert!(std::error::Error::source(&error).is_some(), "the system's own words are kept");
}

fn output(command: impl Into<Command>) -> String {
    let mut child = Child::new(launch(command).unwrap());
    let mut text = String::new();
    child.stdout.read_to_string(&mut text).unwrap();
    assert_eq!(child.exit().code(), Some(0), "{}", child.exit().report());
    text
}

#[test]
fn a_file_that_is_not_there() {
    let directory = Directory::new();
    check(&directory.path("missing"), "there is no file `{}`");
    directory.write("file", "", 0o755);
    check(&directory.path("file/below"), "there is no file `{}`");
    symlink("nowhere", directory.path("link")).unwrap();
    check(&directory.path("link"), "`{}` is a symbolic link to `nowhere`, which does not exist");
}

#[test]
fn a_file_that_may_not_be_executed() {
    let directory = Directory::new();
    let plain = directory.write("plain", "#!/bin/sh\n", 0o644);
    let owner = geteuid().as_raw();
    check(&plain, &format!("`{{}}` is not executable (mode 0644, owner {owner}): `chmod +x` makes it so"));
    check(&directory.make_directory("directory"), "`{}` is a directory, not a program");
    let script = directory.write("script", format!("#!{}\n", plain.display()), 0o755);
    check(
        &script,
        &format!(
            "`{{}}` (mode 0755, owner {owner}) or its interpreter `{}` may not be executed by this user",
            plain.display()
        ),
    );
}

#[test]
fn a_file_whose_interpreter_or_loader_is_missing() {
    let directory = Directory::new();
    for (line, interpreter) in [("#! /no/python -u", "/no/python"), ("#!/no/sh\r", "/no/sh\\r")] {
        let script = directory.write("script", format!("{line}\necho hi\n"), 0o755);
        let sentence = "`{}` exists, but the interpreter that its first line names is missing";
        check(&script, &format!("{sentence}: `{interpreter}`"));
    }
    let sh = fs::read("/bin/sh").unwrap();
    let loader = sh.windows(9).position(|window| window == b"/ld-linux").expect("sh is linked dynamically");
    let mut moved = sh;
    moved[loader + 1] = b'X';
    let sentence = "`{}` exists, but the loader that it asks for (its dynamic linker) is missing: was it built for another system?";
    check(&directory.write("program", moved, 0o755), sentence);
}

#[test]
fn a_file_that_this_machine_cannot_run() {
    let directory = Directory::new();
    let mut elf = fs::read("/bin/sh").unwrap();
    // The field `e_machine`, little-endian: S/390.
    elf[18..20].copy_from_slice(&[22, 0]);
    let sentence = "`{}` is not a program that this machine can run: ";
    for (content, found) in [
        (elf.as_slice(), "it was built for another machine (S/390)"),
        (b"", "it is empty"),
        (b"MZ\x90\0", "it was built for Windows"),
        (b"\xcf\xfa\xed\xfe\x07", "it was built for macOS"),
        (b"echo hello\n", "it is text without a `#!` line"),
        (b"\xff\xfe\x01\x02\x03", "it starts with [ff, fe, 01, 02]"),
    ] {
        check(&directory.write("program", content, 0o755), &format!("{sentence}{found}"));
    }
}

#[test]
fn a_directory_to_start_in_that_is_not_there() {
    let error = launch(Command::new("sh").current_dir("/no/such/directory")).unwrap_err();
    assert_eq!(error.to_string(), "the directory `/no/such/directory` to start `sh` in does not exist");
}

#[test]
fn arguments_that_are_too_long() {
    let error = launch(Command::new("/bin/sh").arg("x".repeat(4 << 20))).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("`/bin/sh` was not started: its 1 arguments and"), "{text}");
}

#[test]
fn a_file_that_is_still_written_is_tried_again() {
    let directory = Directory::new();
    let program = directory.write("program", fs::read("/bin/true").unwrap(), 0o755);
    let writer = OpenOptions::new().append(true).open(&program).unwrap();
    let mut pending = spawn(program.as_path().into());
    assert!(pending.wait_timeout(Duration::from_millis(20)).is_none(), "it is tried again");
    // Meanwhile others are looked after.
    assert_eq!(sh("exit 3").exit().code(), Some(3));
    drop(writer);
    assert_eq!(Child::new(pending.wait().unwrap()).exit().code(), Some(0));

    let _writer = OpenOptions::new().append(true).open(&program).unwrap();
    let error = launch(program).unwrap_err();
    assert!(error.to_string().ends_with("is still being written: some process has it open for writing"), "{error}");
    assert!(error.is_transient());
}

#[test]
fn a_user_who_may_have_no_more_processes() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root may change to another user");
        return;
    }
    alone(&format!("{HERE}a_user_who_may_have_no_more_processes"), &[], &[], || {
        let nobody = || {
            let mut command = process::Command::new("/bin/cat");
            command.uid(65_534);
            command
        };
        // The system looks at the limit when a process changes its user, before it counts it.
        let first = launch(nobody()).unwrap();
        setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
        let error = launch(nobody()).unwrap_err();
        drop(first);
        assert!(error.to_string().ends_with("this user has as many processes as it may"), "{}", error.report());
        assert!(error.is_transient());
    });
}

#[test]
fn a_plugin_gets_the_chosen_environment_and_no_more() {
    let test = format!("{HERE}a_plugin_gets_the_chosen_environment_and_no_more");
    let host = [("SECRET_TOKEN", "hunter2"), ("LC_ALL", "C"), ("OUTBOARD_TRACE", "trace.log")];
    alone(&test, &[], &host, || {
        let seen = output(Command::new("env").env("MINE", "yes"));
        let has = |variable: &str| seen.lines().any(|line| line == variable);
        assert!(has("MINE=yes") && has("LC_ALL=C") && seen.contains("PATH="), "{seen}");
        assert!(!seen.contains("SECRET_TOKEN") && !seen.contains("OUTBOARD_T"), "{seen}");

        let seen = output(Command::new("env").inherit_env());
        assert!(seen.contains("SECRET_TOKEN=hunter2") && !seen.contains("OUTBOARD_TRACE"), "{seen}");

        let mut theirs = process::Command::new("env");
        theirs.env("MINE", "yes").env_remove("LC_ALL");
        let seen = output(theirs);
        assert!(seen.contains("MINE=yes") && !seen.contains("LC_ALL") && !seen.contains("SECRET"), "{seen}");

        let child = sh("exit 0");
        assert!(child.process.withheld_variables() >= 2);
    });
}

#[test]
fn a_command_of_std_keeps_what_cannot_be_read_back() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root may change to another user");
        return;
    }
    let mut command = process::Command::new("id");
    command.arg("-u").uid(65_534);
    assert_eq!(output(command), "65534\n");
}

#[test]
fn a_plugin_holds_its_three_streams_and_nothing_else() {
    // Descriptors that this process was itself given without close-on-exec are not our doing.
    let given = fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<i32>().ok())
        .filter(|&fd| fd > 2 && !closes_on_exec(fd))
        .count();
    let held = sh("exec sleep 1000");
    // `ls` itself opens the directory.
    assert_eq!(output(Command::new("ls").arg("/proc/self/fd")).lines().count(), 3 + given + 1);
    held.process.kill("the test is over");
}

fn closes_on_exec(fd: i32) -> bool {
    const CLOEXEC: u32 = 0o2_000_000;
    // Gone meanwhile: another test's, which no program inherits.
    let Ok(text) = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")) else { return true };
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
    u32::from_str_radix(flags.trim(), 8).unwrap() & CLOEXEC != 0
}
