//! What must not compile.

#[test]
fn lesson_04_an_isolate_cannot_be_used_without_its_lock() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/*.rs");
}
