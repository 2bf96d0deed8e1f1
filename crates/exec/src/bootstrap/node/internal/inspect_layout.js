"use strict";
// How util.inspect lays out the parts of an object: on one line, on a line each, or in columns.

const { textWidth, withoutControl } = require("internal/inspect_text");
const { joined } = require("internal/pieces");

// What is in the braces of an object, and how its properties are written.
const PROPERTIES = 0;
// Elements, without their names; and what comes behind them.
const ELEMENT = 1;
const LIST = 2;

const { floor, max, min, round, sqrt } = Math;

function lengthOf(inspection, text) {
  return inspection.options.colors ? withoutControl(text).length : text.length;
}

// The elements of a long list, several on a line, below each other. A column is as wide as what is in it; there are
// so many that all of it is about two and a half times as wide as it is high.
function inColumns(inspection, parts, value) {
  const { breakLength, colors, compact, maxArrayLength } = inspection.options;
  // What says how many more there are has a line of its own.
  const count = maxArrayLength < parts.length ? parts.length - 1 : parts.length;
  const GAP = 2;
  let total = 0;
  let longest = 0;
  const widths = [];
  for (let i = 0; i < count; i++) {
    const width = textWidth(colors ? withoutControl(parts[i]) : parts[i]);
    widths.push(width);
    total += width + GAP;
    longest = max(longest, width);
  }
  const widest = longest + GAP;
  const room = breakLength - inspection.indentation;
  const areAlike = total / widest > 5 || longest <= 6;
  if (widest * 3 >= room || !areAlike) {
    return parts;
  }
  const usual = max(widest - 3 - sqrt(widest - total / parts.length), 1);
  const columns = min(round(sqrt(2.5 * usual * count) / usual), floor(room / widest), compact * 4, 15);
  if (columns <= 1) {
    return parts;
  }
  const columnWidths = [];
  for (let column = 0; column < columns; column++) {
    let width = 0;
    for (let i = column; i < count; i += columns) {
      width = max(width, widths[i]);
    }
    columnWidths.push(width + GAP);
  }
  const isRight = value !== undefined && areNumbers(value, parts.length);
  const rows = [];
  for (let from = 0; from < count; from += columns) {
    const to = min(from + columns, count);
    let row = "";
    for (let i = from; i < to; i++) {
      const isLast = i === to - 1;
      const text = isLast ? parts[i] : `${parts[i]}, `;
      const width = columnWidths[i - from] - widths[i] - GAP;
      const space = " ".repeat(max(width, 0));
      row += isRight ? space + text : isLast ? text : text + space;
    }
    rows.push(row);
  }
  if (count < parts.length) {
    rows.push(parts[count]);
  }
  return rows;
}

function areNumbers(value, count) {
  for (let i = 0; i < count; i++) {
    if (typeof value[i] !== "number" && typeof value[i] !== "bigint") {
      return false;
    }
  }
  return true;
}

// Whether the parts have room on one line behind so many characters.
function haveRoom(inspection, parts, start, base) {
  const { breakLength } = inspection.options;
  let total = parts.length + start;
  if (total + parts.length > breakLength) {
    return false;
  }
  for (let i = 0; i < parts.length; i++) {
    total += lengthOf(inspection, parts[i]);
    if (total > breakLength) {
      return false;
    }
  }
  return base === "" || !base.includes("\n");
}

// The text of an object: `base`, and `parts` within `open` and `close`. `depth` is that of what is in it.
function assemble(inspection, { parts, value, base = "", open, close, kind, depth, reference = "" }) {
  const { compact } = inspection.options;
  if (compact === true) {
    return tight(inspection, parts, base, reference === "" ? open : `${reference} ${open}`, close);
  }
  if (reference !== "") {
    base = base === "" ? reference : `${reference} ${base}`;
  }
  const before = base === "" ? "" : `${base} `;
  if (typeof compact === "number" && compact >= 1) {
    const count = parts.length;
    if (kind === LIST && count > 6) {
      parts = inColumns(inspection, parts, value);
    }
    // Only what has few levels below it is on one line.
    if (inspection.deepest - depth < compact && count === parts.length) {
      const start = parts.length + inspection.indentation + open.length + base.length + 10;
      if (haveRoom(inspection, parts, start, base) && !parts.some((part) => part.includes("\n"))) {
        return `${before}${open} ${parts.join(", ")} ${close}`;
      }
    }
  }
  const indent = `\n${" ".repeat(inspection.indentation)}`;
  return `${before}${open}${indent}  ${joined(parts, `,${indent}  `)}${indent}${close}`;
}

// With as few lines as there can be.
function tight(inspection, parts, base, open, close) {
  const between = base === "" ? "" : ` ${base}`;
  if (haveRoom(inspection, parts, 0, base)) {
    return `${open}${between} ${joined(parts, ", ")} ${close}`;
  }
  const indent = `\n${" ".repeat(inspection.indentation)}  `;
  const start = base === "" && open.length === 1 ? " " : `${between}${indent}`;
  return `${open}${start}${joined(parts, `,${indent}`)} ${close}`;
}

module.exports = { ELEMENT, LIST, PROPERTIES, assemble };
