//! Whether a client would rather have a page than a text.

use http::HeaderValue;

/// Whether `Accept` prefers HTML: as browsers do that go somewhere, and neither `curl` nor `fetch()` do.
pub(super) fn prefers_html(accept: Option<&HeaderValue>) -> bool {
    let Some(accept) = accept.and_then(|accept| accept.to_str().ok()) else { return false };
    let (mut html, mut other) = (0.0, 0.0_f32);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let quality = quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
        if media.eq_ignore_ascii_case("text/html") {
            html = quality;
        } else if ["text/plain", "application/json"].iter().any(|text| media.eq_ignore_ascii_case(text)) {
            other = other.max(quality);
        }
    }
    html > other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_that_go_somewhere_prefer_html() {
        for (accept, html) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true),
            ("Text/HTML", true),
            ("text/html;q=0.5, text/plain;q=0.1", true),
            ("*/*", false),
            ("", false),
            ("application/json, text/html;q=0.9", false),
            ("text/html;q=0", false),
            ("text/html;q=x", false),
            ("text/htmlx", false),
            ("application/json, text/plain, */*", false),
        ] {
            let accept = HeaderValue::from_static(accept);
            assert_eq!(prefers_html(Some(&accept)), html, "{accept:?}");
        }
        assert!(!prefers_html(None));
        assert!(!prefers_html(HeaderValue::from_bytes(b"text/html\xff").ok().as_ref()));
    }
}
