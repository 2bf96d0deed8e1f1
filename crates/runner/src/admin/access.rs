//! Who may ask.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use http::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use http::uri::Authority;
use subtle::ConstantTimeEq;

use super::answer::Refusal;
use crate::server::LocalAddress;

/// What clients of an admin listener show as `Authorization: Bearer TOKEN`.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(Box<str>);

/// Why a token cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The file could not be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is too short to be a secret, or does not stand in a header.
    #[error("a token has {} to {} visible ASCII characters", AdminToken::MIN, AdminToken::MAX)]
    Form,
    /// The same, of what is in a file.
    #[error("{}: {}", path.display(), TokenError::Form)]
    File {
        /// Which.
        path: PathBuf,
    },
}

impl AdminToken {
    /// The shortest token, in bytes.
    pub const MIN: usize = 16;
    /// The longest token, in bytes.
    pub const MAX: usize = 1024;

    /// A token from memory.
    ///
    /// # Errors
    /// [`TokenError::Form`].
    pub fn new(token: &str) -> Result<Self, TokenError> {
        let visible = token.bytes().all(|byte| byte.is_ascii_graphic());
        let fits = (Self::MIN..=Self::MAX).contains(&token.len());
        if visible && fits { Ok(Self(token.into())) } else { Err(TokenError::Form) }
    }

    /// The text of a file, without the space around it.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| TokenError::Read { path: path.to_owned(), error })?;
        Self::new(text.trim()).map_err(|_| TokenError::File { path: path.to_owned() })
    }

    /// The value of the header that shows it.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Takes the same time for every text of one length.
    fn is(&self, shown: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(shown).into()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken")
    }
}

/// Whose requests are answered.
#[derive(Debug)]
pub(super) enum Access {
    /// Of those who know it.
    Token(AdminToken),
    /// Of whoever is on this machine, but no page in a browser.
    Machine,
    /// Of this user and root, by a Unix socket.
    User(u32),
}

impl Access {
    /// `None` if others reach the address, and there is no token.
    pub(super) fn of(address: &LocalAddress, token: Option<AdminToken>) -> Option<Self> {
        match (token, address) {
            (Some(token), _) => Some(Self::Token(token)),
            (None, LocalAddress::Unix(_)) => Some(Self::User(rustix::process::geteuid().as_raw())),
            (None, LocalAddress::Tcp(address)) => address.ip().is_loopback().then_some(Self::Machine),
        }
    }

    /// Whether a client may ask. `user` is the one at the other end of a Unix socket.
    pub(super) fn check(&self, headers: &HeaderMap, user: Option<u32>) -> Result<(), Refusal> {
        match self {
            Self::Token(token) => match headers.get(AUTHORIZATION).map(|value| value.as_bytes()) {
                Some(value) if bearer(value).is_some_and(|shown| token.is(shown)) => Ok(()),
                _ => Err(Refusal::Unauthorized),
            },
            Self::Machine if headers.contains_key(ORIGIN) => {
                Err(Refusal::Forbidden("not for pages in a browser"))
            }
            Self::Machine if headers.get_all(HOST).iter().all(|host| is_this_machine(host.as_bytes())) => {
                Ok(())
            }
            Self::Machine => Err(Refusal::Forbidden("the host has to be an address, or localhost")),
            Self::User(own) if user.is_some_and(|user| user == *own || user == 0) => Ok(()),
            Self::User(_) => Err(Refusal::Forbidden("for the user of the server, and root")),
        }
    }
}

/// The token of an `Authorization`; the name of the scheme may be written in any case (RFC 9110, 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"bearer ";
    let (scheme, token) = value.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(token)
}

/// Whether it is an address or `localhost`. Another name may be one that a page had resolved to this machine.
fn is_this_machine(host: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(host) else { return false };
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(all: &[(HeaderName, &'static str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    fn tcp(address: &str) -> LocalAddress {
        LocalAddress::Tcp(address.parse().unwrap())
    }

    #[test]
    fn what_others_reach_needs_a_token() {
        for address in ["0.0.0.0:1", "192.0.2.1:1", "[::]:1", "[2001:db8::1]:1"] {
            assert!(Access::of(&tcp(address), None).is_none(), "{address}");
        }
        for address in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1"] {
            assert!(matches!(Access::of(&tcp(address), None), Some(Access::Machine)), "{address}");
        }
    }

    #[test]
    fn only_the_whole_token_opens() {
        let token = AdminToken::new("0123456789abcdef").unwrap();
        let access = Access::of(&tcp("127.0.0.1:1"), Some(token)).unwrap();
        let shown = |text| access.check(&headers(&[(AUTHORIZATION, text)]), None).is_ok();
        assert!(shown("Bearer 0123456789abcdef") && shown("bearer 0123456789abcdef"));
        for text in ["", "Bearer ", "0123456789abcdef", "Bearer 0123456789abcdee", "Bearer 0123456789abcdef0"]
        {
            assert!(!shown(text), "{text}");
        }
        assert!(access.check(&HeaderMap::new(), Some(0)).is_err());
    }

    #[test]
    fn a_token_is_long_enough_and_stands_in_a_header() {
        for bad in ["", "short", "0123456789 abcdef", "0123456789\u{e9}abcdef"] {
            assert!(AdminToken::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(format!("{:?}", AdminToken::new("0123456789abcdef").unwrap()), "AdminToken");
    }

    #[test]
    fn pages_and_names_that_were_resolved_to_here_are_refused() {
        let access = Access::Machine;
        for host in ["127.0.0.1:9787", "localhost:9787", "[::1]:9787", "LOCALHOST"] {
            assert!(access.check(&headers(&[(HOST, host)]), None).is_ok(), "{host}");
        }
        for host in ["rebound.test:9787", "a b", "", "localhost.test"] {
            assert!(access.check(&headers(&[(HOST, host)]), None).is_err(), "{host}");
        }
        let page = headers(&[(HOST, "127.0.0.1"), (ORIGIN, "http://a.test")]);
        assert!(access.check(&page, None).is_err());
    }

    #[test]
    fn a_unix_socket_is_its_users_and_roots() {
        let access = Access::User(1000);
        let answers = |user| access.check(&HeaderMap::new(), user).is_ok();
        assert!(answers(Some(1000)) && answers(Some(0)));
        assert!(!answers(Some(1001)) && !answers(None));
    }
}
