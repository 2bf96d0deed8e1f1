//! What a worker answered, as a response for the network.

use exec::{Body, Outcome, Termination, TerminationReason};
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, Response, StatusCode};

use crate::hop_by_hop;

/// The header of whoever runs the worker, about how it ended.
pub(crate) const TERMINATION_REASON: HeaderName = HeaderName::from_static("x-termination-reason");

/// The worker's response. Length, framing and the absence of a body are not the worker's business.
pub(crate) fn of_outcome(outcome: Outcome, method: &Method) -> Result<Response<Body>, Termination> {
    let response = outcome
        .into_response()
        .filter(|response| !response.status().is_informational())
        .ok_or_else(|| Termination::new(TerminationReason::Other, "not the outcome of a fetch event"))?;
    let (mut parts, body) = response.into_parts();
    let bodiless =
        matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
    let body = if bodiless { Body::empty() } else { body };
    // A handler written for `HEAD` announces a body that it does not make; any other length is our business.
    let has_own_length =
        bodiless || method != Method::HEAD || !body.is_empty() || !announces_length(&parts.headers);
    // The reason says that the server ended the execution: nobody else may say so, nor an upstream that a worker passes on.
    hop_by_hop::strip(&mut parts.headers, |name| {
        *name == TERMINATION_REASON || (has_own_length && *name == header::CONTENT_LENGTH)
    });
    Ok(Response::from_parts(parts, body))
}

/// Whether the fields say how long the body is that `GET` would have: once, and by a number.
fn announces_length(headers: &HeaderMap) -> bool {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let (Some(length), None) = (lengths.next(), lengths.next()) else { return false };
    let digits = length.as_bytes();
    digits.iter().all(u8::is_ascii_digit) && length.to_str().is_ok_and(|digits| digits.parse::<u64>().is_ok())
}
