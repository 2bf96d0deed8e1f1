"use strict";
// What node:zlib does to bytes: one compressed stream, or several that follow each other.
const { Buffer } = require("buffer");
const { codes } = require("internal/zlib/constants");
const { Coder } = require("internal/zlib/coder");

function failure(message, code, errno = codes[code]) {
  return Object.assign(new Error(message), { errno, code });
}

const isGzip = (bytes, at) => bytes[at] === 0x1f && (bytes.length - at < 2 || bytes[at + 1] === 0x8b);

// The message of zlib for data that it does not take.
function invalid(format, isFirst) {
  switch (format) {
    case "brotli":
      return failure("Decompression failed", "ERR__ERROR_FORMAT_PADDING_1", -14);
    case "deflate-raw":
      return failure("invalid block type", "Z_DATA_ERROR");
    default:
      return failure(isFirst ? "incorrect header check" : "invalid data", "Z_DATA_ERROR");
  }
}

// Takes bytes and gives pieces. `format` is that of Coder, or "unzip": gzip or deflate, as it begins.
class Engine {
  // Whether there is nothing more to be had, whatever comes.
  isOver = false;
  written = 0;
  // Given and not taken.
  #input = null;
  #at = 0;
  #coder;
  #format;
  #compresses;
  #allowsCut;
  #gave = false;

  // With `allowsCut` the end of the data may be missing.
  constructor(format, compresses, allowsCut) {
    this.#format = format;
    this.#compresses = compresses;
    this.#allowsCut = allowsCut;
    this.#coder = format === "unzip" ? null : new Coder(format, compresses);
  }

  give(bytes) {
    this.#input = this.#input === null || this.#at === this.#input.length
      ? bytes
      : Buffer.concat([this.#input.subarray(this.#at), bytes]);
    this.#at = 0;
  }

  // The next piece; null if that takes more input. Nothing comes after it if `isLast`.
  take(isLast) {
    while (!this.isOver) {
      const input = this.#input ?? new Uint8Array(0);
      if (this.#coder === null && !this.#choose(input)) {
        return this.#endOf(isLast);
      }
      if (!isLast && this.#at === input.length && !this.#gave) {
        return null;
      }
      const step = this.#step(input, isLast);
      this.#at += step.taken;
      this.written += step.taken;
      this.#gave = !step.isDone;
      if (this.#coder.ended) {
        this.#next(input);
      }
      if (step.piece !== null) {
        return step.piece;
      }
      if (step.isDone || (step.taken === 0 && this.#at === input.length)) {
        this.#gave = false;
        return this.isOver ? null : this.#endOf(isLast);
      }
    }
    return null;
  }

  // What unzip is about.
  #choose(input) {
    if (input.length === 0) {
      return false;
    }
    this.#format = isGzip(input, 0) ? "gzip" : "deflate";
    this.#coder = new Coder(this.#format, false);
    return true;
  }

  #step(input, isLast) {
    try {
      return this.#coder.step(input, this.#at, isLast);
    } catch (error) {
      this.isOver = true;
      if (this.#compresses || error.message !== "the compressed data is not valid") {
        throw error;
      }
      throw invalid(this.#format, this.written < 64);
    }
  }

  // Behind gzip there may be more of it, or zeros; behind the others nothing counts.
  #next(input) {
    if (this.#compresses || this.#format !== "gzip" || this.#at === input.length || input[this.#at] === 0) {
      this.isOver = true;
      return;
    }
    this.written = 0;
    this.#gave = true;
    this.#coder = new Coder("gzip", false);
  }

  // There is no more input now; at the end that is an error, unless it had ended.
  #endOf(isLast) {
    if (!isLast || this.#compresses) {
      return null;
    }
    this.close();
    if (!this.#allowsCut) {
      throw failure("unexpected end of file", "Z_BUF_ERROR");
    }
    return null;
  }

  close() {
    this.isOver = true;
    this.#coder?.close();
  }
}

module.exports = { Engine };
