//! The commands of the tutorial do what it says.
//!
//! A block whose first line is a comment with a file's name is that file. In a block of the kind `console`, a line after `$ `
//! is a command, which `sh` runs in a directory with the files so far, and what follows is what it prints. A command that
//! ends with `&` is a server; it ends with the block.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::Directory;

const PAGE: &str = include_str!("../../../../docs/tutorial.md");

/// What the page has its servers listen on, and the test must not.
const PORT: &str = "8787";

struct Block<'a> {
    kind: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            blocks.push(Block { kind, lines: lines.by_ref().take_while(|line| *line != "```").collect() });
        }
    }
    blocks
}

/// The commands of a block, each with the lines that it prints.
fn commands<'a>(block: &Block<'a>) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut commands: Vec<(_, Vec<_>)> = Vec::new();
    for line in &block.lines {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command, Vec::new())),
            None => commands.last_mut().expect("a command comes first").1.push(*line),
        }
    }
    commands
}

fn shell(command: &str, directory: &Directory) -> Command {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_runner")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(directory.path()).env("PATH", path);
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    shell
}

/// Starts a server, and waits for what it prints.
async fn start(command: &str, expected: &[&str], port: &str, directory: &Directory) -> Child {
    // In place of the shell, so that it is the server that is killed.
    let mut server = shell(&format!("exec {command}"), directory);
    let mut server = server.env("RUNNER_LISTEN", format!("127.0.0.1:{port}")).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    for expected in expected {
        let line = lines.next_line().await.unwrap();
        assert_eq!(line, Some(expected.replace(PORT, port)), "{command}");
    }
    server
}

fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[tokio::test]
async fn the_commands_of_the_tutorial_print_what_it_says() {
    let directory = Directory::new(&[]);
    let port = free_port();
    let (mut files, mut run) = (0, 0);
    for block in blocks(PAGE) {
        let first = block.lines[0];
        if let Some(name) = first.strip_prefix("// ").or_else(|| first.strip_prefix("# ")) {
            std::fs::write(directory.file(name), block.lines.join("\n").replace(PORT, &port)).unwrap();
            files += 1;
        }
        if block.kind != "console" {
            continue;
        }
        let mut servers = Vec::new();
        for (command, expected) in commands(&block) {
            let command = command.replace(PORT, &port);
            run += 1;
            if let Some(server) = command.strip_suffix(" &") {
                servers.push(start(server, &expected, &port, &directory).await);
                continue;
            }
            let output = shell(&command, &directory).output().await.unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let log = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(said.trim_end(), expected.join("\n"), "{command}\n{log}");
        }
        for mut server in servers {
            server.kill().await.unwrap();
        }
    }
    assert!(files >= 6 && run >= 12, "the page is read: {files} files, {run} commands");
}
