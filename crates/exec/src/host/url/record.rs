//! A URL as the URL standard has it, and its serialisations.

use super::parser;

/// <https://url.spec.whatwg.org/#concept-url>. What is absent and what is empty are different things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::host) struct Record {
    pub(super) scheme: String,
    pub(super) username: String,
    pub(super) password: String,
    /// Serialised.
    pub(super) host: Option<String>,
    /// `None` if it is the default one of the scheme.
    pub(super) port: Option<u16>,
    /// Either opaque, or each segment behind a slash.
    pub(super) path: String,
    pub(super) has_opaque_path: bool,
    pub(super) query: Option<String>,
    pub(super) fragment: Option<String>,
}

/// The default port of a special scheme: those that a host and a hierarchical path belong to. `Some(None)` for `file`.
pub(super) fn special(scheme: &str) -> Option<Option<u16>> {
    Some(match scheme {
        "ftp" => Some(21),
        "file" => None,
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => return None,
    })
}

impl Record {
    pub(super) fn is_special(&self) -> bool {
        special(&self.scheme).is_some()
    }

    pub(super) fn is_file(&self) -> bool {
        self.scheme == "file"
    }

    pub(super) fn has_credentials(&self) -> bool {
        !self.username.is_empty() || !self.password.is_empty()
    }

    /// <https://url.spec.whatwg.org/#cannot-have-a-username-password-port>
    pub(super) fn can_have_credentials(&self) -> bool {
        self.host.as_ref().is_some_and(|host| !host.is_empty()) && !self.is_file()
    }

    pub(in crate::host) fn href(&self) -> String {
        let mut href = format!("{}:", self.scheme);
        if self.host.is_some() {
            href.push_str("//");
            if self.has_credentials() {
                href.push_str(&self.username);
                if !self.password.is_empty() {
                    href.push(':');
                    href.push_str(&self.password);
                }
                href.push('@');
            }
            href.push_str(&self.host());
        } else if !self.has_opaque_path && self.path.starts_with("//") {
            // Else the path would be read as a host.
            href.push_str("/.");
        }
        href.push_str(&self.path);
        for (mark, part) in [('?', &self.query), ('#', &self.fragment)] {
            if let Some(part) = part {
                href.push(mark);
                href.push_str(part);
            }
        }
        href
    }

    pub(in crate::host) fn protocol(&self) -> String {
        format!("{}:", self.scheme)
    }

    pub(in crate::host) fn username(&self) -> &str {
        &self.username
    }

    pub(in crate::host) fn password(&self) -> &str {
        &self.password
    }

    /// With the port.
    pub(in crate::host) fn host(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.hostname()),
            None => self.hostname().to_owned(),
        }
    }

    pub(in crate::host) fn hostname(&self) -> &str {
        self.host.as_deref().unwrap_or_default()
    }

    pub(in crate::host) fn port(&self) -> String {
        self.port.map(|port| port.to_string()).unwrap_or_default()
    }

    pub(in crate::host) fn pathname(&self) -> &str {
        &self.path
    }

    /// With its mark; nothing if it is empty.
    pub(in crate::host) fn search(&self) -> String {
        marked('?', self.query.as_deref())
    }

    /// The same.
    pub(in crate::host) fn hash(&self) -> String {
        marked('#', self.fragment.as_deref())
    }

    /// <https://url.spec.whatwg.org/#concept-url-origin>, serialised.
    pub(in crate::host) fn origin(&self) -> String {
        if self.scheme == "blob" && self.host.is_none() {
            let inner = parser::parse(&self.path, None);
            let inner = inner.filter(|inner| matches!(&*inner.scheme, "http" | "https"));
            return inner.map_or_else(|| "null".to_owned(), |inner| inner.origin());
        }
        if self.is_special() && !self.is_file() {
            return format!("{}://{}", self.scheme, self.host());
        }
        "null".to_owned()
    }
}

fn marked(mark: char, part: Option<&str>) -> String {
    match part {
        Some(part) if !part.is_empty() => format!("{mark}{part}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_that_of_a_scheme_that_has_one() {
        for (href, expected) in [
            ("https://u:p@a:444/x", "https://a:444"),
            ("ftp://a/", "ftp://a"),
            ("file:///x", "null"),
            ("data:x", "null"),
            ("x://a/", "null"),
            ("blob:https://a/x", "https://a"),
            ("blob:ftp://a/x", "null"),
        ] {
            let url = parser::parse(href, None).expect("a URL");
            assert_eq!(url.origin(), expected, "{href}");
        }
    }
}
