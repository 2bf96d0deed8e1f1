"use strict";
// Percent sequences, as node:querystring and the URLs of before write them.

const { nodeError } = require("internal/errors");

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

// A text in which all but plain characters, and the one that is `plain` here, are percent sequences of UTF-8.
function escapeBut(text, plain) {
  let out = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (isPlain(code) || text[i] === plain) {
      continue;
    }
    out += text.slice(from, i);
    if (code >= 0xd800 && code <= 0xdfff) {
      // As in Node.js, whatever the other half is.
      if (i + 1 === text.length) {
        throw nodeError(URIError, "ERR_INVALID_URI", "URI malformed");
      }
      code = 0x10000 + ((code & 0x3ff) << 10) + (text.charCodeAt(i + 1) & 0x3ff);
      i++;
    }
    out += encoded(code);
    from = i + 1;
  }
  return from === 0 ? text : out + text.slice(from);
}

module.exports = { escapeBut };
