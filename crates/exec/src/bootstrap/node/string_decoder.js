"use strict";
// node:string_decoder
const { invalidArgType, nodeError } = require("internal/errors");
const { Buffer } = require("buffer");
const { unknownEncoding } = require("internal/buffer/search");
const { CANONICAL, UTF16, UTF8, formOf, incomplete, read } = require("internal/buffer/text");

// By the first byte of a sequence in UTF-8.
const sequenceLength = (first) => (first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);

function totalOf(held, form) {
  switch (form) {
    case UTF8:
      return sequenceLength(held[0]);
    case UTF16:
      return held.length > 1 ? 4 : 2;
    default:
      return 3;
  }
}

function viewOf(buf) {
  if (!ArrayBuffer.isView(buf)) {
    throw invalidArgType("buf", ["Buffer", "TypedArray", "DataView"], buf);
  }
  return new Uint8Array(buf.buffer, buf.byteOffset, buf.byteLength);
}

const NONE = new Uint8Array(0);
const forms = new WeakMap();
const waiting = new WeakMap();

function formOfDecoder(decoder) {
  const form = forms.get(decoder);
  if (form === undefined) {
    throw nodeError(TypeError, "ERR_INVALID_THIS", 'Value of "this" must be of type StringDecoder');
  }
  return form;
}

function StringDecoder(encoding) {
  const form = encoding === undefined || encoding === null || encoding === "" ? UTF8 : formOf(encoding);
  if (form === undefined) {
    throw unknownEncoding(encoding);
  }
  forms.set(this, form);
  waiting.set(this, NONE);
  this.encoding = CANONICAL[form];
}

StringDecoder.prototype.write = function write(buf) {
  if (typeof buf === "string") {
    return buf;
  }
  const form = formOfDecoder(this);
  let bytes = viewOf(buf);
  const held = waiting.get(this);
  if (held.length > 0) {
    const joined = new Uint8Array(held.length + bytes.length);
    joined.set(held);
    joined.set(bytes, held.length);
    bytes = joined;
  }
  const end = bytes.length - incomplete(bytes, form);
  waiting.set(this, end === bytes.length ? NONE : bytes.slice(end));
  return read(bytes, form, 0, end);
};

StringDecoder.prototype.end = function end(buf) {
  const text = buf === undefined ? "" : this.write(buf);
  const form = formOfDecoder(this);
  const held = waiting.get(this);
  waiting.set(this, NONE);
  return text + read(held, form, 0, held.length);
};

// What is in the bytes from `offset` on, without what has been held back.
StringDecoder.prototype.text = function text(buf, offset) {
  waiting.set(this, NONE);
  return this.write(viewOf(buf).subarray(offset));
};

const shown = {
  lastChar: (held) => Buffer.concat([held], 4),
  lastNeed: (held, form) => (held.length === 0 ? 0 : totalOf(held, form) - held.length),
  lastTotal: (held, form) => (held.length === 0 ? 0 : totalOf(held, form)),
};
for (const name of Object.keys(shown)) {
  Object.defineProperty(StringDecoder.prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      return shown[name](waiting.get(this) ?? NONE, forms.get(this));
    },
  });
}

module.exports = { StringDecoder };
