// What code carries across awaits and callbacks: whose it is, and what an
// AsyncLocalStorage holds for it.
//
// V8 keeps one value for the code that runs, the frame: it goes with every promise
// reaction, and comes back when that runs. The host sets it to the id of a request
// before it calls (undefined: none). Where a storage holds something the frame is
// an array of the id (0: none) and a list of entries, which is never changed. Where
// there is none, the host knows which request it has called for.
// Timers keep the entries, and ring as code of whoever they ring for.
//
// The two classes are exports of node:async_hooks, and no globals.
(function (internals) {
  "use strict";
  const { ObjectDefineProperty, ReflectApply, TypeError } = internals.primordials;
  const { defineTag, toDOMString } = internals.webidl;
  // The id of the request whose code runs, or 0: that of the frame, or else the one that the host has called for.
  const { currentRequest, frame, setFrame } = internals.host;

  class Entry {
    storage;
    value;
    next;

    constructor(storage, value, next) {
      this.storage = storage;
      this.value = value;
      this.next = next;
    }
  }

  const entriesOf = (of) => (typeof of === "object" ? of[1] : null);

  function makeFrame(request, entries) {
    if (entries !== null) {
      return [request, entries];
    }
    return request === 0 ? undefined : request;
  }

  // The entries of the code that runs; null for none.
  const currentEntries = () => entriesOf(frame());

  function find(entries, storage) {
    while (entries !== null && entries.storage !== storage) {
      entries = entries.next;
    }
    return entries;
  }

  // The entries without that of `storage`. What follows it is shared.
  function without(entries, storage) {
    const found = find(entries, storage);
    if (found === null) {
      return entries;
    }
    let rest = found.next;
    for (let entry = entries; entry !== found; entry = entry.next) {
      rest = new Entry(entry.storage, entry.value, rest);
    }
    return rest;
  }

  const withValue = (entries, storage, value) => new Entry(storage, value, without(entries, storage));

  // Calls `callback` with these entries, as code of the request that calls.
  function runWith(entries, callback, self, args) {
    const before = frame();
    setFrame(makeFrame(currentRequest(), entries));
    try {
      return ReflectApply(callback, self, args);
    } finally {
      setFrame(before);
    }
  }

  // Those of node:async_hooks, which brings the two classes to whoever uses them.
  let errors;

  function requireFunction(value) {
    if (typeof value !== "function") {
      throw errors.invalidArgType("fn", "function", value);
    }
  }

  // A function that runs `callback` with the entries of now. `self` is undefined
  // for the object that it is called on.
  function bindEntries(callback, self) {
    const entries = currentEntries();
    const bound = function (...args) {
      return runWith(entries, callback, self === undefined ? this : self, args);
    };
    ObjectDefineProperty(bound, "length", {
      __proto__: null, configurable: true, enumerable: false, value: callback.length, writable: false,
    });
    return bound;
  }

  class AsyncLocalStorage {
    #defaultValue;
    #name;

    constructor(options = undefined) {
      this.#defaultValue = options?.defaultValue;
      const name = options?.name;
      this.#name = name === undefined ? "" : toDOMString(name);
    }

    static bind(callback) {
      requireFunction(callback);
      return bindEntries(callback, undefined);
    }

    static snapshot() {
      const entries = currentEntries();
      return (callback, ...args) => runWith(entries, callback, undefined, args);
    }

    get name() {
      return this.#name;
    }

    disable() {
      this.#name;
      const before = frame();
      setFrame(makeFrame(currentRequest(), without(entriesOf(before), this)));
    }

    enterWith(store) {
      this.#name;
      const before = frame();
      setFrame(makeFrame(currentRequest(), withValue(entriesOf(before), this, store)));
    }

    exit(callback, ...args) {
      this.#name;
      return runWith(withValue(currentEntries(), this, undefined), callback, null, args);
    }

    getStore() {
      const entry = find(currentEntries(), this);
      return entry === null ? this.#defaultValue : entry.value;
    }

    run(store, callback, ...args) {
      this.#name;
      return runWith(withValue(currentEntries(), this, store), callback, null, args);
    }
  }

  let lastAsyncId = 0;

  class AsyncResource {
    #entries = currentEntries();
    #id = ++lastAsyncId;
    #trigger = 0;

    constructor(type, options = undefined) {
      if (typeof type !== "string") {
        throw errors.invalidArgType("type", "string", type);
      }
      if (type === "") {
        throw errors.nodeError(TypeError, "ERR_ASYNC_TYPE", 'Invalid name for async "type": ');
      }
      const trigger = typeof options === "number" ? options : options?.triggerAsyncId;
      if (trigger !== undefined) {
        errors.validateTrigger(trigger);
        this.#trigger = trigger;
      }
    }

    static bind(callback, _type, self = undefined) {
      requireFunction(callback);
      return bindEntries(callback, self);
    }

    asyncId() {
      return this.#id;
    }

    triggerAsyncId() {
      return this.#trigger;
    }

    emitDestroy() {
      this.#id;
      return this;
    }

    bind(callback, self = undefined) {
      requireFunction(callback);
      return runWith(this.#entries, bindEntries, undefined, [callback, self]);
    }

    runInAsyncScope(callback, self = undefined, ...args) {
      return runWith(this.#entries, callback, self, args);
    }
  }

  defineTag(AsyncLocalStorage.prototype, "AsyncLocalStorage");
  defineTag(AsyncResource.prototype, "AsyncResource");

  internals.asyncContext = {
    __proto__: null, AsyncLocalStorage, AsyncResource, currentEntries, currentRequest, runWith,
    setErrors(given) {
      errors = given;
    },
  };
})
