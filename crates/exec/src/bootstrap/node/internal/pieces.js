"use strict";
// Long texts and long lists, worked on piece by piece: V8 cannot be interrupted while it replaces,
// splits or joins, but between two pieces it can.

const PIECE = 1 << 16;

const isFirstHalf = (code) => code >= 0xd800 && code <= 0xdbff;

// As `text.replace(pattern, by)`, for a global pattern that matches single characters.
function replaceEach(text, pattern, by) {
  if (text.length <= PIECE) {
    return text.replace(pattern, by);
  }
  let out = "";
  for (let from = 0; from < text.length;) {
    let to = from + PIECE;
    // The halves of a character are in one piece.
    if (isFirstHalf(text.charCodeAt(to - 1))) {
      to--;
    }
    out += text.slice(from, to).replace(pattern, by);
    from = to;
  }
  return out;
}

const LINE_END = /\n/g;

// With so many spaces before each line but the first.
const indented = (text, width) => {
  if (width === 0 || !text.includes("\n")) {
    return text;
  }
  return replaceEach(text, LINE_END, `\n${" ".repeat(width)}`);
};

// As `text.split(separator)`, for a separator that is not empty.
function splitAt(text, separator) {
  if (text.length <= PIECE) {
    return text.split(separator);
  }
  const parts = [];
  let from = 0;
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, from)) {
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  parts.push(text.slice(from));
  return parts;
}

// As `parts.join(separator)`, for texts.
function joined(parts, separator) {
  if (parts.length <= PIECE) {
    return parts.join(separator);
  }
  let out = "";
  for (let from = 0; from < parts.length; from += PIECE) {
    out += (from === 0 ? "" : separator) + parts.slice(from, from + PIECE).join(separator);
  }
  return out;
}

// Sorted as `list.toSorted(compare)` has it, for texts.
function sorted(list, compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)) {
  if (list.length < 2) {
    return list;
  }
  const middle = list.length >> 1;
  const left = sorted(list.slice(0, middle), compare);
  const right = sorted(list.slice(middle), compare);
  const out = [];
  let at = 0;
  for (let i = 0; i < left.length; i++) {
    while (at < right.length && compare(left[i], right[at]) > 0) {
      out.push(right[at++]);
    }
    out.push(left[i]);
  }
  while (at < right.length) {
    out.push(right[at++]);
  }
  return out;
}

module.exports = { indented, joined, replaceEach, sorted, splitAt };
