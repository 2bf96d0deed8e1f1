"use strict";
// util.format

const { proxyTarget } = internals.host;
const { inspect } = require("internal/inspect");
const { isBuiltIn } = require("internal/inspect_names");
const { numberText, bigintText } = require("internal/inspect_text");

const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn } = Object;

// Whether its own or its class's toString says more than what inspect shows.
function hasOwnText(value) {
  for (let target = proxyTarget(value); target !== undefined; target = proxyTarget(value)) {
    if (target === null) {
      return false;
    }
    value = target;
  }
  if (typeof value.toString !== "function") {
    return false;
  }
  let holder = value;
  while (holder !== null && !hasOwn(holder, "toString")) {
    holder = getPrototypeOf(holder);
  }
  const constructor = holder === null || holder === value
    ? undefined
    : getOwnPropertyDescriptor(holder, "constructor")?.value;
  return typeof constructor !== "function" || !isBuiltIn(constructor);
}

function stringOf(value, options) {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return numberText(value, options.numericSeparator);
    case "bigint":
      return bigintText(value, options.numericSeparator);
    case "object":
      return value === null || hasOwnText(value)
        ? String(value)
        : inspect(value, { ...options, depth: 0, colors: false, compact: 3 });
    default:
      return String(value);
  }
}

const numberOf = (value, options, convert) => {
  if (typeof value === "symbol") {
    return "NaN";
  }
  return numberText(convert(value), options.numericSeparator);
};

const DIRECTIVES = "sdifjoOc";

function directive(code, value, options) {
  switch (code) {
    case "s":
      return stringOf(value, options);
    case "d":
      return typeof value === "bigint"
        ? bigintText(value, options.numericSeparator)
        : numberOf(value, options, Number);
    case "i":
      return typeof value === "bigint"
        ? bigintText(value, options.numericSeparator)
        : numberOf(value, options, Number.parseInt);
    case "f":
      return numberOf(value, options, Number.parseFloat);
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

// What a template and the arguments behind it make, and how many of `args` are used up.
function expand(args, options) {
  const [template] = args;
  let used = 1;
  if (args.length === 1) {
    return [template, used];
  }
  let text = "";
  let from = 0;
  // A loop, since V8 cannot be interrupted while it replaces.
  for (let at = template.indexOf("%"); at >= 0 && at + 1 < template.length; at = template.indexOf("%", at + 2)) {
    const code = template[at + 1];
    let piece;
    if (code === "%") {
      piece = "%";
    } else if (used < args.length && DIRECTIVES.includes(code)) {
      piece = directive(code, args[used++], options);
    } else {
      continue;
    }
    text += template.slice(from, at) + piece;
    from = at + 2;
  }
  return [text + template.slice(from), used];
}

function formatList(options, args) {
  let [text, next] = typeof args[0] === "string" ? expand(args, options) : ["", 0];
  for (; next < args.length; next++) {
    const value = args[next];
    text += `${next === 0 ? "" : " "}${typeof value === "string" ? value : inspect(value, { compact: 3, colors: false, depth: 2, ...options })}`;
  }
  return text;
}

module.exports = {
  format: (...args) => formatList({}, args),
  formatWithOptions(options, ...args) {
    require("internal/errors").validateObject(options, "inspectOptions");
    return formatList(options, args);
  },
};
