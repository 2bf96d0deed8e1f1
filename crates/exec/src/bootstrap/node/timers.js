"use strict";
// node:timers. Timers are objects here, as in Node.js; the globals return numbers, and each
// understands what the other returns.

const { validateFunction } = require("internal/errors");

const { clearTimeout, setInterval, setTimeout } = globalThis;

const promisified = Symbol.for("nodejs.util.promisify.custom");
const dispose = Symbol.dispose ?? Symbol.for("nodejs.dispose");

const MAX_DELAY = 2 ** 31 - 1;

const delayOf = (delay) => (delay >= 1 && delay <= MAX_DELAY ? +delay : 1);

let restart;

class Timer {
  #id;
  #start;
  #referenced = true;

  // `start` begins to wait for the moment at which what it is given is called, and returns an id.
  constructor(start, callback, args) {
    this.#start = () => start(() => Reflect.apply(callback, this, args));
    this.#id = this.#start();
  }

  // A request waits for its timers, whether they are referenced or not.
  ref() {
    this.#referenced = true;
    return this;
  }

  unref() {
    this.#referenced = false;
    return this;
  }

  hasRef() {
    return this.#referenced;
  }

  [Symbol.toPrimitive]() {
    return this.#id;
  }

  [dispose]() {
    clearTimeout(this.#id);
  }

  static {
    restart = (timer) => {
      clearTimeout(timer.#id);
      timer.#id = timer.#start();
    };
  }
}

class Timeout extends Timer {
  constructor(callback, delay, args, repeats) {
    const start = repeats ? setInterval : setTimeout;
    const milliseconds = delayOf(delay);
    super((ring) => start(ring, milliseconds), callback, args);
  }

  refresh() {
    restart(this);
    return this;
  }

  close() {
    clear(this);
    return this;
  }
}

class Immediate extends Timer {
  constructor(callback, args) {
    super((ring) => setTimeout(ring, 0), callback, args);
  }
}

function clear(timer) {
  if (timer === undefined || timer === null) {
    return;
  }
  const id = typeof timer === "object" ? timer[Symbol.toPrimitive]?.() : +timer;
  if (typeof id === "number") {
    clearTimeout(id);
  }
}

module.exports = {
  clearImmediate: (immediate) => clear(immediate),
  clearInterval: (timer) => clear(timer),
  clearTimeout: (timer) => clear(timer),
  setImmediate(callback, ...args) {
    validateFunction(callback, "callback");
    return new Immediate(callback, args);
  },
  setInterval(callback, delay = undefined, ...args) {
    validateFunction(callback, "callback");
    return new Timeout(callback, delay, args, true);
  },
  setTimeout(callback, delay = undefined, ...args) {
    validateFunction(callback, "callback");
    return new Timeout(callback, delay, args, false);
  },
};

for (const name of ["setTimeout", "setImmediate"]) {
  Object.defineProperty(module.exports[name], promisified, {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get: () => require("timers/promises")[name],
  });
}

Object.defineProperty(module.exports, "promises", {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get: () => require("timers/promises"),
});

