"use strict";
// KeyObject, of secret keys
const { Buffer } = require("buffer");
const {
  invalidArgType, invalidArgValue, nodeError, validateFunction, validateInteger, validateObject, validateOneOf,
  validateString,
} = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const { equal, fillRandomly } = require("internal/crypto/host");
const { bytesOf, isAnyBuffer } = require("internal/crypto/values");

let bytesInside;

class KeyObject {
  #bytes;

  constructor(type, bytes) {
    if (type !== "secret" && type !== "public" && type !== "private") {
      throw invalidArgValue("type", type);
    }
    if (type !== "secret" || !(bytes instanceof Uint8Array)) {
      throw invalidArgType("handle", "object", bytes);
    }
    // A copy: the bytes are the caller's.
    this.#bytes = new Uint8Array(bytes);
  }

  get type() {
    this.#bytes;
    return "secret";
  }

  get symmetricKeySize() {
    return this.#bytes.length;
  }

  export(options) {
    if (options !== undefined) {
      validateObject(options, "options");
      validateOneOf(options.format, "options.format", [undefined, "buffer", "jwk"]);
      if (options.format === "jwk") {
        return { kty: "oct", k: Buffer.from(this.#bytes).toString("base64url") };
      }
    }
    return Buffer.from(this.#bytes);
  }

  equals(otherKeyObject) {
    if (!(otherKeyObject instanceof KeyObject)) {
      throw invalidArgType("otherKeyObject", "KeyObject", otherKeyObject);
    }
    const other = otherKeyObject.#bytes;
    return this.#bytes.length === other.length && equal(this.#bytes, other);
  }

  static from() {
    throw nodeError(
      Error, "ERR_METHOD_NOT_IMPLEMENTED", "node:crypto.KeyObject.from is not available here",
    );
  }

  static {
    bytesInside = (key) => key.#bytes;
  }
}

Object.defineProperty(KeyObject.prototype, Symbol.toStringTag, { configurable: true, value: "KeyObject" });

function createSecretKey(key, encoding) {
  const expected = ["ArrayBuffer", "Buffer", "TypedArray", "DataView"];
  return new KeyObject("secret", bytesOf(key, "key", expected, encoding));
}

// The bytes of what is given as a secret key.
function bytesOfKey(key, encoding) {
  if (key instanceof KeyObject) {
    return bytesInside(key);
  }
  if (typeof key === "string" || ArrayBuffer.isView(key) || isAnyBuffer(key)) {
    return new Uint8Array(bytesOf(key, "key", undefined, encoding));
  }
  throw invalidArgType(
    "key", ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView", "KeyObject", "CryptoKey"], key,
  );
}

function generateKeySync(type, options) {
  validateString(type, "type");
  validateObject(options, "options");
  const { length } = options;
  if (type === "hmac") {
    validateInteger(length, "options.length", 8, 2 ** 23);
  } else if (type === "aes") {
    validateOneOf(length, "options.length", [128, 192, 256]);
  } else {
    throw invalidArgValue("type", type, "must be a supported key type");
  }
  const bytes = new Uint8Array(Math.floor(length / 8));
  fillRandomly(bytes);
  return new KeyObject("secret", bytes);
}

function generateKey(type, options, callback) {
  if (typeof options === "function") {
    callback = options;
    options = undefined;
  }
  validateFunction(callback, "callback");
  const key = generateKeySync(type, options);
  nextTick(callback, null, key);
}

// timingSafeEqual of node:crypto
function timingSafeEqual(buf1, buf2) {
  const views = [[buf1, "buf1"], [buf2, "buf2"]].map(([value, name]) => {
    if (!ArrayBuffer.isView(value) && !isAnyBuffer(value)) {
      throw invalidArgType(name, ["ArrayBuffer", "Buffer", "TypedArray", "DataView"], value);
    }
    return bytesOf(value, name);
  });
  if (views[0].length !== views[1].length) {
    throw nodeError(
      RangeError, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length",
    );
  }
  return equal(views[0], views[1]);
}

module.exports = {
  KeyObject, bytesOfKey, createSecretKey, generateKey, generateKeySync, timingSafeEqual,
};
