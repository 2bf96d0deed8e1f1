"use strict";
// assert.AssertionError, and what it says of two values.

const { hidden } = require("internal/errors");
const { inspect } = require("internal/inspect");
const { joined, splitAt } = require("internal/pieces");

const INSPECT = {
  compact: false, customInspect: false, depth: 1000, maxArrayLength: Infinity, showHidden: false,
  showProxy: false, sorted: true, getters: true, breakLength: Infinity,
};

// So many lines of a difference are shown, and of a value.
const MAX_LINES = 50;
const MAX_SHOWN = 47;

const TITLES = {
  deepStrictEqual: "Expected values to be strictly deep-equal:",
  strictEqual: "Expected values to be strictly equal:",
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: "Expected values to be loosely deep-equal:",
  partialDeepStrictEqual: "Expected values to be partially and strictly deep-equal:",
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notDeepEqualUnequal: "Expected values not to be loosely deep-equal:",
  notIdentical: "Values have same structure but are not reference-equal:",
};

const shown = (value) => splitAt(inspect(value, INSPECT), "\n");

// What of a run of lines that are the same is shown before one that is not: the first two have been.
function contextOf(lines, at, run) {
  if (run <= 2) {
    return [];
  }
  const from = run > 5 ? at - 2 : at - run + 2;
  const context = lines.slice(from, at).map((line) => `  ${line}`);
  return run > 5 ? ["...", ...context] : context;
}

// Takes the lines away that are the same at the end of both; returns what is shown of them.
function takeEnd(left, right) {
  let count = 0;
  while (count < left.length && count < right.length && left.at(-1 - count) === right.at(-1 - count)) {
    count++;
  }
  const end = left.splice(left.length - count).map((line) => `  ${line}`);
  right.length -= count;
  return count > 4 ? [end[0], "...", ...end.slice(-3)] : end;
}

// A line may have lost its comma where it is the last.
function sameLine(left, right) {
  if (left === right) {
    return left;
  }
  return left === `${right},` ? left : right === `${left},` ? right : undefined;
}

// Lines with `  `, `+ ` or `- ` before them: line by line, without looking for those that have moved.
function difference(left, right) {
  const end = takeEnd(left, right);
  const isLeft = left.length >= right.length;
  const longer = isLeft ? left : right;
  const both = Math.min(left.length, right.length);
  const lines = [];
  // Lines of the second value wait for those of the first that differ as well.
  let waiting = [];
  let run = 0;
  let gaps = 0;
  for (let i = 0; i < longer.length; i++) {
    const same = i < both ? sameLine(left[i], right[i]) : undefined;
    if (same !== undefined) {
      lines.push(...waiting);
      waiting = [];
      run++;
      if (run <= 2) {
        lines.push(`  ${same}`);
      }
    } else {
      gaps += run > 5 ? 1 : 0;
      lines.push(...contextOf(i < both ? left : longer, i, run));
      run = 0;
      if (i < left.length) {
        lines.push(`+ ${left[i]}`);
      }
      if (i < right.length) {
        waiting.push(`- ${right[i]}`);
      }
    }
    if (lines.length + waiting.length - gaps > MAX_LINES && i < longer.length - 2) {
      return { lines: [...lines, "...", ...waiting, "..."], skips: true };
    }
  }
  return { lines: [...lines, ...waiting, ...end], skips: gaps > 0 || end[1] === "..." };
}

const isPrimitive = (value) =>
  (typeof value !== "object" || value === null) && typeof value !== "function";

const isObject = (value) => typeof value === "object" && value !== null;

const MAX_SHORT = 12;
const COLUMNS = 80;

// What points at the first character of two lines that is not the same.
function pointer([left], [right]) {
  let at = 0;
  while (at < left.length && left[at] === right[at]) {
    at++;
  }
  return left.length + right.length < COLUMNS && at > 2 ? `\n  ${" ".repeat(at)}^` : "";
}

function comparison(actual, expected, operator, message) {
  const left = shown(actual);
  const right = shown(expected);
  const isReference = operator === "strictEqual" &&
    ((isObject(actual) && isObject(expected)) || (typeof actual === "function" && typeof expected === "function"));
  const title = message ?? TITLES[isReference ? "strictEqualObject" : operator];
  let end = "";
  if (left.length === 1 && right.length === 1 && left[0] !== right[0]) {
    if (left[0].length + right[0].length > MAX_SHORT) {
      end = isReference ? "" : pointer(left, right);
    } else if (!isObject(actual) && !isObject(expected) && (actual !== 0 || expected !== 0)) {
      return `${title}\n\n${left[0]} !== ${right[0]}\n`;
    }
  }
  if (left.length === right.length && left.every((line, i) => line === right[i])) {
    return `${TITLES.notIdentical}\n\n${joined(bounded(left), "\n")}\n`;
  }
  const { lines, skips } = difference(left, right);
  return `${title}\n+ actual - expected${skips ? " ... Lines skipped" : ""}\n\n${lines.join("\n")}${end}`;
}

function bounded(lines) {
  return lines.length > MAX_LINES ? [...lines.slice(0, MAX_SHOWN - 1), "..."] : lines;
}

function refutation(actual, operator) {
  const isReference = operator === "notStrictEqual" && !isPrimitive(actual);
  const title = TITLES[isReference ? "notStrictEqualObject" : operator];
  const lines = bounded(shown(actual));
  return lines.length === 1 ? `${title}${lines[0].length > 5 ? "\n\n" : " "}${lines[0]}` : `${title}\n\n${lines.join("\n")}\n`;
}

const MAX_TEXT = 512;

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 3)}...` : text);

// An error without its stack, which would be all that differs.
function withoutStack(error) {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(error)), error);
  hidden(copy, "message", error.message);
  return copy;
}

const isError = (value) => isObject(value) && "stack" in value && value instanceof Error;

// The message of a comparison of which both values are told; `message` is what the caller wants in place of a title.
function describe(actual, expected, operator, message) {
  if (isError(actual) && isError(expected)) {
    actual = withoutStack(actual);
    expected = withoutStack(expected);
  }
  switch (operator) {
    case "deepStrictEqual":
    case "partialDeepStrictEqual":
    case "strictEqual":
      return comparison(actual, expected, operator, message);
    case "notDeepStrictEqual":
    case "notStrictEqual":
      return refutation(actual, operator);
  }
  const left = inspect(actual, INSPECT);
  const right = inspect(expected, INSPECT);
  if (operator === "notDeepEqual" && left === right) {
    return cut(`${TITLES.notDeepEqual}\n\n${left}`, 2 * MAX_TEXT);
  }
  const [first, second] = [cut(left, MAX_TEXT), cut(right, MAX_TEXT)];
  switch (operator) {
    case "deepEqual":
      return `${TITLES.deepEqual}\n\n${first}\n\nshould loosely deep-equal\n\n${second}`;
    case "notDeepEqual":
      return `${TITLES.notDeepEqualUnequal}\n\n${first}\n\nshould not loosely deep-equal\n\n${second}`;
    default:
      return `${first} ${operator} ${second}`;
  }
}

class AssertionError extends Error {
  constructor(options) {
    if (typeof options !== "object" || options === null) {
      const { invalidArgType } = require("internal/errors");
      throw invalidArgType("options", "Object", options);
    }
    const { actual, expected, message, operator, stackStartFn } = options;
    const limit = Error.stackTraceLimit;
    if (stackStartFn !== undefined) {
      Error.stackTraceLimit = 0;
    }
    const isGenerated = message === undefined || message === null;
    super(isGenerated || operator === "strictEqual" || operator === "deepStrictEqual"
      ? describe(actual, expected, operator, isGenerated ? undefined : String(message))
      : String(message));
    Error.stackTraceLimit = limit;
    this.generatedMessage = isGenerated;
    hidden(this, "name", "AssertionError [ERR_ASSERTION]");
    this.code = "ERR_ASSERTION";
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    Error.captureStackTrace(this, stackStartFn ?? AssertionError);
    void this.stack;
    hidden(this, "name", "AssertionError");
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  // The values are in the message, and are not shown once more in depth.
  [inspect.custom](depth, options) {
    return inspect(this, { ...options, customInspect: false, depth: 0 });
  }
}

module.exports = { AssertionError };
