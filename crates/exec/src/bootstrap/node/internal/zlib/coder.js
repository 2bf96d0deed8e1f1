"use strict";
// The compressors and decompressors of the host, which take and give a piece at a time.
const { MathMin, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength, Uint8Array } =
  primordials;
const { coderClose, coderNew, coderStep } = internals.host;

// Bytes that the host is given at once.
const SLICE = 1 << 16;

// What coderStep returns: an array, with what to do next in it.
const TAKEN = 0;
const THEN = 1;
const PIECE = 2;
const MORE_INPUT = 0;
const ENDED = 2;

function cut(bytes, start, end) {
  const offset = TypedArrayPrototypeGetByteOffset(bytes) + start;
  return new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), offset, end - start);
}

// One compressed stream. The host learns of it with its first bytes.
class Coder {
  #format;
  #compresses;
  #handle = 0;
  // Nothing that comes is part of it any more.
  ended = false;

  // The format is "brotli", "deflate", "deflate-raw" or "gzip".
  constructor(format, compresses) {
    this.#format = format;
    this.#compresses = compresses;
  }

  // Gives `bytes` from `at` on to the host, once. Returns how many it has taken, whether it has nothing more
  // to give for them, and a piece of output or null. It throws if they are not of the format.
  step(bytes, at, isLast) {
    const length = TypedArrayPrototypeGetLength(bytes);
    const end = MathMin(length, at + SLICE);
    if (this.#handle === 0) {
      this.#handle = coderNew(this.#format, this.#compresses);
    }
    const last = isLast && end === length && this.#compresses;
    let result;
    try {
      result = coderStep(this.#handle, cut(bytes, at, end), last);
    } catch (error) {
      // The host has closed it.
      this.#handle = 0;
      throw error;
    }
    if (result[THEN] === ENDED) {
      this.ended = true;
      this.#handle = 0;
    }
    const isDone = result[THEN] === MORE_INPUT && at + result[TAKEN] === length;
    return { __proto__: null, taken: result[TAKEN], isDone, piece: result[PIECE] };
  }

  close() {
    if (this.#handle !== 0) {
      coderClose(this.#handle);
      this.#handle = 0;
    }
  }
}

module.exports = { Coder };
