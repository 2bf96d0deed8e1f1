"use strict";
// node:zlib, with the compressors that CompressionStream has: options of how well they compress are checked, and
// change nothing.
const { Buffer } = require("buffer");
const {
  invalidArgType, nodeError, outOfRange, validateFunction,
} = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const { codes, constants } = require("internal/zlib/constants");
const { crc32 } = require("internal/zlib/crc32");
const { Engine } = require("internal/zlib/engine");
const { Transform } = require("stream");

const kEngine = Symbol("engine");

const RANGES = {
  chunkSize: [64, Infinity], level: [-1, 9], memLevel: [1, 9], strategy: [0, 4], windowBits: [8, 15], flush: [0, 5],
  finishFlush: [0, 5], maxOutputLength: [1, Number.MAX_SAFE_INTEGER],
};

function checkOptions(options, isBrotli) {
  if (typeof options !== "object" || options === null) {
    return {};
  }
  for (const name of Object.keys(RANGES)) {
    const value = options[name];
    if (value === undefined || value === null || (isBrotli && ["level", "memLevel", "strategy", "windowBits"].includes(name))) {
      continue;
    }
    if (typeof value !== "number") {
      throw invalidArgType(`options.${name}`, "number", value);
    }
    // A window of 0 bits is the one that the data asks for.
    const [least, most] = RANGES[name];
    if (!(value >= least && value <= most) && !(name === "windowBits" && value === 0)) {
      throw outOfRange(`options.${name}`, `>= ${least} and <= ${most}`, value);
    }
  }
  if (options.dictionary !== undefined) {
    throw nodeError(
      Error, "ERR_METHOD_NOT_IMPLEMENTED", "node:zlib does not take a dictionary here",
    );
  }
  return options;
}

const allowsCut = (options) =>
  options.finishFlush !== undefined && options.finishFlush !== constants.Z_FINISH;

function tooLarge(most) {
  return nodeError(RangeError, "ERR_BUFFER_TOO_LARGE", `Cannot create a Buffer larger than ${most} bytes`);
}

function bytesOf(buffer) {
  if (typeof buffer === "string") {
    return Buffer.from(buffer);
  }
  if (ArrayBuffer.isView(buffer)) {
    return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
  if (buffer instanceof ArrayBuffer) {
    return Buffer.from(buffer);
  }
  throw invalidArgType("buffer", ["string", "Buffer", "TypedArray", "DataView", "ArrayBuffer"], buffer);
}

function runAll({ format, compresses }, buffer, options) {
  const bytes = bytesOf(buffer);
  const checked = checkOptions(options, format === "brotli");
  const most = checked.maxOutputLength ?? Infinity;
  const engine = new Engine(format, compresses, allowsCut(checked));
  engine.give(bytes);
  const pieces = [];
  let length = 0;
  for (;;) {
    const piece = engine.take(true);
    if (piece === null) {
      return Buffer.concat(pieces, length);
    }
    length += piece.length;
    if (length > most) {
      engine.close();
      throw tooLarge(most);
    }
    pieces.push(piece);
  }
}

function ZlibBase(coding, options) {
  const checked = checkOptions(options, coding.format === "brotli");
  Transform.call(this, { autoDestroy: true, ...options });
  this[kEngine] = new Engine(coding.format, coding.compresses, allowsCut(checked));
  this._most = checked.maxOutputLength ?? Infinity;
  this._given = 0;
}
Object.setPrototypeOf(ZlibBase.prototype, Transform.prototype);
Object.setPrototypeOf(ZlibBase, Transform);

// Pushes as long as there is room; what is left waits for the reader.
function pump(stream, isLast, callback) {
  const engine = stream[kEngine];
  try {
    for (;;) {
      const piece = stream.destroyed ? null : engine.take(isLast);
      if (piece === null) {
        callback();
        return;
      }
      stream._given += piece.length;
      if (stream._given > stream._most) {
        throw tooLarge(stream._most);
      }
      if (!stream.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length))) {
        const readMore = stream._read;
        stream._read = (size) => {
          stream._read = readMore;
          pump(stream, isLast, callback);
        };
        return;
      }
    }
  } catch (error) {
    callback(error);
  }
}

ZlibBase.prototype._transform = function (chunk, encoding, callback) {
  this[kEngine].give(bytesOf(chunk));
  pump(this, false, callback);
};

ZlibBase.prototype._flush = function (callback) {
  pump(this, true, callback);
};

ZlibBase.prototype._destroy = function (error, callback) {
  this[kEngine].close();
  callback(error);
};

// Everything that was written before is through when it calls back.
ZlibBase.prototype.flush = function flush(kind, callback) {
  const done = typeof kind === "function" ? kind : callback;
  if (this.writableFinished) {
    if (done) {
      nextTick(done);
    }
  } else if (this.writableEnded) {
    if (done) {
      this.once("end", done);
    }
  } else {
    this.write(Buffer.alloc(0), "", done);
  }
};

ZlibBase.prototype.close = function close(callback) {
  if (callback) {
    require("internal/stream/finished").eos(this, () => callback());
  }
  this.destroy();
};

ZlibBase.prototype.reset = function reset() {
  throw nodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", "node:zlib.reset is not available here");
};

ZlibBase.prototype.params = function params(level, strategy, callback) {
  checkOptions({ level, strategy }, false);
  this.flush(callback);
};

Object.defineProperty(ZlibBase.prototype, "bytesWritten", {
  configurable: true,
  enumerable: true,
  get() {
    return this[kEngine].written;
  },
});

const CODINGS = {
  Deflate: { format: "deflate", compresses: true, name: "deflate" },
  Inflate: { format: "deflate", compresses: false, name: "inflate" },
  Gzip: { format: "gzip", compresses: true, name: "gzip" },
  Gunzip: { format: "gzip", compresses: false, name: "gunzip" },
  DeflateRaw: { format: "deflate-raw", compresses: true, name: "deflateRaw" },
  InflateRaw: { format: "deflate-raw", compresses: false, name: "inflateRaw" },
  Unzip: { format: "unzip", compresses: false, name: "unzip" },
  BrotliCompress: { format: "brotli", compresses: true, name: "brotliCompress" },
  BrotliDecompress: { format: "brotli", compresses: false, name: "brotliDecompress" },
};

for (const className of Object.keys(CODINGS)) {
  const coding = CODINGS[className];
  const { name } = coding;
  const Class = {
    [className]: function (options) {
      if (!(this instanceof Class)) {
        return new Class(options);
      }
      ZlibBase.call(this, coding, options);
    },
  }[className];
  Object.setPrototypeOf(Class.prototype, ZlibBase.prototype);
  Object.setPrototypeOf(Class, ZlibBase);
  exports[className] = Class;
  exports[`create${className}`] = (options) => new Class(options);
  exports[`${name}Sync`] = (buffer, options) => runAll(coding, buffer, options);
  exports[name] = (buffer, options, callback) => {
    if (typeof options === "function") {
      callback = options;
      options = {};
    }
    validateFunction(callback, "callback");
    const bytes = bytesOf(buffer);
    checkOptions(options, coding.format === "brotli");
    nextTick(() => {
      let result;
      try {
        result = runAll(coding, bytes, options);
      } catch (error) {
        callback(error);
        return;
      }
      callback(null, result);
    });
  };
}

Object.assign(exports, { codes, constants, crc32 });
// As they were before `constants` was there.
for (const name of Object.keys(constants)) {
  if (!name.startsWith("BROTLI")) {
    Object.defineProperty(exports, name, { configurable: false, enumerable: false, value: constants[name] });
  }
}
