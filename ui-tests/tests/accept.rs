//! Interfaces that people write, in surroundings that people have: each is a program of its own,
//! which is built without a warning and run.

#[test]
fn accepted_interfaces_build_without_a_warning_and_run() {
    trybuild::TestCases::new().pass("accept/*.rs");
}
