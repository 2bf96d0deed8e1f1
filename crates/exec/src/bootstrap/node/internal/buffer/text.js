"use strict";
// The encodings of Buffer: their names, and text to bytes and back, piece by piece:
// the host is not interrupted while it works on one.
const {
  MathFloor, MathMin, StringPrototypeCharCodeAt, StringPrototypeToLowerCase,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
  Uint8Array,
} = primordials;
const { decodeAll, encode, encodeInto } = internals.encoding;
const {
  bufferCompare, bufferFind, bufferIsAscii, bufferIsUtf8, bufferText, bufferWrite, utf8Length,
} = internals.host;

// The forms of the host, by their index there; UTF-8 is none of them.
const UTF8 = -1;
const UTF16 = 0;
const LATIN1 = 1;
const ASCII = 2;
const BASE64 = 3;
const BASE64URL = 4;
const HEX = 5;

// By the names that Node reports.
const CANONICAL = {
  __proto__: null,
  [UTF8]: "utf8", [UTF16]: "utf16le", [LATIN1]: "latin1", [ASCII]: "ascii", [BASE64]: "base64",
  [BASE64URL]: "base64url", [HEX]: "hex",
};

const FORMS = {
  __proto__: null,
  utf8: UTF8, "utf-8": UTF8, utf16le: UTF16, "utf-16le": UTF16, ucs2: UTF16, "ucs-2": UTF16,
  latin1: LATIN1, binary: LATIN1, ascii: ASCII, base64: BASE64, base64url: BASE64URL, hex: HEX,
};

// Divisible by 3, and by 2.
const PIECE = 3 << 16;

// What the host says about where to go on is multiplied with this.
const NEXT = 2 ** 24;

// The form of an encoding, whose name may be in capitals; undefined if there is no such.
function formOf(name) {
  // What is longer is no name, and takes V8 long to look for.
  if (typeof name === "string" && name.length >= 10) {
    return undefined;
  }
  return FORMS[name] ?? (typeof name === "string" ? FORMS[StringPrototypeToLowerCase(name)] : undefined);
}

// How many bytes the string has at most; to the byte unless it is sloppy base64 or hexadecimal.
function lengthOf(string, form) {
  const { length } = string;
  switch (form) {
    case UTF8:
      return utf8Length(string);
    case UTF16:
      return length * 2;
    case BASE64:
    case BASE64URL: {
      let used = length;
      while (used > 0 && used > length - 2 && StringPrototypeCharCodeAt(string, used - 1) === 61) {
        used--;
      }
      return MathFloor(used * 3 / 4);
    }
    case HEX:
      return MathFloor(length / 2);
    default:
      return length;
  }
}

function part(bytes, start, end) {
  const offset = TypedArrayPrototypeGetByteOffset(bytes) + start;
  return new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), offset, end - start);
}

// Writes what fits between `start` and `end`; returns the number of bytes.
function write(string, form, bytes, start, end) {
  if (form === UTF8) {
    return encodeInto(string, part(bytes, start, end)).written;
  }
  let at = start;
  for (let from = 0; from < string.length && at < end;) {
    const done = bufferWrite(form, string, from, bytes, at, end);
    const next = MathFloor(done / NEXT);
    if (next === from) {
      break;
    }
    from = next;
    at += done % NEXT;
  }
  return at - start;
}

// The UTF-8 of a string, as an array of its own.
const toUtf8 = (string) => encode(string);

// How many characters the text of so many bytes has at most.
function textLength(form, length) {
  switch (form) {
    case UTF16:
      return MathFloor(length / 2);
    case BASE64:
      return MathFloor((length + 2) / 3) * 4;
    case BASE64URL:
      return MathFloor((length * 4 + 2) / 3);
    case HEX:
      return length * 2;
    default:
      return length;
  }
}

// The text of the bytes between `start` and `end`.
function read(bytes, form, start, end) {
  if (form === UTF8) {
    const isAll = start === 0 && end === TypedArrayPrototypeGetLength(bytes);
    return decodeAll("utf-8", isAll ? bytes : part(bytes, start, end), false, true);
  }
  let text = "";
  for (let at = start; at < end; at += PIECE) {
    text += bufferText(form, bytes, at, MathMin(at + PIECE, end));
  }
  return text;
}

// -1, 0 or 1.
const compare = (a, aStart, aEnd, b, bStart, bEnd) => bufferCompare(a, aStart, aEnd, b, bStart, bEnd);

// Where `needle`, which is not empty, is at `from` or behind it, or before it; -1 if it is not.
const find = (bytes, needle, from, backwards) => bufferFind(bytes, needle, from, backwards);

const isAscii = (bytes) => bufferIsAscii(bytes);

const isUtf8 = (bytes) => bufferIsUtf8(bytes);

module.exports = {
  ASCII, BASE64, BASE64URL, CANONICAL, LATIN1, UTF16, UTF8, compare, find, formOf, isAscii, isUtf8, lengthOf, read,
  textLength, toUtf8, write,
};
