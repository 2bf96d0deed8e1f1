//! Outgoing requests.

use super::headers::headers;
use super::values::{body, id, resource_id, text};
use super::{bodies, request_argument, throw_start_error, throw_type_error};
use crate::request::{Request, StartError};
use crate::vocabulary::operations::{FetchRequest, RedirectMode};

/// `fetchStart(requestId, operationId, method, url, headers, body, redirect)`
pub(super) fn start(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    let Some(request) = request_argument(scope, &arguments) else {
        return throw_start_error(scope, StartError::Ended);
    };
    let operation = id(scope, arguments.get(1));
    let Some(fetch) = fetch_request(scope, &arguments, &request) else {
        return throw_type_error(scope, "invalid request");
    };
    if let Err(error) = request.start_fetch(operation, fetch) {
        throw_start_error(scope, error);
    }
}

fn fetch_request(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: &v8::FunctionCallbackArguments<'_>,
    owner: &Request,
) -> Option<FetchRequest> {
    let method = http::Method::from_bytes(text(scope, arguments.get(2)).as_bytes()).ok()?;
    let url = text(scope, arguments.get(3));
    let without_fragment = url.split_once('#').map_or(url.as_str(), |(url, _)| url);
    let uri = http::Uri::try_from(without_fragment).ok()?;
    let headers = headers(scope, arguments.get(4))?;
    let given = arguments.get(5);
    let body =
        if given.is_number() { bodies::take(scope, resource_id(given), None)? } else { body(scope, given) };
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    let redirect = match text(scope, arguments.get(6)).as_str() {
        "manual" => RedirectMode::Manual,
        "error" => RedirectMode::Error,
        _ => RedirectMode::Follow,
    };
    Some(FetchRequest { request, redirect, budget: owner.budget().clone() })
}

/// `opCancel(requestId, operationId)`
pub(super) fn cancel(
    scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    _result: v8::ReturnValue<'_>,
) {
    if let Some(request) = request_argument(scope, &arguments) {
        request.cancel_operation(id(scope, arguments.get(1)));
    }
}
