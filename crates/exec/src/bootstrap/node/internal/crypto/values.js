"use strict";
// Arguments of node:crypto.
const { Buffer } = require("buffer");
const { invalidArgType, invalidArgValue, nodeError, validateString } = require("internal/errors");
const { isHash } = require("internal/crypto/host");

const DATA = ["string", "Buffer", "TypedArray", "DataView"];
const KEY = ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"];

// What is longer is no name.
const MAX_NAME = 100;

const viewOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function isAnyBuffer(value) {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]";
}

function bytesOfText(text, encoding) {
  const form = encoding === "buffer" || !Buffer.isEncoding(encoding) ? "utf8" : encoding;
  if (form.toLowerCase() === "hex" && text.length % 2 !== 0) {
    throw invalidArgValue("encoding", encoding, `is invalid for data of length ${text.length}`);
  }
  return Buffer.from(text, form);
}

// What goes through a hash or a cipher.
function dataOf(value, encoding, name = "data") {
  if (typeof value === "string") {
    return bytesOfText(value, encoding);
  }
  if (ArrayBuffer.isView(value)) {
    return viewOf(value);
  }
  throw invalidArgType(name, DATA, value);
}

// What need not go through bit by bit: keys, salts.
function bytesOf(value, name, expected = KEY, encoding = undefined) {
  if (typeof value === "string") {
    return Buffer.from(value, encoding);
  }
  if (ArrayBuffer.isView(value)) {
    return viewOf(value);
  }
  if (isAnyBuffer(value)) {
    return new Uint8Array(value);
  }
  throw invalidArgType(name, expected, value);
}

// Such as `SHA-256` and `SHA2-256`, in small letters.
const OTHER_NAME = /^sha(?:2?-(224|256|384|512|512\/256)|-(1))$/;

// A hash function as the host calls it; undefined if there is none of this name.
function hashNamed(name) {
  if (name.length > MAX_NAME) {
    return undefined;
  }
  const lower = name.toLowerCase().replace(/^rsa-/, "").replace(OTHER_NAME, (_, two, one) => `sha${two ?? one}`)
    .replace("/", "-").replace(/^ssl3-/, "").replace(/withrsaencryption$/, "");
  return isHash(lower) ? lower : undefined;
}

function hashOfArgument(name, argument = "digest") {
  validateString(name, argument);
  const known = hashNamed(name);
  if (known === undefined) {
    throw nodeError(TypeError, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${name}`);
  }
  return known;
}

// Bytes for a caller: a Buffer, or text.
function given(bytes, encoding) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (encoding === undefined || encoding === null || encoding === "buffer" || !Buffer.isEncoding(encoding)) {
    return buffer;
  }
  return buffer.toString(encoding);
}

module.exports = { bytesOf, dataOf, given, hashNamed, hashOfArgument, isAnyBuffer, viewOf };
