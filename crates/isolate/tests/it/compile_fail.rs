//! What must not compile.

#[test]
fn the_lock_and_what_it_guards_stay_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/*.rs");
}
