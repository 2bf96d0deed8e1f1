// fetch: starts an operation of the host and waits for its result.
(function (internals) {
  "use strict";
  const { Promise, TypeError, Uint8Array } = internals.primordials;
  const { isAborted, partsOf } = internals.abort;
  const { discard, forHost } = internals.body;
  const { Pump } = internals.bodyPump;
  const { add, nextId, take } = internals.operations;
  const { current } = internals.requests;
  const { describe } = internals.request;
  const { withField } = internals.headers;
  const { requireArguments } = internals.webidl;
  const { Request } = internals.globals;
  const { fetchStart } = internals.host;

  // What the cache mode says to caches on the way.
  function withCacheMode(flat, cache) {
    switch (cache) {
      case "no-cache":
        return withField(flat, "cache-control", "max-age=0");
      case "no-store":
      case "reload":
        return withField(withField(flat, "pragma", "no-cache"), "cache-control", "no-cache");
      default:
        return flat;
    }
  }

  function start(state, request, resolve, reject) {
    const { body, cache, flat, method, redirect, signal, url } = describe(request);
    if (signal !== null && isAborted(signal)) {
      const { reason } = partsOf(signal);
      discard(body, reason);
      reject(reason);
      return;
    }
    if (state === undefined) {
      reject(new TypeError("fetch: the request has already ended"));
      return;
    }
    if (cache === "only-if-cached") {
      discard(body, undefined);
      reject(new TypeError("fetch: nothing is cached"));
      return;
    }
    const given = forHost(body);
    const pump = given === undefined ? new Pump(state, body.stream, false, signal) : null;
    const id = nextId();
    try {
      // This throws if the request has too many, or the URL cannot be fetched.
      const fields = withCacheMode(flat, cache);
      fetchStart(state.id, id, method, url, fields, pump?.id ?? given, redirect);
    } catch (error) {
      pump?.stop(error);
      throw error;
    }
    // The answer to HEAD has no body, not an empty one.
    add(id, state, resolve, reject, signal, method === "HEAD");
    pump?.start();
  }

  function fetch(input, init = undefined) {
    const state = current("fetch");
    const given = arguments.length;
    return new Promise((resolve, reject) => {
      requireArguments(given, 1, "fetch");
      start(state, new Request(input, init), resolve, reject);
    });
  }

  function settle(id, error, status, statusText, headersText, given, url, redirected) {
    const operation = take(id);
    if (operation === undefined) {
      return;
    }
    if (error !== null) {
      operation.reject(new TypeError(error));
      return;
    }
    const { detail: isHead, signal } = operation;
    const body = isHead ? null : given ?? new Uint8Array(0);
    operation.resolve(
      internals.response.fromFetch(status, statusText, headersText, body, url, redirected, signal),
    );
  }

  internals.globals.fetch = fetch;
  internals.fetch = { __proto__: null, settle };
})
