//! From what a worker answered, or why it did not, to a response for the network.

use std::time::Duration;

use exec::{BodyError, Outcome, StatusText, Termination, TerminationReason};
use http::header::{self, HeaderValue};
use http::{Method, Response, StatusCode, Version};
use hyper::body::Body as _;
use hyper::ext::ReasonPhrase;

use super::request::RequestError;
use super::served_body::ServedBody;
use crate::answer::{self, TERMINATION_REASON};

/// The response of this server.
pub(super) type HttpResponse = Response<ServedBody>;

/// The worker's response to a request with this method, over this version.
pub(super) fn of_outcome(
    outcome: Outcome,
    method: &Method,
    version: Version,
) -> Result<HttpResponse, Termination> {
    let mut response = answer::of_outcome(outcome, method)?;
    // HTTP/2 has none.
    let text = response.extensions_mut().remove::<StatusText>();
    let own = text.and_then(|text| ReasonPhrase::try_from(text.as_bytes()).ok());
    // hyper would write `<none>` where there is no usual one.
    let is_unusual = response.status().canonical_reason().is_none();
    let phrase = own.or_else(|| is_unusual.then(|| ReasonPhrase::from_static(b"")));
    if let Some(phrase) = phrase {
        response.extensions_mut().insert(phrase);
    }
    Ok(response.map(|body| ServedBody::new(body, version)))
}

/// The response to `HEAD` where this one is the response to `GET`.
pub(super) fn head_of(mut response: HttpResponse) -> HttpResponse {
    if let Some(length @ 1..) = response.body().size_hint().exact() {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    response.map(|body| body.without_bytes())
}

/// The response for an execution that ended without an answer. What the worker's code said is passed on
/// only if `expose` is set.
pub(super) fn of_termination(termination: &Termination, expose: bool) -> HttpResponse {
    let reason = termination.reason;
    let tenants_own = matches!(reason, TerminationReason::Exception | TerminationReason::InitializationError);
    let message = if expose && tenants_own { &termination.message } else { public_message(reason) };
    let mut response = error(reason.http_status(), reason.name(), message);
    response.headers_mut().insert(TERMINATION_REASON, HeaderValue::from_static(reason.name()));
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        insert_retry_after(&mut response, termination.retry_after);
    }
    response
}

/// In seconds, rounded up; one if nothing is known.
fn insert_retry_after(response: &mut HttpResponse, after: Option<Duration>) {
    let seconds = after.map_or(1, |after| after.as_secs() + u64::from(after.subsec_nanos() > 0)).max(1);
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
}

/// The response for a request that did not get to a worker.
pub(super) fn of_request_error(request_error: &RequestError) -> HttpResponse {
    let (status, name) = match request_error {
        RequestError::BadTarget => (StatusCode::BAD_REQUEST, "BadRequest"),
        RequestError::BadMethod | RequestError::BadCoding => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        RequestError::BadFraming => (StatusCode::BAD_REQUEST, "BadRequest"),
        RequestError::Body(BodyError::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge"),
        RequestError::Body(BodyError::OverBudget(_)) => {
            let reason = TerminationReason::Overloaded;
            let mut response = error(reason.http_status(), reason.name(), &request_error.to_string());
            response.headers_mut().insert(TERMINATION_REASON, HeaderValue::from_static(reason.name()));
            insert_retry_after(&mut response, None);
            return closing(response);
        }
        RequestError::Body(BodyError::Stalled | BodyError::TooSlow) => {
            (StatusCode::REQUEST_TIMEOUT, "RequestTimeout")
        }
        RequestError::Body(_) => {
            return closing(error(StatusCode::BAD_REQUEST, "BadRequest", "the body is not well formed"));
        }
    };
    let response = error(status, name, &request_error.to_string());
    match request_error {
        RequestError::BadTarget | RequestError::BadMethod => response,
        RequestError::BadCoding | RequestError::BadFraming | RequestError::Body(_) => closing(response),
    }
}

/// The response for a path without a worker.
pub(super) fn not_found() -> HttpResponse {
    error(StatusCode::NOT_FOUND, "NotFound", "no worker at this path")
}

fn error(status: StatusCode, name: &str, message: &str) -> HttpResponse {
    json(status, &serde_json::json!({ "error": name, "message": message }))
}

fn json(status: StatusCode, value: &serde_json::Value) -> HttpResponse {
    let mut response = Response::new(value.to_string().into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The body, or the rest of it, is still to come, so the connection cannot serve another request. (HTTP/2 has no
/// such header; hyper leaves it out there.)
pub(super) fn closing(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// What a client may know of a termination.
fn public_message(reason: TerminationReason) -> &'static str {
    match reason {
        TerminationReason::CpuTimeLimit => "the worker used up its CPU time",
        TerminationReason::MemoryLimit => "the worker reached its memory limit",
        TerminationReason::WallClockTimeout => "the worker took too long",
        TerminationReason::NeverResponds => "the worker can never respond",
        TerminationReason::Exception => "the worker threw an exception",
        TerminationReason::InitializationError => "the worker could not be initialized",
        TerminationReason::Aborted => "the request was aborted",
        TerminationReason::Overloaded => "no capacity at the moment",
        TerminationReason::Terminated => "the worker was stopped",
        TerminationReason::Other => "internal error",
    }
}

#[cfg(test)]
mod tests {
    use exec::Body;

    use super::*;

    fn answer(
        method: Method,
        status: u16,
        headers: &[(&'static str, &str)],
        body: &'static str,
    ) -> HttpResponse {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            response.headers_mut().append(*name, value.parse().unwrap());
        }
        of_outcome(Outcome::Response(response), &method, Version::HTTP_11).unwrap()
    }

    #[test]
    fn the_framing_is_not_the_workers() {
        let claims = [
            ("content-length", "999"),
            ("transfer-encoding", "chunked"),
            ("connection", "close, x-a"),
            ("x-a", "1"),
        ];
        let response = answer(Method::GET, 200, &claims, "four");
        assert!(response.headers().is_empty());
        assert_eq!(response.body().size_hint().exact(), Some(4));
    }

    #[test]
    fn no_body_where_none_belongs() {
        for status in [204, 205, 304] {
            let response = answer(Method::GET, status, &[("content-length", "3")], "abc");
            assert!(response.body().is_end_stream() && response.headers().is_empty());
        }
        let from_body = head_of(answer(Method::HEAD, 200, &[("content-length", "999")], "four"));
        assert_eq!(from_body.headers()["content-length"], "4");
        let announced = head_of(answer(Method::HEAD, 200, &[("content-length", "999")], ""));
        assert_eq!(announced.headers()["content-length"], "999");
        assert!(from_body.body().is_end_stream() && announced.body().is_end_stream());
    }

    #[test]
    fn what_is_no_length_is_not_announced() {
        for length in ["undefined", "NaN", "", "-1", "+1", "1.5", "5, 5", "99999999999999999999"] {
            let response = head_of(answer(Method::HEAD, 200, &[("content-length", length)], ""));
            assert!(response.headers().is_empty(), "{length:?}");
        }
        let twice =
            head_of(answer(Method::HEAD, 200, &[("content-length", "5"), ("content-length", "6")], ""));
        assert!(twice.headers().is_empty());
    }

    #[test]
    fn what_the_server_says_of_itself_no_worker_can_say() {
        let forged = answer(Method::GET, 200, &[("x-termination-reason", "CpuTimeLimit"), ("x-b", "2")], "");
        assert_eq!(forged.headers().len(), 1);
    }

    #[test]
    fn other_outcomes_are_a_defect_of_the_host() {
        let error = of_outcome(Outcome::Completed, &Method::GET, Version::HTTP_11).unwrap_err();
        assert_eq!(error.reason, TerminationReason::Other);
    }
}
