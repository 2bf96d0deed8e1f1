//! What the help pages say, word by word: a changed page is a changed file under `snapshots/`, for a reviewer to read.

use crate::support::{Directory, run};

async fn stdout(args: &[&str]) -> String {
    let output = run(args).await;
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Compares a page with its snapshot.
pub(crate) fn compare(name: &str, page: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, page));
}

#[tokio::test]
async fn the_help_pages_are_as_reviewed() {
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help_serve", &["serve", "--help"]),
        ("help_dev", &["dev", "--help"]),
        ("help_check", &["check", "--help"]),
        ("help_pack", &["pack", "--help"]),
        ("help_run", &["run", "--help"]),
        ("help_snapshot", &["snapshot", "--help"]),
        ("help_ctl", &["ctl", "--help"]),
        ("help_ctl_deploy", &["ctl", "deploy", "--help"]),
        ("help_completions", &["completions", "--help"]),
        ("help_man", &["man", "--help"]),
    ] {
        compare(name, &stdout(args).await);
    }
    // Those that have little of their own to say.
    let mut pages = String::new();
    for command in [
        "config",
        "config check",
        "config schema",
        "snapshot build",
        "snapshot inspect",
        "ctl workers",
        "ctl show",
        "ctl remove",
        "ctl weight",
        "ctl rollback",
        "ctl cron",
        "ctl cron run",
        "ctl logs",
        "ctl pool",
        "ctl metrics",
        "ctl ready",
        "ctl drain",
    ] {
        let args: Vec<_> = command.split(' ').chain(["-h"]).collect();
        pages += &format!("$ runner {command} -h\n{}\n", stdout(&args).await);
    }
    compare("help_others", &pages);
}

#[tokio::test]
async fn the_short_page_of_serve_has_every_default() {
    let page = stdout(&["serve", "-h"]).await;
    for default in
        ["127.0.0.1:8787", "[default: 128]", "[default: 200]", "[default: 100]", "[default: public]"]
    {
        assert!(page.contains(default), "{default}: {page}");
    }
}

#[tokio::test]
async fn the_version_has_that_of_v8() {
    let version = format!("runner {} (V8 {})\n", env!("CARGO_PKG_VERSION"), isolate::platform::v8_version());
    assert_eq!(stdout(&["--version"]).await, version);
    assert_eq!(stdout(&["-V"]).await, version);
}

#[tokio::test]
async fn completions_know_the_flags() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&["completions", shell]).await;
        assert!(script.contains("total-heap-mb"), "{shell}");
    }
}

/// One page word by word: the others have the same texts as the help, and the same makes them.
#[tokio::test]
async fn the_manual_has_a_page_for_each_command() {
    let directory = Directory::new(&[]);
    let man = directory.file("man1");
    stdout(&["man", &man]).await;
    let page = |name: &str| std::fs::read_to_string(format!("{man}/{name}.1")).expect(name);
    for name in
        ["runner", "runner-serve", "runner-check", "runner-run", "runner-config-check", "runner-ctl-deploy"]
    {
        assert!(page(name).starts_with(".ie"), "{name} is no page for troff");
    }
    assert!(page("runner-serve").contains("script\\-mb"));
    let version = format!("{} (V8 {})", env!("CARGO_PKG_VERSION"), isolate::platform::v8_version());
    compare("man_completions", &page("runner-completions").replace(&version, "VERSION"));
}
