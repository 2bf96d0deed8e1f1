// fetch: starts an operation of the host and waits for its result.
(function (internals) {
  "use strict";
  const {
    Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, Promise, Set, SetPrototypeAdd,
    SetPrototypeDelete, TypeError,
  } = internals.primordials;
  const { isAborted, offAbort, onAbort, partsOf } = internals.abort;
  const { consume } = internals.body;
  const { current } = internals.requests;
  const { describe } = internals.request;
  const { requireArguments } = internals.webidl;
  const { Request } = internals.globals;
  const { fetchStart, opCancel } = internals.host;

  class Operation {
    state;
    resolve;
    reject;
    signal;
    // The answer to HEAD has no body, not an empty one.
    isHead;
    // Algorithm of the signal, null without one.
    onAbort = null;

    constructor(state, resolve, reject, signal, isHead) {
      this.state = state;
      this.resolve = resolve;
      this.reject = reject;
      this.signal = signal;
      this.isHead = isHead;
    }
  }

  // Map of id to Operation. Ids are never used again.
  let operations = null;
  let nextId = 1;

  function remove(id, operation) {
    MapPrototypeDelete(operations, id);
    SetPrototypeDelete(operation.state.ops, id);
    if (operation.onAbort !== null) {
      offAbort(operation.signal, operation.onAbort);
    }
  }

  function start(state, request, resolve, reject) {
    const { body, flat, method, redirect, signal, url } = describe(request);
    const source = body === null ? null : consume(body);
    if (signal !== null && isAborted(signal)) {
      reject(partsOf(signal).reason);
      return;
    }
    if (state === undefined) {
      reject(new TypeError("fetch: the request has already ended"));
      return;
    }
    const id = nextId++;
    // This throws if the request has too many, or the URL cannot be fetched.
    fetchStart(state.id, id, method, url, flat, source, redirect);
    const operation = new Operation(state, resolve, reject, signal, method === "HEAD");
    operations ??= new Map();
    state.ops ??= new Set();
    MapPrototypeSet(operations, id, operation);
    SetPrototypeAdd(state.ops, id);
    if (signal !== null) {
      operation.onAbort = () => {
        remove(id, operation);
        opCancel(state.id, id);
        reject(partsOf(signal).reason);
      };
      onAbort(signal, operation.onAbort);
    }
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
    const operation = operations === null ? undefined : MapPrototypeGet(operations, id);
    if (operation === undefined) {
      return;
    }
    remove(id, operation);
    if (error !== null) {
      operation.reject(new TypeError(error));
      return;
    }
    const body = operation.isHead ? null : bytes;
    operation.resolve(
      internals.response.fromFetch(status, statusText, headersText, body, url, redirected),
    );
  }

  // For requests.js: the request of this operation has ended.
  function abandon(id, reason) {
    const operation = MapPrototypeGet(operations, id);
    remove(id, operation);
    operation.reject(reason);
  }

  internals.globals.fetch = fetch;
  internals.fetch = { __proto__: null, abandon, settle };
})
