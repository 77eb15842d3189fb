//! The catalogue of sentences and the fixtures cover each other.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[allow(dead_code, reason = "only the list of sentences is looked at")]
#[path = "../../macros/src/plugin_interface/messages.rs"]
mod messages;

use std::fs;

/// What rustc says without a code, and better, of the author's own code: bodies, and an `impl`.
const OF_CODE: [&str; 2] = ["future cannot be sent between threads safely", "expected expression, found `;`"];

/// What the compiler says of each fixture: its name and the lines that begin an error.
fn errors_by_fixture() -> Vec<(String, Vec<String>)> {
    let directory = fs::read_dir("refuse").unwrap().map(|entry| entry.unwrap().path());
    let outputs = directory.filter(|path| path.extension().is_some_and(|extension| extension == "stderr"));
    outputs
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let errors = text.lines().filter_map(|line| line.strip_prefix("error: ")).map(str::to_owned).collect();
            (path.display().to_string(), errors)
        })
        .collect()
}

/// Whether the line is the sentence with something in each of its gaps.
fn says(line: &str, sentence: &str) -> bool {
    let mut rest = line;
    let fixed = sentence.split('{').map(|part| part.split_once('}').map_or(part, |(_, fixed)| fixed));
    fixed.enumerate().all(|(position, fixed)| match rest.split_once(fixed) {
        Some((before, after)) if position > 0 || before.is_empty() => {
            rest = after;
            true
        }
        _ => false,
    })
}

#[test]
fn each_sentence_has_a_fixture() {
    let fixtures = errors_by_fixture();
    let lines: Vec<&String> = fixtures.iter().flat_map(|(_, errors)| errors).collect();
    let unsaid: Vec<&str> = messages::ALL
        .iter()
        .filter(|(_, sentence)| !lines.iter().any(|line| says(line, sentence)))
        .map(|(name, _)| *name)
        .collect();
    assert!(unsaid.is_empty(), "no fixture for {unsaid:?}");
}

#[test]
fn fixtures_say_nothing_but_our_sentences() {
    for (fixture, errors) in errors_by_fixture() {
        for error in errors {
            let ours = messages::ALL.iter().any(|(_, sentence)| says(&error, sentence));
            let of_code = ["body_", "implementation_"].iter().any(|subject| fixture.contains(subject));
            let rustcs = of_code && OF_CODE.contains(&error.as_str());
            assert!(ours || rustcs, "{fixture} says `{error}`, which is not in the catalogue");
        }
    }
}

#[test]
fn sentences_are_written_in_one_way() {
    for (name, sentence) in messages::ALL {
        let first = sentence.chars().next().unwrap();
        assert!(first.is_lowercase() || first == '`' || first == '{', "{name} begins in upper case");
        assert!(!sentence.ends_with('.'), "{name} ends with a full stop");
        assert_eq!(sentence.matches('`').count() % 2, 0, "{name} has an odd backtick");
    }
}

#[test]
fn a_sentence_is_recognised_whatever_fills_its_gaps() {
    assert!(says("method `greet` is `const`", "method `{method}` is `const`"));
    assert!(!says("method `greet` is `unsafe`", "method `{method}` is `const`"));
    assert!(!says("a method `greet` is `const`", "method `{method}` is `const`"));
}
