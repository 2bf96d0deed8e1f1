//! What a developer types: a letter and Enter, so that the terminal stays as it is whatever becomes of this process.

use std::io::{self, BufRead, IsTerminal};
use std::thread;

use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;
use tokio::sync::mpsc;

/// What the letters mean, as they are shown.
pub(super) const HELP: &str = "\
h + enter  this help
o + enter  open the browser
r + enter  reload, and begin all workers anew
c + enter  clear the screen
q + enter  quit; so do Ctrl-C and Ctrl-D
";

/// A letter that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Help,
    Open,
    Reload,
    Clear,
    Quit,
}

impl Key {
    fn of(line: &str) -> Option<Self> {
        match line.trim() {
            "h" | "?" => Some(Self::Help),
            "o" => Some(Self::Open),
            "r" => Some(Self::Reload),
            "c" => Some(Self::Clear),
            "q" => Some(Self::Quit),
            _ => None,
        }
    }
}

/// What is typed, if there is a terminal to type at.
pub(super) struct Keys(Option<mpsc::Receiver<Key>>);

impl Keys {
    /// Listens to stdin. A job in the background does not: reading would stop it.
    pub(super) fn listen() -> io::Result<Self> {
        let stdin = io::stdin();
        let in_background = tcgetpgrp(&stdin).is_ok_and(|foreground| foreground != getpgrp());
        if !stdin.is_terminal() || in_background {
            return Ok(Self(None));
        }
        let (sender, receiver) = mpsc::channel(1);
        // It ends with the process: nobody can call it back from a read.
        thread::Builder::new().name("keys".to_owned()).spawn(move || {
            for line in stdin.lock().lines() {
                let Ok(line) = line else { return };
                if let Some(key) = Key::of(&line)
                    && sender.blocking_send(key).is_err()
                {
                    return;
                }
            }
        })?;
        Ok(Self(Some(receiver)))
    }

    /// Whether anybody can type.
    pub(super) fn are_there(&self) -> bool {
        self.0.is_some()
    }

    /// The next one: [`Key::Quit`] at the end of what is typed; never, if nobody can type.
    pub(super) async fn next(&mut self) -> Key {
        match &mut self.0 {
            Some(keys) => keys.recv().await.unwrap_or(Key::Quit),
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_help_is_one() {
        for line in HELP.lines() {
            assert!(Key::of(&line[..1]).is_some() && line[1..].starts_with(" + enter"), "{line}");
        }
        assert_eq!((Key::of(" q \r"), Key::of("quit"), Key::of("")), (Some(Key::Quit), None, None));
    }
}
