// AbortController and AbortSignal.
(function (internals) {
  "use strict";
  const {
    Set, SetPrototypeAdd, SetPrototypeDelete, SetPrototypeForEach, TypeError,
  } = internals.primordials;
  const { DOMException } = internals;
  const { Event } = internals.event;
  const { EventTarget, defineEventHandler, fire } = internals.eventTarget;
  const {
    constructToken, defineInterface, eachItem, illegalConstructor, requireArguments,
    toEnforcedUnsigned,
  } = internals.webidl;

  let isSignal;
  let partsOf;

  // What a signal consists of, apart from its listeners.
  class Parts {
    // undefined: not aborted.
    reason = undefined;
    // Set of functions to call before the event.
    algorithms = null;
    // For a signal made by `any`: the Set of signals it follows.
    sources = null;
    // Set of the signals that follow this one.
    dependents = null;
    // Listener of onabort.
    handler = null;
  }

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
      partsOf(signal).reason = reasonOrDefault(reason);
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
      return this.#parts.reason !== undefined;
    }

    get reason() {
      return this.#parts.reason;
    }

    throwIfAborted() {
      if (this.#parts.reason !== undefined) {
        throw this.#parts.reason;
      }
    }

    static {
      isSignal = (value) => typeof value === "object" && value !== null && #parts in value;
      partsOf = (signal) => signal.#parts;
    }
  }

  const createSignal = () => new AbortSignal(constructToken);

  const isAborted = (signal) => partsOf(signal).reason !== undefined;

  function reasonOrDefault(reason) {
    return reason === undefined
      ? new DOMException("This operation was aborted", "AbortError")
      : reason;
  }

  function follow(dependent, source) {
    const parts = partsOf(dependent);
    const sourceParts = partsOf(source);
    if (parts.reason !== undefined) {
      return;
    }
    if (sourceParts.reason !== undefined) {
      parts.reason = sourceParts.reason;
    } else if (sourceParts.sources !== null) {
      // Follow what it follows, so that dependents are only one level deep.
      SetPrototypeForEach(sourceParts.sources, (origin) => follow(dependent, origin));
    } else {
      SetPrototypeAdd(parts.sources, source);
      sourceParts.dependents ??= new Set();
      SetPrototypeAdd(sourceParts.dependents, dependent);
    }
  }

  // A signal that is aborted as soon as one of the Set `sources` is.
  function createDependent(sources) {
    const signal = createSignal();
    partsOf(signal).sources = new Set();
    SetPrototypeForEach(sources, (source) => follow(signal, source));
    if (isAborted(signal)) {
      unfollow(signal);
    }
    return signal;
  }

  function unfollow(signal) {
    const parts = partsOf(signal);
    if (parts.sources !== null) {
      SetPrototypeForEach(parts.sources, (source) => {
        SetPrototypeDelete(partsOf(source).dependents, signal);
      });
      parts.sources = new Set();
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

  function abortSignal(signal, reason) {
    const parts = partsOf(signal);
    if (parts.reason !== undefined) {
      return;
    }
    parts.reason = reasonOrDefault(reason);
    const { dependents } = parts;
    parts.dependents = null;
    // All have their reason before the first listener runs.
    const affected = new Set();
    if (dependents !== null) {
      SetPrototypeForEach(dependents, (dependent) => {
        if (!isAborted(dependent)) {
          partsOf(dependent).reason = parts.reason;
          SetPrototypeDelete(partsOf(dependent).sources, signal);
          unfollow(dependent);
          SetPrototypeAdd(affected, dependent);
        }
      });
    }
    runAbortSteps(signal);
    SetPrototypeForEach(affected, runAbortSteps);
  }

  function onAbort(signal, algorithm) {
    const parts = partsOf(signal);
    if (parts.reason === undefined) {
      parts.algorithms ??= new Set();
      SetPrototypeAdd(parts.algorithms, algorithm);
    }
  }

  function offAbort(signal, algorithm) {
    const { algorithms } = partsOf(signal);
    if (algorithms !== null) {
      SetPrototypeDelete(algorithms, algorithm);
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
  internals.inspect.addPlatformClass(isSignal, "AbortSignal", (signal) => ({
    aborted: isAborted(signal), reason: partsOf(signal).reason,
  }));

  internals.abort = {
    __proto__: null,
    abortSignal,
    createDependent,
    createSignal,
    isAborted,
    isSignal,
    offAbort,
    onAbort,
    partsOf,
  };
})
