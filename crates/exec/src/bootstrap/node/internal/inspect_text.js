"use strict";
// Pieces of text for node:util's inspect: strings, numbers, names of properties, colours.

const { replaceEach } = require("internal/pieces");

const colors = {
  __proto__: null,
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  blink: [5, 25],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  doubleunderline: [21, 24],
  black: [30, 39],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  white: [37, 39],
  bgBlack: [40, 49],
  bgRed: [41, 49],
  bgGreen: [42, 49],
  bgYellow: [43, 49],
  bgBlue: [44, 49],
  bgMagenta: [45, 49],
  bgCyan: [46, 49],
  bgWhite: [47, 49],
  framed: [51, 54],
  overlined: [53, 55],
  gray: [90, 39],
  redBright: [91, 39],
  greenBright: [92, 39],
  yellowBright: [93, 39],
  blueBright: [94, 39],
  magentaBright: [95, 39],
  cyanBright: [96, 39],
  whiteBright: [97, 39],
  bgGray: [100, 49],
  bgRedBright: [101, 49],
  bgGreenBright: [102, 49],
  bgYellowBright: [103, 49],
  bgBlueBright: [104, 49],
  bgMagentaBright: [105, 49],
  bgCyanBright: [106, 49],
  bgWhiteBright: [107, 49],
};

const ALIASES = {
  grey: "gray", blackBright: "gray", bgGrey: "bgGray", bgBlackBright: "bgGray", faint: "dim",
  crossedout: "strikethrough", strikeThrough: "strikethrough", crossedOut: "strikethrough",
  conceal: "hidden", swapColors: "inverse", swapcolors: "inverse", doubleUnderline: "doubleunderline",
};
for (const alias of Object.keys(ALIASES)) {
  Object.defineProperty(colors, alias, {
    __proto__: null,
    configurable: true,
    enumerable: false,
    get: () => colors[ALIASES[alias]],
    set(value) {
      colors[ALIASES[alias]] = value;
    },
  });
}

const styles = {
  __proto__: null,
  special: "cyan",
  number: "yellow",
  bigint: "yellow",
  boolean: "yellow",
  undefined: "grey",
  null: "bold",
  string: "green",
  symbol: "green",
  date: "magenta",
  regexp: "red",
  module: "underline",
};

function inColor(text, style) {
  const color = colors[styles[style]];
  return color === undefined ? text : `\u001b[${color[0]}m${text}\u001b[${color[1]}m`;
}

const plain = (text) => text;

const ESCAPES = { "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\" };

function escaped(character, quote) {
  if (character === quote) {
    return `\\${quote}`;
  }
  const known = ESCAPES[character];
  if (known !== undefined) {
    return known;
  }
  const code = character.charCodeAt(0);
  return code < 256
    ? `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`
    : `\\u${code.toString(16)}`;
}

// In quotes that are not in the text, if there are such.
function quote(text) {
  let mark = "'";
  if (text.includes("'")) {
    if (!text.includes('"')) {
      mark = '"';
    } else if (!text.includes("`") && !text.includes("${")) {
      mark = "`";
    }
  }
  const special =
    /[\u0000-\u001f'"`\\\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  const body = replaceEach(text, special, (character) =>
    (character === "'" || character === '"' || character === "`") && character !== mark
      ? character
      : escaped(character, mark));
  return mark + body + mark;
}

const SPECIAL = /[\u0000-\u001f'\\\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// Escaped as within single quotes, but without them.
const escapedText = (text) => replaceEach(text, SPECIAL, (character) => escaped(character, "'"));

const isIdentifier = (text) => /^[a-zA-Z_][a-zA-Z_0-9]*$/.test(text);

// Digits in threes, counted from the end or from the beginning.
function grouped(digits, fromEnd) {
  const start = digits.startsWith("-") ? 1 : 0;
  const first = fromEnd ? (digits.length - start) % 3 || 3 : 3;
  let text = digits.slice(0, start + first);
  for (let at = start + first; at < digits.length; at += 3) {
    text += `_${digits.slice(at, at + 3)}`;
  }
  return text;
}

function numberText(value, separate) {
  if (Object.is(value, -0)) {
    return separate ? "0" : "-0";
  }
  const text = `${value}`;
  if (!separate || !/^-?\d+(\.\d+)?$/.test(text)) {
    return text;
  }
  const [whole, fraction] = text.split(".");
  const left = grouped(whole, true);
  return fraction === undefined ? left : `${left}.${grouped(fraction, false)}`;
}

const bigintText = (value, separate) =>
  `${separate ? grouped(`${value}`, true) : value}n`;

// Without the sequences that colour text and move the cursor.
const CONTROL = new RegExp(
  "[\\u001B\\u009B][[\\]()#;?]*" +
    "(?:(?:(?:(?:;[-a-zA-Z\\d\\/\\#&.:=?%@~_]+)*|[a-zA-Z\\d]+(?:;[-a-zA-Z\\d\\/\\#&.:=?%@~_]*)*)?" +
    "(?:\\u0007|\\u001B\\u005C|\\u009C))|(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PR-TZcf-nq-uy=><~]))",
  "y",
);

const CONTROL_START = /[\u001B\u009B]/g;

function withoutControl(text) {
  let out = "";
  let from = 0;
  CONTROL_START.lastIndex = 0;
  for (let start = CONTROL_START.exec(text); start !== null; start = CONTROL_START.exec(text)) {
    CONTROL.lastIndex = start.index;
    if (CONTROL.test(text)) {
      out += text.slice(from, start.index);
      from = CONTROL_START.lastIndex = CONTROL.lastIndex;
    }
  }
  return from === 0 ? text : out + text.slice(from);
}

const WIDE = /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f251}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;

// No line has room for more.
const MAX_WIDTH = 1000;

// How many columns it takes: characters of East Asia take two, those that go onto others none.
function textWidth(text) {
  if (text.length > MAX_WIDTH || !/[^\x20-\x7e]/.test(text)) {
    return text.length;
  }
  let width = 0;
  for (const character of text.normalize("NFC")) {
    width += WIDE.test(character) ? 2 : NO_WIDTH.test(character) ? 0 : 1;
  }
  return width;
}

module.exports = {
  bigintText, colors, escapedText, inColor, isIdentifier, numberText, plain, quote, styles, textWidth,
  withoutControl,
};
