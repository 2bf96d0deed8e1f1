"use strict";
// Hash, Hmac and hash()
const { invalidArgType, nodeError, validateString, validateUint32 } = require("internal/errors");
const { Running, digestOf } = require("internal/crypto/host");
const { bytesOfKey } = require("internal/crypto/keys");
const { LazyTransform } = require("internal/crypto/lazy_transform");
const { dataOf, given, hashNamed, hashOfArgument } = require("internal/crypto/values");

const kRunning = Symbol("running");

const finalized = () => nodeError(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");

function addTransform(prototype) {
  prototype._transform = function (chunk, encoding, callback) {
    this[kRunning].update(dataOf(chunk, encoding));
    callback();
  };
  prototype._flush = function (callback) {
    this.push(this.digest());
    callback();
  };
}

function update(data, encoding) {
  const bytes = dataOf(data, encoding);
  if (this[kRunning] === null) {
    throw finalized();
  }
  this[kRunning].update(bytes);
  return this;
}

// Of digests that are as long as the caller says.
function notExtendable() {
  return nodeError(
    Error, "ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH",
    "error:030000B2:digital envelope routines::not XOF or invalid length",
  );
}

function Hash(algorithm, options) {
  if (!new.target) {
    return new Hash(algorithm, options);
  }
  if (!(algorithm instanceof Hash)) {
    validateString(algorithm, "algorithm");
    const name = hashNamed(algorithm);
    if (name === undefined) {
      throw new Error("Digest method not supported");
    }
    const { outputLength } = options ?? {};
    if (outputLength !== undefined) {
      validateUint32(outputLength, "options.outputLength");
      if (digestOf(name, undefined, new Uint8Array(0)).length !== outputLength) {
        throw notExtendable();
      }
    }
    this[kRunning] = new Running(name, undefined);
  } else {
    this[kRunning] = algorithm[kRunning].clone();
  }
  LazyTransform.call(this, options);
}
Object.setPrototypeOf(Hash.prototype, LazyTransform.prototype);
Object.setPrototypeOf(Hash, LazyTransform);
addTransform(Hash.prototype);

Hash.prototype.update = update;

Hash.prototype.copy = function copy(options) {
  if (this[kRunning] === null) {
    throw finalized();
  }
  return new Hash(this, options);
};

Hash.prototype.digest = function digest(encoding) {
  const running = this[kRunning];
  if (running === null) {
    throw finalized();
  }
  this[kRunning] = null;
  return given(running.finish(), encoding);
};

function Hmac(algorithm, key, options) {
  if (!new.target) {
    return new Hmac(algorithm, key, options);
  }
  validateString(algorithm, "hmac");
  const bytes = bytesOfKey(key, options?.encoding);
  this[kRunning] = new Running(hashOfArgument(algorithm, "hmac"), bytes);
  LazyTransform.call(this, options);
}
Object.setPrototypeOf(Hmac.prototype, LazyTransform.prototype);
Object.setPrototypeOf(Hmac, LazyTransform);
addTransform(Hmac.prototype);

Hmac.prototype.update = update;

// The second time there is nothing.
Hmac.prototype.digest = function digest(encoding) {
  const running = this[kRunning];
  this[kRunning] = null;
  return given(running === null ? new Uint8Array(0) : running.finish(), encoding);
};

// hash of node:crypto
function hash(algorithm, input, outputEncoding = "hex") {
  validateString(algorithm, "algorithm");
  if (typeof input !== "string" && !ArrayBuffer.isView(input)) {
    throw invalidArgType("input", ["string", "Buffer", "TypedArray", "DataView"], input);
  }
  validateString(outputEncoding, "outputEncoding");
  const name = hashNamed(algorithm);
  if (name === undefined) {
    throw new Error(`Digest method ${algorithm} is not supported`);
  }
  return given(digestOf(name, undefined, dataOf(input, "utf8")), outputEncoding);
}

module.exports = {
  Hash,
  Hmac,
  createHash: (algorithm, options) => new Hash(algorithm, options),
  createHmac: (hmac, key, options) => new Hmac(hmac, key, options),
  hash,
};
