//! One connection, which has one request in flight at most.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::Request;
use super::answer::{Answer, Progress};
use crate::failure::{During, Failure, Result};

/// A connection and the request that it is busy with.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    flight: Option<Flight>,
}

#[derive(Debug)]
struct Flight {
    /// The position of the request.
    request: usize,
    /// When it was due.
    since: Instant,
    sent: usize,
    answer: Answer,
}

/// What an event has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Nothing,
    /// The answer to a request that was due then.
    Answered(Instant),
}

impl Connection {
    pub(super) fn open(address: SocketAddr, registry: &Registry, token: Token) -> Result<Self> {
        // Waits for the handshake, which is none of what is measured.
        let stream = std::net::TcpStream::connect(address).during("connecting")?;
        stream.set_nodelay(true).during("a connection")?;
        stream.set_nonblocking(true).during("a connection")?;
        let mut stream = TcpStream::from_std(stream);
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE).during("epoll")?;
        Ok(Self { stream, flight: None })
    }

    /// Sends a request, or the beginning of it.
    pub(super) fn ask(&mut self, request: usize, since: Instant, requests: &[Request]) -> Result {
        let mut flight = Flight { request, since, sent: 0, answer: Answer::default() };
        flight.send(&mut self.stream, requests)?;
        self.flight = Some(flight);
        Ok(())
    }

    /// Goes on until it would have to wait. A connection that the server has closed, or will, is opened anew.
    ///
    /// Events tell of changes only, so it reads until there is nothing more, or the answer is whole: what comes after
    /// that is a change.
    pub(super) fn proceed(
        &mut self,
        requests: &[Request],
        buffer: &mut [u8],
        reopen: impl FnOnce() -> Result<Self>,
    ) -> Result<Event> {
        if let Some(flight) = &mut self.flight {
            flight.send(&mut self.stream, requests)?;
        }
        loop {
            let length = match self.stream.read(buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Event::Nothing),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::new(format!("a connection: {error}"))),
            };
            let Some(flight) = &mut self.flight else {
                if length > 0 {
                    return Err(Failure::new("an answer that nobody asked for"));
                }
                *self = reopen()?;
                return Ok(Event::Nothing);
            };
            if length == 0 {
                return Err(Failure::new("the server closed a connection instead of answering"));
            }
            let progress = flight.answer.take(&buffer[..length], &requests[flight.request])?;
            if let Progress::Whole { closes } = progress {
                let since = flight.since;
                self.flight = None;
                if closes {
                    *self = reopen()?;
                }
                return Ok(Event::Answered(since));
            }
        }
    }
}

impl Flight {
    fn send(&mut self, stream: &mut TcpStream, requests: &[Request]) -> Result {
        let bytes = requests[self.request].bytes.as_bytes();
        while self.sent < bytes.len() {
            match stream.write(&bytes[self.sent..]) {
                Ok(length) => self.sent += length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::new(format!("sending a request: {error}"))),
            }
        }
        Ok(())
    }
}
