"use strict";
// Finding in a Buffer, and filling one.
const { invalidArgType, invalidArgValue, nodeError, validateInteger, validateString } =
  require("internal/errors");
const text = require("internal/buffer/text");

const { LATIN1, UTF16, UTF8 } = text;

function unknownEncoding(encoding) {
  const shown = typeof encoding === "string" ? encoding : require("internal/format").format("%s", encoding);
  return nodeError(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${shown}`);
}

// The bytes of a string: exactly, whatever its characters are.
function bytesOf(string, form) {
  const bytes = new Uint8Array(text.lengthOf(string, form));
  return bytes.subarray(0, text.write(string, form, bytes, 0, bytes.length));
}

// Where a search begins; negative if there is nothing to search.
function beginning(length, offset, needleLength, isForward) {
  if (offset < 0) {
    if (offset + length >= 0) {
      return length + offset;
    }
    return isForward || needleLength === 0 ? 0 : -1;
  }
  if (offset + needleLength <= length) {
    return offset;
  }
  if (needleLength === 0) {
    return length;
  }
  return isForward ? -1 : length - 1;
}

function indexOfBytes(bytes, needle, offset, form, isForward) {
  const { length } = bytes;
  const start = beginning(length, offset, needle.length, isForward);
  if (needle.length === 0) {
    return start;
  }
  if (start < 0 || length === 0 || needle.length > length || (isForward && start + needle.length > length)) {
    return -1;
  }
  if (form !== UTF16) {
    return text.find(bytes, needle, start, !isForward);
  }
  if (length < 2 || needle.length < 2) {
    return -1;
  }
  // Units of two bytes: what is found between two of them does not count.
  const units = needle.length % 2 === 0 ? needle : needle.subarray(0, needle.length - 1);
  const limit = length - length % 2;
  let at = start - start % 2;
  for (;;) {
    at = text.find(bytes, units, at, !isForward);
    if (at < 0 || at % 2 === 0) {
      return at >= 0 && at + units.length > limit ? -1 : at;
    }
    at += isForward ? 1 : -1;
  }
}

function indexOfNumber(bytes, value, offset, isForward) {
  const start = beginning(bytes.length, offset, 1, isForward);
  if (start < 0 || bytes.length === 0) {
    return -1;
  }
  const byte = value & 255;
  const { indexOf, lastIndexOf } = Uint8Array.prototype;
  return isForward ? indexOf.call(bytes, byte, start) : lastIndexOf.call(bytes, byte, start);
}

function search(buffer, value, byteOffset, encoding, isForward) {
  if (!(buffer instanceof Uint8Array)) {
    throw invalidArgType("buffer", ["Buffer", "TypedArray", "DataView"], buffer);
  }
  if (typeof byteOffset === "string") {
    encoding = byteOffset;
    byteOffset = undefined;
  }
  let offset = Math.min(Math.max(+byteOffset, -0x80000000), 0x7fffffff);
  if (offset !== offset) {
    offset = isForward ? 0 : buffer.length;
  }
  offset = Math.trunc(offset);
  if (typeof value === "number") {
    return indexOfNumber(buffer, value >>> 0, offset, isForward);
  }
  const form = encoding === undefined ? UTF8 : text.formOf(`${encoding}`);
  if (typeof value === "string") {
    if (form === undefined) {
      throw unknownEncoding(encoding);
    }
    return indexOfBytes(buffer, bytesOf(value, form), offset, form, isForward);
  }
  if (value instanceof Uint8Array) {
    return indexOfBytes(buffer, value, offset, form, isForward);
  }
  throw invalidArgType("value", ["number", "string", "Buffer", "Uint8Array"], value);
}

// The pattern again and again.
function repeat(bytes, pattern, start, end) {
  const { copyWithin, set } = Uint8Array.prototype;
  const room = end - start;
  set.call(bytes, pattern.length > room ? pattern.subarray(0, room) : pattern, start);
  for (let done = Math.min(pattern.length, room); done < room; done *= 2) {
    copyWithin.call(bytes, start + done, start, start + Math.min(done, room - done));
  }
}

function formToFill(encoding) {
  if (encoding === undefined || encoding === null || encoding === "") {
    return UTF8;
  }
  const form = text.formOf(encoding);
  if (form === undefined) {
    validateString(encoding, "encoding");
    throw unknownEncoding(encoding);
  }
  return form;
}

function fill(buffer, value, offset, end, encoding) {
  let form = UTF8;
  if (typeof value === "string") {
    if (offset === undefined || typeof offset === "string") {
      encoding = offset;
      offset = undefined;
      end = undefined;
    } else if (typeof end === "string") {
      encoding = end;
      end = undefined;
    }
    form = formToFill(encoding);
    if (value.length === 0) {
      value = 0;
    } else if (value.length === 1) {
      const code = value.charCodeAt(0);
      if ((form === UTF8 && code < 128) || (form === LATIN1 && code < 256)) {
        value = code;
      }
    }
  }
  if (offset === undefined) {
    offset = 0;
    end = buffer.length;
  } else {
    validateInteger(offset, "offset", 0);
    if (end === undefined) {
      end = buffer.length;
    } else {
      validateInteger(end, "end", 0, buffer.length);
    }
    if (offset >= end) {
      return buffer;
    }
  }
  const isBytes = ArrayBuffer.isView(value);
  if (isBytes && !(value instanceof Uint8Array)) {
    value = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (typeof value !== "string" && !isBytes) {
    Uint8Array.prototype.fill.call(buffer, value & 255, offset, end);
    return buffer;
  }
  const pattern = isBytes ? value : bytesOf(value, form);
  if (pattern.length === 0) {
    if (offset < end) {
      throw invalidArgValue("value", value);
    }
    return buffer;
  }
  if (offset < end) {
    repeat(buffer, pattern, offset, end);
  }
  return buffer;
}

module.exports = { bytesOf, fill, search, unknownEncoding };
