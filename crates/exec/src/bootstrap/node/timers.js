"use strict";
// node:timers. Timers are objects here, as in Node.js; the globals return numbers, and each
// understands what the other returns.

const { validateFunction } = require("internal/errors");

const { clearTimeout, setInterval, setTimeout } = globalThis;

const promisified = Symbol.for("nodejs.util.promisify.custom");
const dispose = Symbol.dispose ?? Symbol.for("nodejs.dispose");

const MAX_DELAY = 2 ** 31 - 1;

const delayOf = (delay) => (delay >= 1 && delay <= MAX_DELAY ? +delay : 1);

class Timeout {
  #id;
  #callback;
  #args;
  #delay;
  #repeats;
  #referenced = true;

  constructor(callback, delay, args, repeats) {
    this.#callback = callback;
    this.#args = args;
    this.#delay = delayOf(delay);
    this.#repeats = repeats;
    this.#start();
  }

  #start() {
    const start = this.#repeats ? setInterval : setTimeout;
    this.#id = start(() => Reflect.apply(this.#callback, this, this.#args), this.#delay);
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

  refresh() {
    clearTimeout(this.#id);
    this.#start();
    return this;
  }

  close() {
    clearTimeout(this.#id);
    return this;
  }

  [Symbol.toPrimitive]() {
    return this.#id;
  }

  [dispose]() {
    clearTimeout(this.#id);
  }
}

class Immediate {
  #id;
  #referenced = true;

  constructor(callback, args) {
    this.#id = setTimeout(() => Reflect.apply(callback, this, args), 0);
  }

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

