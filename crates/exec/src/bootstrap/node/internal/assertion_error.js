"use strict";
// assert.AssertionError, and what it says of two values.

const { hidden } = require("internal/errors");
const { inspect } = require("internal/inspect");
const { splitAt } = require("internal/pieces");

const INSPECT = {
  compact: false, customInspect: false, depth: 1000, maxArrayLength: Infinity, showHidden: false,
  showProxy: false, sorted: true, getters: true, breakLength: Infinity,
};

// Lines of each of the texts that are looked at to find those that they share.
const MAX_COMPARED = 400;
const MAX_SHOWN = 60;

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
  notIdentical: "Values have same structure but are not reference-equal:",
};

const shown = (value) => splitAt(inspect(value, INSPECT), "\n");

// Lines with `  `, `+ ` or `- ` before them.
function differences(actual, expected) {
  const left = actual.slice(0, MAX_COMPARED);
  const right = expected.slice(0, MAX_COMPARED);
  // Lengths of what the ends of both have in common.
  const common = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      common[i][j] = left[i] === right[j]
        ? common[i + 1][j + 1] + 1
        : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      lines.push(`  ${left[i]}`);
      i++;
      j++;
    } else if (i < left.length && (j >= right.length || common[i + 1][j] >= common[i][j + 1])) {
      lines.push(`+ ${left[i++]}`);
    } else {
      lines.push(`- ${right[j++]}`);
    }
  }
  return lines;
}

// Without runs of lines that are far from everything that differs.
const NEAR = 2;
const MIN_RUN = 3;

function condensed(lines) {
  const near = new Set([0, lines.length - 1]);
  lines.forEach((line, at) => {
    if (!line.startsWith("  ")) {
      for (let i = at - NEAR; i <= at + NEAR; i++) {
        near.add(i);
      }
    }
  });
  const kept = [];
  let skipped = false;
  for (let i = 0; i < lines.length; i++) {
    let end = i;
    while (end < lines.length && !near.has(end)) {
      end++;
    }
    if (end - i >= MIN_RUN) {
      kept.push("...");
      skipped = true;
      i = end - 1;
    } else {
      kept.push(lines[i]);
    }
  }
  if (kept.length > MAX_SHOWN) {
    kept.splice(MAX_SHOWN, kept.length, "...");
    skipped = true;
  }
  return [kept, skipped];
}

const isPrimitive = (value) =>
  (typeof value !== "object" || value === null) && typeof value !== "function";

function comparison(actual, expected, operator) {
  const left = shown(actual);
  const right = shown(expected);
  const isReference = operator === "strictEqual" && !isPrimitive(actual) && !isPrimitive(expected);
  if (left.length === 1 && right.length === 1 && left[0] !== right[0]) {
    const isShort = left[0].length + right[0].length <= 12 && (isPrimitive(actual) || isPrimitive(expected)) &&
      (actual !== 0 || expected !== 0);
    if (isPrimitive(actual) && isPrimitive(expected) && isShort) {
      return `${TITLES[operator]}\n\n${left[0]} !== ${right[0]}\n`;
    }
  }
  if (left.join("\n") === right.join("\n") && isReference) {
    return `${TITLES.notIdentical}\n\n${left.join("\n")}\n`;
  }
  const [lines, skipped] = condensed(differences(left, right));
  const title = isReference ? TITLES.strictEqualObject : TITLES[operator];
  const legend = `+ actual - expected${skipped ? " ... Lines skipped" : ""}`;
  return `${title}\n${legend}\n\n${lines.join("\n")}\n`;
}

function refutation(actual, operator) {
  const isReference = operator === "notStrictEqual" && !isPrimitive(actual);
  const title = TITLES[isReference ? "notStrictEqualObject" : operator];
  const lines = shown(actual);
  if (lines.length > MAX_SHOWN) {
    lines.splice(MAX_SHOWN, lines.length, "...");
  }
  return lines.length === 1 ? `${title}${lines[0].length > 5 ? "\n\n" : " "}${lines[0]}` : `${title}\n\n${lines.join("\n")}\n`;
}

function describe(actual, expected, operator) {
  switch (operator) {
    case "deepStrictEqual":
    case "partialDeepStrictEqual":
    case "strictEqual":
      return comparison(actual, expected, operator);
    case "notDeepStrictEqual":
    case "notStrictEqual":
      return refutation(actual, operator);
    case "deepEqual": {
      const [left, right] = [shown(actual).join("\n"), shown(expected).join("\n")];
      return `${TITLES.deepEqual}\n\n${left}\n\nshould loosely deep-equal\n\n${right}`;
    }
    case "notDeepEqual":
      return `${TITLES.notDeepEqual}\n\n${shown(actual).join("\n")}\n\nshould not loosely deep-equal\n\n${shown(expected).join("\n")}`;
    default:
      return `${inspect(actual)} ${operator} ${inspect(expected)}`;
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
    super(message === undefined || message === null ? describe(actual, expected, operator) : String(message));
    Error.stackTraceLimit = limit;
    this.generatedMessage = message === undefined || message === null;
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
}

module.exports = { AssertionError };
