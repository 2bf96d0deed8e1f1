"use strict";
// How util.inspect shows an error: by its stack, in which the class has its name.

const types = require("internal/types");
const { prefixOf } = require("internal/inspect_names");
const { indented, joined, splitAt } = require("internal/pieces");

const isError = (value) => types.isNativeError(value) || value instanceof Error;

const stackOf = (error) => (error.stack ? String(error.stack) : Error.prototype.toString.call(error));

// Takes away what the stack says; adds what is told though it is hidden.
function arrangeKeys(inspection, error, stack, keys) {
  if (!inspection.options.showHidden && keys.length > 0) {
    for (const key of ["name", "message", "stack"]) {
      const at = keys.indexOf(key);
      if (at >= 0 && (typeof error[key] !== "string" || stack.includes(error[key]))) {
        keys.splice(at, 1);
      }
    }
  }
  if ("cause" in error && !keys.includes("cause")) {
    keys.push("cause");
  }
  if (Array.isArray(error.errors) && !keys.includes("errors")) {
    keys.push("errors");
  }
}

// The stack with the name of the class, where the error has kept that of another.
function withClass(stack, className, name, tag) {
  const isNamed = name.endsWith("Error") && stack.startsWith(name) &&
    (stack.length === name.length || stack[name.length] === ":" || stack[name.length] === "\n");
  if (className !== null && !isNamed) {
    return stack;
  }
  let fallback = "Error";
  let { length } = name;
  if (className === null) {
    const start = /^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n\s+at)/.exec(stack) ?? /^([a-z_A-Z0-9-]*Error)$/.exec(stack);
    fallback = start?.[1] ?? "";
    ({ length } = fallback);
    fallback ||= "Error";
  }
  const prefix = prefixOf(className, tag, fallback).slice(0, -1);
  if (prefix === name) {
    return stack;
  }
  if (!prefix.includes(name)) {
    return `${prefix} [${name}]${stack.slice(length)}`;
  }
  return length === 0 ? `${prefix}: ${stack}` : `${prefix}${stack.slice(length)}`;
}

const FRAMES = "\n    at";

// Where the longest run of lines is that is in both: [first, count]. Only runs from a line on to the end of
// what is the same.
function commonRun(lines, others) {
  for (let i = 0; i < lines.length - 3; i++) {
    const at = others.indexOf(lines[i]);
    const rest = others.length - at;
    if (at >= 0 && rest > 3) {
      let count = 1;
      const most = Math.min(lines.length - i, rest);
      while (count < most && lines[i + count] === others[at + count]) {
        count++;
      }
      if (count > 3) {
        return [i, count];
      }
    }
  }
  return [0, 0];
}

// The lines of the stack; those that its cause has as well are counted.
function framesOf(inspection, error, text) {
  const lines = splitAt(text, "\n");
  const { cause } = error;
  if (cause === undefined || cause === null || typeof cause !== "object" || !isError(cause)) {
    return lines;
  }
  const stack = stackOf(cause);
  const start = stack.indexOf(FRAMES);
  if (start >= 0 && lines.length <= MAX_COMPARED) {
    const [first, count] = commonRun(lines, splitAt(stack.slice(start + 1), "\n"));
    if (count > 3) {
      const skipped = count - 2;
      const told = `    ... ${skipped} lines matching cause stack trace ...`;
      lines.splice(first + 1, skipped, inspection.style(told, "undefined"));
    }
  }
  return lines;
}

// Stacks of more lines are no stacks of V8's.
const MAX_COMPARED = 1000;

function formatError(inspection, error, className, tag, keys) {
  const name = error.name === undefined || error.name === null ? "Error" : String(error.name);
  let stack = stackOf(error);
  arrangeKeys(inspection, error, stack, keys);
  stack = withClass(stack, className, name, tag);
  let from = (error.message && stack.indexOf(error.message)) || -1;
  if (from !== -1) {
    from += String(error.message).length;
  }
  const start = stack.indexOf(FRAMES, from);
  if (start < 0) {
    stack = `[${stack}]`;
  } else {
    const lines = framesOf(inspection, error, stack.slice(start + 1));
    const shown = inspection.options.colors ? lines.map((line) => coloured(inspection, line)) : lines;
    stack = `${stack.slice(0, start)}\n${joined(shown, "\n")}`;
  }
  return indented(stack, inspection.indentation);
}

// Lines of what is no code of the worker are faint.
function coloured(inspection, line) {
  return /\(?node:[\w/]+:\d+:\d+\)?$/.test(line) ? inspection.style(line, "undefined") : line;
}

module.exports = { formatError };
