// setTimeout, setInterval and queueMicrotask.
(function (internals) {
  "use strict";
  const {
    Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, MathMax, PromisePrototypeThen,
    PromiseResolve, ReflectApply, Set, SetIteratorPrototypeNext, SetPrototypeAdd, SetPrototypeDelete,
    SetPrototypeForEach, SetPrototypeGetSize, SetPrototypeValues, TypeError, global,
  } = internals.primordials;
  const { currentEntries, runWith } = internals.asyncContext;
  const { current, find: findRequest } = internals.requests;
  const { requireArguments } = internals.webidl;
  const { now, timerCancel, timerStart } = internals.host;
  const { reportUnhandled } = internals.thrown;

  // Of the timers that requests leave when they end, so many stay: what their
  // callbacks hold on to is the garbage of requests that are over.
  const MAX_LEFT = 16;

  class Timer {
    // null if its request had ended before it was started.
    state;
    callback;
    args;
    delay;
    repeat;
    // On the clock of `now`; of no interest for one that repeats.
    due;
    // What the code that started it has in its AsyncLocalStorages.
    entries = currentEntries();

    constructor(state, callback, args, delay, repeat, due) {
      this.state = state;
      this.callback = callback;
      this.args = args;
      this.delay = delay;
      this.repeat = repeat;
      this.due = due;
    }
  }

  // Map of id to Timer. Ids are never used again.
  let timers = null;
  let nextId = 1;
  // Set of the ids of those whose request has ended, oldest first.
  let left = null;

  function start(state, callback, args, delay, repeat) {
    const id = nextId++;
    if (state !== undefined) {
      // This throws if the request has too many.
      const due = timerStart(state.id, id, delay);
      timers ??= new Map();
      state.timers ??= new Set();
      MapPrototypeSet(timers, id, new Timer(state, callback, args, delay, repeat, due));
      SetPrototypeAdd(state.timers, id);
    } else if (!repeat) {
      // By code that goes on after its request has ended. Nobody waits for it
      // but those who would wait for ever otherwise.
      timers ??= new Map();
      MapPrototypeSet(timers, id, new Timer(null, callback, args, delay, false, timerStart(0, id, delay)));
      keep(id);
    }
    return id;
  }

  function remove(id, timer) {
    MapPrototypeDelete(timers, id);
    if (timer.state !== null) {
      SetPrototypeDelete(timer.state.timers, id);
    }
  }

  const find = (id) => (timers === null ? undefined : MapPrototypeGet(timers, id));

  function ring(timer) {
    try {
      ReflectApply(timer.callback, global, timer.args);
    } catch (error) {
      reportUnhandled(error);
    }
  }

  function fire(id) {
    const timer = find(id);
    if (timer === undefined) {
      return;
    }
    if (!timer.repeat) {
      remove(id, timer);
    }
    if (timer.entries === null) {
      ring(timer);
    } else {
      runWith(timer.entries, ring, undefined, [timer]);
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

  function forget(id) {
    SetPrototypeDelete(left, id);
    MapPrototypeDelete(timers, id);
  }

  function keep(id) {
    left ??= new Set();
    SetPrototypeAdd(left, id);
    if (SetPrototypeGetSize(left) > MAX_LEFT) {
      forget(SetIteratorPrototypeNext(SetPrototypeValues(left)).value);
    }
  }

  // For internal/requests.js: the request of these timers has ended. Code of others may
  // wait for what they do, so those that ring once stay, if there is room for
  // them, until a request inherits them.
  function leave(state, hasRoom) {
    SetPrototypeForEach(state.timers, (id) => {
      if (hasRoom && !MapPrototypeGet(timers, id).repeat) {
        keep(id);
      } else {
        MapPrototypeDelete(timers, id);
      }
    });
    if (!hasRoom && left !== null) {
      SetPrototypeForEach(left, forget);
    }
  }

  // For the host: the request waits for nothing but time, and gets the tasks
  // that others have left, and the timers
  // that others have left and that are due by `latest`. Those that were started
  // when their request had ended only if it is `stalled`, with nothing of its
  // own to wait for: a loop with pauses would go on at its cost.
  function inherit(requestId, latest, stalled) {
    const state = findRequest(requestId);
    if (state === undefined) {
      return;
    }
    internals.tasks.inherit(state, stalled);
    if (left === null) {
      return;
    }
    SetPrototypeForEach(left, (id) => {
      const timer = MapPrototypeGet(timers, id);
      if (timer.due > latest || (timer.state === null && !stalled)) {
        return;
      }
      SetPrototypeDelete(left, id);
      timer.state = state;
      try {
        timerStart(state.id, id, timer.due - now());
      } catch {
        MapPrototypeDelete(timers, id);
        return;
      }
      state.timers ??= new Set();
      SetPrototypeAdd(state.timers, id);
    });
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
      if (left !== null) {
        SetPrototypeDelete(left, id);
      }
      timerCancel(timer.state === null ? 0 : timer.state.id, id);
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

  internals.timers = { __proto__: null, clear, fire, inherit, leave, start };
})
