"use strict";
// process.nextTick: a microtask. There is one queue, so a callback runs behind the
// reactions to promises that were there before it, where Node.js would run it before them.

const { queueMicrotask } = globalThis;
const { validateFunction } = require("internal/errors");

module.exports = {
  nextTick(callback, ...args) {
    validateFunction(callback, "callback");
    queueMicrotask(() => callback(...args));
  },
};
