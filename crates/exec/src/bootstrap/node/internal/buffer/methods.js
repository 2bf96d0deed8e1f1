"use strict";
// The methods of a Buffer, but for those of numbers.
const { nodeError, outOfRange, validateInteger, validateNumber } = require("internal/errors");
const { Buffer, Bytes, checkBytes } = require("internal/buffer/class");
const { addNumbers } = require("internal/buffer/numbers");
const { fill, search, unknownEncoding } = require("internal/buffer/search");
const text = require("internal/buffer/text");
const { replaceEach } = require("internal/pieces");

const { UTF8, formOf } = text;

const kStringMaxLength = 0x1fffffe8;
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
let maxInspected = 50;

const { prototype } = Buffer;

for (const [name, of] of [["parent", (bytes) => bytes.buffer], ["offset", (bytes) => bytes.byteOffset]]) {
  Object.defineProperty(prototype, name, {
    enumerable: true,
    get() {
      return this instanceof Buffer ? of(this) : undefined;
    },
  });
}

// The text between two places, which are within the bytes.
function textBetween(bytes, form, start, end) {
  if (text.textLength(form, end - start) > kStringMaxLength) {
    throw nodeError(
      Error, "ERR_STRING_TOO_LONG",
      `Cannot create a string longer than 0x${kStringMaxLength.toString(16)} characters`,
    );
  }
  return text.read(bytes, form, start, end);
}

prototype.toString = function toString(encoding, start, end) {
  const { length } = this;
  if (arguments.length === 0) {
    return textBetween(this, UTF8, 0, length);
  }
  const first = start <= 0 ? 0 : start >= length ? length : Math.trunc(start) || 0;
  const last = end === undefined || end > length ? length : Math.trunc(end) || 0;
  if (first >= length || last <= first) {
    return "";
  }
  const form = encoding === undefined ? UTF8 : formOf(`${encoding}`);
  if (form === undefined) {
    throw unknownEncoding(encoding);
  }
  return textBetween(this, form, first, last);
};
prototype.toLocaleString = prototype.toString;

function checkPlace(value, name, max) {
  validateInteger(value, name, 0, max);
}

function notString() {
  return nodeError(TypeError, "ERR_INVALID_ARG_TYPE", "argument must be a string");
}

prototype.write = function write(string, offset, length, encoding) {
  const all = this.length;
  let start = 0;
  let room = all;
  if (offset !== undefined) {
    if (length === undefined && typeof offset === "string") {
      encoding = offset;
    } else {
      checkPlace(offset, "offset", all);
      start = offset;
      room = all - offset;
      if (typeof length === "string") {
        encoding = length;
      } else if (length !== undefined) {
        checkPlace(length, "length", all);
        room = Math.min(room, length);
      }
    }
  } else if (length !== undefined || encoding !== undefined) {
    encoding = undefined;
  }
  const form = encoding ? formOf(encoding) : UTF8;
  if (form === undefined) {
    throw unknownEncoding(encoding);
  }
  if (typeof string !== "string") {
    throw notString();
  }
  return text.write(string, form, this, start, start + room);
};

// A place that was given, as a whole number; what is none is the beginning.
const wholeOf = (value, otherwise) => (value === undefined ? otherwise : Math.trunc(+value) || 0);

// The methods that Node has for each encoding.
for (const [name, encoding] of [
  ["ascii", "ascii"], ["base64", "base64"], ["base64url", "base64url"], ["latin1", "latin1"], ["hex", "hex"],
  ["ucs2", "utf16le"], ["utf8", "utf8"],
]) {
  const form = formOf(encoding);
  prototype[`${name}Slice`] = function (start, end) {
    start = wholeOf(start, 0);
    end = wholeOf(end, this.length);
    if (start < 0 || end < 0 || start > this.length || end > this.length) {
      throw nodeError(RangeError, "ERR_OUT_OF_RANGE", "Index out of range");
    }
    return textBetween(this, form, start, Math.max(start, end));
  };
  prototype[`${name}Write`] = function (string, offset, length) {
    if (typeof string !== "string") {
      throw notString();
    }
    offset = wholeOf(offset, 0);
    if (offset > this.length) {
      throw nodeError(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", "\"offset\" is outside of buffer bounds");
    }
    length = wholeOf(length, this.length - offset);
    if (offset < 0 || length < 0) {
      throw nodeError(RangeError, "ERR_OUT_OF_RANGE", "Index out of range");
    }
    return text.write(string, form, this, offset, Math.min(this.length, offset + length));
  };
}

function toWhole(value, otherwise) {
  const number = Math.trunc(+value);
  return number === number && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : otherwise;
}

prototype.copy = function copy(target, targetStart, sourceStart, sourceEnd) {
  checkBytes(this, "source");
  checkBytes(target, "target");
  const to = targetStart === undefined ? 0 : toWhole(targetStart, 0);
  if (to < 0) {
    throw outOfRange("targetStart", ">= 0", to);
  }
  const from = sourceStart === undefined ? 0 : toWhole(sourceStart, 0);
  if (from < 0 || from > this.length) {
    throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, from);
  }
  const end = sourceEnd === undefined ? this.length : toWhole(sourceEnd, 0);
  if (end < 0) {
    throw outOfRange("sourceEnd", ">= 0", end);
  }
  if (to >= target.length || from >= end) {
    return 0;
  }
  const count = Math.min(end, this.length, from + target.length - to) - from;
  target.set(new Uint8Array(this.buffer, this.byteOffset + from, count), to);
  return count;
};

prototype.equals = function equals(otherBuffer) {
  checkBytes(otherBuffer, "otherBuffer");
  const { length } = this;
  return this === otherBuffer ||
    (length === otherBuffer.length && text.compare(this, 0, length, otherBuffer, 0, length) === 0);
};

prototype.compare = function compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
  checkBytes(target, "target");
  const place = (value, name, max, otherwise) => {
    if (value === undefined) {
      return otherwise;
    }
    validateInteger(value, name, 0, max);
    return value;
  };
  const from = place(targetStart, "targetStart", undefined, 0);
  const to = place(targetEnd, "targetEnd", target.length, target.length);
  const ownFrom = place(sourceStart, "sourceStart", undefined, 0);
  const ownTo = place(sourceEnd, "sourceEnd", this.length, this.length);
  if (ownFrom >= ownTo) {
    return from >= to ? 0 : -1;
  }
  return from >= to ? 1 : text.compare(this, ownFrom, ownTo, target, from, to);
};

prototype.indexOf = function indexOf(value, byteOffset, encoding) {
  return search(this, value, byteOffset, encoding, true);
};

prototype.lastIndexOf = function lastIndexOf(value, byteOffset, encoding) {
  return search(this, value, byteOffset, encoding, false);
};

prototype.includes = function includes(value, byteOffset, encoding) {
  return search(this, value, byteOffset, encoding, true) !== -1;
};

prototype.fill = function (value, offset, end, encoding) {
  return fill(this, value, offset, end, encoding);
};

prototype.toJSON = function toJSON() {
  return { type: "Buffer", data: Array.from(this) };
};

prototype.subarray = function subarray(start, end) {
  const { length } = this;
  const place = (value) => {
    const number = Math.trunc(value);
    return number !== number ? 0 : number < 0 ? Math.max(number + length, 0) : Math.min(number, length);
  };
  const from = place(start);
  const to = end === undefined ? length : place(end);
  return new Bytes(this.buffer, this.byteOffset + from, Math.max(to - from, 0));
};

prototype.slice = function slice(start, end) {
  return this.subarray(start, end);
};

// Turns each group of so many bytes around.
function swap(bytes, size) {
  if (bytes.length % size !== 0) {
    throw nodeError(RangeError, "ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${size * 8}-bits`);
  }
  for (let at = 0; at < bytes.length; at += size) {
    for (let i = at, j = at + size - 1; i < j; i++, j--) {
      const byte = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = byte;
    }
  }
  return bytes;
}

prototype.swap16 = function swap16() {
  return swap(this, 2);
};

prototype.swap32 = function swap32() {
  return swap(this, 4);
};

prototype.swap64 = function swap64() {
  return swap(this, 8);
};

prototype[INSPECT] = function inspect(depth, context) {
  const shown = Math.min(maxInspected, this.length);
  let result = replaceEach(textBetween(this, formOf("hex"), 0, shown), /../g, "$& ").trimEnd();
  const rest = this.length - shown;
  if (rest > 0) {
    result += ` ... ${rest} more byte${rest > 1 ? "s" : ""}`;
  }
  const own = internals.host.namedKeys(this, false);
  if (context && own.length > 0) {
    const { inspect: show } = require("internal/inspect");
    for (const key of own) {
      result += `${result === "" ? "" : ", "}${key}: ${show(this[key], { ...context, breakLength: Infinity })}`;
    }
  }
  const name = typeof this.constructor === "function" ? this.constructor.name : "Buffer";
  return `<${name} ${result}>`;
};
prototype.inspect = prototype[INSPECT];

addNumbers(prototype);

const inspected = {
  get: () => maxInspected,
  set(value) {
    validateNumber(value, "INSPECT_MAX_BYTES", 0);
    maxInspected = value;
  },
};

module.exports = { inspected, kStringMaxLength };
