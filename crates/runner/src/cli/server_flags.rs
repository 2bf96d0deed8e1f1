//! Flags of the server itself: its socket, its connections, its end.

use std::time::Duration;
use std::{io, thread};

use clap::{ArgAction, Args, ValueEnum, value_parser};
use http::header::{self, HeaderName};
use isolate::RequestLimits;
use runner::server::{AccessLog, Listener, Proxies, ProxyHeaders, ServerOptions, TrustedNetwork};

use super::CliError;
use super::admin::AdminFlags;
use super::listen::ListenAddress;
use super::memory;
use super::mount::Mount;
use super::tls::TlsFlags;

/// How a server listens, what it takes from its clients, and how it ends.
#[derive(Debug, Args)]
pub(super) struct ServerFlags {
    /// Where to listen: PORT (of this machine only), HOST:PORT, [IPV6]:PORT, unix:PATH, or fd:NUMBER for a socket that
    /// was inherited (systemd's first one is fd:3); port 0 takes a free one
    #[arg(long, visible_alias = "port", value_name = "ADDR", default_value = "127.0.0.1:8787")]
    listen: ListenAddress,
    /// Where workers without a route are asked: below a path (`path`: /NAME/), at a host of this machine (`host`:
    /// NAME.localhost), or at another one (`host:SUFFIX`: NAME.SUFFIX)
    #[arg(long, value_name = "WHERE", default_value_t = Mount::Path)]
    pub(super) mount: Mount,
    /// Let other servers of this user listen on the same port (SO_REUSEPORT), if they say so too: a successor can start
    /// before this one ends
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_value_t = false, default_missing_value = "true", action = ArgAction::Set)]
    reuse_port: bool,
    #[command(flatten)]
    pub(super) tls: TlsFlags,
    #[command(flatten)]
    pub(super) admin: AdminFlags,
    /// Largest request body, in MiB; beyond is answered with 413
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u32).range(1..=65_536))]
    max_body_mb: u32,
    /// How long a request body may stall, in milliseconds; beyond is answered with 408. And how long a request waits for
    /// room for its body; beyond is answered with 503
    #[arg(long, value_name = "N", default_value_t = 30_000, value_parser = value_parser!(u32).range(1..))]
    body_timeout_ms: u32,
    /// How long a request body may take in all, in milliseconds; beyond is answered with 408
    #[arg(long, value_name = "N", default_value_t = 120_000, value_parser = value_parser!(u32).range(1..))]
    body_deadline_ms: u32,
    /// How long a client may take for the head of a request and a connection may idle, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 30_000, value_parser = value_parser!(u32).range(1..))]
    idle_timeout_ms: u32,
    /// Connections at most
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..))]
    pub(super) max_connections: u32,
    /// Threads that serve connections [default: the cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    io_threads: Option<u16>,
    /// How much CPU time turns of a worker may take on average for these threads to take them themselves, in microseconds;
    /// with 0 they take none
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(0..=10_000))]
    short_turn_us: u32,
    /// How long connections are still accepted after SIGTERM or SIGINT, in milliseconds; their clients are told that they end
    #[arg(long, value_name = "N", default_value_t = 0)]
    lame_duck_ms: u32,
    /// How long requests in flight may go on after that, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    drain_ms: u32,
    /// Drain and exit with status 75 when this much memory, in MiB, is lost to scripts that V8 could not stop: only a
    /// restart brings it back (0: never) [default: half of the memory of the machine]
    #[arg(long, value_name = "N")]
    max_lost_mb: Option<u32>,
    /// With --supervise: how long the server may do nothing before its successor is started, in milliseconds (0: for ever)
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    unresponsive_ms: u32,
    /// Show clients the text of workers' exceptions (for development)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_value_t = false, default_missing_value = "true", action = ArgAction::Set)]
    expose_errors: bool,
    /// A proxy, or the network that proxies are in: what they say of a request's scheme, host and client is believed; can
    /// be given several times
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    trust_proxy: Vec<TrustedNetwork>,
    /// The headers in which trusted proxies say it; they must write these in every request
    #[arg(long, value_name = "HEADERS", value_enum, default_value_t = ProxyHeadersChoice::XForwarded)]
    proxy_headers: ProxyHeadersChoice,
    /// The header in which workers find the address of the client
    #[arg(long, value_name = "NAME", default_value = "cf-connecting-ip", value_parser = parse_address_header)]
    client_address_header: HeaderName,
    /// A line of log for each request
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "path")]
    #[arg(value_enum, default_value_t = AccessLogChoice::Off, help_heading = "Log")]
    access_log: AccessLogChoice,
}

/// `--proxy-headers`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProxyHeadersChoice {
    /// `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`, `X-Forwarded-Prefix`
    XForwarded,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

/// `--access-log`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum AccessLogChoice {
    /// None
    Off,
    /// With the path of the request
    Path,
    /// With its query too
    Query,
}

/// The name of a header that has no meaning of its own for the request.
fn parse_address_header(name: &str) -> Result<HeaderName, String> {
    let name: HeaderName = name.parse().map_err(|_| "not the name of a header".to_owned())?;
    let is_taken = matches!(
        name,
        header::AUTHORIZATION
            | header::CONNECTION
            | header::CONTENT_LENGTH
            | header::CONTENT_TYPE
            | header::COOKIE
            | header::EXPECT
            | header::HOST
            | header::TE
            | header::TRAILER
            | header::TRANSFER_ENCODING
            | header::UPGRADE
    );
    if is_taken { Err(format!("{name} says something else already")) } else { Ok(name) }
}

impl ServerFlags {
    /// Listens where it is to listen.
    pub(super) fn bind(&self) -> Result<Listener, CliError> {
        let bound = if self.reuse_port { self.listen.bind_shared() } else { self.listen.bind() };
        bound.map_err(|error| self.listen_error(error))
    }

    /// Why there is no listener.
    pub(super) fn listen_error(&self, error: io::Error) -> CliError {
        CliError::Listen { address: self.listen.clone(), error }
    }

    pub(super) fn options(&self, limits: &RequestLimits) -> ServerOptions {
        let millis = |n: u32| Duration::from_millis(n.into());
        ServerOptions::default()
            .with_max_body((self.max_body_mb as usize) << 20)
            .with_body_timeout(millis(self.body_timeout_ms))
            .with_body_deadline(millis(self.body_deadline_ms))
            .with_stream_idle(limits.stream_idle)
            .with_stream_max(limits.stream_max)
            .with_idle_timeout(millis(self.idle_timeout_ms))
            .with_max_connections(self.max_connections as usize)
            .with_io_threads(self.io_threads())
            .with_short_turn(Duration::from_micros(self.short_turn_us.into()))
            .with_lame_duck(millis(self.lame_duck_ms))
            .with_drain(self.drain())
            .with_linger(ServerOptions::default().linger.min(self.drain() / 2))
            .with_expose_errors(self.expose_errors)
            .with_proxies(Proxies {
                trusted: self.trust_proxy.clone(),
                headers: match self.proxy_headers {
                    ProxyHeadersChoice::XForwarded => ProxyHeaders::XForwarded,
                    ProxyHeadersChoice::Forwarded => ProxyHeaders::Forwarded,
                },
            })
            .with_client_address_header(Some(self.client_address_header.clone()))
            .with_access_log(match self.access_log {
                AccessLogChoice::Off => AccessLog::Off,
                AccessLogChoice::Path => AccessLog::Path,
                AccessLogChoice::Query => AccessLog::Query,
            })
    }

    /// Threads that serve connections.
    fn io_threads(&self) -> usize {
        self.io_threads.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from)
    }

    /// How long a server may take to end once it was told to.
    pub(super) fn leave(&self) -> Duration {
        Duration::from_millis(self.lame_duck_ms.into()) + self.drain()
    }

    /// How long requests in flight may go on at its end.
    fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms.into())
    }

    /// How long a server under supervision may be silent.
    pub(super) fn silence(&self) -> Option<Duration> {
        (self.unresponsive_ms > 0).then(|| Duration::from_millis(self.unresponsive_ms.into()))
    }

    /// Memory that may be lost before the server wants to be restarted, in MiB; 0 for any.
    pub(super) fn max_lost_mib(&self) -> u64 {
        self.max_lost_mb.map_or_else(|| memory::available().unwrap_or(0) / (2 << 20), u64::from)
    }
}
