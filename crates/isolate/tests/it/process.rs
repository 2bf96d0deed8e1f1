//! Tests that leave something behind, threads that go on looping and memory that is lost, run in processes of their own:
//! it ends with them, and costs no other test time or memory.

use std::process::{Command, Stdio};

/// Names the test that a child is to run.
const ALONE: &str = "ISOLATE_TEST_ALONE";

/// Has the rest of the test in which it stands run in a process of its own.
macro_rules! alone {
    () => {{
        fn here() {}
        if crate::process::ran_in_a_child(std::any::type_name_of_val(&here)) {
            return;
        }
    }};
}
pub(crate) use alone;

/// This program, to run the test `name` only.
pub(crate) fn child(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"]);
    command.stdin(Stdio::null());
    command
}

/// Whether the test around the function `here` has been run in a child, and passed there. In that child: no.
#[allow(clippy::print_stdout, reason = "what the test shows when it fails")]
pub(crate) fn ran_in_a_child(here: &str) -> bool {
    let (_, test) = here.split_once("::").unwrap();
    let test = test.strip_suffix("::here").unwrap();
    if std::env::var(ALONE).is_ok_and(|name| name == test) {
        return false;
    }
    let output = child(test).env(ALONE, test).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{test}: {}", output.status);
    true
}
