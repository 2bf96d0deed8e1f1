"use strict";
// util.format

const { inspect } = require("internal/inspect");
const { numberText, bigintText } = require("internal/inspect_text");

// Whether its own or its class's toString says more than that it is an object.
function hasOwnText(value) {
  if (typeof value.toString !== "function") {
    return false;
  }
  if (Object.hasOwn(value, "toString")) {
    return true;
  }
  for (let holder = value; holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (Object.hasOwn(holder, "toString")) {
      return holder !== Object.prototype && holder !== Error.prototype &&
        !BUILT_IN.has(holder);
    }
  }
  return false;
}

const BUILT_IN = new Set([
  Array.prototype, Function.prototype, Date.prototype, RegExp.prototype, Object.prototype,
  Error.prototype,
]);

function stringOf(value, options) {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return numberText(value, options.numericSeparator);
    case "bigint":
      return bigintText(value, options.numericSeparator);
    case "object":
      if (value !== null && (value instanceof Error || hasOwnText(value))) {
        return String(value);
      }
      return inspect(value, { ...options, depth: 0, colors: false, compact: 3 });
    default:
      return String(value);
  }
}

function numberOf(value, convert) {
  if (typeof value === "symbol" || (typeof value === "object" && value !== null)) {
    return NaN;
  }
  return convert(value);
}

function directive(code, value, options) {
  switch (code) {
    case "s":
      return stringOf(value, options);
    case "d":
      return typeof value === "bigint"
        ? bigintText(value, options.numericSeparator)
        : numberText(typeof value === "symbol" || typeof value === "object" ? NaN : Number(value), options.numericSeparator);
    case "i":
      return typeof value === "bigint"
        ? bigintText(value, options.numericSeparator)
        : numberText(numberOf(value, Number.parseInt), options.numericSeparator);
    case "f":
      return typeof value === "symbol" ? "NaN" : numberText(Number.parseFloat(value), options.numericSeparator);
    case "j":
      try {
        return JSON.stringify(value);
      } catch (error) {
        if (/circular/.test(error?.message)) {
          return "[Circular]";
        }
        throw error;
      }
    case "o":
      return inspect(value, { ...options, showHidden: true, showProxy: true, depth: 4 });
    case "O":
      return inspect(value, options);
    case "c":
      return "";
    default:
      return undefined;
  }
}

function formatWithOptions(options, ...args) {
  let text = "";
  let next = 0;
  if (typeof args[0] === "string") {
    const [template] = args;
    next = 1;
    if (args.length === 1) {
      return template;
    }
    text = template.replace(/%(.)/gs, (whole, code) => {
      if (code === "%") {
        return "%";
      }
      if (!"sdifjoOc".includes(code) || next >= args.length) {
        return whole;
      }
      return directive(code, args[next++], options);
    });
  }
  for (; next < args.length; next++) {
    const value = args[next];
    text += `${next === 0 ? "" : " "}${typeof value === "string" ? value : inspect(value, { compact: 3, colors: false, depth: 2, ...options })}`;
  }
  return text;
}

module.exports = {
  format: (...args) => formatWithOptions({}, ...args),
  formatWithOptions(options, ...args) {
    require("internal/errors").validateObject(options, "inspectOptions");
    return formatWithOptions(options, ...args);
  },
};
