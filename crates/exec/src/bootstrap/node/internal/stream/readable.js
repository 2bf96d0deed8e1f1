"use strict";
// Readable: what is pushed into it, and how it is read.
const EventEmitter = require("events");
const { Buffer } = require("buffer");
const { StringDecoder } = require("string_decoder");
const { invalidArgType } = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const errors = require("internal/stream/errors");
const { construct, destroy, fail, undestroy } = require("internal/stream/lifetime");
const { ReadableState } = require("internal/stream/readable_state");
const { Stream } = require("internal/stream/legacy");
const { addSignal } = require("internal/stream/signal");

function Readable(options) {
  if (!(this instanceof Readable)) {
    return new Readable(options);
  }
  this._readableState = new ReadableState(options, this instanceof Stream.Duplex);
  if (options) {
    for (const name of ["read", "destroy", "construct"]) {
      if (typeof options[name] === "function") {
        this[`_${name}`] = options[name];
      }
    }
    if (options.signal) {
      addSignal(options.signal, this);
    }
  }
  Stream.call(this, options);
  construct(this, () => {
    if (this._readableState.needReadable) {
      readMore(this, this._readableState);
    }
  });
}
Object.setPrototypeOf(Readable.prototype, Stream.prototype);
Object.setPrototypeOf(Readable, Stream);
Readable.ReadableState = ReadableState;

Readable.prototype.destroy = destroy;

Readable.prototype._undestroy = undestroy;

Readable.prototype._destroy = function (error, callback) {
  callback(error);
};

Readable.prototype[EventEmitter.captureRejectionSymbol] = function (error) {
  this.destroy(error);
};

// A chunk as it is kept; an error if it is none.
function prepared(state, chunk, encoding, isFirst) {
  if (typeof chunk === "string") {
    const form = encoding || state.defaultEncoding;
    if (state.encoding === form) {
      return { chunk, isText: true };
    }
    const bytes = Buffer.from(chunk, form);
    return isFirst && state.encoding
      ? { chunk: bytes.toString(state.encoding), isText: true }
      : { chunk: bytes, isText: false };
  }
  if (chunk instanceof Buffer) {
    return { chunk, isText: false };
  }
  if (ArrayBuffer.isView(chunk)) {
    return { chunk: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), isText: false };
  }
  if (chunk === undefined) {
    return { chunk: null, isText: false };
  }
  return invalidArgType("chunk", ["string", "Buffer", "TypedArray", "DataView"], chunk);
}

const wantsMore = (state) => !state.ended && (state.length < state.highWaterMark || state.length === 0);

Readable.prototype.push = function push(chunk, encoding) {
  const state = this._readableState;
  if (chunk === null) {
    state.reading = false;
    atEnd(this, state);
    return false;
  }
  let isText = false;
  if (!state.objectMode) {
    const made = prepared(state, chunk, encoding, false);
    if (made instanceof Error) {
      fail(this, made);
      return false;
    }
    ({ chunk, isText } = made);
    if (chunk === null || chunk.length === 0) {
      state.reading = false;
      readMore(this, state);
      return wantsMore(state);
    }
  }
  if (state.ended) {
    fail(this, errors.pushAfterEof());
    return false;
  }
  if (state.destroyed || state.errored) {
    return false;
  }
  state.reading = false;
  if (state.decoder && !isText && !(state.objectMode && typeof chunk === "string")) {
    chunk = state.decoder.write(chunk);
    if (!state.objectMode && chunk.length === 0) {
      readMore(this, state);
      return wantsMore(state);
    }
  }
  add(this, state, chunk, false);
  return wantsMore(state);
};

Readable.prototype.unshift = function unshift(chunk, encoding) {
  const state = this._readableState;
  if (chunk === null) {
    state.reading = false;
    atEnd(this, state);
    return false;
  }
  if (!state.objectMode) {
    const made = prepared(state, chunk, encoding, true);
    if (made instanceof Error) {
      fail(this, made);
      return false;
    }
    chunk = made.chunk;
    if (chunk === null || chunk.length === 0) {
      return wantsMore(state);
    }
  }
  if (state.endEmitted) {
    fail(this, errors.unshiftAfterEnd());
    return false;
  }
  if (state.destroyed || state.errored) {
    return false;
  }
  add(this, state, chunk, true);
  return wantsMore(state);
};

function add(stream, state, chunk, isFirst) {
  if (state.flowing && state.length === 0 && !state.sync && stream.listenerCount("data") > 0) {
    state.awaitDrainWriters.clear();
    state.dataEmitted = true;
    stream.emit("data", chunk);
  } else {
    state.length += state.objectMode ? 1 : chunk.length;
    if (!isFirst) {
      state.buffer.push(chunk);
    } else if (state.bufferIndex > 0) {
      state.buffer[--state.bufferIndex] = chunk;
    } else {
      state.buffer.unshift(chunk);
    }
    if (state.needReadable) {
      tellReadable(stream, state);
    }
  }
  readMore(stream, state);
}

// Nothing more will be pushed.
function atEnd(stream, state) {
  if (state.ended) {
    return;
  }
  const rest = state.decoder?.end();
  if (rest) {
    state.buffer.push(rest);
    state.length += state.objectMode ? 1 : rest.length;
  }
  state.ended = true;
  if (state.sync) {
    tellReadable(stream, state);
  } else {
    state.needReadable = false;
    state.emittedReadable = true;
    emitReadable(stream, state);
  }
}

function tellReadable(stream, state) {
  state.needReadable = false;
  if (!state.emittedReadable) {
    state.emittedReadable = true;
    nextTick(emitReadable, stream, state);
  }
}

function emitReadable(stream, state) {
  if (!state.destroyed && !state.errored && (state.length > 0 || state.ended)) {
    stream.emit("readable");
    state.emittedReadable = false;
  }
  state.needReadable = !state.flowing && !state.ended && state.length <= state.highWaterMark;
  flow(stream);
}

// Reads ahead until there is as much as should be.
function readMore(stream, state) {
  if (state.readingMore || !state.constructed) {
    return;
  }
  state.readingMore = true;
  nextTick(() => {
    while (
      !state.reading && !state.ended &&
      (state.length < state.highWaterMark || (state.flowing && state.length === 0))
    ) {
      const before = state.length;
      stream.read(0);
      if (before === state.length) {
        break;
      }
    }
    state.readingMore = false;
  });
}

const LARGEST = 0x40000000;

// The next power of two.
function roundedUp(size) {
  if (size >= LARGEST) {
    return LARGEST;
  }
  return 2 ** Math.ceil(Math.log2(size));
}

// How much of what is there a read of `size` gives; NaN asks for all.
function amountOf(size, state) {
  if (size <= 0 || (state.length === 0 && state.ended)) {
    return 0;
  }
  if (state.objectMode) {
    return 1;
  }
  if (Number.isNaN(size)) {
    return state.flowing && state.length > 0 ? state.buffer[state.bufferIndex].length : state.length;
  }
  if (size <= state.length) {
    return size;
  }
  return state.ended ? state.length : 0;
}

Readable.prototype.read = function read(size) {
  const state = this._readableState;
  const asked = size === undefined ? NaN : Number.isInteger(size) ? size : Number.parseInt(size, 10);
  if (asked > state.highWaterMark) {
    state.highWaterMark = roundedUp(asked);
  }
  if (asked !== 0) {
    state.emittedReadable = false;
  }
  const isFull = state.highWaterMark !== 0 ? state.length >= state.highWaterMark : state.length > 0;
  if (asked === 0 && state.needReadable && (isFull || state.ended)) {
    if (state.length === 0 && state.ended) {
      end(this);
    } else {
      tellReadable(this, state);
    }
    return null;
  }
  let amount = amountOf(asked, state);
  if (amount === 0 && state.ended) {
    if (state.length === 0) {
      end(this);
    }
    return null;
  }
  const wants = state.needReadable || state.length === 0 || state.length - amount < state.highWaterMark;
  if (wants && !state.ended && !state.reading && !state.destroyed && !state.errored && state.constructed) {
    state.reading = true;
    state.sync = true;
    if (state.length === 0) {
      state.needReadable = true;
    }
    try {
      this._read(state.highWaterMark);
    } catch (error) {
      fail(this, error);
    }
    state.sync = false;
    if (!state.reading) {
      amount = amountOf(asked, state);
    }
  }
  const chunk = amount > 0 ? take(amount, state) : null;
  if (chunk === null) {
    state.needReadable = state.length <= state.highWaterMark;
    amount = 0;
  } else {
    state.length -= amount;
    state.awaitDrainWriters.clear();
  }
  if (state.length === 0) {
    if (!state.ended) {
      state.needReadable = true;
    }
    if (asked !== amount && state.ended) {
      end(this);
    }
  }
  if (chunk !== null && !state.errored && !state.closeEmitted) {
    state.dataEmitted = true;
    this.emit("data", chunk);
  }
  return chunk;
};

// The first chunk, or so much of the chunks.
function take(amount, state) {
  if (state.length === 0) {
    return null;
  }
  const { buffer } = state;
  if (state.objectMode || amount === buffer[state.bufferIndex].length) {
    const chunk = buffer[state.bufferIndex];
    buffer[state.bufferIndex++] = null;
    forgetTaken(state);
    return chunk;
  }
  const isText = state.decoder !== null;
  const parts = [];
  for (let missing = amount; missing > 0;) {
    const chunk = buffer[state.bufferIndex];
    if (chunk.length > missing) {
      parts.push(isText ? chunk.slice(0, missing) : chunk.subarray(0, missing));
      buffer[state.bufferIndex] = isText ? chunk.slice(missing) : chunk.subarray(missing);
      break;
    }
    parts.push(chunk);
    buffer[state.bufferIndex++] = null;
    missing -= chunk.length;
  }
  forgetTaken(state);
  return isText ? parts.join("") : parts.length === 1 ? parts[0] : Buffer.concat(parts, amount);
}

function forgetTaken(state) {
  if (state.bufferIndex === state.buffer.length) {
    state.buffer = [];
    state.bufferIndex = 0;
  } else if (state.bufferIndex > 1024) {
    state.buffer.splice(0, state.bufferIndex);
    state.bufferIndex = 0;
  }
}

Readable.prototype._read = function () {
  throw errors.notImplemented("_read()");
};

// All has been read.
function end(stream) {
  const state = stream._readableState;
  if (state.endEmitted) {
    return;
  }
  state.ended = true;
  nextTick(() => {
    if (state.errored || state.closeEmitted || state.endEmitted || state.length > 0) {
      return;
    }
    state.endEmitted = true;
    stream.emit("end");
    if (stream.writable && stream.allowHalfOpen === false) {
      nextTick(() => {
        if (stream.writable && !stream.writableEnded && !stream.destroyed) {
          stream.end();
        }
      });
    } else if (state.autoDestroy) {
      const writing = stream._writableState;
      if (!writing || (writing.autoDestroy && (writing.finished || writing.writable === false))) {
        stream.destroy();
      }
    }
  });
}

Readable.prototype.setEncoding = function setEncoding(encoding) {
  const state = this._readableState;
  const decoder = new StringDecoder(encoding);
  state.decoder = decoder;
  state.encoding = decoder.encoding;
  const text = state.buffer.slice(state.bufferIndex).map((chunk) => decoder.write(chunk)).join("");
  state.buffer = text === "" ? [] : [text];
  state.bufferIndex = 0;
  state.length = text.length;
  return this;
};

function flow(stream) {
  while (stream._readableState.flowing && stream.read() !== null) {
    // `read` tells the listeners.
  }
}

module.exports = { Readable, flow, take, tellReadable };
