"use strict";
// Errors as Node.js has them, with a `code` that is in what their stack begins with; and
// checks of arguments that throw them.

const { captureStackTrace } = Error;
const { defineProperty } = Object;

function hidden(object, key, value) {
  defineProperty(object, key, {
    __proto__: null, value, writable: true, enumerable: false, configurable: true,
  });
}

// Gives an error its code. `caller` is the function that its stack begins below.
function withCode(error, code, caller = withCode) {
  const { name } = error;
  hidden(error, "name", `${name} [${code}]`);
  captureStackTrace(error, caller);
  // The name is part of the stack when that is made.
  void error.stack;
  delete error.name;
  error.code = code;
  hidden(error, "toString", function toString() {
    return `${this.name} [${code}]: ${this.message}`;
  });
  return error;
}

const nodeError = (Base, code, message) => withCode(new Base(message), code, nodeError);

const inspected = (value, options = undefined) => require("internal/inspect").inspect(value, options);

const cut = (text, most, end) => (text.length > most ? `${text.slice(0, end)}...` : text);

// Such as ` Received type number (1)`.
function received(value) {
  if (value === undefined || value === null) {
    return ` Received ${value}`;
  }
  if (typeof value === "function") {
    return ` Received function ${value.name}`;
  }
  if (typeof value === "object") {
    const name = value.constructor?.name;
    return typeof name === "string" ? ` Received an instance of ${name}` : ` Received ${inspected(value, { depth: -1 })}`;
  }
  if (typeof value !== "string") {
    return ` Received type ${typeof value} (${inspected(value, { colors: false })})`;
  }
  const text = cut(value, 28, 25);
  return ` Received type string (${text.includes("'") ? JSON.stringify(text) : `'${text}'`})`;
}

const TYPES = [
  "string", "function", "number", "object", "boolean", "bigint", "symbol", "Function", "Object",
];

function listed(items, last) {
  return items.length < 3
    ? items.join(` ${last} `)
    : `${items.slice(0, -1).join(", ")}, ${last} ${items.at(-1)}`;
}

// What `expected`, a name of a type or of a class or a list of such, asks for.
function wanted(expected) {
  const names = Array.isArray(expected) ? expected : [expected];
  const types = names.filter((name) => TYPES.includes(name)).map((name) => name.toLowerCase());
  const classes = names.filter((name) => !TYPES.includes(name) && /^[A-Z][A-Za-z0-9]*$/.test(name));
  const others = names.filter((name) => !TYPES.includes(name) && !classes.includes(name));
  const parts = [];
  // Among others an object is an instance of Object.
  if (classes.length > 0 && types.includes("object")) {
    types.splice(types.indexOf("object"), 1);
    classes.push("Object");
  }
  if (types.length > 0) {
    parts.push(`${types.length > 1 ? "one of type" : "of type"} ${listed(types, "or")}`);
  }
  if (classes.length > 0) {
    parts.push(`an instance of ${listed(classes, "or")}`);
  }
  if (others.length > 1) {
    parts.push(`one of ${listed(others, "or")}`);
  } else if (others.length === 1) {
    parts.push(others[0].toLowerCase() === others[0] ? others[0] : `an ${others[0]}`);
  }
  return parts.join(" or ");
}

function described(name) {
  if (name.endsWith(" argument")) {
    return `The ${name}`;
  }
  return `The "${name}" ${name.includes(".") ? "property" : "argument"}`;
}

function invalidArgType(name, expected, actual) {
  const message = `${described(name)} must be ${wanted(expected)}.${received(actual)}`;
  return withCode(new TypeError(message), "ERR_INVALID_ARG_TYPE", invalidArgType);
}

function invalidArgValue(name, value, reason = "is invalid") {
  const what = name.includes(".") ? "property" : "argument";
  const message = `The ${what} '${name}' ${reason}. Received ${cut(inspected(value), 128, 128)}`;
  return withCode(new TypeError(message), "ERR_INVALID_ARG_VALUE", invalidArgValue);
}

function separated(number) {
  let text = String(number);
  const start = text.startsWith("-") ? 1 : 0;
  for (let at = text.length - 3; at > start; at -= 3) {
    text = `${text.slice(0, at)}_${text.slice(at)}`;
  }
  return text;
}

function outOfRange(name, range, actual) {
  const isLarge = (Number.isInteger(actual) && Math.abs(actual) > 2 ** 32) ||
    (typeof actual === "bigint" && (actual > 2n ** 32n || actual < -(2n ** 32n)));
  const text = isLarge ? separated(actual) + (typeof actual === "bigint" ? "n" : "") : inspected(actual);
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${text}`;
  return withCode(new RangeError(message), "ERR_OUT_OF_RANGE", outOfRange);
}

function missingArgs(...names) {
  const list = listed(names.map((name) => `"${name}"`), "and");
  const message = `The ${list} argument${names.length === 1 ? "" : "s"} must be specified`;
  return withCode(new TypeError(message), "ERR_MISSING_ARGS", missingArgs);
}

// That of an operation whose signal was aborted.
class AbortError extends Error {
  code = "ABORT_ERR";

  constructor(message = "The operation was aborted", options = undefined) {
    super(message, options);
    this.name = "AbortError";
  }
}

function validateString(value, name) {
  if (typeof value !== "string") {
    throw invalidArgType(name, "string", value);
  }
}

function validateFunction(value, name) {
  if (typeof value !== "function") {
    throw invalidArgType(name, "Function", value);
  }
}

function validateBoolean(value, name) {
  if (typeof value !== "boolean") {
    throw invalidArgType(name, "boolean", value);
  }
}

function validateNumber(value, name, min = undefined, max = undefined) {
  if (typeof value !== "number") {
    throw invalidArgType(name, "number", value);
  }
  const isLow = min !== undefined && value < min;
  const isHigh = max !== undefined && value > max;
  if (isLow || isHigh || ((min !== undefined || max !== undefined) && Number.isNaN(value))) {
    const range = [
      min === undefined ? "" : `>= ${min}`, max === undefined ? "" : `<= ${max}`,
    ].filter((part) => part !== "").join(" && ");
    throw outOfRange(name, range, value);
  }
}

function validateInteger(
  value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER,
) {
  if (typeof value !== "number") {
    throw invalidArgType(name, "number", value);
  }
  if (!Number.isInteger(value)) {
    throw outOfRange(name, "an integer", value);
  }
  if (value < min || value > max) {
    throw outOfRange(name, `>= ${min} && <= ${max}`, value);
  }
}

const validateInt32 = (value, name, min = -(2 ** 31), max = 2 ** 31 - 1) =>
  validateInteger(value, name, min, max);

const validateUint32 = (value, name, positive = false) =>
  validateInteger(value, name, positive ? 1 : 0, 2 ** 32 - 1);

function validateObject(value, name) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidArgType(name, "Object", value);
  }
}

function validateArray(value, name) {
  if (!Array.isArray(value)) {
    throw invalidArgType(name, "Array", value);
  }
}

function validateOneOf(value, name, allowed) {
  if (!allowed.includes(value)) {
    const list = allowed.map((item) => (typeof item === "string" ? `'${item}'` : String(item)));
    throw invalidArgValue(name, value, `must be one of: ${list.join(", ")}`);
  }
}

function validateAbortSignal(value, name) {
  if (value !== undefined && (value === null || typeof value !== "object" || !("aborted" in value))) {
    throw invalidArgType(name, "AbortSignal", value);
  }
}

module.exports = {
  AbortError,
  hidden,
  invalidArgType,
  invalidArgValue,
  missingArgs,
  nodeError,
  outOfRange,
  received,
  validateAbortSignal,
  validateArray,
  validateBoolean,
  validateFunction,
  validateInt32,
  validateInteger,
  validateNumber,
  validateObject,
  validateOneOf,
  validateString,
  validateUint32,
  withCode,
};
