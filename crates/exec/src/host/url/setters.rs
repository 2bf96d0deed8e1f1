//! The setters of the class `URL`, <https://url.spec.whatwg.org/#api>. One that does not apply changes nothing.

use percent_encoding::utf8_percent_encode;

use super::parser::{USERINFO, parse_file_host, parse_host, split_port, split_scheme, without_breaks};
use super::record::{Record, special};

impl Record {
    pub(super) fn change_protocol(&mut self, value: &str) {
        let value = format!("{}:", without_breaks(value));
        let Some((scheme, _)) = split_scheme(&value) else { return };
        let is_refused = special(&scheme).is_some() != self.is_special()
            || (scheme == "file" && (self.has_credentials() || self.port.is_some()))
            || (self.is_file() && self.hostname().is_empty());
        if !is_refused {
            self.scheme = scheme;
            self.port = self.port.filter(|port| special(&self.scheme) != Some(Some(*port)));
        }
    }

    pub(super) fn change_username(&mut self, value: &str) {
        if self.can_have_credentials() {
            self.username = utf8_percent_encode(value, USERINFO).to_string();
        }
    }

    pub(super) fn change_password(&mut self, value: &str) {
        if self.can_have_credentials() {
            self.password = utf8_percent_encode(value, USERINFO).to_string();
        }
    }

    pub(super) fn change_host(&mut self, value: &str) {
        self.change_authority(value, true);
    }

    /// A port makes it no host.
    pub(super) fn change_hostname(&mut self, value: &str) {
        self.change_authority(value, false);
    }

    fn change_authority(&mut self, value: &str, with_port: bool) {
        if self.has_opaque_path {
            return;
        }
        let is_special = self.is_special();
        let value = without_breaks(value);
        let end =
            value.find(|c| matches!(c, '/' | '?' | '#') || (is_special && c == '\\')).unwrap_or(value.len());
        let value = &value[..end];
        if self.is_file() {
            self.host = parse_file_host(value).or(self.host.take());
            return;
        }
        let (host, port) = split_port(value);
        let is_refused = if host.is_empty() {
            is_special || port.is_some() || self.has_credentials() || self.port.is_some()
        } else {
            port.is_some() && !with_port
        };
        if is_refused {
            return;
        }
        let Some(host) = parse_host(host, is_special) else { return };
        self.host = Some(host);
        if let Some(port) = port {
            self.change_port_digits(port);
        }
    }

    pub(super) fn change_port(&mut self, value: &str) {
        if !self.can_have_credentials() {
            return;
        }
        if value.is_empty() {
            self.port = None;
        } else {
            self.change_port_digits(&without_breaks(value));
        }
    }

    /// The digits that a text begins with.
    fn change_port_digits(&mut self, text: &str) {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        if end > 0 {
            let _unchanged_if_too_large = self.set_port(&text[..end]);
        }
    }

    pub(super) fn change_pathname(&mut self, value: &str) {
        if self.has_opaque_path {
            return;
        }
        let value = without_breaks(value);
        let is_special = self.is_special();
        self.path.clear();
        if !is_special && value.is_empty() {
            // With a host there may be no path; without one there is.
            if self.host.is_none() {
                self.path.push('/');
            }
            return;
        }
        let rest = value.strip_prefix(|c| c == '/' || (is_special && c == '\\'));
        self.push_path(rest.unwrap_or(&value));
    }

    pub(super) fn change_search(&mut self, value: &str) {
        self.query = None;
        if !value.is_empty() {
            self.set_query(&without_breaks(value.strip_prefix('?').unwrap_or(value)));
        }
    }

    pub(super) fn change_hash(&mut self, value: &str) {
        self.fragment = None;
        if !value.is_empty() {
            self.set_fragment(&without_breaks(value.strip_prefix('#').unwrap_or(value)));
        }
    }
}
