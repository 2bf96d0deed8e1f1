"use strict";
// Buffer: what makes one, and what is known of it without one.
const {
  hidden, invalidArgType, nodeError, validateArray, validateInteger, validateNumber,
} = require("internal/errors");
const { fill, unknownEncoding } = require("internal/buffer/search");
const text = require("internal/buffer/text");

const { UTF8, formOf } = text;

const kMaxLength = 2 ** 53 - 1;

// A Uint8Array whose constructor nobody else calls: Buffer is a function, which may be called without
// `new`, and has the same prototype.
class Bytes extends Uint8Array {}

function Buffer(value, encodingOrOffset, length) {
  if (typeof value !== "number") {
    return Buffer.from(value, encodingOrOffset, length);
  }
  if (typeof encodingOrOffset === "string") {
    throw invalidArgType("string", "string", value);
  }
  return Buffer.alloc(value);
}

Object.setPrototypeOf(Buffer, Uint8Array);
hidden(Bytes.prototype, "constructor", Buffer);
Object.defineProperty(Buffer, "prototype", { value: Bytes.prototype, writable: true });
Object.defineProperty(Buffer, Symbol.species, {
  configurable: true, enumerable: false, get: () => Bytes,
});

const isBytes = (value) => value instanceof Uint8Array;

// Of this realm or another, shared or not.
function isAnyArrayBuffer(value) {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const tag = Object.prototype.toString.call(value);
  return value instanceof ArrayBuffer || tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]";
}

function checkBytes(value, name) {
  if (!isBytes(value)) {
    throw invalidArgType(name, ["Buffer", "Uint8Array"], value);
  }
}

function fromString(string, encoding) {
  let form = UTF8;
  if (typeof encoding === "string" && encoding.length !== 0) {
    form = formOf(encoding);
    if (form === undefined) {
      throw unknownEncoding(encoding);
    }
  }
  if (string.length === 0) {
    return new Bytes();
  }
  if (form === UTF8) {
    return new Bytes(text.toUtf8(string).buffer);
  }
  const bytes = new Bytes(text.lengthOf(string, form));
  const written = text.write(string, form, bytes, 0, bytes.length);
  return written === bytes.length ? bytes : new Bytes(bytes.buffer, 0, written);
}

function outsideOf(name) {
  return nodeError(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", `"${name}" is outside of buffer bounds`);
}

function fromArrayBuffer(buffer, byteOffset, length) {
  const offset = byteOffset === undefined ? 0 : +byteOffset || 0;
  const rest = buffer.byteLength - offset;
  if (rest < 0) {
    throw outsideOf("offset");
  }
  if (length === undefined) {
    return new Bytes(buffer, offset);
  }
  const wanted = +length > 0 ? +length : 0;
  if (wanted > rest) {
    throw outsideOf("length");
  }
  return new Bytes(buffer, offset, wanted);
}

function fromArrayLike(items) {
  if (!(items.length > 0)) {
    return new Bytes();
  }
  if (isBytes(items) || Array.isArray(items)) {
    const bytes = new Bytes(items.length);
    bytes.set(items);
    return bytes;
  }
  const bytes = new Bytes(items.length);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = items[i];
  }
  return bytes;
}

function fromObject(value) {
  if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
    return typeof value.length === "number" ? fromArrayLike(value) : new Bytes();
  }
  return value.type === "Buffer" && Array.isArray(value.data) ? fromArrayLike(value.data) : undefined;
}

const SOURCES = ["string", "Buffer", "ArrayBuffer", "Array", "Array-like Object"];

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === "string") {
    return fromString(value, encodingOrOffset);
  }
  if (typeof value === "object" && value !== null) {
    if (isAnyArrayBuffer(value)) {
      return fromArrayBuffer(value, encodingOrOffset, length);
    }
    const valueOf = value.valueOf?.();
    if (
      valueOf !== null && valueOf !== undefined && valueOf !== value &&
      (typeof valueOf === "string" || typeof valueOf === "object")
    ) {
      return from(valueOf, encodingOrOffset, length);
    }
    const bytes = fromObject(value);
    if (bytes !== undefined) {
      return bytes;
    }
    const primitive = value[Symbol.toPrimitive]?.("string");
    if (typeof primitive === "string") {
      return fromString(primitive, encodingOrOffset);
    }
  }
  throw invalidArgType("first argument", SOURCES, value);
};

Buffer.copyBytesFrom = function copyBytesFrom(view, offset, length) {
  if (!ArrayBuffer.isView(view) || view instanceof DataView) {
    throw invalidArgType("view", ["TypedArray"], view);
  }
  if (offset === undefined && length === undefined) {
    offset = 0;
    length = view.length;
  }
  if (offset === undefined) {
    offset = 0;
  } else {
    validateInteger(offset, "offset", 0);
    if (offset >= view.length) {
      return new Bytes();
    }
  }
  if (length === undefined) {
    length = view.length;
  } else {
    validateInteger(length, "length", 0);
  }
  const part = view.subarray(offset, offset + length);
  return fromArrayLike(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
};

Buffer.of = function of(...items) {
  return fromArrayLike(items);
};

function checkSize(size) {
  validateNumber(size, "size", 0, kMaxLength);
}

Buffer.alloc = function alloc(size, value, encoding) {
  checkSize(size);
  const bytes = new Bytes(size);
  return value === undefined || value === 0 || size === 0 ? bytes : fillAll(bytes, value, encoding);
};

function fillAll(bytes, value, encoding) {
  return fill(bytes, value, 0, bytes.length, encoding);
}

// Nobody finds the bytes of another there: they are zero.
Buffer.allocUnsafe = function allocUnsafe(size) {
  checkSize(size);
  return new Bytes(size);
};

Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) {
  checkSize(size);
  return new Bytes(size);
};

Buffer.poolSize = 8 * 1024;

Buffer.isBuffer = function isBuffer(value) {
  return value instanceof Buffer;
};

Buffer.isEncoding = function isEncoding(encoding) {
  return typeof encoding === "string" && encoding.length !== 0 && formOf(encoding) !== undefined;
};

Buffer.compare = function compare(buf1, buf2) {
  checkBytes(buf1, "buf1");
  checkBytes(buf2, "buf2");
  return buf1 === buf2 ? 0 : text.compare(buf1, 0, buf1.length, buf2, 0, buf2.length);
};

Buffer.concat = function concat(list, length) {
  validateArray(list, "list");
  if (list.length === 0) {
    return new Bytes();
  }
  if (length === undefined) {
    length = 0;
    for (let i = 0; i < list.length; i++) {
      length += list[i].length || 0;
    }
  } else {
    validateInteger(length, "length", 0);
  }
  const bytes = new Bytes(length);
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    const part = list[i];
    checkBytes(part, `list[${i}]`);
    if (at < length) {
      bytes.set(part.length > length - at ? part.subarray(0, length - at) : part, at);
      at += part.length;
    }
  }
  return bytes;
};

Buffer.byteLength = function byteLength(string, encoding) {
  if (typeof string !== "string") {
    if (ArrayBuffer.isView(string) || isAnyArrayBuffer(string)) {
      return string.byteLength;
    }
    throw invalidArgType("string", ["string", "Buffer", "ArrayBuffer"], string);
  }
  return text.lengthOf(string, formOf(encoding) ?? UTF8);
};

module.exports = { Buffer, Bytes, checkBytes, fromArrayLike, kMaxLength };
