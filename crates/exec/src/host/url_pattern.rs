//! Patterns of URLs, by the `urlpattern` crate: it makes regular expressions of them, which JavaScript compiles and runs.

use url::Url;
use urlpattern::quirks::{self, EcmaRegexp, MatchInput, StringOrInit, UrlPatternComponent};
use urlpattern::regexp::RegExp;
use urlpattern::{RegexSyntax, UrlPatternInit, UrlPatternOptions};

use super::arguments::{ArgumentError, FromV8};
use super::throw_type_error;
use super::url::UrlText;
use super::url::{parse_bounded, short_host};

/// The longest pattern, all its components together, in UTF-8: a host function cannot be interrupted.
const MAX_PATTERN: usize = 64 << 10;

/// A regular expression that this crate never compiles.
struct Source(String);

impl RegExp for Source {
    fn syntax() -> RegexSyntax {
        RegexSyntax::EcmaScript
    }

    fn parse(pattern: &str, _flags: &str, _force_eval: bool) -> Result<Self, ()> {
        Ok(Self(pattern.to_owned()))
    }

    /// Asked for schemes only, to find out whether the pattern has a special one. What could take long matches none.
    fn matches<'a>(&self, text: &'a str) -> Option<Vec<Option<&'a str>>> {
        const LONGEST: usize = 1024;
        if self.0.len() > LONGEST || self.0.contains('{') {
            return None;
        }
        EcmaRegexp::parse(&self.0, "u", false).ok()?.matches(text)
    }

    fn pattern_string(&self) -> &str {
        &self.0
    }
}

/// What a pattern is made of, or matched with: a string, or an array of the members of `URLPatternInit`.
pub(super) enum Input {
    Text(String),
    Init(Box<quirks::UrlPatternInit>),
}

impl<'s> FromV8<'s> for Input {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let Ok(members) = v8::Local::<v8::Array>::try_from(value) else {
            return Ok(Self::Text(UrlText::from_v8(scope, value)?.into()));
        };
        let mut member = |index| {
            let value = members.get_index(scope, index).filter(|value| value.is_string());
            value.map(|value| UrlText::from_v8(scope, value).map(Into::into)).transpose()
        };
        // In the order of their names.
        Ok(Self::Init(Box::new(quirks::UrlPatternInit {
            base_url: member(0)?,
            hash: member(1)?,
            hostname: member(2)?,
            password: member(3)?,
            pathname: member(4)?,
            port: member(5)?,
            protocol: member(6)?,
            search: member(7)?,
            username: member(8)?,
        })))
    }
}

/// The base URL of a pattern, if it has one.
pub(super) struct Base(Option<String>);

impl<'s> FromV8<'s> for Base {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let text = value.is_string().then(|| UrlText::from_v8(scope, value)).transpose()?;
        Ok(Self(text.map(Into::into)))
    }
}

impl Input {
    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Init(init) => {
                let members = [
                    &init.base_url,
                    &init.hash,
                    &init.hostname,
                    &init.password,
                    &init.pathname,
                    &init.port,
                    &init.protocol,
                    &init.search,
                    &init.username,
                ];
                members.into_iter().flatten().map(String::len).sum()
            }
        }
    }
}

/// Why there is no such pattern.
#[derive(Debug, thiserror::Error)]
enum PatternError {
    #[error("the pattern is longer than {} KiB", MAX_PATTERN >> 10)]
    TooLong,
    #[error("the base URL is invalid")]
    Base,
    #[error(transparent)]
    Pattern(#[from] urlpattern::Error),
}

/// `urlPatternParse(input, baseURL, ignoreCase)`: for each component its pattern, its regular expression and the array of
/// its groups' names, then whether the pattern has groups of the guest's own.
pub(super) fn parse<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (input, Base(base), ignore_case): (Input, Base, bool),
    mut result: v8::ReturnValue<'_>,
) {
    match pattern(input, base.as_deref(), ignore_case) {
        Ok(pattern) => {
            if let Some(list) = to_js(scope, &pattern) {
                result.set(list.into());
            }
        }
        Err(error) => throw_type_error(scope, &format!("URLPattern constructor: {error}")),
    }
}

fn pattern(input: Input, base: Option<&str>, ignore_case: bool) -> Result<quirks::UrlPattern, PatternError> {
    if input.length() + base.map_or(0, str::len) > MAX_PATTERN {
        return Err(PatternError::TooLong);
    }
    let parse_base = |base: &str| base_url(base).ok_or(PatternError::Base);
    let init = match input {
        Input::Text(text) => {
            let base = base.map(parse_base).transpose()?;
            UrlPatternInit::parse_constructor_string::<Source>(&text, base)?
        }
        Input::Init(init) => {
            let base_url = init.base_url.as_deref().map(parse_base).transpose()?;
            UrlPatternInit {
                protocol: init.protocol,
                username: init.username,
                password: init.password,
                hostname: init.hostname,
                port: init.port,
                pathname: init.pathname,
                search: init.search,
                hash: init.hash,
                base_url,
            }
        }
    };
    let options = UrlPatternOptions { regex_syntax: RegexSyntax::EcmaScript, ignore_case };
    Ok(quirks::parse_pattern::<Source>(init, options)?)
}

fn base_url(text: &str) -> Option<Url> {
    Url::parse(&parse_bounded(text)?.href()).ok()
}

fn to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    pattern: &quirks::UrlPattern,
) -> Option<v8::Local<'s, v8::Array>> {
    let components = [
        &pattern.protocol,
        &pattern.username,
        &pattern.password,
        &pattern.hostname,
        &pattern.port,
        &pattern.pathname,
        &pattern.search,
        &pattern.hash,
    ];
    let mut list: Vec<v8::Local<v8::Value>> = Vec::with_capacity(components.len() * 3 + 1);
    for UrlPatternComponent { pattern_string, regexp_string, group_name_list, .. } in components {
        list.push(v8::String::new(scope, pattern_string)?.into());
        list.push(v8::String::new(scope, regexp_string)?.into());
        list.push(strings(scope, group_name_list)?.into());
    }
    list.push(v8::Boolean::new(scope, pattern.has_regexp_groups).into());
    Some(v8::Array::new_with_elements(scope, &list))
}

fn strings<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    texts: &[impl AsRef<str>],
) -> Option<v8::Local<'s, v8::Array>> {
    let mut list: Vec<v8::Local<v8::Value>> = Vec::with_capacity(texts.len());
    for text in texts {
        list.push(v8::String::new(scope, text.as_ref())?.into());
    }
    Some(v8::Array::new_with_elements(scope, &list))
}

/// `urlPatternInput(init)`: the components that a pattern is matched with, or null if they are those of no URL: one is
/// longer than URLs are, for example.
pub(super) fn components<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (input,): (Option<Input>,),
    mut result: v8::ReturnValue<'_>,
) {
    match input.and_then(matched).and_then(|parts| strings(scope, &parts)) {
        Some(list) => result.set(list.into()),
        None => result.set_null(),
    }
}

fn matched(input: Input) -> Option<[String; 8]> {
    let Input::Init(mut init) = input else { return None };
    if init.hostname.as_deref().is_some_and(|host| !short_host(host)) {
        return None;
    }
    // Parsed here, where its host is bounded.
    if let Some(base) = &init.base_url {
        init.base_url = Some(parse_bounded(base)?.href());
    }
    let (input, _) = quirks::process_match_input(StringOrInit::Init(*init), None).ok()??;
    let MatchInput { protocol, username, password, hostname, port, pathname, search, hash } =
        quirks::parse_match_input(input)?;
    Some([protocol, username, password, hostname, port, pathname, search, hash])
}

/// `urlPatternText(url, baseURL)`: the same for a URL as text.
pub(super) fn components_of_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (text, base): (Option<UrlText>, v8::Local<'s, v8::Value>),
    mut result: v8::ReturnValue<'_>,
) {
    let Some(url) = super::url::parsed(scope, text, base) else { return result.set_null() };
    let (protocol, port, search, hash) = (url.protocol(), url.port(), url.search(), url.hash());
    let components = [
        protocol.trim_end_matches(':'),
        url.username(),
        url.password(),
        url.hostname(),
        &port,
        url.pathname(),
        search.strip_prefix('?').unwrap_or_default(),
        hash.strip_prefix('#').unwrap_or_default(),
    ];
    match strings(scope, &components) {
        Some(list) => result.set(list.into()),
        None => result.set_null(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_costs_is_bounded() {
        let text = |length: usize| Input::Text(format!("/{}", "a".repeat(length)));
        assert!(pattern(text(MAX_PATTERN - 100), Some("http://a/"), false).is_ok());
        let error = pattern(text(MAX_PATTERN), Some("http://a/"), false).unwrap_err();
        assert!(matches!(error, PatternError::TooLong));
        // A scheme that could be anything is not compiled here.
        let scheme = "(a{1000}{1000}{1000})".to_owned();
        let init = quirks::UrlPatternInit { protocol: Some(scheme), ..Default::default() };
        assert!(pattern(Input::Init(Box::new(init)), None, false).is_ok());
    }
}
