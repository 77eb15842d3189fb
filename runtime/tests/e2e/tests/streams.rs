//! Streams between real processes: long ones, stalled ones, slow ones, and those of a plugin that breaks
//! the rules.
//!
//! The host is a process of its own, which checks what it reads and measures what it takes.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use outboard_e2e::milling::Miller;
use outboard_e2e::report::Faulted;

const MILLER: &str = env!("CARGO_BIN_EXE_miller");
const MILL: &str = env!("CARGO_BIN_EXE_mill");
const FAULTY: &str = env!("CARGO_BIN_EXE_faulty_mill");

/// A stream that piled up in memory would take a hundred times as much, in KiB.
const FLAT: u64 = 4 << 10;

/// A million numbers to the plugin and back, in order; a stream that nobody reads, beside a thousand
/// calls; a reader a hundred times slower than the writer, in either process.
#[track_caller]
fn check_streams(kind: &str, mill: &[&str], length: u64) {
    let figures = Miller { program: MILLER, kind, mill }.figures("streams", length);
    for grew in ["host grew", "plugin grew"] {
        assert!(figures.get(grew).is_some_and(|grew| *grew <= FLAT), "{figures:?}");
    }
}

#[test]
fn a_million_items_go_through_an_async_plugin_and_back() {
    // rows 58, 75
    check_streams("current", &[MILL], 1_000_000);
}

#[test]
fn a_million_items_go_from_an_async_host_through_a_blocking_plugin_and_back() {
    check_streams("current", &[MILL, "--plain"], 1_000_000);
}

#[test]
fn a_million_items_go_from_a_blocking_host_through_a_blocking_plugin_and_back() {
    check_streams("threads", &[MILL, "--plain"], 1_000_000);
}

#[test]
fn streams_flow_between_all_other_hosts_and_plugins() {
    for (kind, mill) in [
        ("workers", &[MILL][..]),
        ("workers", &[MILL, "--plain"]),
        ("workers", &[MILL, "--workers", "2"]),
        ("threads", &[MILL]),
        ("threads", &[MILL, "--workers", "2"]),
    ] {
        check_streams(kind, mill, 50_000);
    }
}

// ---- plugins that break the rules ----

/// What comes of a plugin that does one thing wrong, with a host of either kind: nothing is left of it,
/// and the host serves on.
#[track_caller]
fn faulty(fault: &str, method: &str) -> [Faulted; 2] {
    ["current", "threads"].map(|kind| {
        let faulted = Miller { program: MILLER, kind, mill: &[MILL] }.fault(method, &[FAULTY, fault]);
        assert!(faulted.left_over.is_empty(), "{fault} {kind}: {faulted:#?}");
        faulted
    })
}

/// It is killed, for this reason.
#[track_caller]
fn check_violation(fault: &str, method: &str, words: &str) {
    for faulted in faulty(fault, method) {
        let error = faulted.error.clone().unwrap_or_default();
        assert_eq!(error.kind, "Disconnected", "{fault}: {faulted:#?}");
        assert!(error.report.contains(&format!("broke the protocol: it {words}")), "{fault}: {faulted:#?}");
        assert!(faulted.milliseconds < 2_000 && faulted.peak_memory < 64, "{fault}: {faulted:#?}");
    }
}

/// It was wrong in a value; that is the caller's to know and nobody's end.
#[track_caller]
fn check_decode(fault: &str, method: &str, words: &str) {
    for faulted in faulty(fault, method) {
        let error = faulted.error.clone().unwrap_or_default();
        assert_eq!(error.kind, "Decode", "{fault}: {faulted:#?}");
        assert!(error.report.contains(words), "{fault}: {faulted:#?}");
    }
}

#[test]
fn a_mill_by_hand_that_keeps_to_the_rules_is_understood() {
    for (fault, value) in [("none", "10 items"), ("call-of-no-object", "0 items")] {
        for faulted in faulty(fault, "pour") {
            assert_eq!(faulted.value.as_deref(), Some(value), "{faulted:#?}");
        }
    }
}

#[test]
fn streams_that_break_the_protocol_end_the_connection_with_the_reason() {
    for (fault, method, words) in [
        // row 56
        ("item-after-the-end", "pour", "sent items of stream 1, which is not open"),
        ("item-of-no-stream", "pour", "sent items of stream 9, which is not open"),
        ("two-ends", "pour", "ended stream 1, which is not open"),
        ("end-of-no-stream", "pour", "ended stream 7, which is not open"),
        ("end-within-an-item", "pour", "ended stream 1 in the middle of a message"),
        ("broken-end-that-is-garbage", "pour", "sent a malformed end-of-stream notice"),
        // row 57
        ("no-items", "pour", "sent a message of no items in stream 1"),
        ("more-items-than-wanted", "pour", "sent items of stream 1 without credit"),
        ("more-items-than-the-window-holds", "stall", "sent items of stream 1 without credit"),
        ("more-bytes-than-the-window-holds", "stall", "sent items of stream 1 without credit"),
        ("one-stream-twice", "pour", "gave a stream under the id 1, which is in use or no id"),
        ("stream-without-a-number", "pour", "gave a stream under the id 0, which is in use or no id"),
        ("too-many-streams", "pour", "gave more than 256 streams at once"),
        ("credit-for-no-stream", "pour", "gave credit for stream 5, which it was never given"),
        ("reset-of-no-stream", "pour", "reset stream 5, which it was never given"),
    ] {
        check_violation(fault, method, words);
    }
}

#[test]
fn objects_that_break_the_protocol_end_the_connection_with_the_reason() {
    for (fault, method, words) in [
        ("one-object-twice", "open", "gave a handle under the id 65536, which is in use or no id"),
        ("object-among-the-roots", "open", "gave a handle under the id 7, which is in use or no id"),
        ("too-many-objects", "stall", "gave more than 65536 handles at once"),
        ("release-of-no-object", "open", "released object 65545, which it does not hold"),
        ("two-releases", "keep", "released object 65536, which it does not hold"),
        ("return-of-no-object", "keep", "gave back object 65545, which it does not hold"),
        ("too-many-interfaces", "open", "announced more than 1024 interfaces"),
    ] {
        check_violation(fault, method, words);
    }
}

#[test]
fn what_a_value_promises_and_its_message_lacks_fails_the_call_alone() {
    for (fault, method, words) in [
        ("stream-that-is-not-there", "pour", "the value returned of `pour` is not understood"),
        ("garbage-in-a-stream", "pour", "an item of the stream is not understood: the message ends too early"),
        ("object-that-is-not-there", "open", "the value returned of `open` is not understood: field `[0]`"),
        ("object-without-an-interface", "open", "there is no interface 9"),
        ("object-of-another-interface", "open", "it is a client of `Mill` version 1, and not of `Wheel` version 1"),
    ] {
        check_decode(fault, method, words);
    }
}

#[test]
fn a_plugin_that_wants_all_and_reads_nothing_is_given_up_and_costs_no_memory() {
    // row 76
    for method in ["sink", "grind"] {
        for faulted in faulty("wants-all-and-reads-nothing", method) {
            let error = faulted.error.clone().unwrap_or_default();
            assert_eq!(error.kind, "Disconnected", "{faulted:#?}");
            assert!(error.report.contains("does not respond: it does not read what is sent to it"), "{faulted:#?}");
            // Well below what is allowed to wait of calls: streams leave that room to them.
            assert!(faulted.peak_memory < 32, "{faulted:#?}");
        }
    }
}
