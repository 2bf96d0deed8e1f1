//! Outgoing requests.

use http::header::{ACCEPT_ENCODING, RANGE};

use super::arguments::{ArgumentError, FromV8, InFlight, Starting};
use super::bodies::{self, GivenBody, PartOf};
use super::{throw_start_error, throw_type_error};
use crate::codings::Accepted;
use crate::vocabulary::operations::{FetchRequest, RedirectMode};

/// `fetchStart(requestId, operationId, method, url, headers, body, redirect, once)`; `once`: the body is a stream, even if all
/// of it is here.
pub(super) fn start(
    scope: &mut v8::PinScope<'_, '_>,
    (Starting(request), operation, method, url, headers, body, redirect, once): (
        Starting,
        u64,
        String,
        String,
        Option<http::HeaderMap>,
        GivenBody,
        RedirectMode,
        bool,
    ),
    _result: v8::ReturnValue<'_>,
) {
    let head = head(&method, &url, headers);
    let outgoing = head.and_then(|mut head| {
        let body = match body {
            GivenBody::Streams(id) => {
                bodies::take(scope, id, head.headers_mut(), (&request, PartOf::Upload))?
            }
            GivenBody::Whole(body) => body,
        };
        ask_for_codings(head.headers_mut(), request.accepted());
        Some(head.map(|()| body))
    });
    let Some(outgoing) = outgoing else {
        return throw_type_error(scope, "invalid request");
    };
    let fetch = FetchRequest { request: outgoing, redirect, budget: request.budget().clone() };
    if let Err(error) = request.start_fetch(operation, fetch, once) {
        throw_start_error(scope, error);
    }
}

fn head(method: &str, url: &str, headers: Option<http::HeaderMap>) -> Option<http::Request<()>> {
    let without_fragment = url.split_once('#').map_or(url, |(url, _)| url);
    let mut request = http::Request::new(());
    *request.method_mut() = http::Method::from_bytes(method.as_bytes()).ok()?;
    *request.uri_mut() = http::Uri::try_from(without_fragment).ok()?;
    *request.headers_mut() = headers?;
    Some(request)
}

/// What a script says goes; a range of a compressed answer is of no use to it.
fn ask_for_codings(headers: &mut http::HeaderMap, accepted: Accepted) {
    if !headers.contains_key(ACCEPT_ENCODING)
        && !headers.contains_key(RANGE)
        && let Some(value) = accepted.to_value()
    {
        headers.insert(ACCEPT_ENCODING, value);
    }
}

impl<'s> FromV8<'s> for RedirectMode {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(match String::from_v8(scope, value)?.as_str() {
            "manual" => Self::Manual,
            "error" => Self::Error,
            _ => Self::Follow,
        })
    }
}

/// `opCancel(requestId, operationId)`
pub(super) fn cancel(
    _scope: &mut v8::PinScope<'_, '_>,
    (InFlight(request), operation): (InFlight, u64),
    _result: v8::ReturnValue<'_>,
) {
    request.cancel_operation(operation);
}
