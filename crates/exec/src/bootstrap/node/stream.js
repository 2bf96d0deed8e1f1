"use strict";
// node:stream
const { Buffer } = require("buffer");
const { invalidArgValue } = require("internal/errors");
const { Stream } = require("internal/stream/legacy");
const { Duplex } = require("internal/stream/duplex");
const { PassThrough, Transform } = require("internal/stream/transform");
const { Readable } = require("internal/stream/readable");
require("internal/stream/readable_flow");
require("internal/stream/readable_pipe");
require("internal/stream/readable_members");
const { addOperators } = require("internal/stream/operators");
const { compose, duplexPair, from } = require("internal/stream/duplex_from");
const { destroyer } = require("internal/stream/lifetime");
const { eos } = require("internal/stream/finished");
const { pipeline } = require("internal/stream/pipeline");
const { addAbortSignal } = require("internal/stream/signal");
const state = require("internal/stream/state");
const { Writable } = require("internal/stream/writable");

module.exports = Stream;

Object.assign(Stream, {
  Duplex,
  PassThrough,
  Readable,
  Stream,
  Transform,
  Writable,
  addAbortSignal,
  compose,
  destroy: destroyer,
  duplexPair,
  finished: eos,
  getDefaultHighWaterMark: state.getDefaultHighWaterMark,
  isDestroyed: state.isDestroyed,
  isDisturbed: state.isDisturbed,
  isErrored: state.isErrored,
  isReadable: state.isReadable,
  isWritable: state.isWritable,
  pipeline,
  setDefaultHighWaterMark: state.setDefaultHighWaterMark,
  _isArrayBufferView: (value) => ArrayBuffer.isView(value),
  _isUint8Array: (value) => value instanceof Uint8Array,
  _uint8ArrayToBuffer: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

Duplex.from = (body) => from(body);

require("internal/stream/web");
addOperators(Readable);

// What comes of the chunks behind another stream.
Readable.prototype.compose = function (stream, options) {
  if (state.isNode(stream) && !state.isWritable(stream)) {
    throw invalidArgValue("stream", stream, "must be writable");
  }
  const composed = compose(this, stream);
  if (options?.signal) {
    addAbortSignal(options.signal, composed);
  }
  return composed;
};

for (const name of ["finished", "pipeline"]) {
  Object.defineProperty(Stream[name], Symbol.for("nodejs.util.promisify.custom"), {
    configurable: true, enumerable: false, get: () => require("stream/promises")[name],
  });
}

Object.defineProperty(Stream, "promises", {
  configurable: true, enumerable: true, get: () => require("stream/promises"),
});
