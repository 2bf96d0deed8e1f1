"use strict";
// Readable: map, filter and their like.
const {
  AbortError, invalidArgType, missingArgs, outOfRange, validateAbortSignal, validateInteger, validateObject,
} = require("internal/errors");
const { eos } = require("internal/stream/finished");
const web = require("internal/web");

function checkFunction(fn, name) {
  if (typeof fn !== "function") {
    throw invalidArgType(name, ["Function", "AsyncFunction"], fn);
  }
}

function checkOptions(options) {
  if (options !== undefined && options !== null) {
    validateObject(options, "options");
  }
  validateAbortSignal(options?.signal, "options.signal");
}

function checkAborted(signal) {
  if (signal?.aborted) {
    throw new AbortError(undefined, { cause: signal.reason });
  }
}

const EMPTY = Symbol("empty");
const END = Symbol("end");

function toConcurrency(options) {
  const { concurrency } = options ?? {};
  if (concurrency === undefined || concurrency === null) {
    return 1;
  }
  validateInteger(Math.floor(concurrency), "options.concurrency", 1);
  return Math.floor(concurrency);
}

function toHighWaterMark(options, concurrency) {
  const { highWaterMark } = options ?? {};
  if (highWaterMark === undefined || highWaterMark === null) {
    return concurrency - 1;
  }
  validateInteger(Math.floor(highWaterMark), "options.highWaterMark", 0);
  return Math.floor(highWaterMark);
}

// What `fn` makes of the chunks, in their order. So many are under way at a time, and so many wait to be
// taken.
function mapped(stream, fn, options) {
  checkFunction(fn, "fn");
  checkOptions(options);
  const concurrency = toConcurrency(options);
  const most = toHighWaterMark(options, concurrency) + concurrency;
  return (async function* () {
    const controller = new web.AbortController();
    const signal = options?.signal === undefined || options.signal === null
      ? controller.signal
      : web.AbortSignal.any([controller.signal, options.signal]);
    const queue = [];
    let running = 0;
    let isOver = false;
    let wakeReader = null;
    let wakeWriter = null;
    const toReader = () => {
      wakeReader?.();
      wakeReader = null;
    };
    const toWriter = () => {
      if (wakeWriter && !isOver && running < concurrency && queue.length < most) {
        wakeWriter();
        wakeWriter = null;
      }
    };
    const settled = () => {
      running--;
      toWriter();
    };
    const fill = async () => {
      try {
        for await (const chunk of stream) {
          if (isOver) {
            return;
          }
          checkAborted(signal);
          let made;
          try {
            made = fn(chunk, { signal });
            if (made === EMPTY) {
              continue;
            }
            made = Promise.resolve(made);
          } catch (error) {
            made = Promise.reject(error);
          }
          running++;
          made.then(settled, () => {
            isOver = true;
            settled();
          });
          queue.push(made);
          toReader();
          if (!isOver && (queue.length >= most || running >= concurrency)) {
            await new Promise((resolve) => {
              wakeWriter = resolve;
            });
          }
        }
        queue.push(END);
      } catch (error) {
        const failed = Promise.reject(error);
        failed.then(settled, settled);
        queue.push(failed);
      } finally {
        isOver = true;
        toReader();
      }
    };
    fill();
    try {
      for (;;) {
        while (queue.length > 0) {
          const value = await queue[0];
          if (value === END) {
            return;
          }
          checkAborted(signal);
          if (value !== EMPTY) {
            yield value;
          }
          queue.shift();
          toWriter();
        }
        await new Promise((resolve) => {
          wakeReader = resolve;
        });
      }
    } finally {
      isOver = true;
      controller.abort();
      if (wakeWriter) {
        wakeWriter();
        wakeWriter = null;
      }
    }
  })();
}

function map(fn, options) {
  return mapped(this, fn, options);
}

function filter(fn, options) {
  checkFunction(fn, "fn");
  return mapped(this, async (value, given) => (await fn(value, given) ? value : EMPTY), options);
}

function flatMap(fn, options) {
  const values = mapped(this, fn, options);
  return (async function* () {
    for await (const value of values) {
      yield* value;
    }
  })();
}

async function forEach(fn, options) {
  checkFunction(fn, "fn");
  const done = mapped(this, async (value, given) => {
    await fn(value, given);
    return EMPTY;
  }, options);
  for await (const _ of done) {
    // Nothing comes of them.
  }
}

async function some(fn, options) {
  for await (const _ of filter.call(this, fn, options)) {
    return true;
  }
  return false;
}

async function every(fn, options) {
  checkFunction(fn, "fn");
  return !(await some.call(this, async (...args) => !(await fn(...args)), options));
}

async function find(fn, options) {
  for await (const value of filter.call(this, fn, options)) {
    return value;
  }
  return undefined;
}

async function toArray(options) {
  checkOptions(options);
  const values = [];
  for await (const value of this) {
    checkAborted(options?.signal);
    values.push(value);
  }
  return values;
}

async function reduce(reducer, initialValue, options) {
  checkFunction(reducer, "reducer");
  checkOptions(options);
  let hasValue = arguments.length > 1;
  let value = initialValue;
  if (options?.signal?.aborted) {
    const error = new AbortError(undefined, { cause: options.signal.reason });
    this.once("error", () => {});
    await new Promise((resolve) => {
      eos(this.destroy(error), resolve);
    });
    throw error;
  }
  const controller = new web.AbortController();
  const { signal } = controller;
  const abort = () => controller.abort();
  options?.signal?.addEventListener("abort", abort, { once: true });
  let isEmpty = true;
  try {
    for await (const chunk of this) {
      isEmpty = false;
      if (options?.signal?.aborted) {
        throw new AbortError();
      }
      if (hasValue) {
        value = await reducer(value, chunk, { signal });
      } else {
        value = chunk;
        hasValue = true;
      }
    }
    if (isEmpty && !hasValue) {
      const error = missingArgs("reduce");
      error.message = "Reduce of an empty stream requires an initial value";
      throw error;
    }
  } finally {
    controller.abort();
    options?.signal?.removeEventListener("abort", abort);
  }
  return value;
}

function toCount(number) {
  const count = Number(number);
  if (Number.isNaN(count)) {
    return 0;
  }
  if (count < 0) {
    throw outOfRange("number", ">= 0", count);
  }
  return count;
}

function drop(number, options) {
  checkOptions(options);
  let rest = toCount(number);
  const stream = this;
  return (async function* () {
    checkAborted(options?.signal);
    for await (const value of stream) {
      checkAborted(options?.signal);
      if (rest-- <= 0) {
        yield value;
      }
    }
  })();
}

function take(number, options) {
  checkOptions(options);
  let rest = toCount(number);
  const stream = this;
  return (async function* () {
    checkAborted(options?.signal);
    for await (const value of stream) {
      checkAborted(options?.signal);
      if (rest-- > 0) {
        yield value;
      }
      if (rest <= 0) {
        return;
      }
    }
  })();
}

function asIndexedPairs(options) {
  checkOptions(options);
  const stream = this;
  return (async function* () {
    let index = 0;
    for await (const value of stream) {
      checkAborted(options?.signal);
      yield [index++, value];
    }
  })();
}

// Gives Readable the methods: some return streams, the others promises.
function addOperators(Readable) {
  for (const operator of [asIndexedPairs, drop, filter, flatMap, map, take]) {
    Object.defineProperty(Readable.prototype, operator.name, {
      configurable: true,
      enumerable: false,
      writable: true,
      value(...args) {
        return Readable.from(operator.apply(this, args));
      },
    });
    Object.defineProperty(Readable.prototype[operator.name], "name", { value: operator.name });
  }
  for (const operator of [every, find, forEach, reduce, some, toArray]) {
    Object.defineProperty(Readable.prototype, operator.name, {
      configurable: true, enumerable: false, writable: true, value: operator,
    });
  }
}

module.exports = { addOperators };
