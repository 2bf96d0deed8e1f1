// setTimeout, setInterval and queueMicrotask.
(function (internals) {
  "use strict";
  const {
    Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, MathMax, PromisePrototypeThen,
    PromiseResolve, ReflectApply, Set, SetPrototypeAdd, SetPrototypeDelete, TypeError, global,
  } = internals.primordials;
  const { current } = internals.requests;
  const { requireArguments } = internals.webidl;
  const { reportUnhandled, timerCancel, timerStart } = internals.host;

  class Timer {
    state;
    callback;
    args;
    delay;
    repeat;

    constructor(state, callback, args, delay, repeat) {
      this.state = state;
      this.callback = callback;
      this.args = args;
      this.delay = delay;
      this.repeat = repeat;
    }
  }

  // Map of id to Timer. Ids are never used again.
  let timers = null;
  let nextId = 1;

  function start(state, callback, args, delay, repeat) {
    const id = nextId++;
    // A request that has ended starts no more timers.
    if (state !== undefined) {
      // This throws if the request has too many.
      timerStart(state.id, id, delay);
      timers ??= new Map();
      state.timers ??= new Set();
      MapPrototypeSet(timers, id, new Timer(state, callback, args, delay, repeat));
      SetPrototypeAdd(state.timers, id);
    }
    return id;
  }

  function remove(id, timer) {
    MapPrototypeDelete(timers, id);
    SetPrototypeDelete(timer.state.timers, id);
  }

  const find = (id) => (timers === null ? undefined : MapPrototypeGet(timers, id));

  function fire(id) {
    const timer = find(id);
    if (timer === undefined) {
      return;
    }
    if (!timer.repeat) {
      remove(id, timer);
    }
    try {
      ReflectApply(timer.callback, global, timer.args);
    } catch (error) {
      reportUnhandled(error);
    }
    if (timer.repeat && find(id) === timer) {
      try {
        timerStart(timer.state.id, id, timer.delay);
      } catch (error) {
        remove(id, timer);
        reportUnhandled(error);
      }
    }
  }

  // For requests.js: the request of this timer has ended.
  function forget(id) {
    MapPrototypeDelete(timers, id);
  }

  function startGuest(what, given, callback, delay, args, repeat) {
    requireArguments(given, 1, what);
    if (typeof callback !== "function") {
      throw new TypeError(`${what}: the callback is not a function`);
    }
    // Web IDL long.
    const milliseconds = MathMax(delay | 0, repeat ? 1 : 0);
    return start(current(what), callback, args, milliseconds, repeat);
  }

  function setTimeout(callback, delay = 0, ...args) {
    return startGuest("setTimeout", arguments.length, callback, delay, args, false);
  }

  function setInterval(callback, delay = 0, ...args) {
    return startGuest("setInterval", arguments.length, callback, delay, args, true);
  }

  function clear(id) {
    id |= 0;
    const timer = find(id);
    if (timer !== undefined) {
      remove(id, timer);
      timerCancel(timer.state.id, id);
    }
  }

  function clearTimeout(id = 0) {
    clear(id);
  }

  function clearInterval(id = 0) {
    clear(id);
  }

  function queueMicrotask(callback) {
    requireArguments(arguments.length, 1, "queueMicrotask");
    if (typeof callback !== "function") {
      throw new TypeError("queueMicrotask: the callback is not a function");
    }
    PromisePrototypeThen(PromiseResolve(undefined), () => {
      try {
        ReflectApply(callback, undefined, []);
      } catch (error) {
        reportUnhandled(error);
      }
    });
  }

  function reportError(error) {
    requireArguments(arguments.length, 1, "reportError");
    reportUnhandled(error);
  }

  const { globals } = internals;
  globals.setTimeout = setTimeout;
  globals.setInterval = setInterval;
  globals.clearTimeout = clearTimeout;
  globals.clearInterval = clearInterval;
  globals.queueMicrotask = queueMicrotask;
  globals.reportError = reportError;

  internals.timers = { __proto__: null, fire, forget, start };
})
