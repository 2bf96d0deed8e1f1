"use strict";
// Randomness
const { Buffer } = require("buffer");
const {
  invalidArgType, outOfRange, validateBoolean, validateFunction, validateNumber, validateObject,
} = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const { fillRandomly, uuid } = require("internal/crypto/host");
const { isAnyBuffer } = require("internal/crypto/values");

const MOST = 2 ** 31 - 1;
const PIECE = 1 << 20;

function fill(bytes) {
  for (let start = 0; start < bytes.length; start += PIECE) {
    fillRandomly(bytes.subarray(start, start + PIECE));
  }
}

function toSize(size) {
  validateNumber(size, "size", 0, MOST);
  return Math.trunc(size);
}

function randomBytes(size, callback) {
  const length = toSize(size);
  if (callback !== undefined) {
    validateFunction(callback, "callback");
  }
  const bytes = new Uint8Array(length);
  fill(bytes);
  const buffer = Buffer.from(bytes.buffer);
  if (callback === undefined) {
    return buffer;
  }
  nextTick(callback, null, buffer);
  return undefined;
}

// The part of a buffer that `offset` and `size`, in its elements, are about.
function partOf(buffer, offset, size) {
  if (!ArrayBuffer.isView(buffer) && !isAnyBuffer(buffer)) {
    throw invalidArgType("buf", ["ArrayBuffer", "ArrayBufferView"], buffer);
  }
  const element = buffer.BYTES_PER_ELEMENT ?? 1;
  const { byteLength } = buffer;
  validateNumber(offset, "offset");
  const start = offset * element;
  if (!(start >= 0 && start <= byteLength)) {
    throw outOfRange("offset", `>= 0 && <= ${byteLength}`, offset);
  }
  let length = byteLength - start;
  if (size !== undefined) {
    validateNumber(size, "size");
    length = size * element;
    if (!(length >= 0 && length <= MOST)) {
      throw outOfRange("size", `>= 0 && <= ${MOST}`, size);
    }
    if (start + length > byteLength) {
      throw outOfRange("size + offset", `<= ${byteLength}`, start + length);
    }
  }
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset + start, length)
    : new Uint8Array(buffer, start, length);
}

function randomFillSync(buf, offset = 0, size = undefined) {
  fill(partOf(buf, offset, size));
  return buf;
}

function randomFill(buf, offset, size, callback) {
  if (typeof offset === "function") {
    callback = offset;
    offset = 0;
    size = undefined;
  } else if (typeof size === "function") {
    callback = size;
    size = undefined;
  }
  validateFunction(callback, "callback");
  fill(partOf(buf, offset, size));
  nextTick(callback, null, buf);
}

const WIDEST = 2 ** 48 - 1;

function checkSafe(value, name) {
  if (!Number.isSafeInteger(value)) {
    throw invalidArgType(name, "a safe integer", value);
  }
}

function randomInt(min, max, callback) {
  if (max === undefined || typeof max === "function") {
    callback = max;
    max = min;
    min = 0;
  }
  if (callback !== undefined) {
    validateFunction(callback, "callback");
  }
  checkSafe(min, "min");
  checkSafe(max, "max");
  if (max <= min) {
    throw outOfRange("max", `greater than the value of "min" (${min})`, max);
  }
  const range = max - min;
  if (range > WIDEST) {
    throw outOfRange("max - min", `<= ${WIDEST}`, range);
  }
  // What is beyond the last multiple of the range would make small numbers more likely.
  const limit = WIDEST + 1 - (WIDEST + 1) % range;
  const bytes = Buffer.alloc(6);
  let drawn;
  do {
    fillRandomly(bytes);
    drawn = bytes.readUIntBE(0, 6);
  } while (drawn >= limit);
  const result = drawn % range + min;
  if (callback === undefined) {
    return result;
  }
  nextTick(callback, undefined, result);
  return undefined;
}

function randomUUID(options) {
  if (options !== undefined) {
    validateObject(options, "options");
    if (options.disableEntropyCache !== undefined) {
      validateBoolean(options.disableEntropyCache, "options.disableEntropyCache");
    }
  }
  return uuid();
}

module.exports = { randomBytes, randomFill, randomFillSync, randomInt, randomUUID };
