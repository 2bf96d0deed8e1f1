"use strict";
// node:string_decoder
const { invalidArgType, nodeError } = require("internal/errors");
const { Buffer } = require("buffer");
const { unknownEncoding } = require("internal/buffer/search");
const { BASE64, BASE64URL, CANONICAL, UTF16, UTF8, formOf, read } = require("internal/buffer/text");

function viewOf(buf) {
  if (!ArrayBuffer.isView(buf)) {
    throw invalidArgType("buf", ["Buffer", "TypedArray", "DataView"], buf);
  }
  return new Uint8Array(buf.buffer, buf.byteOffset, buf.byteLength);
}

const states = new WeakMap();

// What is held back: `buffered` bytes of a character, of which `missing` are still to come.
class State {
  held = new Uint8Array(4);
  buffered = 0;
  missing = 0;

  constructor(form) {
    this.form = form;
  }
}

function stateOf(decoder) {
  const state = states.get(decoder);
  if (state === undefined) {
    throw nodeError(TypeError, "ERR_INVALID_THIS", 'Value of "this" must be of type StringDecoder');
  }
  return state;
}

// Takes from the front of `bytes` what completes the character that is held back; returns how many bytes that were.
function complete(state, bytes) {
  let { length } = bytes;
  if (state.form === UTF8) {
    const wanted = Math.min(length, state.missing);
    let at = 0;
    while (at < wanted && (bytes[at] & 0xc0) === 0x80) {
      at++;
    }
    // What does not go on with the character ends it, and begins another one.
    if (at < wanted) {
      state.missing = at;
    }
  }
  length = Math.min(length, state.missing);
  state.held.set(bytes.subarray(0, length), state.buffered);
  state.buffered += length;
  state.missing -= length;
  return length;
}

// Counts the bytes at the end that are the beginning of a sequence in UTF-8.
function holdUtf8(state, bytes) {
  for (let count = 1; count < 4 && count <= bytes.length; count++) {
    const byte = bytes[bytes.length - count];
    if ((byte & 0xc0) !== 0x80) {
      const total = byte < 0xc0 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 0;
      if (count < total) {
        state.buffered = count;
        state.missing = total - count;
      }
      return;
    }
  }
}

// The same in any form; the bytes are copied.
function hold(state, bytes) {
  const { form } = state;
  const { length } = bytes;
  if (form === UTF8) {
    holdUtf8(state, bytes);
  } else if (form === UTF16) {
    // Half a unit; or half a pair of them.
    const count = length % 2 === 1 ? 1 : (bytes[length - 1] & 0xfc) === 0xd8 ? 2 : 0;
    state.buffered = count;
    state.missing = count;
  } else if (form === BASE64 || form === BASE64URL) {
    state.buffered = length % 3;
    state.missing = state.buffered > 0 ? 3 - state.buffered : 0;
  }
  state.held.set(bytes.subarray(length - state.buffered));
  return length - state.buffered;
}

function StringDecoder(encoding) {
  const form = encoding === undefined || encoding === null || encoding === "" ? UTF8 : formOf(encoding);
  if (form === undefined) {
    throw unknownEncoding(encoding);
  }
  states.set(this, new State(form));
  this.encoding = CANONICAL[form];
}

StringDecoder.prototype.write = function write(buf) {
  if (typeof buf === "string") {
    return buf;
  }
  const state = stateOf(this);
  let bytes = viewOf(buf);
  let before = "";
  if (state.missing > 0) {
    bytes = bytes.subarray(complete(state, bytes));
    if (state.missing > 0) {
      return "";
    }
    before = read(state.held, state.form, 0, state.buffered);
    state.buffered = 0;
  }
  return bytes.length === 0 ? before : before + read(bytes, state.form, 0, hold(state, bytes));
};

StringDecoder.prototype.end = function end(buf) {
  const text = buf === undefined ? "" : this.write(buf);
  const state = stateOf(this);
  const { buffered, form } = state;
  state.buffered = 0;
  state.missing = 0;
  // Half a unit is none.
  return text + read(state.held, form, 0, form === UTF16 ? buffered - (buffered % 2) : buffered);
};

// What is in the bytes from `offset` on, without what has been held back.
StringDecoder.prototype.text = function text(buf, offset) {
  const state = stateOf(this);
  state.buffered = 0;
  state.missing = 0;
  return this.write(viewOf(buf).subarray(offset));
};

const shown = {
  lastChar: ({ held }) => Buffer.from(held.buffer),
  lastNeed: ({ missing }) => missing,
  lastTotal: ({ buffered, missing }) => buffered + missing,
};
for (const name of Object.keys(shown)) {
  Object.defineProperty(StringDecoder.prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      return shown[name](stateOf(this));
    },
  });
}

module.exports = { StringDecoder };
