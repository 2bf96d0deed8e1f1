"use strict";
// Transform and PassThrough
const errors = require("internal/stream/errors");
const { Duplex } = require("internal/stream/duplex");
const { getDefaultHighWaterMark } = require("internal/stream/state");

// The callback of a write that waits until there is room for what came of it.
const kWaiting = Symbol("waiting");

function Transform(options) {
  if (!(this instanceof Transform)) {
    return new Transform(options);
  }
  const readableMark = options ? options.readableHighWaterMark : null;
  if (readableMark === 0) {
    // Otherwise nothing could ever be written.
    options = {
      ...options,
      highWaterMark: null,
      readableHighWaterMark: 0,
      writableHighWaterMark: options.writableHighWaterMark ?? getDefaultHighWaterMark(options.objectMode),
    };
  }
  Duplex.call(this, options);
  // It is read when it is written.
  this._readableState.sync = false;
  this[kWaiting] = null;
  if (options) {
    if (typeof options.transform === "function") {
      this._transform = options.transform;
    }
    if (typeof options.flush === "function") {
      this._flush = options.flush;
    }
  }
  this.on("prefinish", prefinish);
}
Object.setPrototypeOf(Transform.prototype, Duplex.prototype);
Object.setPrototypeOf(Transform, Duplex);

function flush(stream, callback) {
  const done = (error, data) => {
    if (error) {
      if (callback) {
        callback(error);
      } else {
        stream.destroy(error);
      }
      return;
    }
    if (data !== null && data !== undefined) {
      stream.push(data);
    }
    stream.push(null);
    callback?.();
  };
  if (typeof stream._flush === "function" && !stream.destroyed) {
    stream._flush(done);
  } else {
    done();
  }
}

// That of a class with a `_final` of its own.
function prefinish() {
  if (this._final !== final) {
    flush(this);
  }
}

function final(callback) {
  flush(this, callback);
}
Transform.prototype._final = final;

Transform.prototype._transform = function () {
  throw errors.notImplemented("_transform()");
};

Transform.prototype._write = function (chunk, encoding, callback) {
  const { _readableState: reading, _writableState: writing } = this;
  const before = reading.length;
  this._transform(chunk, encoding, (error, value) => {
    if (error) {
      callback(error);
      return;
    }
    if (value !== null && value !== undefined) {
      this.push(value);
    }
    if (reading.ended) {
      callback();
    } else if (writing.ended || before === reading.length || reading.length < reading.highWaterMark) {
      callback();
    } else {
      this[kWaiting] = callback;
    }
  });
};

Transform.prototype._read = function () {
  const callback = this[kWaiting];
  if (callback) {
    this[kWaiting] = null;
    callback();
  }
};

function PassThrough(options) {
  if (!(this instanceof PassThrough)) {
    return new PassThrough(options);
  }
  Transform.call(this, options);
}
Object.setPrototypeOf(PassThrough.prototype, Transform.prototype);
Object.setPrototypeOf(PassThrough, Transform);

PassThrough.prototype._transform = function (chunk, encoding, callback) {
  callback(null, chunk);
};

module.exports = { PassThrough, Transform };
