"use strict";
// scrypt (RFC 7914): its memory is the isolate's, and a limit stops it anywhere.
const { pbkdf2Sync } = require("internal/crypto/derive");
const { bytesOf } = require("internal/crypto/values");
const { nodeError, validateFunction, validateInteger } = require("internal/errors");
const { nextTick } = require("internal/next_tick");

const MOST = 2 ** 31 - 1;
const MOST_UINT32 = 2 ** 32 - 1;
// Words of what Salsa20 works on.
const BLOCK = 16;
const NAMES = [["N", "cost", 16384], ["r", "blockSize", 8], ["p", "parallelization", 1]];
const MAXMEM = 32 * 1024 * 1024;

// What `options` says of a parameter under one of its two names; 0 stands for nothing.
function parameterOf(options, [short, long, otherwise]) {
  let value = options[short];
  if (value !== undefined) {
    validateInteger(value, short, 0, MOST_UINT32);
  }
  const other = options[long];
  if (other !== undefined) {
    if (value !== undefined) {
      throw nodeError(Error, "ERR_CRYPTO_SCRYPT_INVALID_PARAMETER", "Invalid scrypt parameter");
    }
    validateInteger(other, long, 0, MOST_UINT32);
    value = other;
  }
  return value || otherwise;
}

function invalid(why = "") {
  return nodeError(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", `Invalid scrypt params${why}`);
}

function toParameters(password, salt, keylen, options) {
  const bytes = { password: bytesOf(password, "password"), salt: bytesOf(salt, "salt") };
  validateInteger(keylen, "keylen", 0, MOST);
  const [N, r, p] = NAMES.map((names) => parameterOf(options ?? {}, names));
  const maxmem = options?.maxmem;
  if (maxmem !== undefined) {
    validateInteger(maxmem, "maxmem", 0);
  }
  if (N < 2 || !Number.isInteger(Math.log2(N))) {
    throw invalid();
  }
  const needed = 128 * r * (p + N + 2);
  if (r * p >= 2 ** 30 || Math.log2(N) >= 16 * r || 128 * r * p > MOST || needed > (maxmem || MAXMEM)) {
    throw invalid(": error:030000AC:digital envelope routines::memory limit exceeded");
  }
  return { ...bytes, N, r, p, length: keylen };
}

const rotated = (word, by) => (word << by) | (word >>> (32 - by));

// Salsa20/8 of `x` XOR the block of `from` at `at`, to `x`.
function salsa(x, from, at) {
  for (let i = 0; i < BLOCK; i++) {
    x[i] ^= from[at + i];
  }
  let a0 = x[0], a1 = x[1], a2 = x[2], a3 = x[3];
  let b0 = x[4], b1 = x[5], b2 = x[6], b3 = x[7];
  let c0 = x[8], c1 = x[9], c2 = x[10], c3 = x[11];
  let d0 = x[12], d1 = x[13], d2 = x[14], d3 = x[15];
  for (let round = 0; round < 8; round += 2) {
    // The columns
    b0 ^= rotated((a0 + d0) | 0, 7);
    c0 ^= rotated((b0 + a0) | 0, 9);
    d0 ^= rotated((c0 + b0) | 0, 13);
    a0 ^= rotated((d0 + c0) | 0, 18);
    c1 ^= rotated((b1 + a1) | 0, 7);
    d1 ^= rotated((c1 + b1) | 0, 9);
    a1 ^= rotated((d1 + c1) | 0, 13);
    b1 ^= rotated((a1 + d1) | 0, 18);
    d2 ^= rotated((c2 + b2) | 0, 7);
    a2 ^= rotated((d2 + c2) | 0, 9);
    b2 ^= rotated((a2 + d2) | 0, 13);
    c2 ^= rotated((b2 + a2) | 0, 18);
    a3 ^= rotated((d3 + c3) | 0, 7);
    b3 ^= rotated((a3 + d3) | 0, 9);
    c3 ^= rotated((b3 + a3) | 0, 13);
    d3 ^= rotated((c3 + b3) | 0, 18);
    // The rows
    a1 ^= rotated((a0 + a3) | 0, 7);
    a2 ^= rotated((a1 + a0) | 0, 9);
    a3 ^= rotated((a2 + a1) | 0, 13);
    a0 ^= rotated((a3 + a2) | 0, 18);
    b2 ^= rotated((b1 + b0) | 0, 7);
    b3 ^= rotated((b2 + b1) | 0, 9);
    b0 ^= rotated((b3 + b2) | 0, 13);
    b1 ^= rotated((b0 + b3) | 0, 18);
    c3 ^= rotated((c2 + c1) | 0, 7);
    c0 ^= rotated((c3 + c2) | 0, 9);
    c1 ^= rotated((c0 + c3) | 0, 13);
    c2 ^= rotated((c1 + c0) | 0, 18);
    d0 ^= rotated((d3 + d2) | 0, 7);
    d1 ^= rotated((d0 + d3) | 0, 9);
    d2 ^= rotated((d1 + d0) | 0, 13);
    d3 ^= rotated((d2 + d1) | 0, 18);
  }
  x[0] += a0;
  x[1] += a1;
  x[2] += a2;
  x[3] += a3;
  x[4] += b0;
  x[5] += b1;
  x[6] += b2;
  x[7] += b3;
  x[8] += c0;
  x[9] += c1;
  x[10] += c2;
  x[11] += c3;
  x[12] += d0;
  x[13] += d1;
  x[14] += d2;
  x[15] += d3;
}

// Of the 2r blocks of `from` at `at`: those of even numbers go to the first half of `to`, the others to the second.
function mixBlocks(from, at, to, toAt, r, x) {
  const last = at + (2 * r - 1) * BLOCK;
  for (let i = 0; i < BLOCK; i++) {
    x[i] = from[last + i];
  }
  for (let block = 0; block < 2 * r; block++) {
    salsa(x, from, at + block * BLOCK);
    const place = toAt + ((block >> 1) + (block & 1) * r) * BLOCK;
    for (let i = 0; i < BLOCK; i++) {
      to[place + i] = x[i];
    }
  }
}

// `kept` has room for N times what `words` has.
function mix(words, kept, N, r) {
  const size = words.length;
  const x = new Int32Array(BLOCK);
  const other = new Int32Array(size);
  kept.set(words);
  for (let i = 1; i < N; i++) {
    mixBlocks(kept, (i - 1) * size, kept, i * size, r, x);
  }
  mixBlocks(kept, (N - 1) * size, words, 0, r, x);
  const place = size - BLOCK;
  for (let i = 0; i < N; i++) {
    const at = (words[place] & (N - 1)) * size;
    for (let j = 0; j < size; j++) {
      other[j] = words[j] ^ kept[at + j];
    }
    mixBlocks(other, 0, words, 0, r, x);
  }
}

function derive({ password, salt, N, r, p, length }) {
  const bytes = pbkdf2Sync(password, salt, 1, p * 128 * r, "sha256");
  // Words are little-endian, as those of the machine.
  const words = new Int32Array(new Uint8Array(bytes).buffer);
  const kept = new Int32Array(32 * r * N);
  for (let i = 0; i < p; i++) {
    mix(words.subarray(i * 32 * r, (i + 1) * 32 * r), kept, N, r);
  }
  return pbkdf2Sync(password, new Uint8Array(words.buffer), 1, length, "sha256");
}

function scryptSync(password, salt, keylen, options = undefined) {
  return derive(toParameters(password, salt, keylen, options));
}

function scrypt(password, salt, keylen, options, callback = undefined) {
  if (callback === undefined) {
    callback = options;
    options = undefined;
  }
  const parameters = toParameters(password, salt, keylen, options);
  validateFunction(callback, "callback");
  // What the caller does to its bytes meanwhile does not count.
  parameters.password = new Uint8Array(parameters.password);
  parameters.salt = new Uint8Array(parameters.salt);
  nextTick(() => {
    let key;
    try {
      key = derive(parameters);
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, key);
  });
}

module.exports = { scrypt, scryptSync };
