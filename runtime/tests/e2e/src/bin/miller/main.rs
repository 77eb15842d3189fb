//! The host of a mill, a process of its own for what has to be counted or measured:
//!
//! `miller KIND SITUATION NUMBER PROGRAM ARGUMENT…`, where the kind is `current` or `workers` (on tokio)
//! or `threads`. It panics when something is not as it should be, and prints its figures as JSON.
//!
//! `miller KIND fault METHOD MILL PROGRAM ARGUMENT…` reports what came of a mill that misbehaves, and
//! uses `MILL`, which does not, before and after it.

#![allow(clippy::print_stdout, reason = "its report")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    reason = "a panic is how it reports to the test that started it"
)]

mod faults;
mod kits;
mod objects;
mod streams;
mod witness;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [kind, situation, number, words @ ..] = arguments.as_slice() else { panic!("unknown arguments {arguments:?}") };
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    if *situation == "fault" {
        return faults::report(kind, number, words);
    }
    let number = number.parse().expect("a number");
    let figures = match (*kind, *situation) {
        ("threads", "streams") => streams::threads::streams(number, words),
        (_, "streams") => kits::tasks::run(kind, streams::tasks::streams(number, words)),
        ("threads", "exchange") => objects::threads::exchange(number, words),
        (_, "exchange") => kits::tasks::run(kind, objects::tasks::exchange(number, words)),
        ("threads", "killed") => objects::threads::killed(number, words),
        (_, "killed") => kits::tasks::run(kind, objects::tasks::killed(number, words)),
        ("threads", "nested") => objects::threads::nested(number, words),
        (_, "nested") => kits::tasks::run(kind, objects::tasks::nested(number, words)),
        other => panic!("unknown situation {other:?}"),
    };
    println!("{}", serde_json::to_string(&figures).expect("figures"));
}
