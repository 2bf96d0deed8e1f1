//! Carrying out a plan.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mio::{Events, Poll, Token, Waker};

use super::connection::{Connection, Event};
use super::pace::{self, Pace};
use super::{Length, Measured, Plan};
use crate::failure::{During, Failure, Result};

/// When nothing is answered for so long, the run has failed.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often the time is looked at when nothing happens.
const LOOK: Duration = Duration::from_millis(50);

/// More than one read brings.
const BUFFER: usize = 256 * 1024;

const WAKER: Token = Token(usize::MAX);

struct Run<'a> {
    plan: &'a Plan,
    poll: Poll,
    connections: Vec<Connection>,
    /// Those without a request.
    idle: Vec<usize>,
    pace: Option<Pace>,
    /// How many requests were made, and how many answered.
    made: usize,
    answered: usize,
    latencies: Histogram<u64>,
}

/// Calls `begun` when the warm-up is over.
pub(super) fn run(plan: &Plan, begun: impl FnOnce() -> Result) -> Result<Measured> {
    if plan.connections == 0 || plan.order.is_empty() {
        return Err(Failure::new("a plan without connections or requests"));
    }
    let poll = Poll::new().during("epoll")?;
    let waker = Waker::new(poll.registry(), WAKER).during("epoll")?;
    let connections = (0..plan.connections)
        .map(|number| Connection::open(plan.address, poll.registry(), Token(number)))
        .collect::<Result<Vec<_>>>()?;
    let start = Instant::now();
    let mut run = Run {
        plan,
        poll,
        idle: (0..connections.len()).collect(),
        connections,
        pace: plan.rate.map(|rate| Pace::new(rate, start)),
        made: 0,
        answered: 0,
        latencies: Histogram::new_with_bounds(1_000, 60_000_000_000, 3).during("a histogram")?,
    };
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        if let Some(every) = run.pace.as_ref().map(Pace::tick) {
            let (waker, ended) = (&waker, &ended);
            scope.spawn(move || pace::tick(waker, every, start, ended));
        }
        let measured = run.go_on(start, begun);
        ended.store(true, Ordering::Relaxed);
        measured
    })
}

impl Run<'_> {
    fn go_on(&mut self, start: Instant, begun: impl FnOnce() -> Result) -> Result<Measured> {
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; BUFFER];
        self.until(start + Duration::from_secs_f64(self.plan.warm_up_seconds), &mut events, &mut buffer)?;
        begun()?;
        let begin = Instant::now();
        self.latencies.reset();
        let length = match self.plan.length {
            Length::Seconds(seconds) => Duration::from_secs_f64(seconds),
            // It ends by itself before, or for want of answers.
            Length::Once => Duration::from_secs(3600),
        };
        self.until(begin + length, &mut events, &mut buffer)?;
        let requests = self.latencies.len();
        if requests == 0 {
            return Err(Failure::new("no request was answered"));
        }
        Ok(Measured {
            requests,
            seconds: begin.elapsed().as_secs_f64(),
            p50_ns: self.latencies.value_at_quantile(0.5),
            p99_ns: self.latencies.value_at_quantile(0.99),
            p99_9_ns: self.latencies.value_at_quantile(0.999),
        })
    }

    /// Makes requests until that time, or until all are answered.
    fn until(&mut self, end: Instant, events: &mut Events, buffer: &mut [u8]) -> Result {
        let mut last_answer = Instant::now();
        loop {
            let now = Instant::now();
            self.ask(now)?;
            if now >= end || self.is_through() {
                return Ok(());
            }
            if self.made > self.answered && now.duration_since(last_answer) > PATIENCE {
                return Err(Failure::new(format!("no answer for {} s", PATIENCE.as_secs())));
            }
            match self.poll.poll(events, Some(LOOK.min(end - now))) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled.during("epoll")?,
            }
            for token in events.iter().map(mio::event::Event::token).filter(|token| *token != WAKER) {
                if self.proceed(token, buffer)? {
                    last_answer = Instant::now();
                }
            }
        }
    }

    /// Makes those requests that are due and have a connection.
    fn ask(&mut self, now: Instant) -> Result {
        while let Some(number) = self.idle.pop() {
            let since = if self.all_made() { None } else { self.due(now) };
            let Some(since) = since else {
                self.idle.push(number);
                break;
            };
            let request = self.plan.order[self.made % self.plan.order.len()];
            self.connections[number].ask(request, since, &self.plan.requests)?;
            self.made += 1;
        }
        Ok(())
    }

    /// Since when the next request has been due.
    fn due(&mut self, now: Instant) -> Option<Instant> {
        match &mut self.pace {
            Some(pace) => pace.take(now),
            None => Some(now),
        }
    }

    fn all_made(&self) -> bool {
        self.plan.length == Length::Once && self.made >= self.plan.order.len()
    }

    fn is_through(&self) -> bool {
        self.all_made() && self.answered == self.made
    }

    /// Whether it brought an answer.
    fn proceed(&mut self, token: Token, buffer: &mut [u8]) -> Result<bool> {
        let Token(number) = token;
        let reopen = || Connection::open(self.plan.address, self.poll.registry(), token);
        let event = self.connections[number].proceed(&self.plan.requests, buffer, reopen)?;
        let Event::Answered(since) = event else { return Ok(false) };
        let now = Instant::now();
        self.answered += 1;
        let latency = now.duration_since(since).as_nanos();
        self.latencies.saturating_record(u64::try_from(latency).unwrap_or(u64::MAX));
        self.idle.push(number);
        self.ask(now)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};

    use super::*;
    use crate::load::Request;

    /// A server that answers every request with this, whatever it is.
    fn server(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                thread::spawn(move || serve(stream.unwrap(), answer));
            }
        });
        address
    }

    fn serve(mut stream: TcpStream, answer: &str) {
        let mut buffer = [0; 1024];
        // The requests of these tests arrive as a whole.
        while stream.read(&mut buffer).is_ok_and(|length| length > 0) {
            if stream.write_all(answer.as_bytes()).is_err() || answer.contains("close") {
                break;
            }
        }
    }

    fn plan(address: SocketAddr) -> Plan {
        Plan {
            address,
            connections: 3,
            warm_up_seconds: 0.0,
            length: Length::Once,
            rate: None,
            requests: vec![Request::get("/", &[], "hi")],
            order: vec![0; 100],
        }
    }

    const HI: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

    #[test]
    fn each_request_of_the_order_is_made_once() {
        let mut begun = 0;
        let measured = run(&plan(server(HI)), || {
            begun += 1;
            Ok(())
        });
        let measured = measured.unwrap();
        assert_eq!((measured.requests, begun), (100, 1));
        assert!(measured.p50_ns <= measured.p99_ns && measured.p99_ns <= measured.p99_9_ns);
    }

    #[test]
    fn connections_that_the_server_closes_are_opened_anew() {
        let closing = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
        assert_eq!(run(&plan(server(closing)), || Ok(())).unwrap().requests, 100);
    }

    #[test]
    fn a_rate_is_kept() {
        let plan = Plan { rate: Some(500.0), ..plan(server(HI)) };
        let start = Instant::now();
        assert_eq!(run(&plan, || Ok(())).unwrap().requests, 100);
        // The last of a hundred is due after 99 intervals of 2 ms, and cannot come before.
        assert!(start.elapsed() >= Duration::from_millis(198));
    }

    #[test]
    fn a_wrong_answer_ends_the_run() {
        let failure = run(&plan(server(HI.replace("hi", "ho").leak())), || Ok(())).unwrap_err();
        assert_eq!(failure.to_string(), "a wrong answer: ho");
    }
}
