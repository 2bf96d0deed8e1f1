"use strict";
// node:querystring

const { escapeBut } = require("internal/percent");
const { joined, replaceEach } = require("internal/pieces");

function escape(text) {
  if (typeof text !== "string") {
    text = typeof text === "object" ? String(text) : `${text}`;
  }
  return escapeBut(text, "");
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
  if (text?.length > MAX_IN_ONE_GO) {
    const bytes = new TextEncoder().encode(`${text}`);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(decodedBytes(bytes.length, (i) => bytes[i], false));
  }
  try {
    return decodeURIComponent(text);
  } catch {
    // Something in it is no UTF-8, or no percent sequence. Of characters a byte is left then, as in Node.js.
    return unescapeBuffer(text).toString();
  }
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
    // Only what has a whole sequence is decoded, but all by a function of the caller.
    const isOwn = decode === unescape;
    const isPlain = part === "" || (isOwn && !/%[0-9a-f]{2}/i.test(part));
    part = replaceEach(part, /\+/g, isOwn ? " " : "%20");
    if (isPlain) {
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
  const isBounded = most > 0 && Number.isInteger(most);
  while (at <= text.length && !(isBounded && found >= most)) {
    let end = separator === "" ? -1 : text.indexOf(separator, at);
    if (end < 0) {
      end = text.length;
    }
    const field = text.slice(at, end);
    at = end + Math.max(separator.length, 1);
    found++;
    if (field === "") {
      continue;
    }
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
