"use strict";
// node:timers/promises

const {
  AbortError, validateAbortSignal, validateBoolean, validateNumber, validateObject,
} = require("internal/errors");
const timers = require("timers");

const { clearInterval, clearTimeout, setImmediate: startImmediate, setInterval: startInterval, setTimeout: startTimeout } = timers;

const PromiseClass = Promise;

function check(options) {
  validateObject(options, "options");
  const { ref = true, signal } = options;
  validateAbortSignal(signal, "options.signal");
  validateBoolean(ref, "options.ref");
  return signal;
}

const abortedBy = (signal) => new AbortError(undefined, { cause: signal.reason });

function wait(start, value, options) {
  return new PromiseClass((resolve, reject) => {
    const signal = check(options);
    if (signal?.aborted) {
      throw abortedBy(signal);
    }
    let timer;
    const aborted = () => {
      clearTimeout(timer);
      reject(abortedBy(signal));
    };
    timer = start(() => {
      signal?.removeEventListener("abort", aborted);
      resolve(value);
    });
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

function setTimeout(delay = undefined, value = undefined, options = {}) {
  return wait((callback) => {
    if (delay !== undefined) {
      validateNumber(delay, "delay");
    }
    return startTimeout(callback, delay);
  }, value, options);
}

function setImmediate(value = undefined, options = {}) {
  return wait((callback) => startImmediate(callback), value, options);
}

async function* setInterval(delay = undefined, value = undefined, options = {}) {
  const signal = check(options);
  if (signal?.aborted) {
    throw abortedBy(signal);
  }
  let due = 0;
  let wake;
  const timer = startInterval(() => {
    due++;
    wake?.();
  }, delay);
  const aborted = () => wake?.();
  signal?.addEventListener("abort", aborted, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) {
        throw abortedBy(signal);
      }
      if (due === 0) {
        await new PromiseClass((resolve) => {
          wake = resolve;
        });
      }
      for (; due > 0 && !signal?.aborted; due--) {
        yield value;
      }
    }
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", aborted);
  }
}

module.exports = {
  scheduler: {
    wait: (delay, options = undefined) => setTimeout(delay, undefined, options),
    yield: () => setImmediate(),
  },
  setImmediate,
  setInterval,
  setTimeout,
};
