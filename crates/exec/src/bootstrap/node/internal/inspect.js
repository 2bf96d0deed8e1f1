"use strict";
// util.inspect. Like the console's, it goes no further than its options say; it honours the methods
// `util.inspect.custom`. Only those, getters that the options ask for, and the properties of errors
// are code of the worker.

const { fieldKeys, namedKeys, promiseParts, proxyHandler, proxyTarget } = internals.host;
const { inspect: inspectPlatform } = internals.inspect;
const { isOfInterface } = internals.webidl;
const types = require("internal/types");
const { formatError } = require("internal/inspect_error");
const { LIST, PROPERTIES, assemble } = require("internal/inspect_layout");
const { classBase, className, functionBase, inheritedFields, originOf, prefixOf } = require("internal/inspect_names");
const {
  bytesOf, elementsOf, iteratedOf, mapEntriesOf, propertyOf, setEntriesOf, typedElementsOf,
} = require("internal/inspect_parts");
const {
  bigintText, colors, inColor, numberText, plain, quote, styles,
} = require("internal/inspect_text");
const { indented, joined, sorted, splitAt } = require("internal/pieces");

const custom = Symbol.for("nodejs.util.inspect.custom");
const { getOwnPropertyDescriptor, getOwnPropertySymbols, hasOwn, keys: keysOf } = Object;
const { isArray } = Array;

const defaults = {
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
};

// What one inspection needs to know.
class Inspection {
  options;
  style;
  // What the caller gave besides the options.
  given = undefined;
  // Those that are being formatted, and the numbers of those that they refer back to.
  open = [];
  references = new Map();
  indentation = 0;
  // How deep the object is that was begun last.
  deepest = 0;

  constructor(options, given = undefined) {
    this.options = options;
    this.style = options.colors ? inColor : plain;
    this.given = given;
  }

  // `isTyped`: as the buffer of an array, whose bytes are shown.
  format(value, depth, isTyped = false) {
    return format(this, value, depth, isTyped);
  }

  // Of what is in an object that was indented.
  formatDeeper(value, depth, indent) {
    this.indentation += indent;
    const text = format(this, value, depth);
    this.indentation -= indent;
    return text;
  }

  formatPrimitive(value) {
    return formatPrimitive(this, value, this.style);
  }

  isTooDeep(depth) {
    return depth > this.options.depth;
  }
}

function inspect(value, options = undefined, ...legacy) {
  const merged = { ...defaults };
  let given;
  if (legacy[0] !== undefined) {
    merged.depth = legacy[0];
  }
  if (legacy[1] !== undefined) {
    merged.colors = legacy[1];
  }
  let stylize;
  if (typeof options === "boolean") {
    merged.showHidden = options;
  } else if (options) {
    for (const key of keysOf(options)) {
      if (hasOwn(defaults, key)) {
        merged[key] = options[key];
      } else if (key === "stylize") {
        stylize = options[key];
      } else {
        given = options;
      }
    }
  }
  for (const bound of ["depth", "maxArrayLength", "maxStringLength"]) {
    merged[bound] ??= Infinity;
  }
  const inspection = new Inspection(merged, given);
  if (typeof stylize === "function" && !merged.colors) {
    inspection.style = stylize;
  }
  return format(inspection, value, 0);
}

function formatPrimitive(inspection, value, style) {
  const { options } = inspection;
  switch (typeof value) {
    case "string":
      return formatString(inspection, value, style);
    case "number":
      return style(numberText(value, options.numericSeparator), "number");
    case "bigint":
      return style(bigintText(value, options.numericSeparator), "bigint");
    case "symbol":
      return style(value.toString(), "symbol");
    case "undefined":
      return style("undefined", "undefined");
    case "boolean":
      return style(`${value}`, "boolean");
    default:
      return style("null", "null");
  }
}

function formatString(inspection, value, style) {
  const { options } = inspection;
  let more = "";
  if (value.length > options.maxStringLength) {
    const left = value.length - options.maxStringLength;
    value = value.slice(0, options.maxStringLength);
    more = `... ${left} more character${left === 1 ? "" : "s"}`;
  }
  const isLong = value.length > 16 && value.length > options.breakLength - inspection.indentation - 4;
  if (options.compact === true || !isLong || !value.includes("\n")) {
    return style(quote(value), "string") + more;
  }
  const lines = splitAt(value, "\n");
  const last = lines.pop();
  const shown = lines.map((line) => style(quote(`${line}\n`), "string"));
  if (last !== "") {
    shown.push(style(quote(last), "string"));
  }
  return joined(shown, ` +\n${" ".repeat(inspection.indentation + 2)}`) + more;
}

// What stands for a value of the worker.
function format(inspection, value, depth, isTyped = false) {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) {
    return formatPrimitive(inspection, value, inspection.style);
  }
  const { options } = inspection;
  const given = value;
  let target = proxyTarget(value);
  if (target !== undefined && options.showProxy) {
    return formatProxy(inspection, value, target, depth);
  }
  while (target !== undefined) {
    if (target === null) {
      return inspection.style("<Revoked Proxy>", "special");
    }
    value = target;
    target = proxyTarget(value);
  }
  if (options.customInspect) {
    const method = value[custom];
    // A class has the method for its objects, not for itself.
    if (typeof method === "function" && method !== inspect && value.constructor?.prototype !== value) {
      const result = formatCustom(inspection, given, method, depth);
      if (result !== given) {
        return result;
      }
    }
  }
  if (inspection.open.includes(value)) {
    let number = inspection.references.get(value);
    if (number === undefined) {
      number = inspection.references.size + 1;
      inspection.references.set(value, number);
    }
    return inspection.style(`[Circular *${number}]`, "special");
  }
  return formatObject(inspection, value, depth, isTyped);
}

function formatProxy(inspection, proxy, target, depth) {
  if (target === null) {
    return inspection.style("<Revoked Proxy>", "special");
  }
  if (inspection.isTooDeep(depth)) {
    return inspection.style("Proxy [Array]", "special");
  }
  const parts = [
    inspection.formatDeeper(target, depth + 1, 2), inspection.formatDeeper(proxyHandler(proxy), depth + 1, 2),
  ];
  return assemble(inspection, { parts, open: "Proxy [", close: "]", kind: LIST, depth: depth + 1 });
}

// The text that the method gives; the object itself if it gives that.
function formatCustom(inspection, value, method, depth) {
  const { options } = inspection;
  const left = options.depth === Infinity ? null : options.depth - depth;
  const given = { ...options, ...inspection.given };
  given.stylize = (text, style) => inspection.style(`${text}`, style);
  const result = Reflect.apply(method, value, [left, given, inspect]);
  if (result === value) {
    return value;
  }
  return typeof result === "object" && result !== null
    ? format(inspection, result, depth)
    : indented(`${result}`, inspection.indentation);
}

function keysToShow(inspection, value, isList) {
  const { showHidden } = inspection.options;
  // Indices are not listed, or as numbers: their texts would take V8 long.
  const keys = isList
    ? namedKeys(value, showHidden)
    : fieldKeys(value, Infinity, showHidden).map((key) => `${key}`);
  const symbols = getOwnPropertySymbols(value);
  for (let i = 0; i < symbols.length; i++) {
    if (showHidden || getOwnPropertyDescriptor(value, symbols[i])?.enumerable) {
      keys.push(symbols[i]);
    }
  }
  return keys;
}

// What its class or itself says that it is; not if that is among the properties that are shown.
function tagOf(inspection, value) {
  const tag = value[Symbol.toStringTag];
  if (typeof tag !== "string" || tag === "") {
    return "";
  }
  const own = getOwnPropertyDescriptor(value, Symbol.toStringTag);
  return own !== undefined && (inspection.options.showHidden || own.enumerable) ? "" : tag;
}

const PENDING = 0;
const REJECTED = 2;

function promiseState(inspection, value, depth) {
  const [state, result] = promiseParts(value);
  if (state === PENDING) {
    return inspection.style("<pending>", "special");
  }
  const text = inspection.formatDeeper(result, depth + 1, 2);
  return state === REJECTED ? `${inspection.style("<rejected>", "special")} ${text}` : text;
}

// The names of the classes of boxes, and what is in them: whatever their prototypes have become.
const BOXES = [
  ["isNumberObject", "Number", Number.prototype.valueOf], ["isStringObject", "String", String.prototype.valueOf],
  ["isBooleanObject", "Boolean", Boolean.prototype.valueOf], ["isBigIntObject", "BigInt", BigInt.prototype.valueOf],
  ["isSymbolObject", "Symbol", Symbol.prototype.valueOf],
];

function boxBase(inspection, value, name, tag) {
  const [, kind, valueOf] = BOXES.find(([test]) => types[test](value));
  const other = name === kind ? "" : name === null ? " (null prototype)" : ` (${name})`;
  const primitive = formatPrimitive(inspection, Reflect.apply(valueOf, value, []), plain);
  const text = `[${kind}${other}: ${primitive}]${tag !== "" && tag !== name ? ` [${tag}]` : ""}`;
  return { base: text, style: kind.toLowerCase() };
}

function dateBase(value, name, tag) {
  const isValid = !Number.isNaN(Date.prototype.getTime.call(value));
  const text = isValid ? Date.prototype.toISOString.call(value) : "Invalid Date";
  const prefix = prefixOf(name, tag, "Date");
  return { base: prefix === "Date " ? text : prefix + text, style: "date" };
}

function regExpBase(value, name, tag) {
  const text = RegExp.prototype.toString.call(name === null ? new RegExp(value) : value);
  const prefix = prefixOf(name, tag, "RegExp");
  return { base: prefix === "RegExp " ? text : prefix + text, style: "regexp", isBrief: true };
}

// Of objects that have lost their prototypes.
const sizeOfSet = getOwnPropertyDescriptor(Set.prototype, "size").get;
const sizeOfMap = getOwnPropertyDescriptor(Map.prototype, "size").get;
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);

// Of lists and collections: how they begin and end, how many they have, and what makes texts of those.
function collectionOf(inspection, value, name, tag, depth) {
  if (isArray(value)) {
    const prefix = name === "Array" && tag === "" ? "" : prefixOf(name, tag, "Array", value.length);
    return { open: `${prefix}[`, close: "]", kind: LIST, size: value.length, list: () => elementsOf(inspection, value, depth) };
  }
  if (types.isSet(value)) {
    const size = Reflect.apply(sizeOfSet, value, []);
    const list = () => setEntriesOf(inspection, value, size, depth);
    return { open: `${prefixOf(name, tag, "Set", size)}{`, size, list };
  }
  if (types.isMap(value)) {
    const size = Reflect.apply(sizeOfMap, value, []);
    const list = () => mapEntriesOf(inspection, value, size, depth);
    return { open: `${prefixOf(name, tag, "Map", size)}{`, size, list };
  }
  if (types.isTypedArray(value)) {
    const kind = Reflect.get(typedArray, Symbol.toStringTag, value);
    const length = Reflect.get(typedArray, "length", value);
    const isEmpty = length === 0 && !inspection.options.showHidden;
    const list = () => typedElementsOf(inspection, value, length, depth);
    return { open: `${prefixOf(name, tag, kind, length)}[`, close: "]", kind: LIST, size: isEmpty ? 0 : 1, list };
  }
  if (!types.isMapIterator(value) && !types.isSetIterator(value)) {
    return undefined;
  }
  const { arePairs, ...parts } = iteratedOf(inspection, value, depth);
  const collection = types.isMapIterator(value) ? "Map" : "Set";
  const shown = tag === "" || tag === `${collection} Iterator` ? "" : `${tag}] [`;
  return { open: `[${shown}${collection} ${arePairs ? "Entries" : "Iterator"}] {`, size: 1, ...parts };
}

// { base, style, open, close, list, kind, size, first }: what is before the braces, the braces, what is in them
// besides the properties, and which come first among these. One without `size` has braces only for properties,
// one with `isShown` also without.
function partsOf(inspection, value, name, tag, depth, keys, isTyped) {
  if (value[Symbol.iterator] || name === null) {
    const parts = collectionOf(inspection, value, name, tag, depth);
    if (parts !== undefined) {
      return parts;
    }
  }
  if (name === "Object" && types.isArgumentsObject(value)) {
    return { open: "[Arguments] {" };
  }
  if (typeof value === "function") {
    return { base: classBase(value, name, tag) ?? functionBase(value, name, tag), style: "special" };
  }
  if (types.isRegExp(value)) {
    return regExpBase(value, name, tag);
  }
  if (types.isDate(value)) {
    return dateBase(value, name, tag);
  }
  if (types.isNativeError(value) || value instanceof Error) {
    return { base: formatError(inspection, value, name, tag, keys) };
  }
  if (types.isAnyArrayBuffer(value)) {
    const open = `${prefixOf(name, tag, types.isArrayBuffer(value) ? "ArrayBuffer" : "SharedArrayBuffer")}{`;
    const list = isTyped ? undefined : () => [bytesOf(inspection, value)];
    return { open, list, size: 1, first: ["byteLength"] };
  }
  if (types.isDataView(value)) {
    return { open: `${prefixOf(name, tag, "DataView")}{`, size: 1, first: ["byteLength", "byteOffset", "buffer"] };
  }
  if (types.isPromise(value)) {
    return { open: `${prefixOf(name, tag, "Promise")}{`, size: 1, list: () => [promiseState(inspection, value, depth)] };
  }
  if (types.isWeakSet(value) || types.isWeakMap(value)) {
    const open = `${prefixOf(name, tag, types.isWeakSet(value) ? "WeakSet" : "WeakMap")}{`;
    return { open, size: 1, list: () => [inspection.style("<items unknown>", "special")] };
  }
  if (types.isModuleNamespaceObject(value)) {
    return { open: `${prefixOf(name, tag, "Module")}{`, size: 1 };
  }
  if (types.isBoxedPrimitive(value)) {
    return boxBase(inspection, value, name, tag);
  }
  return { open: name === "Object" && tag === "" ? "{" : `${prefixOf(name, tag, "Object")}{` };
}

function formatObject(inspection, value, depth, isTyped) {
  const { options, style } = inspection;
  if (isOfInterface(value) && fieldKeys(value, Infinity, false).length === 0) {
    const left = Math.max(0, Math.min(options.depth - depth, 20));
    return indented(inspectPlatform(value, left), inspection.indentation);
  }
  const name = className(inspection, value, depth, inspect);
  const tag = tagOf(inspection, value);
  const isList = isArray(value) || types.isTypedArray(value) || types.isStringObject(value);
  let keys = keysToShow(inspection, value, isList);
  const { base = "", style: kindOfBase, open = "{", close = "}", list, kind = PROPERTIES, size, first, isBrief } =
    partsOf(inspection, value, name, tag, depth, keys, isTyped);
  const inherited = options.showHidden && !inspection.isTooDeep(depth)
    ? inheritedFields(value) : [];
  const hasFields = keys.length > 0 || inherited.length > 0;
  if (base !== "" && (!hasFields || (isBrief && inspection.isTooDeep(depth)))) {
    return kindOfBase === undefined ? base : style(base, kindOfBase);
  }
  if (!hasFields && base === "" && (size === undefined || size === 0)) {
    return `${open}${close}`;
  }
  if (isTyped && !hasFields && first !== undefined) {
    return `${open} byteLength: ${inspection.formatPrimitive(value.byteLength)} }`;
  }
  if (inspection.isTooDeep(depth)) {
    const shown = prefixOf(name, tag, originOf(value)).slice(0, -1);
    return style(name === null ? shown : `[${shown}]`, "special");
  }
  inspection.open.push(value);
  inspection.deepest = depth + 1;
  let parts = list === undefined ? [] : list();
  const before = parts.length;
  if (first !== undefined) {
    keys = [...first, ...keys];
  }
  for (const key of keys) {
    parts.push(propertyOf(inspection, value, key, depth + 1, kind));
  }
  for (const [holder, key, descriptor] of inherited) {
    const text = propertyOf(inspection, holder, key, depth + 1, PROPERTIES, descriptor, value);
    parts.push(options.colors ? `\u001b[2m${text}\u001b[22m` : text);
  }
  inspection.open.pop();
  if (options.sorted) {
    const compare = options.sorted === true ? undefined : options.sorted;
    parts = kind === PROPERTIES
      ? sorted(parts, compare)
      : parts.slice(0, before).concat(sorted(parts.slice(before), compare));
  }
  const number = inspection.references.get(value);
  const reference = number === undefined ? "" : style(`<ref *${number}>`, "special");
  return assemble(inspection, { parts, value, base, open, close, kind, depth: depth + 1, reference });
}

inspect.custom = custom;
inspect.colors = colors;
inspect.styles = styles;
inspect.replDefaults = { ...defaults, colors: true, showProxy: true };
Object.defineProperty(inspect, "defaultOptions", {
  __proto__: null,
  get: () => defaults,
  set(options) {
    require("internal/errors").validateObject(options, "options");
    Object.assign(defaults, options);
  },
});

module.exports = { inspect };
