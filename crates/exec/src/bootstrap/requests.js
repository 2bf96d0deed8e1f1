// The state of the requests in flight in this context, and waitUntil.
(function (internals) {
  "use strict";
  const {
    Error, Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, PromisePrototypeThen,
    PromiseResolve, SetPrototypeForEach,
  } = internals.primordials;
  const { DOMException } = internals;
  const { currentRequest, waitUntilDone, waitUntilRejected } = internals.host;

  class RequestState {
    id;
    // Sets of ids, made when first needed.
    timers = null;
    ops = null;
    // Unsettled waitUntil promises.
    pending = 0;
    // The handler has given its result to the host.
    finished = false;
    // The host was told that nothing is left to do, or has ended the request.
    done = false;
    // The AbortSignal of the incoming request, made when the guest asks for it.
    signal = null;
    // The reason if the client went away.
    abortReason = null;

    constructor(id) {
      this.id = id;
    }
  }

  // Map of request id to RequestState.
  let states = null;

  function begin(id) {
    const state = new RequestState(id);
    states ??= new Map();
    MapPrototypeSet(states, id, state);
    return state;
  }

  const find = (id) => (states === null ? undefined : MapPrototypeGet(states, id));

  // The state of the request the running code belongs to; undefined if that
  // request has ended already. At the top level of a script there is none.
  function current(what) {
    const id = currentRequest();
    if (id === 0) {
      throw new Error(
        `Disallowed operation called within global scope: ${what} is only available while a ` +
          "request, scheduled event or task is being handled",
      );
    }
    return find(id);
  }

  function checkDone(state) {
    if (state.finished && state.pending === 0 && !state.done) {
      state.done = true;
      waitUntilDone(state.id);
    }
  }

  function finish(state) {
    state.finished = true;
    checkDone(state);
  }

  function waitUntil(state, promise) {
    if (state.done) {
      throw new DOMException(
        "waitUntil: the request has already ended", "InvalidStateError",
      );
    }
    PromisePrototypeThen(PromiseResolve(promise), () => {
      state.pending--;
      checkDone(state);
    }, (error) => {
      state.pending--;
      if (!state.done) {
        waitUntilRejected(state.id, error);
      }
      checkDone(state);
    });
    state.pending++;
  }

  function pendingWaitUntil(id) {
    return find(id)?.pending ?? 0;
  }

  // Forgets everything of a request without calling guest code.
  function end(id) {
    const state = find(id);
    if (state === undefined) {
      return;
    }
    state.done = true;
    MapPrototypeDelete(states, id);
    if (state.timers !== null) {
      SetPrototypeForEach(state.timers, internals.timers.forget);
    }
    if (state.ops !== null) {
      SetPrototypeForEach(state.ops, internals.fetch.forget);
    }
  }

  internals.requests = {
    __proto__: null, begin, current, end, find, finish, pendingWaitUntil, waitUntil,
  };
})
