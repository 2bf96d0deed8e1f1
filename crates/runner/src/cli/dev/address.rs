//! Where a developer's server listens.

use std::io;
use std::net::IpAddr;
use std::ops::Range;

use runner::server::{Listener, LocalAddress};

use crate::cli::CliError;
use crate::cli::listen::ListenAddress;

/// The ports that are tried, in their order, if nobody says where.
const PORTS: Range<u16> = 8080..8100;

/// Listens where the developer says, or at the first port that is free.
pub(super) fn listen(address: Option<&ListenAddress>) -> Result<Listener, CliError> {
    match address {
        Some(address) => bind(address.clone()),
        None => first_free(PORTS),
    }
}

/// Listens at the first of these ports that is free, or at any other.
fn first_free(ports: Range<u16>) -> Result<Listener, CliError> {
    for port in ports {
        match bind(of_port(port)) {
            Err(CliError::Listen { error, .. }) if error.kind() == io::ErrorKind::AddrInUse => {}
            other => return other,
        }
    }
    bind(of_port(0))
}

fn of_port(port: u16) -> ListenAddress {
    ListenAddress::Tcp { host: "localhost".to_owned(), port }
}

fn bind(address: ListenAddress) -> Result<Listener, CliError> {
    address.bind().map_err(|error| CliError::Listen { address, error })
}

/// Where a browser finds the server; nowhere, if it is a Unix socket.
pub(super) fn url(address: &LocalAddress) -> Option<String> {
    let address = address.tcp()?;
    let host = match address.ip() {
        ip if ip.is_loopback() || ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    Some(format!("http://{host}:{}", address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_passed_over() {
        let port = |listener: &Listener| listener.local_address().unwrap().tcp().unwrap().port();
        let taken = bind(of_port(0)).unwrap();
        let first = port(&taken);
        let other = first_free(first..first.saturating_add(1)).unwrap();
        assert_ne!(port(&other), first);
    }

    #[test]
    fn a_url_is_one_for_a_browser() {
        for (address, expected) in [
            ("127.0.0.1:1", "http://localhost:1"),
            ("[::1]:1", "http://localhost:1"),
            ("0.0.0.0:1", "http://localhost:1"),
            ("192.0.2.1:1", "http://192.0.2.1:1"),
            ("[2001:db8::1]:1", "http://[2001:db8::1]:1"),
        ] {
            assert_eq!(url(&LocalAddress::Tcp(address.parse().unwrap())).as_deref(), Some(expected));
        }
        assert_eq!(url(&LocalAddress::Unix(None)), None);
    }
}
