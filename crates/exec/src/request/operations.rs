//! The operations of a request: started by its JavaScript, run on the caller's runtime, cancelled with it.

use std::future::Future;
use std::sync::Arc;
use std::thread;

use super::{InFlight, Message, Request, Settled, StartError, State};
use crate::compute::{self, NotDone};
use crate::crypto::{Failure, Output};
use crate::vocabulary::binding::{Argument, BindingCall, Bound};
use crate::vocabulary::body::{Body, charge};
use crate::vocabulary::operations::{FetchRequest, OperationError};

impl Request {
    /// Runs a fetch.
    pub(crate) fn start_fetch(
        self: &Arc<Self>,
        operation: u64,
        mut fetch: FetchRequest,
        once: bool,
    ) -> Result<(), StartError> {
        let outgoing = fetch.request.body().as_bytes().map_or(0, <[u8]>::len);
        // The copies are made, and what waits for its turn as an operation must be accounted for already.
        let head = self.budget.try_bytes(size_of_head(&fetch.request))?;
        if let Body::Full(body) = fetch.request.body_mut() {
            *body = charge(std::mem::take(body), &self.budget)?;
        }
        // Of none there is nothing that could not be sent again.
        if once && !fetch.request.body().is_empty() {
            let body = std::mem::take(fetch.request.body_mut());
            *fetch.request.body_mut() = Body::Stream(body.into_stream());
        }
        let handler = Arc::clone(&self.operations);
        let work = async move {
            let _head = head;
            Settled::Fetch(handler.handle_fetch(fetch).await)
        };
        let weight = Weight::Subrequest { outgoing };
        self.start_operation(operation, weight, |error| Settled::Fetch(Err(error)), work)
    }

    /// Calls the method of `bound` at this index.
    pub(crate) fn start_binding(
        self: &Arc<Self>,
        operation: u64,
        (bound, method): (&Bound, usize),
        arguments: Vec<Argument>,
    ) -> Result<(), StartError> {
        let method = bound.methods.get(method).ok_or(StartError::NoBinding)?.clone();
        let outgoing = arguments.iter().map(Argument::len).sum();
        let call = BindingCall::new(method.clone(), arguments, self.budget.clone())?;
        let (budget, bound) = (self.budget.clone(), bound.clone());
        let work = async move {
            let answer = match bound.binding.call(call).await {
                Ok(answer) => answer.charged(&budget).map_err(OperationError::from),
                Err(error) => Err(error),
            };
            if let Err(OperationError { detail, .. }) = &answer {
                tracing::debug!(binding = %bound.name, %method, %detail, "a call of a binding failed");
            }
            Settled::Binding(answer)
        };
        let weight = Weight::Subrequest { outgoing };
        self.start_operation(operation, weight, |error| Settled::Binding(Err(error)), work)
    }

    /// Has a compute thread do `work`, whose arguments take this many bytes.
    pub(crate) fn start_computation(
        self: &Arc<Self>,
        operation: u64,
        outgoing: usize,
        work: impl FnOnce() -> Result<Output, Failure> + Send + 'static,
    ) -> Result<(), StartError> {
        let bytes = self.budget.try_bytes(outgoing)?;
        let budget = self.budget.clone();
        let work = async move {
            let work = move || {
                let _bytes = bytes;
                work()
            };
            Settled::Computed(compute::run(budget, work).await)
        };
        let failed = |_| Settled::Computed(Err(NotDone::Panicked));
        self.start_operation(operation, Weight::Computation { outgoing }, failed, work)
    }

    /// Runs `work` once the worker's budget has room for an operation of this weight. Its end arrives as a
    /// [`Message::Settled`]; `failed` makes one of it if `work` does not come to its end.
    pub(super) fn start_operation(
        self: &Arc<Self>,
        operation: u64,
        weight: Weight,
        failed: fn(OperationError) -> Settled,
        work: impl Future<Output = Settled> + Send + 'static,
    ) -> Result<(), StartError> {
        let runtime = self.runtime.as_ref().ok_or(StartError::NoRuntime)?;
        {
            let mut state = self.state.lock();
            if state.ended {
                return Err(StartError::Ended);
            }
            if state.in_flight.len() >= self.limits.operations {
                return Err(StartError::TooManyOperations);
            }
            state.take_on(operation, weight, &self.limits, self.heap_max)?;
        }
        let settlement = Settlement { request: Arc::clone(self), operation, failed, settled: false };
        let budget = self.budget.clone();
        let task = runtime.spawn(async move {
            let permit = match weight {
                Weight::Subrequest { .. } => budget.operation().await.map(Some),
                Weight::Read | Weight::Computation { .. } => Ok(None),
            };
            let (_permit, result) = match permit {
                Ok(permit) => (permit, work.await),
                Err(exceeded) => (None, failed(exceeded.into())),
            };
            settlement.settle(result);
        });
        // The operation may have settled, or the request ended, before this.
        match self.state.lock().in_flight.get_mut(&operation) {
            Some(in_flight) => in_flight.task = Some(task.abort_handle()),
            None => task.abort(),
        }
        Ok(())
    }

    /// Stops an operation; its end will not be reported.
    pub(crate) fn cancel_operation(&self, operation: u64) {
        let cancelled = self.state.lock().take_operation(operation);
        if let Some(task) = cancelled.and_then(|operation| operation.task) {
            task.abort();
        }
    }
}

/// What an operation takes of a request's limits and a worker's budget, besides being one in flight.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weight {
    /// One of the subrequests, which sends this many bytes; they are charged already.
    Subrequest { outgoing: usize },
    /// Nothing more: it reads what came of another.
    Read,
    /// These bytes, likewise; how many may wait to be computed is bounded there.
    Computation { outgoing: usize },
}

impl State {
    fn take_on(
        &mut self,
        operation: u64,
        weight: Weight,
        limits: &isolate::RequestLimits,
        most_outgoing: usize,
    ) -> Result<(), StartError> {
        let outgoing = match weight {
            Weight::Subrequest { outgoing } | Weight::Computation { outgoing } => outgoing,
            Weight::Read => 0,
        };
        let is_subrequest = matches!(weight, Weight::Subrequest { .. });
        if is_subrequest && self.subrequests >= limits.subrequests {
            return Err(StartError::TooManySubrequests);
        }
        // Copies outside of the isolate, which nothing else accounts for.
        if self.outgoing.saturating_add(outgoing) > most_outgoing {
            return Err(StartError::TooMuchData);
        }
        self.subrequests += usize::from(is_subrequest);
        self.outgoing += outgoing;
        self.in_flight.insert(operation, InFlight { task: None, outgoing });
        Ok(())
    }

    fn take_operation(&mut self, operation: u64) -> Option<InFlight> {
        let taken = self.in_flight.remove(&operation)?;
        self.outgoing -= taken.outgoing;
        Some(taken)
    }
}

/// Reports the end of an operation exactly once, also when its future is dropped with its runtime, or panics.
struct Settlement {
    request: Arc<Request>,
    operation: u64,
    failed: fn(OperationError) -> Settled,
    settled: bool,
}

impl Settlement {
    fn settle(mut self, result: Settled) {
        self.report(result);
    }

    fn report(&mut self, result: Settled) {
        self.settled = true;
        let waker = {
            let mut state = self.request.state.lock();
            if state.take_operation(self.operation).is_none() {
                return;
            }
            // In the same step: a request with nothing in flight and no message may be taken for one that nothing
            // will bring further.
            state.messages.push_back(Message::Settled { operation: self.operation, result });
            state.waker.clone()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Settlement {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let error = if thread::panicking() {
            OperationError::new("internal error", "it panicked")
        } else {
            OperationError::new("the operation was cancelled", "its runtime is shutting down")
        };
        let result = (self.failed)(error);
        self.report(result);
    }
}

/// About how many bytes an outgoing request takes besides its body.
fn size_of_head<T>(request: &http::Request<T>) -> usize {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| name.as_str().len() + value.len();
    let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    path + request.headers().iter().map(header).sum::<usize>()
}
