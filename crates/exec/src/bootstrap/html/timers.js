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
  const { defineFunctions, requireArguments } = internals.webidl;
  const { now, timerCancel, timerStart } = internals.host;
  const { reportUnhandled } = internals.thrown;

  // Of the timers that requests leave when they end, so many stay: what their
  // callbacks hold on to is the garbage of requests that are over.
  const MAX_LEFT = 16;

  class Timer {
    id;
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
    // The other timers of its request: the state has the first of them.
    previous = null;
    next = null;

    constructor(id, state, callback, args, delay, repeat, due) {
      this.id = id;
      this.state = state;
      this.callback = callback;
      this.args = args;
      this.delay = delay;
      this.repeat = repeat;
      this.due = due;
    }
  }

  // One of the timers, and a Map of id to Timer with those that were started while there
  // was one: a Map is slow when it becomes empty. Ids are never used again.
  let first = null;
  let others = null;
  let nextId = 1;
  // Set of the ids of those whose request has ended, oldest first.
  let left = null;

  // A timer is one of its request.
  function link(timer) {
    const { state } = timer;
    timer.next = state.timers;
    if (timer.next !== null) {
      timer.next.previous = timer;
    }
    state.timers = timer;
  }

  // It is none any more, if it was.
  function unlink(timer) {
    const { next, previous, state } = timer;
    if (previous !== null) {
      previous.next = next;
    } else if (state !== null && state.timers === timer) {
      state.timers = next;
    }
    if (next !== null) {
      next.previous = previous;
    }
    timer.previous = null;
    timer.next = null;
  }

  function add(timer) {
    if (first === null) {
      first = timer;
    } else {
      others ??= new Map();
      MapPrototypeSet(others, timer.id, timer);
    }
  }

  function drop(id) {
    if (first !== null && first.id === id) {
      first = null;
    } else if (others !== null) {
      MapPrototypeDelete(others, id);
    }
  }

  function find(id) {
    if (first !== null && first.id === id) {
      return first;
    }
    return others === null ? undefined : MapPrototypeGet(others, id);
  }

  function start(state, callback, args, delay, repeat) {
    const id = nextId++;
    if (state !== undefined) {
      // This throws if the request has too many.
      const due = timerStart(state.id, id, delay);
      const timer = new Timer(id, state, callback, args, delay, repeat, due);
      add(timer);
      link(timer);
    } else if (!repeat) {
      // By code that goes on after its request has ended. Nobody waits for it
      // but those who would wait for ever otherwise.
      add(new Timer(id, null, callback, args, delay, false, timerStart(0, id, delay)));
      keep(id);
    }
    return id;
  }

  function remove(timer) {
    drop(timer.id);
    unlink(timer);
  }

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
      remove(timer);
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
        remove(timer);
        reportUnhandled(error);
      }
    }
  }

  function forget(id) {
    SetPrototypeDelete(left, id);
    drop(id);
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
    let oldest = null;
    for (let timer = state.timers; timer !== null; timer = timer.next) {
      oldest = timer;
    }
    while (oldest !== null) {
      const { id, previous, repeat } = oldest;
      unlink(oldest);
      if (hasRoom && !repeat) {
        keep(id);
      } else {
        drop(id);
      }
      oldest = previous;
    }
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
      const timer = find(id);
      if (timer.due > latest || (timer.state === null && !stalled)) {
        return;
      }
      SetPrototypeDelete(left, id);
      timer.state = state;
      try {
        timerStart(state.id, id, timer.due - now());
      } catch {
        drop(id);
        return;
      }
      link(timer);
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

  function clear(id) {
    id |= 0;
    const timer = find(id);
    if (timer !== undefined) {
      remove(timer);
      if (left !== null) {
        SetPrototypeDelete(left, id);
      }
      timerCancel(timer.state === null ? 0 : timer.state.id, id);
    }
  }

  defineFunctions({
    setTimeout(callback, delay = 0, ...args) {
      return startGuest("setTimeout", arguments.length, callback, delay, args, false);
    },

    setInterval(callback, delay = 0, ...args) {
      return startGuest("setInterval", arguments.length, callback, delay, args, true);
    },

    clearTimeout(id = 0) {
      clear(id);
    },

    clearInterval(id = 0) {
      clear(id);
    },

    queueMicrotask(callback) {
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
    },

    reportError(error) {
      requireArguments(arguments.length, 1, "reportError");
      reportUnhandled(error);
    },
  });

  internals.timers = { __proto__: null, clear, fire, inherit, leave, start };
})
