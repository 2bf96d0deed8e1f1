// AbortController and AbortSignal.
//
// A signal made by `AbortSignal.any` (or of a Request) follows others. One that
// nobody listens to finds out when it is asked: its sources do not know of it,
// so a global signal does not keep the signals of every request. Only while it
// has listeners or algorithms do its sources have it among their followers. (A
// WeakRef for each would not do: V8 keeps its target until the job is over.)
(function (internals) {
  "use strict";
  const {
    ArrayPrototypeSort, Set, SetPrototypeAdd, SetPrototypeDelete, SetPrototypeForEach, SetPrototypeGetSize, TypeError,
  } = internals.primordials;
  const { DOMException } = internals;
  const { Event } = internals.event;
  const { EventTarget, defineEventHandler, fire } = internals.eventTarget;
  const {
    append, constructToken, defineInterface, eachItem, illegalConstructor, requireArguments,
    toEnforcedUnsigned,
  } = internals.webidl;

  let isSignal;
  let partsOf;

  // What a signal consists of, apart from its listeners.
  class Parts {
    // undefined: not aborted, as far as is known: see `isAborted`.
    reason = undefined;
    // Number of the abortion it was aborted by.
    abortion = 0;
    // Set of functions to call before the event.
    algorithms = null;
    // Whether the abort event has listeners.
    listened = false;
    // For a signal that follows others and is not aborted: the Set of them,
    // none of which follows others itself.
    sources = null;
    // Its place among those.
    number = 0;
    // Set of the signals that follow this one and have to be told.
    followers = null;
    // Listener of onabort.
    handler = null;
  }

  // So that a signal that asks its sources late learns which came first.
  let abortions = 0;
  // So that those which follow are told in the order in which they were made.
  let dependents = 0;

  class AbortSignal extends EventTarget {
    #parts = new Parts();

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      super();
    }

    static abort(reason = undefined) {
      const signal = createSignal();
      markAborted(partsOf(signal), reasonOrDefault(reason));
      return signal;
    }

    static timeout(milliseconds) {
      requireArguments(arguments.length, 1, "AbortSignal.timeout");
      const delay = toEnforcedUnsigned(milliseconds, "AbortSignal.timeout: the argument");
      const state = internals.requests.current("AbortSignal.timeout");
      const signal = createSignal();
      internals.timers.start(state, () => {
        abortSignal(signal, new DOMException("The operation timed out", "TimeoutError"));
      }, [], delay, false);
      return signal;
    }

    static any(signals) {
      requireArguments(arguments.length, 1, "AbortSignal.any");
      const sources = new Set();
      eachItem(signals, (signal) => {
        if (!isSignal(signal)) {
          throw new TypeError("AbortSignal.any: an item is not an AbortSignal");
        }
        SetPrototypeAdd(sources, signal);
      }, "AbortSignal.any: the argument");
      return createDependent(sources);
    }

    get aborted() {
      return isAborted(this);
    }

    get reason() {
      return isAborted(this) ? this.#parts.reason : undefined;
    }

    throwIfAborted() {
      if (isAborted(this)) {
        throw this.#parts.reason;
      }
    }

    static {
      isSignal = (value) => typeof value === "object" && value !== null && #parts in value;
      partsOf = (signal) => signal.#parts;
    }
  }

  const createSignal = () => new AbortSignal(constructToken);

  function reasonOrDefault(reason) {
    return reason === undefined
      ? new DOMException("This operation was aborted", "AbortError")
      : reason;
  }

  function markAborted(parts, reason) {
    parts.reason = reason;
    parts.abortion = ++abortions;
    parts.sources = null;
  }

  function isAborted(signal) {
    const parts = partsOf(signal);
    if (parts.reason === undefined && parts.sources !== null) {
      askSources(parts);
    }
    return parts.reason !== undefined;
  }

  function askSources(parts) {
    let first = null;
    SetPrototypeForEach(parts.sources, (source) => {
      const sourceParts = partsOf(source);
      if (
        sourceParts.reason !== undefined &&
        (first === null || sourceParts.abortion < first.abortion)
      ) {
        first = sourceParts;
      }
    });
    if (first !== null) {
      parts.reason = first.reason;
      parts.abortion = first.abortion;
      parts.sources = null;
    }
  }

  // A signal that is aborted as soon as one of the Set `sources` is.
  function createDependent(sources) {
    const signal = createSignal();
    const parts = partsOf(signal);
    parts.number = ++dependents;
    parts.sources = new Set();
    SetPrototypeForEach(sources, (source) => {
      const sourceParts = partsOf(source);
      if (parts.reason !== undefined) {
        return;
      }
      if (isAborted(source)) {
        parts.reason = sourceParts.reason;
        parts.abortion = sourceParts.abortion;
        parts.sources = null;
      } else if (sourceParts.sources !== null) {
        // What it follows, so that followers are only one level deep.
        SetPrototypeForEach(sourceParts.sources, (origin) => SetPrototypeAdd(parts.sources, origin));
      } else {
        SetPrototypeAdd(parts.sources, source);
      }
    });
    return signal;
  }

  const mustBeTold = (parts) =>
    parts.listened || (parts.algorithms !== null && SetPrototypeGetSize(parts.algorithms) > 0);

  // To be called when a signal has become one that must be told, or is one no
  // more.
  function updateFollowing(signal) {
    const { sources } = partsOf(signal);
    if (sources === null) {
      return;
    }
    const told = mustBeTold(partsOf(signal));
    SetPrototypeForEach(sources, (source) => {
      const sourceParts = partsOf(source);
      if (told) {
        sourceParts.followers ??= new Set();
        SetPrototypeAdd(sourceParts.followers, signal);
      } else if (sourceParts.followers !== null) {
        SetPrototypeDelete(sourceParts.followers, signal);
      }
    });
  }

  // For event_target.js: the abort event has got its first listener, or lost
  // its last.
  function listenersChanged(signal, listened) {
    partsOf(signal).listened = listened;
    if (!isAborted(signal)) {
      updateFollowing(signal);
    }
  }

  function runAbortSteps(signal) {
    const parts = partsOf(signal);
    const { algorithms } = parts;
    parts.algorithms = null;
    if (algorithms !== null) {
      SetPrototypeForEach(algorithms, (algorithm) => algorithm());
    }
    fire(signal, new Event("abort"));
  }

  const byNumber = (a, b) => partsOf(a).number - partsOf(b).number;

  function abortSignal(signal, reason) {
    const parts = partsOf(signal);
    if (parts.reason !== undefined) {
      return;
    }
    markAborted(parts, reasonOrDefault(reason));
    const { followers } = parts;
    parts.followers = null;
    // All have their reason before the first listener runs.
    if (followers !== null) {
      SetPrototypeForEach(followers, (follower) => {
        const followerParts = partsOf(follower);
        SetPrototypeForEach(followerParts.sources, (source) => {
          const others = partsOf(source).followers;
          if (others !== null) {
            SetPrototypeDelete(others, follower);
          }
        });
        followerParts.reason = parts.reason;
        followerParts.abortion = parts.abortion;
        followerParts.sources = null;
      });
    }
    runAbortSteps(signal);
    if (followers !== null) {
      const told = [];
      SetPrototypeForEach(followers, (follower) => append(told, follower));
      ArrayPrototypeSort(told, byNumber);
      for (let i = 0; i < told.length; i++) {
        runAbortSteps(told[i]);
      }
    }
  }

  function onAbort(signal, algorithm) {
    if (!isAborted(signal)) {
      const parts = partsOf(signal);
      parts.algorithms ??= new Set();
      SetPrototypeAdd(parts.algorithms, algorithm);
      updateFollowing(signal);
    }
  }

  function offAbort(signal, algorithm) {
    const { algorithms } = partsOf(signal);
    if (algorithms !== null) {
      SetPrototypeDelete(algorithms, algorithm);
      updateFollowing(signal);
    }
  }

  // An algorithm of a signal that is of no use after the end of a request. The signal may outlive that,
  // and must not keep what the algorithms of all requests hold on to.
  class Following {
    #state;
    #signal;
    #algorithm;

    // `state` is undefined if the request has ended. Its own signal ends with it.
    constructor(state, signal, steps) {
      this.#state = state === undefined || state.signal === signal ? null : state;
      this.#signal = signal;
      this.#algorithm = () => {
        this.#forget();
        steps();
      };
      onAbort(signal, this.#algorithm);
      if (this.#state !== null) {
        state.followed ??= new Set();
        SetPrototypeAdd(state.followed, this);
      }
    }

    stop() {
      offAbort(this.#signal, this.#algorithm);
      this.#forget();
    }

    #forget() {
      if (this.#state !== null) {
        SetPrototypeDelete(this.#state.followed, this);
      }
    }
  }

  class AbortController {
    #signal = createSignal();

    get signal() {
      return this.#signal;
    }

    abort(reason = undefined) {
      abortSignal(this.#signal, reason);
    }
  }

  defineEventHandler(AbortSignal.prototype, "abort", partsOf);
  defineInterface(AbortSignal);
  defineInterface(AbortController);
  internals.platformClasses.add(isSignal, "AbortSignal", (signal) => ({
    aborted: isAborted(signal), reason: partsOf(signal).reason,
  }));

  internals.abort = {
    __proto__: null,
    Following,
    abortSignal,
    createDependent,
    createSignal,
    isAborted,
    isSignal,
    listenersChanged,
    offAbort,
    onAbort,
    partsOf,
  };
})
