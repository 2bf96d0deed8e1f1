"use strict";
// Readable: what can be asked of it, iteration, old streams in new clothes.
const { validateObject } = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const { eos } = require("internal/stream/finished");
const { fail, destroyer } = require("internal/stream/lifetime");
const { Readable, take } = require("internal/stream/readable");
const { disposed } = require("internal/stream/dispose");
const { ReadableState } = require("internal/stream/readable_state");

// Its chunks. A read waits for 'readable', or the end.
async function* chunksOf(stream, options) {
  let wake = () => {};
  const onReadable = () => wake();
  stream.on("readable", onReadable);
  let outcome;
  const stopWaiting = eos(stream, { writable: false }, (error) => {
    outcome = error ? { error } : { error: null };
    wake();
  });
  try {
    for (;;) {
      const chunk = stream.destroyed ? null : stream.read();
      if (chunk !== null) {
        yield chunk;
      } else if (outcome?.error) {
        throw outcome.error;
      } else if (outcome) {
        return;
      } else {
        await new Promise((resolve) => {
          wake = resolve;
        });
        wake = () => {};
      }
    }
  } catch (error) {
    outcome = { error: outcome?.error ?? error };
    throw error;
  } finally {
    const goes = outcome?.error || options?.destroyOnReturn !== false;
    if (goes && (outcome === undefined || outcome.error || stream._readableState?.autoDestroy)) {
      destroyer(stream, outcome?.error ?? null);
    } else {
      stream.off("readable", onReadable);
      stopWaiting();
    }
  }
}

function iterate(stream, options) {
  const source = typeof stream.read === "function" ? stream : Readable.wrap(stream, { objectMode: true });
  const iterator = chunksOf(source, options);
  iterator.stream = source;
  return iterator;
}

Readable.prototype[Symbol.asyncIterator] = function () {
  return iterate(this);
};

Readable.prototype.iterator = function iterator(options) {
  if (options !== undefined) {
    validateObject(options, "options");
  }
  return iterate(this, options);
};

if (Symbol.asyncDispose) {
  Readable.prototype[Symbol.asyncDispose] = function () {
    return disposed(this, this.readableEnded);
  };
}

// A stream of the kind before Readable was.
Readable.prototype.wrap = function wrap(stream) {
  let paused = false;
  stream.on("data", (chunk) => {
    if (!this.push(chunk) && stream.pause) {
      paused = true;
      stream.pause();
    }
  });
  stream.on("end", () => this.push(null));
  stream.on("error", (error) => fail(this, error));
  stream.on("close", () => this.destroy());
  stream.on("destroy", () => this.destroy());
  this._read = () => {
    if (paused && stream.resume) {
      paused = false;
      stream.resume();
    }
  };
  for (const name of Object.keys(stream)) {
    if (this[name] === undefined && typeof stream[name] === "function") {
      this[name] = stream[name].bind(stream);
    }
  }
  return this;
};

Readable.wrap = function wrap(source, options) {
  return new Readable({
    objectMode: source.readableObjectMode ?? source.objectMode ?? true,
    ...options,
    destroy(error, callback) {
      destroyer(source, error);
      callback(error);
    },
  }).wrap(source);
};

Readable._fromList = take;

const getters = {
  readable() {
    const state = this._readableState;
    return Boolean(state) && state.readable !== false && !state.destroyed && !state.errorEmitted && !state.endEmitted;
  },
  readableDidRead() {
    return this._readableState.dataEmitted;
  },
  readableAborted() {
    const state = this._readableState;
    return state.readable !== false && Boolean(state.destroyed || state.errored) && !state.endEmitted;
  },
  readableHighWaterMark() {
    return this._readableState.highWaterMark;
  },
  readableBuffer() {
    return this._readableState?.buffer;
  },
  readableFlowing() {
    return this._readableState.flowing;
  },
  readableLength() {
    return this._readableState.length;
  },
  readableObjectMode() {
    return this._readableState ? this._readableState.objectMode : false;
  },
  readableEncoding() {
    return this._readableState ? this._readableState.encoding : null;
  },
  readableEnded() {
    return this._readableState ? this._readableState.endEmitted : false;
  },
  errored() {
    return this._readableState ? this._readableState.errored : null;
  },
  closed() {
    return this._readableState ? this._readableState.closed : false;
  },
  destroyed() {
    return this._readableState ? this._readableState.destroyed : false;
  },
};

const setters = {
  readable(value) {
    if (this._readableState) {
      this._readableState.readable = Boolean(value);
    }
  },
  readableFlowing(value) {
    if (this._readableState) {
      this._readableState.flowing = value;
    }
  },
  destroyed(value) {
    if (this._readableState) {
      this._readableState.destroyed = value;
    }
  },
};

for (const name of Object.keys(getters)) {
  Object.defineProperty(Readable.prototype, name, {
    configurable: true,
    enumerable: !["closed", "errored", "readableBuffer", "readableFlowing"].includes(name),
    get: getters[name],
    set: setters[name],
  });
}

Object.defineProperty(ReadableState.prototype, "pipesCount", {
  configurable: true,
  get() {
    return this.pipes.length;
  },
});

// Readable.from
Readable.from = function from(iterable, options) {
  const { Buffer } = require("buffer");
  const { invalidArgType } = require("internal/errors");
  if (typeof iterable === "string" || iterable instanceof Buffer) {
    return new Readable({
      objectMode: true,
      ...options,
      read() {
        this.push(iterable);
        this.push(null);
      },
    });
  }
  const method = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
  if (typeof method !== "function") {
    throw invalidArgType("iterable", ["Iterable"], iterable);
  }
  const isAsync = typeof iterable[Symbol.asyncIterator] === "function";
  const iterator = method.call(iterable);
  const stream = new Readable({ objectMode: true, highWaterMark: 1, ...options });
  let reading = false;
  stream._read = () => {
    if (!reading) {
      reading = true;
      pump();
    }
  };
  stream._destroy = (error, callback) => {
    close(error).then(() => nextTick(callback, error), (failure) => nextTick(callback, failure || error));
  };
  async function close(error) {
    const failed = error !== undefined && error !== null;
    if (failed && typeof iterator.throw === "function") {
      const { value, done } = await iterator.throw(error);
      await value;
      if (done) {
        return;
      }
    }
    if (typeof iterator.return === "function") {
      const { value } = await iterator.return();
      await value;
    }
  }
  async function pump() {
    const { nullValues } = require("internal/stream/errors");
    for (;;) {
      try {
        const { value, done } = isAsync ? await iterator.next() : iterator.next();
        if (done) {
          stream.push(null);
          return;
        }
        const chunk = typeof value?.then === "function" ? await value : value;
        if (chunk === null) {
          reading = false;
          throw nullValues();
        }
        if (!stream.push(chunk)) {
          reading = false;
          return;
        }
      } catch (error) {
        stream.destroy(error);
        return;
      }
    }
  }
  return stream;
};
