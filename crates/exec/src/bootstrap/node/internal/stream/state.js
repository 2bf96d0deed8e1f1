"use strict";
// What can be told of a stream, whoever made it: its class is of this module, or has the same members.
const { validateInteger, invalidArgValue } = require("internal/errors");
const { disturbedOf, isReadableStream, isWritableStream, stateOf } = require("internal/stream/web_state");

const kDestroyed = Symbol.for("nodejs.stream.destroyed");
const kDisturbed = Symbol.for("nodejs.stream.disturbed");
const kErrored = Symbol.for("nodejs.stream.errored");
const kReadable = Symbol.for("nodejs.stream.readable");

const isFunction = (value) => typeof value === "function";

function isReadableNode(value) {
  return Boolean(
    value && isFunction(value.pipe) && isFunction(value.on) &&
    (!value._writableState || value._readableState?.readable !== false) &&
    (!value._writableState || value._readableState),
  );
}

function isWritableNode(value) {
  return Boolean(
    value && isFunction(value.write) && isFunction(value.on) &&
    (!value._readableState || value._writableState?.writable !== false),
  );
}

const isDuplexNode = (value) =>
  Boolean(value && isFunction(value.pipe) && value._readableState && isFunction(value.on) && isFunction(value.write));

const isNode = (value) => Boolean(
  value && (
    value._readableState || value._writableState || (isFunction(value.write) && isFunction(value.on)) ||
    (isFunction(value.pipe) && isFunction(value.on))
  ),
);

const isWeb = (value) => isReadableStream(value) || isWritableStream(value);

// `isAsync` is true for one that gives promises, false for one that does not, undefined for either.
function isIterable(value, isAsync) {
  if (value === null || value === undefined) {
    return false;
  }
  const async = isFunction(value[Symbol.asyncIterator]);
  const sync = isFunction(value[Symbol.iterator]);
  return isAsync === true ? async : isAsync === false ? sync : async || sync;
}

function isDestroyed(stream) {
  if (!isNode(stream)) {
    return null;
  }
  const state = stream._writableState || stream._readableState;
  return Boolean(stream.destroyed || stream[kDestroyed] || state?.destroyed);
}

// Whether everything was written; null if nobody knows.
function isWritableEnded(stream) {
  if (!isWritableNode(stream)) {
    return null;
  }
  if (stream.writableEnded === true) {
    return true;
  }
  const state = stream._writableState;
  if (state?.errored) {
    return false;
  }
  return typeof state?.ended === "boolean" ? state.ended : null;
}

function isWritableFinished(stream, strict) {
  if (!isWritableNode(stream)) {
    return null;
  }
  if (stream.writableFinished === true) {
    return true;
  }
  const state = stream._writableState;
  if (state?.errored) {
    return false;
  }
  if (typeof state?.finished !== "boolean") {
    return null;
  }
  return state.finished || (strict === false && state.ended === true && state.length === 0);
}

function isReadableEnded(stream) {
  if (!isReadableNode(stream)) {
    return null;
  }
  if (stream.readableEnded === true) {
    return true;
  }
  const state = stream._readableState;
  if (!state || state.errored) {
    return false;
  }
  return typeof state.ended === "boolean" ? state.ended : null;
}

function isReadableFinished(stream, strict) {
  if (!isReadableNode(stream)) {
    return null;
  }
  const state = stream._readableState;
  if (state?.errored) {
    return false;
  }
  if (typeof state?.endEmitted !== "boolean") {
    return null;
  }
  return state.endEmitted || (strict === false && state.ended === true && state.length === 0);
}

function isReadable(stream) {
  if (stream && stream[kReadable] !== undefined && stream[kReadable] !== null) {
    return stream[kReadable];
  }
  if (isReadableStream(stream)) {
    return stateOf(stream) === "readable";
  }
  if (typeof stream?.readable !== "boolean") {
    return null;
  }
  return !isDestroyed(stream) && isReadableNode(stream) && stream.readable && !isReadableFinished(stream);
}

function isWritable(stream) {
  if (isWritableStream(stream)) {
    return stateOf(stream) === "writable";
  }
  if (typeof stream?.writable !== "boolean") {
    return null;
  }
  return !isDestroyed(stream) && isWritableNode(stream) && stream.writable && !isWritableEnded(stream);
}

function isFinished(stream, { readable, writable } = {}) {
  if (!isNode(stream)) {
    return null;
  }
  return isDestroyed(stream) ||
    !((readable !== false && isReadable(stream)) || (writable !== false && isWritable(stream)));
}

function errorOf(stream, side) {
  if (!isNode(stream)) {
    return null;
  }
  return stream[side]?.errored ?? null;
}

const readableError = (stream) => errorOf(stream, "_readableState");

const writableError = (stream) => errorOf(stream, "_writableState");

function isClosed(stream) {
  if (!isNode(stream)) {
    return null;
  }
  if (typeof stream.closed === "boolean") {
    return stream.closed;
  }
  const { _readableState: reading, _writableState: writing } = stream;
  if (typeof writing?.closed === "boolean" || typeof reading?.closed === "boolean") {
    return writing?.closed || reading?.closed;
  }
  return null;
}

// Whether 'close' is to be expected.
function willEmitClose(stream) {
  if (!isNode(stream)) {
    return null;
  }
  const { _readableState: reading, _writableState: writing } = stream;
  const state = writing || reading;
  return Boolean(state?.autoDestroy && state.emitClose && state.closed === false);
}

function isDisturbed(stream) {
  if (isReadableStream(stream)) {
    return disturbedOf(stream);
  }
  return Boolean(stream && (stream[kDisturbed] ?? (stream.readableDidRead || stream.readableAborted)));
}

function isErrored(stream) {
  if (isWeb(stream)) {
    return stateOf(stream) === "errored";
  }
  return Boolean(stream && (
    stream[kErrored] ?? stream.readableErrored ?? stream.writableErrored ?? stream._readableState?.errorEmitted ??
    stream._writableState?.errorEmitted ?? stream._readableState?.errored ?? stream._writableState?.errored
  ));
}

let defaultOfBytes = 64 * 1024;
let defaultOfObjects = 16;

function getDefaultHighWaterMark(objectMode) {
  return objectMode ? defaultOfObjects : defaultOfBytes;
}

function setDefaultHighWaterMark(objectMode, value) {
  validateInteger(value, "value", 0);
  if (objectMode) {
    defaultOfObjects = value;
  } else {
    defaultOfBytes = value;
  }
}

// `side` is "readable" or "writable".
function highWaterMarkOf(options, objectMode, side, isDuplex) {
  const own = `${side}HighWaterMark`;
  const name = options?.highWaterMark !== undefined && options.highWaterMark !== null
    ? "highWaterMark"
    : isDuplex ? own : undefined;
  const value = name === undefined ? undefined : options?.[name];
  if (value === undefined || value === null) {
    return getDefaultHighWaterMark(objectMode);
  }
  if (!Number.isInteger(value) || value < 0) {
    throw invalidArgValue(isDuplex && name === own ? `options.${own}` : "options.highWaterMark", value);
  }
  return Math.floor(value);
}

module.exports = {
  getDefaultHighWaterMark, highWaterMarkOf, isClosed, isDestroyed, isDisturbed, isDuplexNode, isErrored, isFinished,
  isIterable, isNode, isReadable, isReadableEnded, isReadableFinished, isReadableNode, isReadableStream, isWeb,
  isWritable, isWritableEnded, isWritableFinished, isWritableNode, isWritableStream, readableError,
  setDefaultHighWaterMark, willEmitClose, writableError,
};
