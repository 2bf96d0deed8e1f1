"use strict";
// node:querystring

const { nodeError } = require("internal/errors");
const { joined, replaceEach } = require("internal/pieces");

const HEX = "0123456789ABCDEF";

// Bytes that stay as they are: A-Z a-z 0-9 ! ' ( ) * - . _ ~
function isPlain(code) {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) ||
    code === 33 || (code >= 39 && code <= 42) || code === 45 || code === 46 || code === 95 ||
    code === 126;
}

const percent = (byte) => `%${HEX[byte >> 4]}${HEX[byte & 15]}`;

function encoded(code) {
  if (code < 0x80) {
    return percent(code);
  }
  if (code < 0x800) {
    return percent(0xc0 | (code >> 6)) + percent(0x80 | (code & 63));
  }
  if (code < 0x10000) {
    return percent(0xe0 | (code >> 12)) + percent(0x80 | ((code >> 6) & 63)) +
      percent(0x80 | (code & 63));
  }
  return percent(0xf0 | (code >> 18)) + percent(0x80 | ((code >> 12) & 63)) +
    percent(0x80 | ((code >> 6) & 63)) + percent(0x80 | (code & 63));
}

function escape(text) {
  if (typeof text !== "string") {
    text = typeof text === "object" ? String(text) : `${text}`;
  }
  let out = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (isPlain(code)) {
      continue;
    }
    out += text.slice(from, i);
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = text.charCodeAt(i + 1);
      if (code > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) {
        throw nodeError(URIError, "ERR_INVALID_URI", "URI malformed");
      }
      code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
      i++;
    }
    out += encoded(code);
    from = i + 1;
  }
  return from === 0 ? text : out + text.slice(from);
}

function hexValue(code) {
  if (code >= 48 && code <= 57) {
    return code - 48;
  }
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

// Bytes in which each percent sequence is one; others stay as they are.
function decodedBytes(length, codeAt, decodeSpaces) {
  const bytes = new Uint8Array(length);
  let end = 0;
  for (let i = 0; i < length; i++) {
    const code = codeAt(i);
    if (code === 37 && i + 2 < length) {
      const high = hexValue(codeAt(i + 1));
      const low = hexValue(codeAt(i + 2));
      if (high >= 0 && low >= 0) {
        bytes[end++] = high * 16 + low;
        i += 2;
        continue;
      }
    }
    bytes[end++] = code === 43 && decodeSpaces ? 32 : code;
  }
  return bytes.subarray(0, end);
}

function unescapeBuffer(value, decodeSpaces = false) {
  const text = `${value}`;
  const bytes = decodedBytes(text.length, (i) => text.charCodeAt(i), decodeSpaces);
  return require("buffer").Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// V8 cannot be interrupted while it decodes a text, and takes long for one that is longer.
const MAX_IN_ONE_GO = 1 << 20;

function unescape(text) {
  if (!(text?.length > MAX_IN_ONE_GO)) {
    try {
      return decodeURIComponent(text);
    } catch {
      // Something in it is no UTF-8, or no percent sequence.
    }
  }
  const bytes = new TextEncoder().encode(`${text}`);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(decodedBytes(bytes.length, (i) => bytes[i], false));
}

function primitive(value) {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return Number.isFinite(value) ? `${value}` : "";
    case "bigint":
    case "boolean":
      return `${value}`;
    default:
      return "";
  }
}

function stringify(object, separator = "&", equals = "=", options = undefined) {
  separator ||= "&";
  equals ||= "=";
  if (object === null || typeof object !== "object") {
    return "";
  }
  const encode = typeof options?.encodeURIComponent === "function"
    ? options.encodeURIComponent
    : module.exports.escape;
  const fields = [];
  for (const key of Object.keys(object)) {
    const name = encode(primitive(key)) + equals;
    const value = object[key];
    if (Array.isArray(value)) {
      for (const item of value) {
        fields.push(name + encode(primitive(item)));
      }
    } else {
      fields.push(name + encode(primitive(value)));
    }
  }
  return joined(fields, separator);
}

function parse(text, separator = "&", equals = "=", options = undefined) {
  const fields = { __proto__: null };
  if (typeof text !== "string" || text === "") {
    return fields;
  }
  separator = `${separator || "&"}`;
  equals = `${equals || "="}`;
  const most = typeof options?.maxKeys === "number" ? options.maxKeys : 1000;
  const custom = options?.decodeURIComponent;
  const decode = typeof custom === "function" ? custom : module.exports.unescape;
  const decoded = (part) => {
    part = replaceEach(part, /\+/g, "%20");
    if (decode === unescape && !part.includes("%")) {
      return part;
    }
    try {
      return decode(part);
    } catch {
      return unescape(part);
    }
  };
  let found = 0;
  let at = 0;
  while (at <= text.length && (most <= 0 || found < most)) {
    let end = text.indexOf(separator, at);
    if (end < 0) {
      end = text.length;
    }
    const field = text.slice(at, end);
    at = end + separator.length;
    if (field === "") {
      continue;
    }
    found++;
    const split = field.indexOf(equals);
    const key = decoded(split < 0 ? field : field.slice(0, split));
    const value = split < 0 ? "" : decoded(field.slice(split + equals.length));
    const before = fields[key];
    if (before === undefined) {
      fields[key] = value;
    } else if (Array.isArray(before)) {
      before.push(value);
    } else {
      fields[key] = [before, value];
    }
  }
  return fields;
}

module.exports = {
  decode: parse,
  encode: stringify,
  escape,
  parse,
  stringify,
  unescape,
  unescapeBuffer,
};
