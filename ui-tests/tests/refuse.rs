//! Mistakes that people make, and what they are told: each program goes on to use the trait, the
//! client and the server, so that its `.stderr` shows that nothing else is said.

#[test]
fn refused_interfaces_get_one_error_for_each_mistake() {
    trybuild::TestCases::new().compile_fail("refuse/*.rs");
}
