"use strict";
// Cipheriv and Decipheriv: AES with CBC, CTR, ECB and GCM
const { Buffer } = require("buffer");
const { StringDecoder } = require("string_decoder");
const { nodeError, validateInteger, validateString } = require("internal/errors");
const { cipher, equal, tagOf } = require("internal/crypto/host");
const { bytesOfKey } = require("internal/crypto/keys");
const { LazyTransform } = require("internal/crypto/lazy_transform");
const { bytesOf, dataOf, given } = require("internal/crypto/values");

const BLOCK = 16;
const PIECE = 1 << 18;

// The tag is made of all of it at once, which nothing interrupts.
const MOST_GALOIS = 64 << 20;
const NUMBERS = {
  "aes-128-ecb": 418, "aes-128-cbc": 419, "aes-128-ctr": 904, "aes-128-gcm": 895, "aes-192-ecb": 422,
  "aes-192-cbc": 423, "aes-192-ctr": 905, "aes-192-gcm": 898, "aes-256-ecb": 426, "aes-256-cbc": 427,
  "aes-256-ctr": 906, "aes-256-gcm": 901,
};

function parse(name) {
  // What is longer is no name.
  if (name.length > 100) {
    return undefined;
  }
  const lower = name.toLowerCase().replace(/^aes(128|192|256)$/, "aes-$1-cbc").replace(/^id-aes(\d+)-/, "aes-$1-");
  if (!Object.hasOwn(NUMBERS, lower)) {
    return undefined;
  }
  const [, bits, mode] = /^aes-(\d+)-(\w+)$/.exec(lower);
  return { name: lower, keyLength: bits / 8, mode };
}

const invalidState = (method) => nodeError(
  Error, "ERR_CRYPTO_INVALID_STATE", method ? `Invalid state for operation ${method}` : "Invalid state",
);

const invalidTag = (length) => nodeError(
  TypeError, "ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${length}`,
);

// How bytes become others: what is left over stays for the next.
class Blocks {
  held = new Uint8Array(0);
  pads = true;

  constructor(mode, key, decrypts, iv) {
    this.mode = mode;
    this.key = key;
    this.decrypts = decrypts;
    this.iv = iv;
  }

  update(bytes) {
    const all = Buffer.concat([this.held, bytes]);
    let whole = all.length - all.length % BLOCK;
    // The last block may be padding.
    if (this.decrypts && this.pads && whole === all.length && whole > 0) {
      whole -= BLOCK;
    }
    this.held = all.subarray(whole);
    return this.run(all.subarray(0, whole));
  }

  run(data) {
    const parts = [];
    for (let at = 0; at < data.length; at += PIECE) {
      const part = data.subarray(at, at + PIECE);
      const output = cipher(this.mode, this.key, this.decrypts, this.iv, part);
      if (this.mode === "cbc") {
        this.iv = new Uint8Array((this.decrypts ? part : output).slice(-BLOCK));
      }
      parts.push(output);
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  final() {
    const { held } = this;
    if (this.decrypts ? held.length % BLOCK !== 0 || (this.pads && held.length === 0) : !this.pads && held.length > 0) {
      throw nodeError(
        Error, "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH", "error:1C80006B:Provider routines::wrong final block length",
      );
    }
    if (!this.decrypts) {
      const padding = BLOCK - held.length;
      return this.pads ? this.run(Buffer.concat([held, Buffer.alloc(padding, padding)])) : new Uint8Array(0);
    }
    const output = this.run(held);
    if (!this.pads) {
      return output;
    }
    const padding = output.at(-1);
    let isPadding = padding >= 1 && padding <= BLOCK;
    for (let i = 1; i <= padding && i <= BLOCK; i++) {
      isPadding = output[output.length - i] === padding && isPadding;
    }
    if (!isPadding) {
      throw nodeError(Error, "ERR_OSSL_BAD_DECRYPT", "error:1C800064:Provider routines::bad decrypt");
    }
    return output.subarray(0, output.length - padding);
  }
}

// Adds to the last so many bytes of a counter.
function advanced(counter, blocks, width) {
  const next = new Uint8Array(counter);
  let carry = blocks;
  for (let i = BLOCK - 1; i >= BLOCK - width && carry > 0; i--) {
    const sum = next[i] + carry % 256;
    next[i] = sum;
    carry = Math.floor(carry / 256) + (sum > 255 ? 1 : 0);
  }
  return next;
}

// A stream of bytes that are combined with those of the text: both ways are the same.
class Counter {
  position = 0;

  // `width` bytes of the counter count.
  constructor(key, first, width) {
    this.key = key;
    this.first = first;
    this.width = width;
  }

  update(bytes) {
    const parts = [];
    for (let at = 0; at < bytes.length;) {
      const skip = this.position % BLOCK;
      const start = advanced(this.first, Math.floor(this.position / BLOCK), this.width);
      // Not beyond the end of a counter of four bytes, behind which the others do not count.
      const before = this.width === 4 ? (2 ** 32 - new DataView(start.buffer).getUint32(12)) * BLOCK - skip : Infinity;
      const part = bytes.subarray(at, Math.min(at + PIECE, at + before));
      const input = skip === 0 ? part : Buffer.concat([Buffer.alloc(skip), part]);
      const output = cipher("ctr", this.key, false, start, input);
      parts.push(skip === 0 ? output : output.subarray(skip));
      this.position += part.length;
      at += part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  final() {
    return new Uint8Array(0);
  }
}

// The text goes out as it comes in; the tag is over all of it, which is kept until then.
class Galois {
  additional = [];
  encrypted = [];
  length = 0;
  tag = null;

  constructor(key, iv, decrypts, tagLength) {
    this.key = key;
    this.iv = iv;
    this.decrypts = decrypts;
    this.tagLength = tagLength;
    const first = tagOf(key, iv, new Uint8Array(0), new Uint8Array(0)).subarray(BLOCK);
    this.counter = new Counter(key, advanced(first, 1, 4), 4);
  }

  update(bytes) {
    this.length += bytes.length;
    if (this.length > MOST_GALOIS) {
      throw nodeError(RangeError, "ERR_OUT_OF_RANGE", "GCM takes 64 MiB here at most");
    }
    const output = this.counter.update(bytes);
    this.encrypted.push(new Uint8Array(this.decrypts ? bytes : output));
    return output;
  }

  final() {
    const additional = Buffer.concat(this.additional);
    const full = tagOf(this.key, this.iv, additional, Buffer.concat(this.encrypted)).subarray(0, BLOCK);
    this.encrypted = [];
    if (!this.decrypts) {
      this.tag = full.subarray(0, this.tagLength ?? BLOCK);
    } else if (this.tag === null || !equal(full.subarray(0, this.tag.length), this.tag)) {
      throw new Error("Unsupported state or unable to authenticate data");
    }
    return new Uint8Array(0);
  }
}

const isTagLength = (length) => length === 4 || length === 8 || (length >= 12 && length <= 16);

function begin(decrypts, name, key, iv, options) {
  validateString(name, "cipher");
  const bytes = bytesOfKey(key, options?.encoding);
  const start = iv === null ? null : bytesOf(iv, "iv");
  const parsed = parse(name);
  if (parsed === undefined) {
    throw nodeError(Error, "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher");
  }
  const { keyLength, mode } = parsed;
  if (bytes.length !== keyLength) {
    throw nodeError(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  }
  const length = start === null ? 0 : start.length;
  const fits = mode === "gcm" ? length > 0 : mode === "ecb" ? length === 0 : length === BLOCK;
  if (!fits) {
    throw nodeError(TypeError, "ERR_CRYPTO_INVALID_IV", "Invalid initialization vector");
  }
  const vector = new Uint8Array(mode === "ecb" ? BLOCK : start);
  if (mode === "ctr") {
    return new Counter(bytes, vector, BLOCK);
  }
  if (mode !== "gcm") {
    return new Blocks(mode, bytes, decrypts, vector);
  }
  const { authTagLength } = options ?? {};
  if (authTagLength !== undefined && !isTagLength(authTagLength)) {
    throw invalidTag(authTagLength);
  }
  return new Galois(bytes, vector, decrypts, authTagLength);
}

const kRun = Symbol("run");
const kDecoder = Symbol("decoder");
const kDone = Symbol("done");

function textOf(stream, bytes, encoding, isLast) {
  if (encoding === undefined || encoding === null || encoding === "buffer" || !Buffer.isEncoding(encoding)) {
    return given(bytes);
  }
  stream[kDecoder] ??= new StringDecoder(encoding);
  const text = stream[kDecoder].write(bytes);
  return isLast ? text + stream[kDecoder].end() : text;
}

const methods = {
  update(data, inputEncoding, outputEncoding) {
    const bytes = dataOf(data, inputEncoding);
    if (this[kDone]) {
      throw new Error("Trying to add data in unsupported state");
    }
    return textOf(this, this[kRun].update(bytes), outputEncoding, false);
  },
  final(outputEncoding) {
    if (this[kDone]) {
      throw invalidState();
    }
    this[kDone] = true;
    return textOf(this, this[kRun].final(), outputEncoding, true);
  },
  setAutoPadding(autoPadding = true) {
    if (this[kDone]) {
      throw invalidState("setAutoPadding");
    }
    this[kRun].pads = Boolean(autoPadding);
    return this;
  },
  setAAD(buffer, options) {
    const run = this[kRun];
    if (!(run instanceof Galois) || this[kDone] || run.encrypted.length > 0) {
      throw invalidState("setAAD");
    }
    const bytes = new Uint8Array(bytesOf(buffer, "buffer", undefined, options?.encoding));
    run.length += bytes.length;
    run.additional.push(bytes);
    return this;
  },
  _transform(chunk, encoding, callback) {
    this.push(this[kRun].update(dataOf(chunk, encoding)));
    callback();
  },
  _flush(callback) {
    let last;
    try {
      last = this.final();
    } catch (error) {
      callback(error);
      return;
    }
    this.push(last);
    callback();
  },
};

function define(name, decrypts, own) {
  const Class = {
    [name]: function (cipherName, key, iv, options) {
      if (!new.target) {
        return new Class(cipherName, key, iv, options);
      }
      this[kRun] = begin(decrypts, cipherName, key, iv, options);
      this[kDecoder] = null;
      this[kDone] = false;
      LazyTransform.call(this, options);
    },
  }[name];
  Object.setPrototypeOf(Class.prototype, LazyTransform.prototype);
  Object.setPrototypeOf(Class, LazyTransform);
  Object.assign(Class.prototype, methods, own);
  return Class;
}

const Cipheriv = define("Cipheriv", false, {
  getAuthTag() {
    const run = this[kRun];
    if (!(run instanceof Galois) || run.tag === null) {
      throw invalidState("getAuthTag");
    }
    return given(run.tag);
  },
});

const Decipheriv = define("Decipheriv", true, {
  setAuthTag(buffer, encoding) {
    const run = this[kRun];
    const tag = new Uint8Array(bytesOf(buffer, "buffer", undefined, encoding));
    if (!(run instanceof Galois) || this[kDone] || run.tag !== null) {
      throw invalidState("setAuthTag");
    }
    if (!isTagLength(tag.length) || (run.tagLength !== undefined && run.tagLength !== tag.length)) {
      throw invalidTag(tag.length);
    }
    run.tag = tag;
    return this;
  },
});

// Of a name or of its number.
function getCipherInfo(nameOrNid, options) {
  const name = typeof nameOrNid === "number"
    ? Object.keys(NUMBERS).find((key) => NUMBERS[key] === nameOrNid)
    : nameOrNid;
  if (typeof nameOrNid !== "number") {
    validateString(nameOrNid, "nameOrNid");
  }
  const parsed = name === undefined ? undefined : parse(name);
  if (parsed === undefined) {
    return undefined;
  }
  const { keyLength, mode } = parsed;
  const info = {
    mode,
    name: mode === "gcm" ? `id-aes${keyLength * 8}-gcm` : parsed.name,
    nid: NUMBERS[parsed.name],
    blockSize: mode === "gcm" || mode === "ctr" ? 1 : BLOCK,
  };
  if (mode !== "ecb") {
    info.ivLength = mode === "gcm" ? 12 : BLOCK;
  }
  info.keyLength = keyLength;
  if (options?.keyLength !== undefined) {
    validateInteger(options.keyLength, "options.keyLength");
    if (options.keyLength !== keyLength) {
      return undefined;
    }
  }
  if (options?.ivLength !== undefined) {
    validateInteger(options.ivLength, "options.ivLength");
    if (mode === "gcm" ? options.ivLength < 1 : options.ivLength !== (info.ivLength ?? 0)) {
      return undefined;
    }
    info.ivLength = options.ivLength;
  }
  return info;
}

module.exports = {
  Cipheriv,
  Decipheriv,
  createCipheriv: (name, key, iv, options) => new Cipheriv(name, key, iv, options),
  createDecipheriv: (name, key, iv, options) => new Decipheriv(name, key, iv, options),
  getCipherInfo,
  getCiphers: () => Object.keys(NUMBERS).sort(),
};
