//! One request, from its head to its response.

use std::fmt;
use std::time::Instant;

use exec::{Event, Termination, TerminationReason};
use http::header::{HOST, HeaderName, HeaderValue};
use http::uri::{self, Authority};
use http::{Method, Request, Uri, Version};
use hyper::body::Incoming;

use super::access_log::{AccessLine, AccessLog};
use super::backend::Backend;
use super::connection::Ends;
use super::explain::{Asked, Explanation, Unanswered};
use super::prefix;
use super::progress::Progress;
use super::proxies::Proxies;
use super::request::{self, Arrival, RequestError};
use super::response::{self, HttpResponse};
use crate::header_fields::trim_values;
use crate::limited_body::BodyLimits;
use crate::workers::{CountedRequest, Routed, Worker, Workers};

/// What all connections share.
pub(super) struct App<B> {
    pub(super) workers: Workers,
    pub(super) backend: B,
    pub(super) body_limits: BodyLimits,
    pub(super) expose_errors: bool,
    pub(super) access_log: AccessLog,
    pub(super) proxies: Proxies,
    pub(super) client_address_header: Option<HeaderName>,
}

impl<B: Backend> App<B> {
    /// Answers a request that came over a connection with these ends, which makes this progress.
    pub(super) async fn handle(
        &self,
        mut request: Request<Incoming>,
        ends: &Ends,
        progress: &Progress,
    ) -> HttpResponse {
        // HTTP/1.1 has no such values (RFC 9110, 5.5), and over HTTP/2 nobody looked.
        if request.version() >= Version::HTTP_2 {
            trim_values(request.headers_mut());
        }
        let origin = self.proxies.origin(request.headers(), ends.peer());
        let mut access = AccessLine::new(self.access_log, &request, origin.client);
        if let Some(host) = &origin.host {
            address_to(&mut request, host);
        }
        let arrival = Arrival {
            local: ends.local,
            https: origin.https.unwrap_or(ends.https),
            prefix: None,
            client: self
                .client_address_header
                .as_ref()
                .map(|name| (name, origin.client.and_then(|client| ends.header_value(client)))),
        };
        let is_head = request.method() == Method::HEAD;
        let response = self.route(request, arrival, origin.prefix.as_deref(), progress, &mut access).await;
        let mut response = if is_head { response::head_of(response) } else { response };
        access.answered(&response);
        response.body_mut().log(access);
        response
    }

    async fn route(
        &self,
        request: Request<Incoming>,
        mut arrival: Arrival<'_>,
        stripped_by_proxy: Option<&str>,
        progress: &Progress,
        access: &mut AccessLine,
    ) -> HttpResponse {
        // It asks for a tunnel and mostly names no path: no worker is meant, and no response would be an answer.
        if request.method() == Method::CONNECT {
            return response::of_request_error(&RequestError::BadMethod);
        }
        let target = match request.uri().path_and_query().map_or("", |target| target.as_str()) {
            // The absolute form may come without a path.
            query if query.is_empty() || query.starts_with('?') => format!("/{query}"),
            target => target.to_owned(),
        };
        let asked = self.backend.explainer().map(|_| Box::new(Asked::of(&request)));
        let Some(Routed { worker, path_and_query, prefix, .. }) = self.workers.find(&request, &target) else {
            let explained = self.explain(asked.as_deref(), Unanswered::NoWorker);
            let response = response::not_found();
            return match explained {
                Some(explanation) => explanation.explain(response),
                None => response,
            };
        };
        let (prefix, https) = (prefix::of_both(stripped_by_proxy, prefix), arrival.https);
        arrival.prefix = prefix.clone();
        access.routed(&worker);
        let counted = CountedRequest::new(&worker, &request);
        let (method, version) = (request.method().clone(), request.version());
        let (event, upload) =
            match request::event(request, &path_and_query, arrival, self.body_limits, progress, || {
                self.backend.budget(&worker)
            })
            .await
            {
                Ok(event) => event,
                Err(error) => return refuse(&worker, error, counted),
            };
        let below = prefix.zip(authority(&event));
        let started = Instant::now();
        let executed = self.backend.execute(&worker, event).await;
        let mut answered = executed.and_then(|outcome| response::of_outcome(outcome, &method, version));
        if let Ok(response) = &mut answered
            && upload.is_held_back()
        {
            response.body_mut().begin().await;
        }
        let is_held_back = upload.is_held_back();
        let response = match answered {
            Ok(mut response) => {
                if let Some((prefix, authority)) = below {
                    prefix::relocate(response.headers_mut(), &prefix, https, &authority);
                }
                counted.answered(response.status());
                response.map(|body| body.of_worker(&worker, upload))
            }
            Err(termination) => {
                // What the worker's code made of it, without an answer of its own.
                if termination.reason == TerminationReason::Exception
                    && let Some(error) = upload.error()
                {
                    return refuse(&worker, error.into(), counted);
                }
                counted.terminated(&termination);
                let why = Unanswered::Terminated { worker: &worker, termination: &termination };
                let explained = self.explain(asked.as_deref(), why);
                let response = response::of_termination(&termination, self.expose_errors);
                match explained {
                    Some(explanation) => explanation.explain(response),
                    None => {
                        log_termination(&worker, &termination, started);
                        response
                    }
                }
            }
        };
        if is_held_back { response::closing(response) } else { response }
    }

    fn explain(&self, asked: Option<&Asked>, why: Unanswered<'_>) -> Option<Explanation> {
        self.backend.explainer()?.explain(asked?, why)
    }
}

fn refuse(worker: &Worker, error: RequestError, counted: CountedRequest<'_>) -> HttpResponse {
    tracing::debug!(worker = worker.id(), %error, "request refused");
    let response = response::of_request_error(&error);
    counted.answered(response.status());
    response
}

/// Whom the worker sees asked.
fn authority(event: &Event) -> Option<Authority> {
    match event {
        Event::Fetch(request) => request.uri().authority().cloned(),
        _ => None,
    }
}

/// Has the request ask this host, whatever its client said.
fn address_to(request: &mut Request<Incoming>, host: &Authority) {
    let mut target = uri::Parts::default();
    target.path_and_query = request.uri().path_and_query().cloned();
    if let (Ok(target), Ok(host)) = (Uri::from_parts(target), HeaderValue::from_str(host.as_str())) {
        *request.uri_mut() = target;
        request.headers_mut().insert(HOST, host);
    }
}

fn log_termination(worker: &Worker, termination: &Termination, started: Instant) {
    let Termination { reason, message: error, stack, location, hint, .. } = termination;
    let worker = worker.id();
    let (duration, stack) = (started.elapsed(), stack.as_deref().unwrap_or_default());
    let (at, hint) = (location.as_ref().map(ToString::to_string), hint.as_deref());
    if *reason == TerminationReason::Other {
        tracing::error!(worker, %reason, ?error, at, hint, ?stack, ?duration, "execution failed");
    } else {
        tracing::warn!(worker, %reason, ?error, at, hint, ?stack, ?duration, "execution terminated");
    }
}

impl<B> fmt::Debug for App<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}
