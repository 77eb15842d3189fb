//! A plugin that does one thing wrong, and a host that survives it.
//!
//! Every fault runs in a host process of its own, which counts what the fault left behind and then
//! uses a healthy plugin. `row` is the row of the fault table that a test covers.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::process::{Child, Command, Stdio};

use outboard_e2e::report::Faulted;

const FAULTY: &str = env!("CARGO_BIN_EXE_faulty");
const ZOO: &str = env!("CARGO_BIN_EXE_zoo");

/// What becomes of a fault.
struct Fault<'f> {
    /// The program and its arguments.
    command: &'f [&'f str],
    /// The method that the host calls.
    method: &'f str,
    /// How long the handshake may take, in milliseconds.
    handshake: u64,
    /// The error's kind, and what its report says. No kind: there is no error.
    kind: &'f str,
    words: &'f [&'f str],
    /// The value of the first call.
    value: Option<&'f str>,
    /// The plugin lives on and answers the next call.
    lives: bool,
    /// A host on threads may find it at its next call: between calls nobody reads there.
    late: bool,
    /// From the launch to the error, in milliseconds.
    within: u64,
    /// The host's memory, in MiB.
    memory: u64,
}

const FAULT: Fault<'_> = Fault {
    command: &[],
    method: "echo",
    handshake: 10_000,
    kind: "",
    words: &[],
    value: None,
    lives: false,
    late: false,
    within: 1_500,
    memory: 64,
};

/// A program that is no plugin.
const GREETING: Fault<'_> = Fault { kind: "Handshake", method: "nothing", ..FAULT };
/// A plugin that breaks the protocol.
const VIOLATION: Fault<'_> = Fault { kind: "Disconnected", ..FAULT };

#[track_caller]
fn faulty(fault: &str, expected: Fault<'_>) -> Faulted {
    check(Fault { command: &[FAULTY, "--fault", fault], ..expected })
}

/// Every fault is survived by a host on tokio and by one without a runtime, with the same error.
/// Gives what the quicker of them reports.
#[track_caller]
fn check(expected: Fault<'_>) -> Faulted {
    let [tasks, threads] = [&[][..], &["threads"]].map(|kind| start(kind, &expected));
    let tasks = check_one("on tokio", tasks, &expected);
    let threads = check_one("on threads", threads, &expected);
    if tasks.milliseconds < threads.milliseconds { tasks } else { threads }
}

fn start(kind: &[&str], expected: &Fault<'_>) -> Child {
    let mut host = Command::new(env!("CARGO_BIN_EXE_host"));
    host.args(kind).args(["fault", &expected.handshake.to_string(), expected.method, ZOO]).args(expected.command);
    host.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the host runs")
}

#[track_caller]
fn check_one(kind: &str, host: Child, expected: &Fault<'_>) -> Faulted {
    let output = host.wait_with_output().expect("the host runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the host {kind} ended with {}: {stderr}", output.status);
    let mut faulted: Faulted = serde_json::from_slice(&output.stdout).expect("a report");
    if expected.late && kind == "on threads" && faulted.error.is_none() {
        faulted.error = faulted.error_afterwards.take();
        faulted.milliseconds = 0;
    }
    let error = faulted.error.clone().unwrap_or_default();
    assert_eq!(error.kind, expected.kind, "{kind}: {faulted:#?}");
    for words in expected.words {
        assert!(error.report.contains(words), "{kind}: {words:?} is not in {:?}", error.report);
    }
    assert!(!error.report.contains('\x1b'), "{kind}: {:?}", error.report);
    assert_eq!(faulted.value.as_deref(), expected.value, "{kind}: {faulted:#?}");
    assert_eq!(faulted.afterwards.as_deref(), expected.lives.then_some("later"), "{kind}: {faulted:#?}");
    assert!(faulted.milliseconds <= expected.within, "{kind}: {faulted:#?}");
    assert!(faulted.left_over.is_empty(), "{kind}: {faulted:#?}");
    assert!(faulted.peak_memory <= expected.memory, "{kind}: {faulted:#?}");
    faulted
}

// ---- before the handshake ----

#[test]
fn a_program_that_writes_nothing_is_killed_at_the_deadline() {
    // row 18
    let words = ["did not finish the handshake within 300ms", "it wrote nothing to stderr"];
    let faulted = faulty("silent", Fault { handshake: 300, words: &words, ..GREETING });
    assert!(faulted.milliseconds >= 300);
}

#[test]
fn a_program_that_prints_and_ends_is_quoted() {
    // row 17
    let words = ["wrote `Usage: hello [OPTIONS]\\n\\u{1b}[31mred` instead of an Outboard handshake", "is it a plugin?"];
    faulty("banner-then-exit", Fault { words: &words, ..GREETING });
}

#[test]
fn a_program_that_prints_and_hangs_is_quoted_at_the_deadline() {
    // rows 17, 18
    let words = ["within 300ms", "Last login: Monday"];
    faulty("banner-then-hang", Fault { handshake: 300, words: &words, ..GREETING });
}

#[test]
fn a_program_that_prints_without_end_is_stopped_at_the_bound() {
    // rows 17, 71
    faulty("banner-of-100k", Fault { words: &["wrote `all work and no play\\nall", "…`", "instead of"], ..GREETING });
}

#[test]
fn a_hello_that_trickles_is_stopped_at_the_deadline() {
    // row 19
    let words = ["did not finish the handshake within 400ms"];
    let faulted = faulty("slow-loris", Fault { handshake: 400, words: &words, ..GREETING });
    assert!(faulted.milliseconds >= 400);
}

#[test]
fn half_a_hello_is_not_enough() {
    // row 20
    faulty("half-hello", Fault { words: &["ended in the middle of its hello"], ..GREETING });
}

#[test]
fn a_hello_of_four_gibibytes_is_refused_unread() {
    // row 21
    let words = ["announced a hello of 4294967295 bytes; the limit is 65536"];
    faulty("hello-of-4-gib", Fault { words: &words, ..GREETING });
}

#[test]
fn a_hello_that_is_no_json_is_refused() {
    faulty("hello-is-no-json", Fault { words: &["sent a hello that is not understood"], ..GREETING });
}

#[test]
fn another_protocol_names_both_versions_and_who_is_older() {
    // row 22
    let words = ["speaks versions [7, 8]", "outboard 9.1", "speaks version 1", "this side needs a newer `outboard`"];
    faulty("other-protocol", Fault { words: &words, ..GREETING });
}

#[test]
fn what_is_required_and_unknown_is_named() {
    // row 26
    faulty("requires-more", Fault { words: &["requires what this side does not know: `teleport`"], ..GREETING });
}

#[test]
fn what_is_unknown_and_not_required_is_ignored() {
    // row 26: its hello announces a feature and has a field that nobody knows.
    faulty("well-behaved", Fault { value: Some("fine"), lives: true, within: 5_000, ..FAULT });
}

#[test]
fn limits_without_room_for_a_call_are_refused() {
    faulty("limits-of-nothing", Fault { words: &["its limits leave no room for a call"], ..GREETING });
}

#[test]
fn a_plugin_of_another_interface_is_named_with_what_it_serves() {
    // row 23
    faulty("serves-another", Fault { words: &["does not serve `Zoo`; it serves `Aviary` version 4"], ..GREETING });
    faulty("serves-nothing", Fault { words: &["does not serve `Zoo`; it serves nothing"], ..GREETING });
}

#[test]
fn a_program_that_echoes_is_found_out() {
    // row 27
    check(Fault { command: &["/bin/cat"], words: &["`/bin/cat` sends back what is written to it"], ..GREETING });
    faulty("echo", Fault { words: &["sends back what is written to it; is it a plugin?"], ..GREETING });
}

#[test]
fn a_program_that_ends_before_the_handshake_is_reported_at_once() {
    // row 16
    let words =
        ["exited with code 3 before the handshake", "error: no licence found\n", "\\u{1b}[2J", "were not passed on"];
    faulty("exits-at-once", Fault { words: &words, ..GREETING });
    faulty("exits-in-silence", Fault { words: &["exited with code 0", "it wrote nothing to stderr"], ..GREETING });
    faulty("dies-at-once", Fault { words: &["was killed by SIGILL"], ..GREETING });
}

#[test]
fn a_call_before_the_hello_is_no_handshake() {
    // row 25
    faulty("calls-too-early", Fault { handshake: 300, words: &["handshake"], ..GREETING });
}

#[test]
fn text_before_the_handshake_is_survived_up_to_a_bound() {
    // rows 17, 69
    faulty("text-of-4k", Fault { value: Some("fine"), lives: true, within: 5_000, ..FAULT });
    faulty("text-of-100k", Fault { words: &["wrote `loading ........\\nloading"], ..GREETING });
}

// ---- frames ----

#[test]
fn frames_that_break_the_protocol_end_the_connection_with_the_reason() {
    for (fault, words) in [
        // row 51
        ("unknown-kind", "sent a frame of unknown kind 0x7f"),
        // row 49
        ("frame-of-4-gib", "announced a frame of 4294967295 bytes; the limit is 65536"),
        ("reserved-flags", "set reserved flags of a frame (0x80)"),
        ("reserved-codec", "set reserved flags of a frame (0x03)"),
        ("bad-extension", "sent a malformed extension block"),
        // row 53
        ("reply-to-nobody", "replied to call 999, which nobody made"),
        ("reply-to-zero", "replied to call 0, which nobody made"),
        ("bad-system-error", "sent a malformed system-error notice"),
        ("bad-goodbye", "sent a malformed goodbye notice"),
        ("payload-in-a-ping", "sent a payload with a frame of kind 0x30, which has none"),
        ("ping-in-chunks", "cut a frame of kind 0x30, which never comes in chunks"),
        ("cancel-of-no-call", "cancelled call 5, which it had not made"),
        ("mixed-chunks", "mixed the chunks of two messages of call 1"),
    ] {
        let words = ["broke the protocol: it ", words, ", with `echo` in flight"];
        faulty(fault, Fault { words: &words, ..VIOLATION });
    }
}

#[test]
fn text_or_a_hello_in_place_of_frames_ends_the_connection() {
    // rows 28, 71
    for fault in ["two-hellos", "prints"] {
        faulty(
            fault,
            Fault { method: "never", words: &["broke the protocol: it set reserved flags of a frame"], ..VIOLATION },
        );
    }
}

#[test]
fn a_second_reply_ends_the_connection_after_the_first_was_delivered() {
    // row 54
    let words = ["broke the protocol: it replied a second time to call 1"];
    faulty("two-replies", Fault { value: Some("once"), words: &words, late: true, ..VIOLATION });
}

#[test]
fn what_a_newer_peer_may_send_is_skipped() {
    // rows 26, 51, 52
    for fault in ["unknown-kind-ignorable", "unknown-extension", "calls-what-is-not-there"] {
        faulty(fault, Fault { value: Some("fine"), lives: true, within: 5_000, ..FAULT });
    }
    let words = ["`echo` failed: \\u{1b}[2Jzzz"];
    faulty("unknown-system-error", Fault { kind: "Remote", words: &words, lives: true, ..FAULT });
}

#[test]
fn a_message_beyond_the_limit_is_not_collected() {
    let words = ["sent a message longer than the limit of 67108864 bytes"];
    faulty("endless-message", Fault { words: &words, within: 5_000, memory: 200, ..VIOLATION });
}

#[test]
fn a_frame_that_is_cut_off_is_the_end() {
    // row 47
    let words = ["exited with code 0", "in the middle of a frame", "`echo` in flight"];
    faulty("half-a-frame", Fault { words: &words, ..VIOLATION });
}

// ---- values ----

#[test]
fn a_reply_that_is_not_what_the_interface_says_fails_its_call_alone() {
    // rows 55, 62, 63
    for fault in ["trailing-bytes", "no-utf8", "too-short", "claims-2-to-the-60-bytes"] {
        let words = ["the value returned of `echo` is not understood"];
        faulty(fault, Fault { kind: "Decode", words: &words, lives: true, ..FAULT });
    }
}

#[test]
fn a_value_that_would_exhaust_the_host_is_refused() {
    // rows 59, 60, 61
    for (fault, method, words, memory) in [
        ("nests-100000-deep", "nest", "nest", 64),
        ("grows-a-thousandfold", "sparse", "`sparse`", 64 + 256 + 64),
        ("2-to-the-60-nothings", "nothings", "`nothings`", 64),
    ] {
        let expected = Fault { kind: "Decode", method, words: &[words, "limit"], lives: true, ..FAULT };
        faulty(fault, Fault { within: 10_000, memory, ..expected });
    }
}

// ---- pipes ----

#[test]
fn a_plugin_that_closes_its_stdout_is_killed() {
    // row 77
    let words = ["was killed by SIGKILL because it closed its stdout and went on running", "`echo` in flight"];
    faulty("closes-stdout", Fault { words: &words, ..VIOLATION });
}

#[test]
fn a_plugin_that_closes_its_stdin_is_killed_at_the_next_call() {
    // row 78
    let faulted = faulty("closes-stdin", Fault { value: Some("fine"), within: 5_000, ..FAULT });
    let error = faulted.error_afterwards.expect("an error");
    assert_eq!(error.kind, "Disconnected");
    assert!(error.report.contains("was killed by SIGKILL because its pipes failed"), "{error:?}");
}

// ---- ends ----

#[test]
fn a_crash_names_the_signal_and_the_last_words() {
    // row 31
    faulty("crashes", Fault { words: &["was killed by SIGILL", "`echo` in flight", "about to fall"], ..VIOLATION });
    check(Fault {
        command: &[ZOO],
        method: "abort",
        words: &["was killed by SIGABRT", "`abort` in flight"],
        ..VIOLATION
    });
}

#[test]
fn an_exit_with_success_in_the_middle_of_a_call_is_a_crash() {
    // row 31
    faulty("exits-with-0", Fault { words: &["exited with code 0, with `echo` in flight"], ..VIOLATION });
    check(Fault {
        command: &[ZOO],
        method: "exit",
        words: &["exited with code 0, with `exit` in flight"],
        ..VIOLATION
    });
}

#[test]
fn a_goodbye_with_a_reason_is_passed_on_escaped() {
    faulty("says-goodbye", Fault { words: &["ended and said: I am\\ntired", "`echo` in flight"], ..VIOLATION });
}

#[test]
fn children_of_a_dead_plugin_end_with_it() {
    // rows 85, 86
    faulty("leaves-a-child-and-exits", Fault { words: &["exited with code 0"], ..VIOLATION });
}

#[test]
fn a_daemon_that_holds_the_pipes_does_not_hold_up_the_error() {
    // rows 85, 87: it is outside of the group and lives on; its end is waited for here.
    let fault = Fault { words: &["exited with code 0"], within: 1_000, ..VIOLATION };
    faulty("leaves-a-daemon-and-exits", fault);
}

#[test]
fn a_stopped_plugin_is_killed_on_shutdown() {
    // row 37: it takes no notice of the shutdown nor of SIGTERM.
    let fault = Fault { within: 5_000, ..FAULT };
    faulty("stops-itself", fault);
}
