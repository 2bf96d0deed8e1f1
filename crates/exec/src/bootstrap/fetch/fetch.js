// fetch: starts an operation of the host and waits for its result.
(function (internals) {
  "use strict";
  const { Promise, PromisePrototypeThen, TypeError } = internals.primordials;
  const { isAborted, offAbort, onAbort, partsOf } = internals.abort;
  const { collect, consume, isStreamed } = internals.body;
  const { add, nextId, take } = internals.operations;
  const { current, find } = internals.requests;
  const { describe } = internals.request;
  const { requireArguments } = internals.webidl;
  const { markHandled } = internals.streams;
  const { cancel } = internals.streams.readable;
  const { Request } = internals.globals;
  const { fetchStart } = internals.host;

  function start(state, request, resolve, reject) {
    const described = describe(request);
    const { body, signal } = described;
    if (!isStreamed(body)) {
      const source = body === null ? null : consume(body);
      send(state, described, source, resolve, reject);
      return;
    }
    if (signal !== null && isAborted(signal)) {
      markHandled(cancel(body.stream, partsOf(signal).reason));
      reject(partsOf(signal).reason);
      return;
    }
    const collected = collect(body);
    let aborted = null;
    if (signal !== null) {
      aborted = () => {
        reject(partsOf(signal).reason);
        markHandled(cancel(body.stream, partsOf(signal).reason));
      };
      onAbort(signal, aborted);
    }
    PromisePrototypeThen(collected, ({ bytes }) => {
      if (aborted !== null) {
        offAbort(signal, aborted);
      }
      const ended = state !== undefined && find(state.id) !== state;
      try {
        send(ended ? undefined : state, described, bytes, resolve, reject);
      } catch (error) {
        reject(error);
      }
    }, reject);
  }

  // Starts the operation with the body in memory, null without one.
  function send(state, { flat, method, redirect, signal, url }, source, resolve, reject) {
    if (signal !== null && isAborted(signal)) {
      reject(partsOf(signal).reason);
      return;
    }
    if (state === undefined) {
      reject(new TypeError("fetch: the request has already ended"));
      return;
    }
    const id = nextId();
    // This throws if the request has too many, or the URL cannot be fetched.
    fetchStart(state.id, id, method, url, flat, source, redirect);
    // The answer to HEAD has no body, not an empty one.
    add(id, state, resolve, reject, signal, method === "HEAD");
  }

  function fetch(input, init = undefined) {
    const state = current("fetch");
    const given = arguments.length;
    return new Promise((resolve, reject) => {
      requireArguments(given, 1, "fetch");
      start(state, new Request(input, init), resolve, reject);
    });
  }

  function settle(id, error, status, statusText, headersText, bytes, url, redirected) {
    const operation = take(id);
    if (operation === undefined) {
      return;
    }
    if (error !== null) {
      operation.reject(new TypeError(error));
      return;
    }
    const body = operation.detail ? null : bytes;
    operation.resolve(
      internals.response.fromFetch(status, statusText, headersText, body, url, redirected),
    );
  }

  internals.globals.fetch = fetch;
  internals.fetch = { __proto__: null, settle };
})
