"use strict";
// node:console: that of the worker, and the class, whose consoles write to streams.

const { invalidArgType, invalidArgValue, nodeError, outOfRange } = require("internal/errors");
const { formatWithOptions } = require("internal/format");
const { inspect } = require("internal/inspect");
const { indented } = require("internal/pieces");
const { table } = require("internal/table");

const { console } = globalThis;

const METHODS = Object.keys(console).filter((name) => typeof console[name] === "function");

// A console with a clone of each method of the worker's, which says what it prints to `print`.
function Console(options, ...rest) {
  if (!new.target) {
    return new Console(options, ...rest);
  }
  if (!options || typeof options.write === "function") {
    options = { stdout: options, stderr: rest[0], ignoreErrors: rest[1] };
  }
  const {
    stdout, stderr = stdout, ignoreErrors = true, colorMode = "auto", inspectOptions = {}, groupIndentation = 2,
  } = options;
  for (const [name, stream] of [["stdout", stdout], ["stderr", stderr]]) {
    if (typeof stream?.write !== "function") {
      throw nodeError(
        TypeError, "ERR_CONSOLE_WRITABLE_STREAM",
        `Console expects a writable stream instance for ${name}`,
      );
    }
  }
  if (colorMode !== "auto" && typeof colorMode !== "boolean") {
    throw invalidArgValue("colorMode", colorMode, "must be one of: 'auto', true, false");
  }
  if (typeof groupIndentation !== "number") {
    throw invalidArgType("groupIndentation", "number", groupIndentation);
  }
  if (!Number.isInteger(groupIndentation)) {
    throw outOfRange("groupIndentation", "an integer", groupIndentation);
  }
  if (groupIndentation < 0 || groupIndentation > 1000) {
    throw outOfRange("groupIndentation", ">= 0 && <= 1000", groupIndentation);
  }
  if (typeof inspectOptions !== "object" || inspectOptions === null) {
    throw invalidArgType("options.inspectOptions", "Object", inspectOptions);
  }
  let indent = "";
  const counts = new Map();
  const times = new Map();
  const write = (stream, text) => {
    const shown = indent + indented(text, indent.length);
    try {
      stream.write(`${shown}\n`);
    } catch (error) {
      if (!ignoreErrors) {
        throw error;
      }
    }
  };
  const out = (...args) => write(stdout, formatWithOptions(inspectOptions, ...args));
  const err = (...args) => write(stderr, formatWithOptions(inspectOptions, ...args));
  const elapsed = (label) => {
    const since = times.get(label);
    return since === undefined ? undefined : `${label}: ${(performance.now() - since).toFixed(3)}ms`;
  };
  const methods = {
    log: out,
    debug: out,
    info: out,
    dirxml: out,
    error: err,
    warn: err,
    trace(...args) {
      const trace = { name: "Trace", message: formatWithOptions(inspectOptions, ...args) };
      Error.captureStackTrace(trace, methods.trace);
      err(trace.stack);
    },
    assert(condition, ...args) {
      if (!condition) {
        args[0] = `Assertion failed${args.length === 0 ? "" : `: ${args[0]}`}`;
        err(...args);
      }
    },
    dir: (value, options) => write(stdout, inspect(value, { customInspect: false, ...inspectOptions, ...options })),
    table(data, properties = undefined) {
      if (data === null || typeof data !== "object") {
        return out(data);
      }
      if (properties !== undefined && !Array.isArray(properties)) {
        throw invalidArgType("properties", "Array", properties);
      }
      out(table(data, properties, inspectOptions));
    },
    // Nothing that is not a terminal can be cleared.
    clear() {},
    group(...labels) {
      if (labels.length > 0) {
        out(...labels);
      }
      indent += " ".repeat(groupIndentation);
    },
    groupEnd() {
      indent = indent.slice(0, -groupIndentation || undefined);
    },
    count(label = "default") {
      const count = (counts.get(`${label}`) ?? 0) + 1;
      counts.set(`${label}`, count);
      out(`${label}: ${count}`);
    },
    countReset: (label = "default") => void counts.delete(`${label}`),
    time: (label = "default") => void times.set(`${label}`, performance.now()),
    timeLog(label = "default", ...args) {
      const text = elapsed(`${label}`);
      if (text !== undefined) {
        out(text, ...args);
      }
    },
    timeEnd(label = "default") {
      methods.timeLog(label);
      times.delete(`${label}`);
    },
  };
  methods.groupCollapsed = methods.group;
  Object.assign(this, methods);
}

// The worker's, as a module of its own: who changes it does not change that of others.
const exported = {};
for (const name of METHODS) {
  exported[name] = console[name];
}
module.exports = Object.assign(exported, { Console });
