"use strict";
// node:punycode: RFC 3492.

const BASE = 36;
const MIN = 1;
const MAX = 26;
const SKEW = 38;
const DAMP = 700;
const FIRST_BIAS = 72;
const FIRST_CODE = 128;
const LARGEST = 0x7fffffff;

function adapt(delta, count, isFirst) {
  delta = isFirst ? Math.floor(delta / DAMP) : delta >> 1;
  delta += Math.floor(delta / count);
  let k = 0;
  for (; delta > ((BASE - MIN) * MAX) >> 1; k += BASE) {
    delta = Math.floor(delta / (BASE - MIN));
  }
  return k + Math.floor(((BASE - MIN + 1) * delta) / (delta + SKEW));
}

const threshold = (k, bias) => Math.min(Math.max(k - bias, MIN), MAX);

// Much longer than a domain or an address.
const MAX_LENGTH = 1 << 16;

function checkLength(text) {
  if (text.length > MAX_LENGTH) {
    overflow();
  }
}

function overflow() {
  throw new RangeError("Overflow: input needs wider integers to process");
}

const digitOf = (code) =>
  code >= 48 && code < 58 ? code - 22 : code >= 65 && code < 91 ? code - 65 : code >= 97 && code < 123 ? code - 97 : BASE;

const characterOf = (digit) => String.fromCharCode(digit + (digit < 26 ? 97 : 22));

function decode(input) {
  checkLength(input);
  const last = input.lastIndexOf("-");
  const output = [];
  for (let i = 0; i < last; i++) {
    const code = input.charCodeAt(i);
    if (code >= 128) {
      throw new RangeError("Illegal input >= 0x80 (not a basic code point)");
    }
    output.push(code);
  }
  let n = FIRST_CODE;
  let i = 0;
  let bias = FIRST_BIAS;
  for (let at = last > 0 ? last + 1 : 0; at < input.length;) {
    const before = i;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = at < input.length ? digitOf(input.charCodeAt(at++)) : BASE;
      if (digit >= BASE) {
        throw new RangeError("Invalid input");
      }
      if (digit > Math.floor((LARGEST - i) / weight)) {
        overflow();
      }
      i += digit * weight;
      const limit = threshold(k, bias);
      if (digit < limit) {
        break;
      }
      if (weight > Math.floor(LARGEST / (BASE - limit))) {
        overflow();
      }
      weight *= BASE - limit;
    }
    const count = output.length + 1;
    bias = adapt(i - before, count, before === 0);
    n += Math.floor(i / count);
    if (n > 0x10ffff) {
      overflow();
    }
    i %= count;
    output.splice(i++, 0, n);
  }
  return output.map((code) => String.fromCodePoint(code)).join("");
}

function encode(input) {
  const codes = ucs2.decode(input);
  let output = codes.filter((code) => code < 128).map((code) => String.fromCharCode(code)).join("");
  let handled = output.length;
  const basic = handled;
  if (basic > 0) {
    output += "-";
  }
  let n = FIRST_CODE;
  let delta = 0;
  let bias = FIRST_BIAS;
  while (handled < codes.length) {
    let next = LARGEST;
    for (const code of codes) {
      if (code >= n && code < next) {
        next = code;
      }
    }
    if (next - n > Math.floor((LARGEST - delta) / (handled + 1))) {
      overflow();
    }
    delta += (next - n) * (handled + 1);
    n = next;
    for (const code of codes) {
      if (code < n) {
        delta++;
      } else if (code === n) {
        let rest = delta;
        for (let k = BASE; ; k += BASE) {
          const limit = threshold(k, bias);
          if (rest < limit) {
            break;
          }
          output += characterOf(limit + ((rest - limit) % (BASE - limit)));
          rest = Math.floor((rest - limit) / (BASE - limit));
        }
        output += characterOf(rest);
        bias = adapt(delta, handled + 1, handled === basic);
        delta = 0;
        handled++;
      }
    }
    delta++;
    n++;
  }
  return output;
}

// Of each label of a domain, or of what is behind the @ of an address.
function eachLabel(text, convert) {
  checkLength(text);
  const at = text.indexOf("@");
  const prefix = at < 0 ? "" : text.slice(0, at + 1);
  const labels = text.slice(at + 1).replace(/[\u3002\uFF0E\uFF61]/g, ".").split(".");
  return prefix + labels.map(convert).join(".");
}

const ucs2 = {
  decode: (text) => Array.from(text, (character) => character.codePointAt(0)),
  encode: (codes) => codes.map((code) => String.fromCodePoint(code)).join(""),
};

module.exports = {
  decode,
  encode,
  toASCII: (text) => eachLabel(text, (label) => (/[^\0-\x7F]/.test(label) ? `xn--${encode(label)}` : label)),
  toUnicode: (text) => eachLabel(text, (label) =>
    label.startsWith("xn--") ? decode(label.slice(4).toLowerCase()) : label),
  ucs2,
  version: "2.1.0",
};
