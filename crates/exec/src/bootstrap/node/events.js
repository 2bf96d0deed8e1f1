"use strict";
// node:events

const {
  AbortError, hidden, invalidArgType, nodeError, validateAbortSignal, validateFunction,
  validateNumber, validateString,
} = require("internal/errors");

const { apply, ownKeys } = Reflect;
const PromiseClass = Promise;

const kCapture = Symbol("kCapture");
const errorMonitor = Symbol("events.errorMonitor");
const captureRejectionSymbol = Symbol.for("nodejs.rejection");

let defaultMaxListeners = 10;

// What an EventEmitter has been made by: `_events` maps the name of an event to a function or
// to a list of such, which is never changed once it may be gone through.

function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

function init(options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  const captures = options?.captureRejections;
  if (captures !== undefined && captures !== null && typeof captures !== "boolean") {
    throw invalidArgType("options.captureRejections", "boolean", captures);
  }
  hidden(this, kCapture, captures ? true : EventEmitter.prototype[kCapture]);
}

function checkListener(listener) {
  if (typeof listener !== "function") {
    throw invalidArgType("listener", "Function", listener);
  }
}

const maxListenersOf = (emitter) =>
  emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners;

function warnOfLeak(emitter, type, listeners) {
  listeners.warned = true;
  const name = emitter.constructor?.name ?? "EventEmitter";
  const warning = new Error(
    `Possible EventEmitter memory leak detected. ${listeners.length} ${String(type)} listeners ` +
      `added to [${name}]. MaxListeners is ${maxListenersOf(emitter)}. Use emitter.setMaxListeners() ` +
      "to increase limit",
  );
  warning.name = "MaxListenersExceededWarning";
  warning.emitter = emitter;
  warning.type = type;
  warning.count = listeners.length;
  require("internal/warning").emitWarning(warning);
}

function add(emitter, type, listener, first) {
  checkListener(listener);
  let events = emitter._events;
  if (events === undefined) {
    events = emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    emitter.emit("newListener", type, listener.listener ?? listener);
    // A listener of newListener may have removed all.
    events = emitter._events;
  }
  const existing = events[type];
  if (existing === undefined) {
    events[type] = listener;
    emitter._eventsCount++;
    return emitter;
  }
  const before = typeof existing === "function" ? [existing] : existing;
  const listeners = first ? [listener, ...before] : [...before, listener];
  if (before.warned) {
    listeners.warned = true;
  }
  events[type] = listeners;
  const most = maxListenersOf(emitter);
  if (most > 0 && listeners.length > most && !listeners.warned) {
    warnOfLeak(emitter, type, listeners);
  }
  return emitter;
}

function onceWrapper(emitter, type, listener) {
  checkListener(listener);
  let fired = false;
  const wrapper = function (...args) {
    if (!fired) {
      emitter.removeListener(type, wrapper);
      fired = true;
      return apply(listener, emitter, args);
    }
  };
  wrapper.listener = listener;
  return wrapper;
}

// What a listener has returned may be a promise, which may reject.
function capture(emitter, promise, type, args) {
  let method;
  try {
    method = promise.then;
  } catch (error) {
    emitter.emit("error", error);
    return;
  }
  if (typeof method !== "function") {
    return;
  }
  apply(method, promise, [undefined, (error) => {
    require("internal/next_tick").nextTick(() => {
      const handler = emitter[captureRejectionSymbol];
      if (typeof handler === "function") {
        apply(handler, emitter, [error, type, ...args]);
        return;
      }
      // An error of a listener of 'error' is not captured again.
      const before = emitter[kCapture];
      try {
        emitter[kCapture] = false;
        emitter.emit("error", error);
      } finally {
        emitter[kCapture] = before;
      }
    });
  }]);
}

function throwUnhandled(error) {
  if (error instanceof Error) {
    throw error;
  }
  let shown;
  try {
    shown = require("internal/inspect").inspect(error);
  } catch {
    shown = String(error);
  }
  const unhandled = nodeError(Error, "ERR_UNHANDLED_ERROR", `Unhandled error. (${shown})`);
  unhandled.context = error;
  throw unhandled;
}

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;
hidden(EventEmitter.prototype, kCapture, false);

const methods = {
  setMaxListeners(n) {
    validateNumber(n, "setMaxListeners", 0);
    this._maxListeners = n;
    return this;
  },

  getMaxListeners() {
    return maxListenersOf(this);
  },

  emit(type, ...args) {
    const events = this._events;
    if (type === "error") {
      if (events?.[errorMonitor] !== undefined) {
        this.emit(errorMonitor, ...args);
      }
      if (events?.error === undefined) {
        throwUnhandled(args[0]);
      }
    }
    const listeners = events?.[type];
    if (listeners === undefined) {
      return false;
    }
    const captures = this[kCapture];
    if (typeof listeners === "function") {
      const result = apply(listeners, this, args);
      if (captures && result !== undefined && result !== null) {
        capture(this, result, type, args);
      }
      return true;
    }
    for (let i = 0; i < listeners.length; i++) {
      const result = apply(listeners[i], this, args);
      if (captures && result !== undefined && result !== null) {
        capture(this, result, type, args);
      }
    }
    return true;
  },

  addListener(type, listener) {
    return add(this, type, listener, false);
  },

  on(type, listener) {
    return add(this, type, listener, false);
  },

  prependListener(type, listener) {
    return add(this, type, listener, true);
  },

  once(type, listener) {
    return this.on(type, onceWrapper(this, type, listener));
  },

  prependOnceListener(type, listener) {
    return this.prependListener(type, onceWrapper(this, type, listener));
  },

  removeListener(type, listener) {
    checkListener(listener);
    const events = this._events;
    const existing = events?.[type];
    if (existing === undefined) {
      return this;
    }
    if (existing === listener || existing.listener === listener) {
      this._eventsCount--;
      if (this._eventsCount === 0) {
        this._events = { __proto__: null };
      } else {
        delete events[type];
      }
    } else if (typeof existing === "function") {
      return this;
    } else {
      const at = existing.findLastIndex(
        (other) => other === listener || other.listener === listener,
      );
      if (at < 0) {
        return this;
      }
      const left = existing.toSpliced(at, 1);
      if (existing.warned) {
        left.warned = true;
      }
      events[type] = left.length === 1 ? left[0] : left;
    }
    if (events.removeListener !== undefined) {
      this.emit("removeListener", type, listener);
    }
    return this;
  },

  off(type, listener) {
    return this.removeListener(type, listener);
  },

  removeAllListeners(type) {
    const events = this._events;
    if (events === undefined) {
      return this;
    }
    if (events.removeListener === undefined) {
      if (arguments.length === 0) {
        this._events = { __proto__: null };
        this._eventsCount = 0;
      } else if (events[type] !== undefined) {
        delete events[type];
        this._eventsCount--;
      }
      return this;
    }
    if (arguments.length === 0) {
      for (const key of ownKeys(events)) {
        if (key !== "removeListener") {
          this.removeAllListeners(key);
        }
      }
      this.removeAllListeners("removeListener");
      this._events = { __proto__: null };
      this._eventsCount = 0;
      return this;
    }
    const listeners = events[type];
    if (typeof listeners === "function") {
      this.removeListener(type, listeners);
    } else if (listeners !== undefined) {
      for (let i = listeners.length - 1; i >= 0; i--) {
        this.removeListener(type, listeners[i]);
      }
    }
    return this;
  },

  listeners(type) {
    return this.rawListeners(type).map((listener) => listener.listener ?? listener);
  },

  rawListeners(type) {
    const listeners = this._events?.[type];
    if (listeners === undefined) {
      return [];
    }
    return typeof listeners === "function" ? [listeners] : [...listeners];
  },

  listenerCount(type, listener = undefined) {
    const listeners = this._events?.[type];
    if (listeners === undefined) {
      return 0;
    }
    if (listener === undefined || listener === null) {
      return typeof listeners === "function" ? 1 : listeners.length;
    }
    return this.rawListeners(type)
      .filter((other) => other === listener || other.listener === listener).length;
  },

  eventNames() {
    return this._eventsCount > 0 ? ownKeys(this._events) : [];
  },
};
for (const name of Object.keys(methods)) {
  EventEmitter.prototype[name] = methods[name];
}

const isTarget = (value) => typeof value?.addEventListener === "function";

// Has `listener` called with a list of what the event brings. Returns what takes it away again.
function listen(emitter, type, listener, flags = undefined) {
  if (typeof emitter?.on === "function") {
    const method = flags?.once ? "once" : "on";
    const spread = (...args) => listener(args);
    emitter[method](type, spread);
    return () => emitter.removeListener(type, spread);
  }
  if (isTarget(emitter)) {
    const single = (event) => listener([event]);
    emitter.addEventListener(type, single, flags);
    return () => emitter.removeEventListener(type, single);
  }
  throw invalidArgType("emitter", "EventEmitter", emitter);
}

async function once(emitter, type, options = {}) {
  if (typeof options !== "object" || options === null) {
    throw invalidArgType("options", "Object", options);
  }
  const { signal } = options;
  validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) {
    throw new AbortError(undefined, { cause: signal.reason });
  }
  return new PromiseClass((resolve, reject) => {
    const undo = [];
    const end = (settle, value) => {
      undo.forEach((step) => step());
      settle(value);
    };
    undo.push(listen(emitter, type, (args) => end(resolve, args), { once: true }));
    if (type !== "error" && typeof emitter.once === "function") {
      undo.push(listen(emitter, "error", ([error]) => end(reject, error), { once: true }));
    }
    if (signal !== undefined) {
      const aborted = () => end(reject, new AbortError(undefined, { cause: signal.reason }));
      signal.addEventListener("abort", aborted, { once: true });
      undo.push(() => signal.removeEventListener("abort", aborted));
    }
  });
}

const AsyncIteratorPrototype =
  Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));

// An asynchronous iterator of what an emitter emits: events that nobody has asked for yet wait.
function on(emitter, type, options = {}) {
  if (typeof options !== "object" || options === null) {
    throw invalidArgType("options", "Object", options);
  }
  const { signal, close: closing = [] } = options;
  validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) {
    throw new AbortError(undefined, { cause: signal.reason });
  }
  const high = options.highWaterMark ?? options.highWatermark ?? Infinity;
  const low = options.lowWaterMark ?? options.lowWatermark ?? 1;
  let waiting = [];
  let asked = [];
  let failure;
  let failed = false;
  let finished = false;
  let paused = false;
  const undo = [];

  function close() {
    undo.splice(0).forEach((step) => step());
    finished = true;
    for (const { resolve } of asked.splice(0)) {
      resolve({ value: undefined, done: true });
    }
    return PromiseClass.resolve({ value: undefined, done: true });
  }

  function fail(error) {
    const next = asked.shift();
    if (next === undefined) {
      failure = error;
      failed = true;
    } else {
      next.reject(error);
    }
    close();
  }

  undo.push(listen(emitter, type, (args) => {
    const next = asked.shift();
    if (next !== undefined) {
      next.resolve({ value: args, done: false });
      return;
    }
    waiting.push(args);
    if (!paused && waiting.length > high && typeof emitter.pause === "function") {
      paused = true;
      emitter.pause();
    }
  }));
  if (type !== "error" && typeof emitter.on === "function") {
    undo.push(listen(emitter, "error", ([error]) => fail(error)));
  }
  for (const name of closing) {
    undo.push(listen(emitter, name, close));
  }
  if (signal !== undefined) {
    const aborted = () => fail(new AbortError(undefined, { cause: signal.reason }));
    signal.addEventListener("abort", aborted, { once: true });
    undo.push(() => signal.removeEventListener("abort", aborted));
  }

  const iterator = {
    next() {
      if (waiting.length > 0) {
        const value = waiting.shift();
        if (paused && waiting.length < low) {
          paused = false;
          emitter.resume();
        }
        return PromiseClass.resolve({ value, done: false });
      }
      if (failed) {
        failed = false;
        return PromiseClass.reject(failure);
      }
      if (finished) {
        return PromiseClass.resolve({ value: undefined, done: true });
      }
      return new PromiseClass((resolve, reject) => asked.push({ resolve, reject }));
    },
    return: () => close(),
    throw(error) {
      if (!(error instanceof Error)) {
        throw invalidArgType("EventEmitter.AsyncIterator", "Error", error);
      }
      fail(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return Object.setPrototypeOf(iterator, AsyncIteratorPrototype);
}

// Of an EventTarget nobody can ask for its listeners; and it has no bound for them.
function getEventListeners(emitter, type) {
  if (typeof emitter?.listeners === "function") {
    return emitter.listeners(type);
  }
  if (isTarget(emitter)) {
    return require("internal/event_target").listenersOf(emitter, type);
  }
  throw invalidArgType("emitter", ["EventEmitter", "EventTarget"], emitter);
}

const targetBounds = new WeakMap();

function getMaxListeners(emitter) {
  if (typeof emitter?.getMaxListeners === "function") {
    return emitter.getMaxListeners();
  }
  if (isTarget(emitter)) {
    return targetBounds.get(emitter) ?? defaultMaxListeners;
  }
  throw invalidArgType("emitter", ["EventEmitter", "EventTarget"], emitter);
}

function setMaxListeners(n = defaultMaxListeners, ...targets) {
  validateNumber(n, "setMaxListeners", 0);
  if (targets.length === 0) {
    defaultMaxListeners = n;
    return;
  }
  for (const target of targets) {
    if (typeof target?.setMaxListeners === "function") {
      target.setMaxListeners(n);
    } else if (isTarget(target)) {
      targetBounds.set(target, n);
    } else {
      throw invalidArgType("eventTargets", ["EventEmitter", "EventTarget"], target);
    }
  }
}

function listenerCount(emitter, type) {
  if (typeof emitter?.listenerCount === "function") {
    return emitter.listenerCount(type);
  }
  return getEventListeners(emitter, type).length;
}

function addAbortListener(signal, listener) {
  if (signal === undefined) {
    throw invalidArgType("signal", "AbortSignal", signal);
  }
  validateAbortSignal(signal, "signal");
  validateFunction(listener, "listener");
  let remove;
  if (signal.aborted) {
    queueMicrotask(() => listener());
  } else {
    signal.addEventListener("abort", listener, { once: true });
    remove = () => signal.removeEventListener("abort", listener);
  }
  return {
    [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() {
      remove?.();
    },
  };
}

// An EventEmitter whose listeners run with what the AsyncLocalStorages held when it was made.
let AsyncResourceClass;

class EventEmitterAsyncResource extends EventEmitter {
  #resource;

  constructor(options = undefined) {
    let name;
    if (typeof options === "string") {
      name = options;
      options = undefined;
    } else {
      if (new.target === EventEmitterAsyncResource) {
        validateString(options?.name, "options.name");
      }
      name = options?.name ?? new.target.name;
    }
    super(options);
    AsyncResourceClass ??= require("async_hooks").AsyncResource;
    this.#resource = new AsyncResourceClass(name, options);
  }

  emit(type, ...args) {
    return this.#resource.runInAsyncScope(super.emit, this, type, ...args);
  }

  emitDestroy() {
    this.#resource.emitDestroy();
  }

  get asyncId() {
    return this.#resource.asyncId();
  }

  get triggerAsyncId() {
    return this.#resource.triggerAsyncId();
  }

  get asyncResource() {
    return this.#resource;
  }
}

Object.assign(EventEmitter, {
  EventEmitter,
  EventEmitterAsyncResource,
  addAbortListener,
  captureRejectionSymbol,
  errorMonitor,
  getEventListeners,
  getMaxListeners,
  init,
  listenerCount,
  on,
  once,
  setMaxListeners,
  usingDomains: false,
});
Object.defineProperties(EventEmitter, {
  captureRejections: {
    __proto__: null,
    enumerable: true,
    get: () => EventEmitter.prototype[kCapture],
    set(value) {
      if (typeof value !== "boolean") {
        throw invalidArgType("EventEmitter.captureRejections", "boolean", value);
      }
      EventEmitter.prototype[kCapture] = value;
    },
  },
  defaultMaxListeners: {
    __proto__: null,
    enumerable: true,
    get: () => defaultMaxListeners,
    set(value) {
      validateNumber(value, "defaultMaxListeners", 0);
      defaultMaxListeners = value;
    },
  },
});

module.exports = EventEmitter;
