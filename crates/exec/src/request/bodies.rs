//! Bodies that stream, as the JavaScript of a request knows them: by the ids of resources.
//!
//! # Which way
//! An [`IncomingBody`] comes from outside: the upload of the request, or the answer to a `fetch()`. JavaScript reads it
//! with operations, each of which takes what is there, or waits for more; so what is not read is not asked for. An
//! [`OutgoingBody`] is made by JavaScript: see [`channel`](crate::vocabulary::body). Either can be *taken*, once, and then flows
//! without JavaScript: into an answer, or into an upload.
//!
//! # Codings
//! The answer to a `fetch()` comes as it was sent, with its `Content-Encoding`. What was compressed is decoded when
//! JavaScript begins to read it, by the operation that reads, on the runtime and not in a turn; `Content-Encoding` and
//! `Content-Length` go on telling of what was sent. So a body that is only passed on goes through byte for byte, under one
//! condition: that what it goes into says of it that it has the same codings. If it does not (an answer made of the body
//! with other headers, an upload) the codings are undone on its way, and a length that was announced is dropped.
//!
//! # Until when
//! Both belong to the request and end with it; what was taken of an incoming one goes on by itself. If that came from a
//! `fetch()` with a signal, it breaks off when the signal aborts, as long as there is the request to hear of it. While the answer of a
//! request is an outgoing body, its wall clock is replaced by a bound on how long nothing moves.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::Body as _;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::operations::Weight;
use super::reading::{Pace, read_some};
use super::{Answer, Arrived, Message, Request, Settled, StartError};
use crate::budget::TenantBudget;
use crate::codings::Codings;
use crate::vocabulary::body::{
    Body, BodyError, BodySender, BodyStream, Pushed, SenderEvent, breakable, channel, decoded,
};
use crate::vocabulary::operations::OperationError;
use crate::vocabulary::resources::{Resource, ResourceId, ResourceRefused};
use crate::vocabulary::termination::Termination;

/// A body that was kept and has no more bytes than this costs less to copy than to have as a resource.
const SMALL: usize = 4 << 10;

/// A body from outside.
pub(crate) struct IncomingBody(Mutex<Incoming>);

struct Incoming {
    /// Not there while an operation reads it, nor after it was taken or closed.
    body: Option<Body>,
    /// How it is coded, until somebody takes it.
    codings: Option<Codings>,
    pace: Pace,
    closed: bool,
}

impl IncomingBody {
    fn new(body: Body, codings: Option<Codings>) -> Self {
        Self(Mutex::new(Incoming { body: Some(body), codings, pace: Pace::default(), closed: false }))
    }

    /// What is left of it, which flows without JavaScript from then on, under `headers`; nothing while an operation reads
    /// it.
    pub(crate) fn pass_on(&self, headers: &mut HeaderMap, budget: &TenantBudget) -> Option<Body> {
        let (body, codings) = self.take()?;
        let Some(codings) = codings.filter(|own| Codings::of(headers).as_ref() != Some(own)) else {
            return Some(body);
        };
        headers.remove(CONTENT_LENGTH);
        Some(Body::Stream(decoded(body.into_stream(), &codings, budget)))
    }

    /// Whether it keeps its codings when it is passed on under `headers`.
    pub(crate) fn goes_coded(&self, headers: &HeaderMap) -> bool {
        let incoming = self.0.lock();
        incoming.codings.is_some() && incoming.codings == Codings::of(headers)
    }

    /// How many bytes of it will come to be read, at least.
    pub(crate) fn announced(&self) -> usize {
        let incoming = self.0.lock();
        let body = incoming.body.as_ref().filter(|_| incoming.codings.is_none());
        body.map_or(0, |body| usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX))
    }

    /// What is left of it, to be read, and how it was so far.
    fn reader(&self, budget: &TenantBudget) -> Option<(BodyStream, Pace)> {
        let (body, codings) = self.take()?;
        let stream = body.into_stream();
        let stream = match codings {
            Some(codings) => decoded(stream, &codings, budget),
            None => stream,
        };
        Some((stream, self.0.lock().pace))
    }

    /// Makes it one that breaks off when the other half says so; nothing while an operation reads it.
    fn break_with(&self) -> Option<BodyBreak> {
        let mut incoming = self.0.lock();
        let (breaks, stream) = breakable(incoming.body.take()?.into_stream());
        incoming.body = Some(Body::Stream(stream));
        Some(BodyBreak(Mutex::new(Some(breaks))))
    }

    fn take(&self) -> Option<(Body, Option<Codings>)> {
        let mut incoming = self.0.lock();
        let body = incoming.body.take()?;
        Some((body, incoming.codings.take()))
    }

    fn put_back(&self, stream: BodyStream, pace: Pace) {
        let body = Body::Stream(stream);
        let mut incoming = self.0.lock();
        incoming.pace = pace;
        let unwanted = if incoming.closed { Some(body) } else { incoming.body.replace(body) };
        drop(incoming);
        drop(unwanted);
    }
}

impl Resource for IncomingBody {
    fn name(&self) -> &'static str {
        "incoming body"
    }

    fn close(&self) {
        let unread = {
            let mut incoming = self.0.lock();
            incoming.closed = true;
            incoming.body.take()
        };
        drop(unread);
    }
}

/// What breaks off a body that was passed on, when the signal of the `fetch()` that it came from aborts. Without it the body
/// goes on.
struct BodyBreak(Mutex<Option<oneshot::Sender<()>>>);

impl BodyBreak {
    fn take(&self) -> Option<oneshot::Sender<()>> {
        self.0.lock().take()
    }
}

impl Resource for BodyBreak {
    fn name(&self) -> &'static str {
        "break of a body"
    }

    fn close(&self) {
        drop(self.take());
    }

    fn may_go_early(&self) -> bool {
        true
    }
}

/// A body that JavaScript makes.
pub(crate) struct OutgoingBody {
    sender: BodySender,
    stream: Mutex<Option<BodyStream>>,
}

impl OutgoingBody {
    /// Whether it waits for whoever reads it.
    pub(super) fn waits(&self) -> bool {
        self.sender.waits()
    }

    /// Whether that is since the budget has no room.
    pub(super) fn waits_for_budget(&self) -> bool {
        self.sender.waits_for_budget()
    }

    /// The other end of it, for whoever reads it.
    pub(crate) fn take(&self) -> Option<BodyStream> {
        self.stream.lock().take()
    }
}

impl Resource for OutgoingBody {
    fn name(&self) -> &'static str {
        "outgoing body"
    }

    fn close(&self) {
        self.sender.finish(Err(BodyError::broken_off("its request ended before it")));
        let unsent = self.stream.lock().take();
        drop(unsent);
    }
}

/// How much a read takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    /// What is there, up to about the buffer of a stream; so many bytes at least, if there are as many to come. Without a
    /// least, small pieces that follow each other closely come [together](super::reading).
    Some { least: usize },
    /// Everything, if it is not more than this.
    All { limit: usize },
}

/// A body as it is given to JavaScript.
#[derive(Debug)]
pub(crate) enum Received {
    /// None, or nothing that was kept.
    Empty,
    /// As a whole.
    Bytes(Bytes),
    /// To be read.
    Incoming(ResourceId),
}

impl Request {
    /// Takes in a body for its JavaScript.
    pub(crate) fn receive(&self, body: Body) -> Result<Received, ResourceRefused> {
        self.receive_coded(body, None)
    }

    fn receive_coded(&self, body: Body, codings: Option<Codings>) -> Result<Received, ResourceRefused> {
        match (body, codings) {
            (Body::Empty, _) => Ok(Received::Empty),
            (Body::Full(bytes), None) => Ok(Received::Bytes(bytes)),
            (body, codings) => {
                let body = Arc::new(IncomingBody::new(body, codings));
                self.resources.add(body, None).map(Received::Incoming)
            }
        }
    }

    /// Takes in a body that was kept. One that is not small is not copied into the isolate unless somebody reads it.
    pub(crate) fn receive_kept(
        &self,
        bytes: Bytes,
        codings: Option<Codings>,
    ) -> Result<Received, ResourceRefused> {
        match codings {
            _ if bytes.is_empty() => Ok(Received::Empty),
            None if bytes.len() <= SMALL => Ok(Received::Bytes(bytes)),
            codings => {
                let body = Arc::new(IncomingBody::new(Body::Full(bytes), codings));
                self.resources.add(body, None).map(Received::Incoming)
            }
        }
    }

    /// Reads all of `body`, in an operation whose end is that of a read that came to its end, and gives it to `keep`: a copy,
    /// which is charged to nobody; or nothing if there are more than `limit` bytes.
    pub(crate) fn start_keeping(
        self: &Arc<Self>,
        operation: u64,
        body: Body,
        limit: usize,
        keep: impl FnOnce(Option<Bytes>) + Send + 'static,
    ) -> Result<(), StartError> {
        let budget = self.budget.clone();
        let work = async move {
            let kept = match body.collect_charged(limit, &budget).await {
                Ok(bytes) => Some(Bytes::copy_from_slice(&bytes)),
                Err(BodyError::TooLarge) => None,
                Err(error) => return Settled::Read(Err(error)),
            };
            keep(kept);
            Settled::Read(Ok(Vec::new()))
        };
        let failed = |error: OperationError| Settled::Read(Err(BodyError::broken_off(error.detail)));
        self.start_operation(operation, Weight::Read, failed, work)
    }

    /// Takes in the end of an operation for its JavaScript.
    pub(crate) fn arrived(&self, result: Settled) -> Arrived {
        match result {
            Settled::Fetch(result) => Arrived::Fetch(result.and_then(|mut fetched| {
                let codings = Codings::of(fetched.response.headers());
                let body = self.receive_coded(std::mem::take(fetched.response.body_mut()), codings);
                let body = body.map_err(|refused| OperationError::plain(refused.to_string()))?;
                Ok((fetched, body))
            })),
            Settled::Binding(result) => Arrived::Binding(result),
            Settled::Read(result) => Arrived::Read(result),
            Settled::Computed(result) => Arrived::Computed(result.map(|computed| {
                self.cpu.charge_beside(computed.cpu);
                computed.value
            })),
        }
    }

    /// Reads of `body` what `extent` says; `close` is called when there is nothing more to be read. An operation, but none
    /// that the worker has a number of: what it may read is bounded by the body.
    pub(crate) fn start_read(
        self: &Arc<Self>,
        operation: u64,
        body: Arc<IncomingBody>,
        extent: Extent,
        close: impl FnOnce() + Send + 'static,
    ) -> Result<(), StartError> {
        let (mut stream, mut pace) = body.reader(&self.budget).ok_or(StartError::BodyInUse)?;
        let (budget, enough) = (self.budget.clone(), self.limits.stream_buffer);
        let request = Arc::clone(self);
        let work = async move {
            let read = match extent {
                Extent::Some { least } => {
                    read_some(&mut stream, least.min(enough), enough, &mut pace, &budget).await
                }
                Extent::All { limit } => {
                    let all = stream.collect(limit, &budget).await;
                    all.map(|bytes| if bytes.is_empty() { Vec::new() } else { vec![bytes] })
                }
            };
            if let Err(BodyError::OverBudget(exceeded)) = &read {
                let _ = request.exceeded.set(*exceeded);
            }
            match (&read, extent) {
                (Ok(chunks), Extent::Some { .. }) if !chunks.is_empty() => body.put_back(stream, pace),
                _ => close(),
            }
            Settled::Read(read)
        };
        let failed = |error: OperationError| Settled::Read(Err(BodyError::broken_off(error.detail)));
        self.start_operation(operation, Weight::Read, failed, work)
    }

    /// Makes `body` one that its JavaScript can [break off](Self::break_body) when it has passed it on. Returns the id for
    /// that; nothing if there is no room for one more.
    pub(crate) fn make_breakable(&self, body: &IncomingBody) -> Option<ResourceId> {
        self.resources.add(Arc::new(body.break_with()?), None).ok()
    }

    /// Breaks off a body that its JavaScript has passed on.
    pub(crate) fn break_body(&self, id: ResourceId) {
        let breaks = self.resources.get::<BodyBreak>(id).and_then(|body| body.take());
        self.resources.close(id);
        if let Some(breaks) = breaks {
            // It may have come to its end by now.
            let _ = breaks.send(());
        }
    }

    /// Makes a body for its JavaScript to write, of so many bytes, if that is known.
    pub(crate) fn open_outgoing(
        self: &Arc<Self>,
        length: Option<u64>,
    ) -> Result<ResourceId, ResourceRefused> {
        let id = ResourceId::next();
        let request = Arc::downgrade(self);
        let tell = move |event| {
            if let Some(request) = request.upgrade() {
                request.moved();
                if event != SenderEvent::Taken {
                    request.send(Message::Body { body: id, event });
                }
            }
        };
        let (sender, stream) = channel(self.limits.stream_buffer, self.budget.clone(), tell);
        if let Some(length) = length {
            sender.announce(length);
        }
        let body = Arc::new(OutgoingBody { sender, stream: Mutex::new(Some(stream)) });
        self.resources.add_as(id, Arc::clone(&body) as _, None)?;
        self.state.lock().outgoing_bodies.push((id, body));
        Ok(id)
    }

    /// A chunk of a body that its JavaScript writes. As long as something else can be answered it does not wait for a budget that
    /// is used up.
    pub(crate) fn push_outgoing(&self, id: ResourceId, chunk: Bytes) -> Pushed {
        self.moved();
        let Some(body) = self.outgoing(id) else { return Pushed::Ended };
        let is_held = self.holds_answer.load(Ordering::Relaxed) && self.state.lock().answer_body == Some(id);
        let pushed = match is_held {
            true => body.sender.push(chunk),
            false => body.sender.push_or_wait(chunk),
        };
        pushed.unwrap_or_else(|exceeded| {
            if self.state.lock().answer_body == Some(id) {
                self.break_off(Termination::over_budget(exceeded));
            }
            body.sender.finish(Err(exceeded.into()));
            Pushed::Ended
        })
    }

    /// The end of a body that its JavaScript writes.
    pub(crate) fn finish_outgoing(&self, id: ResourceId, end: Result<(), BodyError>) {
        if let Some(body) = self.outgoing(id) {
            body.sender.finish(end);
        }
        self.forget_outgoing(id);
    }

    /// Its JavaScript is about to hear what happened to a body that it writes. Returns whether that is the body of its
    /// answer, and whoever wanted it has left. (Of an answer to `HEAD` nobody ever wants it.)
    pub(crate) fn heard_of_outgoing(&self, id: ResourceId, event: SenderEvent) -> bool {
        if let Some(body) = self.outgoing(id) {
            body.sender.heard();
        }
        let is_answer = self.state.lock().answer_body == Some(id);
        if event == SenderEvent::Gone {
            self.forget_outgoing(id);
        }
        is_answer && event == SenderEvent::Gone && !self.is_head.load(Ordering::Relaxed)
    }

    fn outgoing(&self, id: ResourceId) -> Option<Arc<OutgoingBody>> {
        let state = self.state.lock();
        state.outgoing_bodies.iter().find(|(own, _)| *own == id).map(|(_, body)| Arc::clone(body))
    }

    fn forget_outgoing(&self, id: ResourceId) {
        let ended = {
            let mut state = self.state.lock();
            let position = state.outgoing_bodies.iter().position(|(own, _)| *own == id);
            if state.answer_body == Some(id) {
                state.answer_body = None;
                self.streams.store(false, Ordering::Relaxed);
                self.deadline.extend(self.limits.wall_clock);
            }
            position.map(|position| state.outgoing_bodies.swap_remove(position))
        };
        drop(ended);
        self.resources.close(id);
    }

    /// From here on `id` is the body of its answer, which has no deadline as long as something moves.
    pub(crate) fn answer_with(&self, id: ResourceId) {
        {
            let mut state = self.state.lock();
            state.answer_body = Some(id);
            self.streams.store(true, Ordering::Relaxed);
        }
        self.deadline.lift(self.limits.stream_max);
        self.moved();
    }

    /// Something went on with a body.
    fn moved(&self) {
        if self.streams.load(Ordering::Relaxed) {
            self.deadline.extend(self.limits.stream_idle);
        }
    }

    /// The answer does not come to its end. If it is held, `instead` is the answer in its place; otherwise its body breaks
    /// off. Returns whether it was replaced.
    pub(crate) fn break_off(&self, instead: Termination) -> bool {
        let replaced = {
            let mut state = self.state.lock();
            match &mut state.answer {
                Answer::Held(reply, _) => Some(std::mem::replace(reply, Err(instead.clone()))),
                Answer::Awaited(_) | Answer::Given(_) | Answer::Taken => None,
            }
        };
        if replaced.is_some() {
            self.publish();
            return true;
        }
        let answer_body = self.state.lock().answer_body;
        if let Some(body) = answer_body.and_then(|id| self.outgoing(id)) {
            body.sender.finish(Err(BodyError::broken_off(instead.message)));
        }
        false
    }
}
