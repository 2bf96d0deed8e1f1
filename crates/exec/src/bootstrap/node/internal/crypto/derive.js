"use strict";
// PBKDF2 and HKDF
const { Buffer } = require("buffer");
const { invalidArgType, nodeError, outOfRange, validateFunction, validateInteger, validateString } =
  require("internal/errors");
const { nextTick } = require("internal/next_tick");
const { deriveElsewhere, digestOf, iterate } = require("internal/crypto/host");
const { KeyObject, bytesOfKey } = require("internal/crypto/keys");
const { bytesOf, given, hashOfArgument, isAnyBuffer } = require("internal/crypto/values");

const MOST = 2 ** 31 - 1;

function toParameters(password, salt, iterations, keylen, digest) {
  validateString(digest, "digest");
  const parameters = { password: bytesOf(password, "password"), salt: bytesOf(salt, "salt") };
  validateInteger(iterations, "iterations", 1, MOST);
  validateInteger(keylen, "keylen", 0, MOST);
  return { ...parameters, name: hashOfArgument(digest), iterations, length: keylen };
}

// Block after block, and each in parts, between which a script can be stopped.
function derive({ name, password, salt, iterations, length }) {
  const key = new Uint8Array(password);
  const output = Buffer.alloc(length);
  const input = Buffer.concat([salt, Buffer.alloc(4)]);
  for (let at = 0, block = 1; at < length; block++) {
    input.writeUInt32BE(block, salt.length);
    const bytes = iterate(name, key, digestOf(name, key, input), iterations);
    output.set(bytes.length > length - at ? bytes.subarray(0, length - at) : bytes, at);
    at += bytes.length;
  }
  return output;
}

function pbkdf2Sync(password, salt, iterations, keylen, digest) {
  return derive(toParameters(password, salt, iterations, keylen, digest));
}

function pbkdf2(password, salt, iterations, keylen, digest, callback) {
  if (typeof digest === "function") {
    callback = digest;
    digest = undefined;
  }
  const parameters = toParameters(password, salt, iterations, keylen, digest);
  validateFunction(callback, "callback");
  const { name, length } = parameters;
  const key = new Uint8Array(parameters.password);
  const done = (error, bytes) => nextTick(callback, error, error ? undefined : given(bytes));
  if (!deriveElsewhere(name, key, new Uint8Array(parameters.salt), iterations, length, done)) {
    nextTick(() => done(null, derive(parameters)));
  }
}

const IKM = ["string", "SecretKeyObject", "ArrayBuffer", "TypedArray", "DataView", "Buffer"];

function toHkdf(digest, ikm, salt, info, keylen) {
  validateString(digest, "digest");
  if (!(ikm instanceof KeyObject) && typeof ikm !== "string" && !ArrayBuffer.isView(ikm) && !isAnyBuffer(ikm)) {
    throw invalidArgType("ikm", IKM, ikm);
  }
  const parts = { key: bytesOfKey(ikm), salt: bytesOf(salt, "salt"), info: bytesOf(info, "info") };
  validateInteger(keylen, "length", 0, MOST);
  if (parts.info.byteLength > 1024) {
    throw outOfRange("info", "must not contain more than 1024 bytes", parts.info.byteLength);
  }
  const name = hashOfArgument(digest);
  const size = digestOf(name, undefined, new Uint8Array(0)).length;
  if (keylen > 255 * size) {
    throw nodeError(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  }
  return { ...parts, name, size, length: keylen };
}

// RFC 5869
function expand({ name, size, key, salt, info, length }) {
  const secret = digestOf(name, salt.length === 0 ? new Uint8Array(size) : new Uint8Array(salt), key);
  const output = new Uint8Array(Math.ceil(length / size) * size);
  let last = new Uint8Array(0);
  for (let at = 0, block = 1; at < length; at += size, block++) {
    last = digestOf(name, secret, Buffer.concat([last, info, Buffer.from([block])]));
    output.set(last, at);
  }
  return output.buffer.slice(0, length);
}

function hkdfSync(digest, ikm, salt, info, keylen) {
  return expand(toHkdf(digest, ikm, salt, info, keylen));
}

function hkdf(digest, ikm, salt, info, keylen, callback) {
  const parameters = toHkdf(digest, ikm, salt, info, keylen);
  validateFunction(callback, "callback");
  const output = expand(parameters);
  nextTick(callback, null, output);
}

module.exports = { hkdf, hkdfSync, pbkdf2, pbkdf2Sync };
