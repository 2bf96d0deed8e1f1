"use strict";
// Writable
const EventEmitter = require("events");
const { Buffer } = require("buffer");
const { invalidArgType } = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const errors = require("internal/stream/errors");
const { calledOnce, construct, destroy, fail, undestroy } = require("internal/stream/lifetime");
const { Stream } = require("internal/stream/legacy");
const { addSignal } = require("internal/stream/signal");
const { WritableState } = require("internal/stream/writable_state");

function noop() {}

function Writable(options) {
  const isDuplex = this instanceof Stream.Duplex;
  if (!isDuplex && !Function.prototype[Symbol.hasInstance].call(Writable, this)) {
    return new Writable(options);
  }
  this._writableState = new WritableState(options, isDuplex, (error) => written(this, this._writableState, error));
  if (options) {
    for (const name of ["write", "writev", "destroy", "final", "construct"]) {
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
    const state = this._writableState;
    if (!state.writing) {
      writeBuffered(this, state);
    }
    finishMaybe(this, state);
  });
}
Object.setPrototypeOf(Writable.prototype, Stream.prototype);
Object.setPrototypeOf(Writable, Stream);
Writable.WritableState = WritableState;

// A Duplex is one, too.
Object.defineProperty(Writable, Symbol.hasInstance, {
  value(object) {
    return Function.prototype[Symbol.hasInstance].call(this, object) ||
      (this === Writable && object?._writableState instanceof WritableState);
  },
});

Writable.prototype.pipe = function pipe() {
  fail(this, errors.cannotPipe());
};

// What goes to `_write`: the chunk and its encoding.
function prepared(state, chunk, encoding) {
  if (chunk === null) {
    throw errors.nullValues();
  }
  if (state.objectMode) {
    return [chunk, encoding];
  }
  if (typeof chunk === "string") {
    return state.decodeStrings ? [Buffer.from(chunk, encoding), "buffer"] : [chunk, encoding];
  }
  if (chunk instanceof Buffer) {
    return [chunk, "buffer"];
  }
  if (ArrayBuffer.isView(chunk)) {
    return [Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), "buffer"];
  }
  throw invalidArgType("chunk", ["string", "Buffer", "TypedArray", "DataView"], chunk);
}

// True or false as `write` returns it, or an error.
function write(stream, chunk, encoding, callback) {
  const state = stream._writableState;
  if (typeof encoding === "function") {
    callback = encoding;
    encoding = null;
  }
  // Objects are handed on with what was given.
  if (!state.objectMode && !encoding) {
    encoding = state.defaultEncoding;
  } else if (!state.objectMode && encoding !== "buffer" && !Buffer.isEncoding(encoding)) {
    throw errors.unknownEncoding(encoding);
  }
  if (typeof callback !== "function") {
    callback = noop;
  }
  const [data, form] = prepared(state, chunk, encoding);
  let error;
  if (state.ending) {
    error = errors.writeAfterEnd();
  } else if (state.destroyed) {
    error = errors.destroyed("write");
  }
  if (error !== undefined) {
    nextTick(callback, error);
    fail(stream, error, true);
    return error;
  }
  state.pendingcb++;
  const length = state.objectMode ? 1 : data.length;
  state.length += length;
  if (state.writing || state.corked || state.errored || !state.constructed) {
    state.buffered.push({ chunk: data, encoding: form, callback });
    if (form !== "buffer") {
      state.allBuffers = false;
    }
  } else {
    hand(stream, state, length, callback, () => stream._write(data, form, state.onwrite));
  }
  // What was written at once needs no room.
  const hasRoom = state.length < state.highWaterMark || state.length === 0;
  if (!hasRoom) {
    state.needDrain = true;
  }
  return hasRoom && !state.errored && !state.destroyed;
}

// Has the stream write so much.
function hand(stream, state, length, callback, call) {
  state.writelen = length;
  state.writecb = callback;
  state.writing = true;
  state.sync = true;
  if (state.destroyed) {
    state.onwrite(errors.destroyed("write"));
  } else {
    call();
  }
  state.sync = false;
}

Writable.prototype.write = function (chunk, encoding, callback) {
  return write(this, chunk, encoding, callback) === true;
};

Writable.prototype.cork = function cork() {
  this._writableState.corked++;
};

Writable.prototype.uncork = function uncork() {
  const state = this._writableState;
  if (state.corked) {
    state.corked--;
    if (!state.writing) {
      writeBuffered(this, state);
    }
  }
};

Writable.prototype.setDefaultEncoding = function setDefaultEncoding(encoding) {
  const name = typeof encoding === "string" ? encoding.toLowerCase() : encoding;
  if (!Buffer.isEncoding(name)) {
    throw errors.unknownEncoding(encoding);
  }
  this._writableState.defaultEncoding = name;
  return this;
};

// `_write` has called back.
function written(stream, state, error) {
  const { sync, writecb: callback } = state;
  if (typeof callback !== "function") {
    fail(stream, errors.multipleCallback());
    return;
  }
  state.writing = false;
  state.writecb = null;
  state.length -= state.writelen;
  state.writelen = 0;
  if (error) {
    void error.stack;
    state.errored ||= error;
    if (stream._readableState) {
      stream._readableState.errored ||= error;
    }
    if (sync) {
      nextTick(writeFailed, stream, state, error, callback);
    } else {
      writeFailed(stream, state, error, callback);
    }
    return;
  }
  if (state.buffered.length > state.bufferedIndex) {
    writeBuffered(stream, state);
  }
  if (!sync) {
    writesDone(stream, state, 1, callback);
  } else if (state.afterWrites?.callback === callback) {
    state.afterWrites.count++;
  } else {
    const writes = { count: 1, callback };
    state.afterWrites = writes;
    nextTick(() => {
      if (state.afterWrites === writes) {
        state.afterWrites = null;
      }
      writesDone(stream, state, writes.count, callback);
    });
  }
}

function writesDone(stream, state, count, callback) {
  if (state.needDrain && state.length === 0 && !state.ending && !stream.destroyed) {
    state.needDrain = false;
    stream.emit("drain");
  }
  for (let i = 0; i < count; i++) {
    state.pendingcb--;
    callback(null);
  }
  if (state.destroyed) {
    refuseBuffered(state);
  }
  finishMaybe(stream, state);
}

function writeFailed(stream, state, error, callback) {
  state.pendingcb--;
  callback(error);
  refuseBuffered(state);
  fail(stream, error);
}

// Nothing of what waits will be written.
function refuseBuffered(state) {
  if (state.writing) {
    return;
  }
  for (const { chunk, callback } of state.getBuffer()) {
    state.length -= state.objectMode ? 1 : chunk.length;
    callback(state.errored ?? errors.destroyed("write"));
  }
  for (const callback of state.onfinish.splice(0)) {
    callback(state.errored ?? errors.destroyed("end"));
  }
  emptyBuffer(state);
}

function emptyBuffer(state) {
  state.buffered = [];
  state.bufferedIndex = 0;
  state.allBuffers = true;
}

function writeBuffered(stream, state) {
  if (state.corked || state.bufferProcessing || state.destroyed || !state.constructed) {
    return;
  }
  const waiting = state.bufferedRequestCount;
  if (waiting === 0) {
    return;
  }
  state.bufferProcessing = true;
  if (waiting > 1 && stream._writev) {
    state.pendingcb -= waiting - 1;
    const chunks = state.getBuffer();
    chunks.allBuffers = state.allBuffers;
    emptyBuffer(state);
    const callback = (error) => {
      for (const chunk of chunks) {
        chunk.callback(error);
      }
    };
    hand(stream, state, state.length, callback, () => stream._writev(chunks, state.onwrite));
  } else {
    do {
      const { chunk, encoding, callback } = state.buffered[state.bufferedIndex];
      state.buffered[state.bufferedIndex++] = null;
      const length = state.objectMode ? 1 : chunk.length;
      hand(stream, state, length, callback, () => stream._write(chunk, encoding, state.onwrite));
    } while (state.bufferedIndex < state.buffered.length && !state.writing);
    if (state.bufferedIndex === state.buffered.length) {
      emptyBuffer(state);
    } else if (state.bufferedIndex > 256) {
      state.buffered.splice(0, state.bufferedIndex);
      state.bufferedIndex = 0;
    }
  }
  state.bufferProcessing = false;
}

Writable.prototype._write = function (chunk, encoding, callback) {
  if (!this._writev) {
    throw errors.notImplemented("_write()");
  }
  this._writev([{ chunk, encoding }], callback);
};

Writable.prototype._writev = null;

Writable.prototype.end = function end(chunk, encoding, callback) {
  const state = this._writableState;
  if (typeof chunk === "function") {
    callback = chunk;
    chunk = null;
    encoding = null;
  } else if (typeof encoding === "function") {
    callback = encoding;
    encoding = null;
  }
  let error;
  if (chunk !== null && chunk !== undefined) {
    const result = write(this, chunk, encoding);
    if (result instanceof Error) {
      error = result;
    }
  }
  if (state.corked) {
    state.corked = 1;
    this.uncork();
  }
  if (error === undefined) {
    if (!state.errored && !state.ending) {
      state.ending = true;
      finishMaybe(this, state, true);
      state.ended = true;
    } else if (state.finished) {
      error = errors.alreadyFinished("end");
    } else if (state.destroyed) {
      error = errors.destroyed("end");
    }
  }
  if (typeof callback === "function") {
    if (error) {
      nextTick(callback, error);
    } else if (state.errored) {
      nextTick(callback, state.errored);
    } else if (state.finished) {
      nextTick(callback);
    } else {
      state.onfinish.push(callback);
    }
  }
  return this;
};

function mayFinish(state) {
  return state.ending && !state.destroyed && state.constructed && state.length === 0 && !state.errored &&
    state.bufferedRequestCount === 0 && !state.finished && !state.writing && !state.errorEmitted &&
    !state.closeEmitted;
}

function callFinal(stream, state) {
  const done = calledOnce(stream, (error) => {
    state.pendingcb--;
    if (error) {
      for (const callback of state.onfinish.splice(0)) {
        callback(error);
      }
      fail(stream, error, state.sync);
    } else if (mayFinish(state)) {
      state.prefinished = true;
      stream.emit("prefinish");
      // Nobody else finishes it meanwhile.
      state.pendingcb++;
      nextTick(finish, stream, state);
    }
  });
  state.sync = true;
  state.pendingcb++;
  try {
    stream._final(done);
  } catch (error) {
    done(error);
  }
  state.sync = false;
}

function finishMaybe(stream, state, isSync) {
  if (!mayFinish(state)) {
    return;
  }
  if (!state.prefinished && !state.finalCalled) {
    if (typeof stream._final === "function" && !state.destroyed) {
      state.finalCalled = true;
      callFinal(stream, state);
    } else {
      state.prefinished = true;
      stream.emit("prefinish");
    }
  }
  if (state.pendingcb !== 0) {
    return;
  }
  if (isSync) {
    state.pendingcb++;
    nextTick(() => {
      if (mayFinish(state)) {
        finish(stream, state);
      } else {
        state.pendingcb--;
      }
    });
  } else if (mayFinish(state)) {
    state.pendingcb++;
    finish(stream, state);
  }
}

function finish(stream, state) {
  state.pendingcb--;
  state.finished = true;
  for (const callback of state.onfinish.splice(0)) {
    callback(null);
  }
  stream.emit("finish");
  if (state.autoDestroy) {
    const reading = stream._readableState;
    if (!reading || (reading.autoDestroy && (reading.endEmitted || reading.readable === false))) {
      stream.destroy();
    }
  }
}

Writable.prototype.destroy = function (error, callback) {
  const state = this._writableState;
  if (!state.destroyed && (state.bufferedRequestCount > 0 || state.onfinish.length > 0)) {
    nextTick(refuseBuffered, state);
  }
  destroy.call(this, error, callback);
  return this;
};

Writable.prototype._undestroy = undestroy;

Writable.prototype._destroy = function (error, callback) {
  callback(error);
};

Writable.prototype[EventEmitter.captureRejectionSymbol] = function (error) {
  this.destroy(error);
};

module.exports = { Writable };
