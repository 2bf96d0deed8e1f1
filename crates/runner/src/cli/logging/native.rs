//! What V8 and the C library print.
//!
//! V8 prints to file descriptor 2 on the thread that has something to say, and that may be a thread in a turn. Were it
//! the pipe that our log goes to, a reader that stalls would stop it there. So the server keeps the real stderr to
//! itself, and puts the writing end of a pipe of its own in the place of descriptor 2: non-blocking, so that whoever
//! prints into a full pipe loses text and not time. One thread reads the pipe and logs its lines (target `v8`).
//!
//! What is in the pipe when the process aborts is lost.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::thread;

use rustix::io::ioctl_fionbio;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::stdio::dup2_stderr;

/// Bytes of a line at most; a longer one becomes several.
const MAX_LINE: u64 = 4096;

/// From here on what is printed to descriptor 2 arrives in the log.
pub(super) fn divert_stderr() -> io::Result<()> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    ioctl_fionbio(&writer, true)?;
    thread::Builder::new().name("stderr".to_owned()).spawn(move || forward(reader.into()))?;
    dup2_stderr(&writer)?;
    Ok(())
}

fn forward(reader: File) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(line.trim_ascii_end());
        if !text.is_empty() {
            // It may quote a script.
            tracing::warn!(target: "v8", "{}", text.escape_debug());
        }
    }
}
