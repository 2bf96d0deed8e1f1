"use strict";
// What node:buffer has besides Buffer: whether bytes are text, and text in another encoding.
const { invalidArgType, nodeError } = require("internal/errors");
const text = require("internal/buffer/text");
const { replaceEach } = require("internal/pieces");

const { ASCII, LATIN1, UTF16, UTF8 } = text;

function viewOf(input) {
  const isView = ArrayBuffer.isView(input) && !(input instanceof DataView);
  if (!isView && !(input instanceof ArrayBuffer)) {
    throw invalidArgType("input", ["ArrayBuffer", "Buffer", "TypedArray"], input);
  }
  const buffer = isView ? input.buffer : input;
  if (buffer.detached) {
    throw nodeError(Error, "ERR_INVALID_STATE", "Invalid state: Cannot validate on a detached buffer");
  }
  return isView ? input : new Uint8Array(input);
}

const isAscii = (input) => text.isAscii(viewOf(input));

const isUtf8 = (input) => text.isUtf8(viewOf(input));

// What has no character there becomes a question mark.
function narrowed(string, form) {
  switch (form) {
    case ASCII:
      return replaceEach(string, /[^\0-\x7f]/gu, "?");
    case LATIN1:
      return replaceEach(string, /[^\0-\xff]/gu, "?");
    default:
      return string;
  }
}

function failure(code, errno) {
  const error = new Error(`Unable to transcode Buffer [${code}]`);
  return Object.assign(error, { code, errno });
}

function transcode(source, fromEncoding, toEncoding) {
  if (!(source instanceof Uint8Array)) {
    throw invalidArgType("source", ["Buffer", "Uint8Array"], source);
  }
  const known = (encoding) => [ASCII, LATIN1, UTF16, UTF8].find((form) => form === text.formOf(`${encoding || "utf8"}`));
  const from = known(fromEncoding);
  const to = known(toEncoding);
  if (source.length === 0) {
    return source;
  }
  if (from === undefined || to === undefined) {
    throw failure("U_ILLEGAL_ARGUMENT_ERROR", 1);
  }
  const decoded = from === ASCII
    ? replaceEach(text.read(source, LATIN1, 0, source.length), /[\x80-\xff]/g, "\ufffd")
    : text.read(source, from, 0, source.length);
  if (!decoded.isWellFormed()) {
    throw failure("U_INVALID_CHAR_FOUND", 10);
  }
  const string = narrowed(decoded, to);
  const bytes = new Uint8Array(text.lengthOf(string, to));
  return bytes.subarray(0, text.write(string, to, bytes, 0, bytes.length));
}

module.exports = { isAscii, isUtf8, transcode };
