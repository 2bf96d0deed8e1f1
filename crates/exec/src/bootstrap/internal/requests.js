// The state of the requests in flight in this context, and waitUntil.
(function (internals) {
  "use strict";
  const {
    Error, Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, PromisePrototypeThen,
    PromiseResolve, SetPrototypeForEach, SetPrototypeGetSize,
  } = internals.primordials;
  const { DOMException } = internals;
  const { currentRequest } = internals.asyncContext;
  const { waitUntilDone } = internals.host;
  const { waitUntilRejected } = internals.thrown;

  class RequestState {
    id;
    // The last of its timers, which has the others behind it.
    timers = null;
    // Set of ids, made when first needed.
    ops = null;
    // Queue of tasks, Set of BroadcastChannels, likewise.
    tasks = null;
    channels = null;
    // Set of the Followings of signals, likewise.
    followed = null;
    // Set of the URLs of Blobs, likewise.
    objectUrls = null;
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

  // One of the RequestStates, and a Map with those that came while there was
  // one: a Map is slow when it becomes empty.
  let first = null;
  let others = null;

  function begin(id) {
    const state = new RequestState(id);
    if (first === null) {
      first = state;
    } else {
      others ??= new Map();
      MapPrototypeSet(others, id, state);
    }
    internals.tasks.begin(state);
    return state;
  }

  function find(id) {
    if (first !== null && first.id === id) {
      return first;
    }
    return others === null ? undefined : MapPrototypeGet(others, id);
  }

  function remove(state) {
    if (first === state) {
      first = null;
    } else {
      MapPrototypeDelete(others, state.id);
    }
  }

  const isEmpty = (set) => set === null || SetPrototypeGetSize(set) === 0;

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

  // What the host is told of a request that has its answer.
  const GOES_ON = 0;
  const DONE = 1;
  // There is nothing of it that the host need ask for.
  const FORGOTTEN = 2;

  function endingOf(state) {
    if (state.pending !== 0 || state.done) {
      return GOES_ON;
    }
    const forgotten = state.timers === null && isEmpty(state.ops) &&
      !internals.tasks.hasTasks(state) && state.channels === null && isEmpty(state.followed) &&
      isEmpty(state.objectUrls);
    return forgotten ? FORGOTTEN : DONE;
  }

  // The host is told, or has been.
  function note(state, ending) {
    if (ending !== GOES_ON) {
      state.done = true;
    }
    if (ending === FORGOTTEN) {
      remove(state);
    }
  }

  function checkDone(state) {
    const ending = state.finished ? endingOf(state) : GOES_ON;
    if (ending !== GOES_ON) {
      note(state, ending);
      waitUntilDone(state.id, ending === FORGOTTEN);
    }
  }

  function finish(state) {
    state.finished = true;
    checkDone(state);
  }

  // The request goes on until letGo, besides what waitUntil was given.
  function keep(state) {
    state.pending++;
  }

  function letGo(state) {
    state.pending--;
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

  // Ends a request and what it has started: timers and tasks are left to others
  // if there is room for them, and operations rejected, since others may wait for the
  // same promise. Returns the reason they were rejected with, undefined if there
  // were none. What follows runs as microtasks, in which nothing can be started
  // for the request any more.
  function end(id, hasRoom) {
    const state = find(id);
    if (state === undefined) {
      return undefined;
    }
    state.done = true;
    remove(state);
    if (state.timers !== null) {
      internals.timers.leave(state, hasRoom);
    }
    if (internals.tasks.hasTasks(state)) {
      internals.tasks.leave(state, hasRoom);
    }
    if (state.channels !== null) {
      internals.broadcastChannel.leave(state.channels);
    }
    if (!isEmpty(state.objectUrls)) {
      internals.objectUrls.leave(state.objectUrls);
    }
    if (state.followed !== null) {
      SetPrototypeForEach(state.followed, (following) => following.stop());
    }
    if (isEmpty(state.ops)) {
      return undefined;
    }
    const reason = new DOMException(
      "The request that started the operation has ended", "AbortError",
    );
    SetPrototypeForEach(state.ops, (op) => internals.operations.abandon(op, reason));
    return reason;
  }

  internals.requests = {
    __proto__: null, GOES_ON, begin, current, end, endingOf, find, finish, keep, letGo, note,
    pendingWaitUntil, waitUntil,
  };
})
