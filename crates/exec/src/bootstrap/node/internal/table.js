"use strict";
// What console.table prints: a line for each element, a column for each key.

const { inspect } = require("internal/inspect");
const { textWidth } = require("internal/inspect_text");
const { isMap, isMapIterator, isSet, isSetIterator } = require("internal/types");

const { previewEntries } = internals.host;

const INDEX = "(index)";
const ITERATION = "(iteration index)";

const isObject = (value) => value !== null && typeof value === "object";
const isPrimitive = (value) => !isObject(value) && typeof value !== "function";

// Columns by their titles, of which each has cells by the number of their line.
class Table {
  #columns = new Map();
  #height = 0;

  constructor(...titles) {
    for (const title of titles) {
      this.#columns.set(title, []);
    }
  }

  put(title, line, cell) {
    let column = this.#columns.get(title);
    if (column === undefined) {
      column = [];
      this.#columns.set(title, column);
    }
    column[line] = cell;
    this.#height = Math.max(this.#height, line + 1);
  }

  toString() {
    const columns = [...this.#columns].map(([title, cells]) => {
      let width = textWidth(title);
      for (let line = 0; line < this.#height; line++) {
        width = Math.max(width, textWidth(cells[line] ?? ""));
      }
      return { title, cells, width };
    });
    const rule = (left, between, right) =>
      left + columns.map(({ width }) => "\u2500".repeat(width + 2)).join(between) + right;
    const padded = (cell, width) => ` ${cell}${" ".repeat(width - textWidth(cell))} `;
    const row = (cellOf) => `\u2502${columns.map((column) => padded(cellOf(column) ?? "", column.width)).join("\u2502")}\u2502`;
    const lines = [rule("\u250c", "\u252c", "\u2510"), row(({ title }) => title), rule("\u251c", "\u253c", "\u2524")];
    for (let line = 0; line < this.#height; line++) {
      lines.push(row(({ cells }) => cells[line]));
    }
    lines.push(rule("\u2514", "\u2534", "\u2518"));
    return lines.join("\n");
  }
}

// The table of an object, of whose elements only these properties are shown, if there are any.
function table(data, properties, options) {
  const shown = (value) => {
    const isLarge = isObject(value) && !Array.isArray(value) && Object.keys(value).length > 2;
    return inspect(value, { maxArrayLength: 3, breakLength: Infinity, ...options, depth: isLarge ? -1 : 0 });
  };
  if (isMap(data) || isSet(data) || isMapIterator(data) || isSetIterator(data)) {
    // What an iterator still has is not taken from it.
    const [left, isOfPairs] = isMap(data)
      ? [[...data].flat(1), true]
      : isSet(data) ? [[...data], false] : previewEntries(data);
    const made = isOfPairs ? new Table(ITERATION, "Key", "Values") : new Table(ITERATION, "Values");
    const step = isOfPairs ? 2 : 1;
    for (let at = 0; at < left.length; at += step) {
      const line = at / step;
      made.put(ITERATION, line, `${line}`);
      if (isOfPairs) {
        made.put("Key", line, shown(left[at]));
      }
      made.put("Values", line, shown(left[at + step - 1]));
    }
    return made.toString();
  }
  const made = new Table(INDEX, ...(properties ?? []).map(String));
  const values = [];
  const keys = Object.keys(data);
  for (let line = 0; line < keys.length; line++) {
    const element = data[keys[line]];
    made.put(INDEX, line, keys[line]);
    const primitive = isPrimitive(element);
    if (primitive && properties === undefined) {
      values[line] = shown(element);
      continue;
    }
    for (const key of properties ?? Object.keys(element)) {
      made.put(`${key}`, line, primitive || !Object.hasOwn(element, key) ? "" : shown(element[key]));
    }
  }
  values.forEach((cell, line) => made.put("Values", line, cell));
  return made.toString();
}

module.exports = { table };
