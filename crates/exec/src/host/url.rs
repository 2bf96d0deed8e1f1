//! URLs, by the `url` crate.

use url::{Url, quirks};

use super::values::text;

/// The longest URL, in characters, as in browsers: a host function cannot be interrupted.
const MAX_LENGTH: usize = 2 << 20;

/// `urlParse(href, base)`: the parts, or null.
pub(super) fn parse(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_>,
) {
    match parsed(scope, arguments.get(0), arguments.get(1)).and_then(|url| parts(scope, &url)) {
        Some(parts) => result.set(parts.into()),
        None => result.set_null(),
    }
}

/// `urlSet(href, part, value)`: the parts after the setter, or null if `href` (the new one, for the part `href`)
/// is no URL. A setter that does not apply changes nothing.
pub(super) fn set(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_>,
) {
    let href = text(scope, arguments.get(0));
    let part = text(scope, arguments.get(1));
    // What is too long does not apply; a new URL that is too long is none.
    let url = match bounded_text(scope, arguments.get(2)) {
        Some(value) => changed(&href, &part, &value),
        None if part == "href" => None,
        None => Url::parse(&href).ok(),
    };
    match url.and_then(|url| parts(scope, &url)) {
        Some(parts) => result.set(parts.into()),
        None => result.set_null(),
    }
}

fn parsed(
    scope: &mut v8::PinScope<'_, '_>,
    href: v8::Local<'_, v8::Value>,
    base: v8::Local<'_, v8::Value>,
) -> Option<Url> {
    let href = bounded_text(scope, href)?;
    if base.is_undefined() {
        return Url::parse(&href).ok();
    }
    Url::parse(&bounded_text(scope, base)?).ok()?.join(&href).ok()
}

/// `None` if the text is longer than a URL may be.
fn bounded_text(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Option<String> {
    let string = v8::Local::<v8::String>::try_from(value).ok()?;
    (string.length() <= MAX_LENGTH).then(|| string.to_rust_string_lossy(scope))
}

fn changed(href: &str, part: &str, value: &str) -> Option<Url> {
    if part == "href" {
        return Url::parse(value).ok();
    }
    let mut url = Url::parse(href).ok()?;
    let _unchanged_if_refused = match part {
        "protocol" => quirks::set_protocol(&mut url, value),
        "username" => quirks::set_username(&mut url, value),
        "password" => quirks::set_password(&mut url, value),
        "host" => quirks::set_host(&mut url, value),
        "hostname" => quirks::set_hostname(&mut url, value),
        "port" => quirks::set_port(&mut url, value),
        "pathname" => {
            quirks::set_pathname(&mut url, value);
            Ok(())
        }
        "search" => {
            quirks::set_search(&mut url, value);
            Ok(())
        }
        "hash" => {
            quirks::set_hash(&mut url, value);
            Ok(())
        }
        _ => return None,
    };
    Some(url)
}

fn parts<'s>(scope: &mut v8::PinScope<'s, '_>, url: &Url) -> Option<v8::Local<'s, v8::Array>> {
    let origin = quirks::origin(url);
    let parts = [
        quirks::href(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
        &origin,
    ];
    let mut list: Vec<v8::Local<v8::Value>> = Vec::with_capacity(parts.len());
    for part in parts {
        list.push(v8::String::new(scope, part)?.into());
    }
    Some(v8::Array::new_with_elements(scope, &list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setters_follow_the_url_standard() {
        let set = |href, part, value| changed(href, part, value).map(String::from);
        assert_eq!(set("http://a/b?c#d", "search", "x=1").as_deref(), Some("http://a/b?x=1#d"));
        assert_eq!(set("http://a/", "port", "99999").as_deref(), Some("http://a/"));
        assert_eq!(set("http://a/", "href", "nonsense"), None);
        assert_eq!(set("http://a/", "hostname", "b").as_deref(), Some("http://b/"));
    }
}
