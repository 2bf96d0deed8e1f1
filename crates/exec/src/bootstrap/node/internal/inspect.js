"use strict";
// util.inspect. Like the console's, it goes no further than its options say; it honours the methods
// `util.inspect.custom`. Only those, getters that the options ask for, and the properties of errors
// are code of the worker.

const { fieldKeys, namedKeys, promiseParts, proxyTarget } = internals.host;
const { inspect: inspectPlatform } = internals.inspect;
const { isOfInterface } = internals.webidl;
const types = require("internal/types");
const { indented, joined, splitAt } = require("internal/pieces");
const {
  bigintText, colors, inColor, isIdentifier, numberText, plain, quote, styles, symbolText,
  withoutControl,
} = require("internal/inspect_text");

const custom = Symbol.for("nodejs.util.inspect.custom");
const { getOwnPropertyDescriptor, getPrototypeOf, keys: keysOf } = Object;
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
  // Those that are being formatted, and the numbers of those that they refer back to.
  open = [];
  references = new Map();
  indentation = 0;
  // Of what was formatted last: how deep it was.
  deepest = 0;

  constructor(options) {
    this.options = options;
    this.style = options.colors ? inColor : plain;
  }
}

function inspect(value, options = undefined, ...legacy) {
  const merged = { ...defaults, stylize: undefined };
  if (typeof options === "boolean") {
    merged.showHidden = options;
    if (legacy[0] !== undefined) {
      merged.depth = legacy[0];
    }
    if (legacy[1] !== undefined) {
      merged.colors = legacy[1];
    }
  } else if (typeof options === "object" && options !== null) {
    for (const key of keysOf(options)) {
      if (key in merged || key === "userOptions") {
        merged[key] = options[key];
      }
    }
  }
  for (const bound of ["depth", "maxArrayLength", "maxStringLength"]) {
    merged[bound] ??= Infinity;
  }
  return format(new Inspection(merged), value, 0, true);
}

function formatPrimitive(inspection, value, isTop) {
  const { options, style } = inspection;
  switch (typeof value) {
    case "string":
      return formatString(inspection, value, isTop);
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

function formatString(inspection, value) {
  const { options, style } = inspection;
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
function format(inspection, value, depth, isTop = false) {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) {
    return formatPrimitive(inspection, value, isTop);
  }
  const { options } = inspection;
  let target = proxyTarget(value);
  const isProxy = target !== undefined;
  while (target !== undefined && !options.showProxy) {
    if (target === null) {
      return inspection.style("<Revoked Proxy>", "special");
    }
    value = target;
    target = proxyTarget(value);
  }
  if (isProxy && options.showProxy) {
    return target === null
      ? inspection.style("<Revoked Proxy>", "special")
      : `Proxy [ ${format(inspection, target, depth + 1)} ]`;
  }
  if (options.customInspect) {
    const method = value[custom];
    // A class has the method for its objects, not for itself.
    if (typeof method === "function" && method !== inspect && value.constructor?.prototype !== value) {
      return formatCustom(inspection, value, method, depth);
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
  return formatObject(inspection, value, depth);
}

function formatCustom(inspection, value, method, depth) {
  const { options } = inspection;
  const left = options.depth === Infinity ? Infinity : options.depth - depth;
  const given = { ...options };
  given.stylize = (text, style) => inspection.style(`${text}`, style);
  const result = Reflect.apply(method, value, [left, given, inspect]);
  if (result === value) {
    return formatObject(inspection, value, depth);
  }
  return typeof result === "string"
    ? indented(result, inspection.indentation)
    : format(inspection, result, depth);
}

// The name of the class of an object; null if it has no prototype, or none of a class.
function className(value) {
  for (let holder = value, hops = 0; holder !== null && hops < 100; hops++) {
    const constructor = getOwnPropertyDescriptor(holder, "constructor")?.value;
    if (typeof constructor === "function" && constructor.name !== "" && isInstance(value, constructor)) {
      return constructor.name;
    }
    holder = getPrototypeOf(holder);
  }
  return null;
}

function isInstance(value, constructor) {
  try {
    return value instanceof constructor;
  } catch {
    return false;
  }
}

function tagOf(value, name) {
  // An own one is among the properties.
  if (getOwnPropertyDescriptor(value, Symbol.toStringTag)?.enumerable) {
    return "";
  }
  let tag;
  try {
    tag = value[Symbol.toStringTag];
  } catch {
    return "";
  }
  return typeof tag === "string" && tag !== "" && tag !== name ? tag : "";
}

// Such as `Foo(2) [bar] `.
function prefixOf(value, fallback, size = undefined) {
  const name = className(value);
  const tag = tagOf(value, name ?? fallback);
  const count = size === undefined ? "" : `(${size})`;
  const shown = name === null ? `[${fallback}${count}: null prototype]` : `${name}${count}`;
  return tag === "" ? `${shown} ` : `${shown} [${tag}] `;
}

function keysToShow(inspection, value, isList) {
  const { options } = inspection;
  // Indices are not listed, or as numbers: their texts would take V8 long.
  let keys = isList
    ? namedKeys(value, options.showHidden).filter((key) => key !== "length")
    : fieldKeys(value, Infinity, options.showHidden).map((key) => `${key}`);
  const symbols = Object.getOwnPropertySymbols(value).filter((symbol) =>
    options.showHidden || getOwnPropertyDescriptor(value, symbol)?.enumerable);
  if (options.sorted) {
    keys.sort(options.sorted === true ? undefined : options.sorted);
  }
  return [...keys, ...symbols];
}

function formatKey(inspection, key, isHidden) {
  const { style } = inspection;
  if (typeof key === "symbol") {
    const text = style(symbolText(key), "symbol");
    return `[${text}]`;
  }
  if (isHidden) {
    return `[${key}]`;
  }
  return isIdentifier(key) ? style(key, "name") : style(quote(key), "string");
}

function formatGetter(inspection, descriptor, value, depth) {
  const { options, style } = inspection;
  const label = descriptor.set === undefined ? "Getter" : "Getter/Setter";
  const wanted = options.getters === true ||
    (options.getters === "get" && descriptor.set === undefined) ||
    (options.getters === "set" && descriptor.set !== undefined);
  if (!wanted) {
    return style(`[${label}]`, "special");
  }
  let got;
  try {
    got = Reflect.apply(descriptor.get, value, []);
  } catch (error) {
    return style(`[${label}: <Inspection threw (${error?.message})>]`, "special");
  }
  const text = format(inspection, got, depth + 1);
  return typeof got === "object" && got !== null
    ? `${style(`[${label}]`, "special")} ${text}`
    : `${style(`[${label}:`, "special")} ${text}${style("]", "special")}`;
}

function formatMember(inspection, value, key, depth) {
  const descriptor = getOwnPropertyDescriptor(value, key);
  if (descriptor === undefined) {
    return inspection.style("undefined", "undefined");
  }
  if (descriptor.get !== undefined) {
    return formatGetter(inspection, descriptor, value, depth);
  }
  if (descriptor.set !== undefined) {
    return inspection.style("[Setter]", "special");
  }
  return formatDeeper(inspection, descriptor.value, depth, 2);
}

function formatDeeper(inspection, value, depth, indent) {
  inspection.indentation += indent;
  const text = format(inspection, value, depth + 1);
  inspection.indentation -= indent;
  return text;
}

function formatProperty(inspection, value, key, depth) {
  const isHidden = getOwnPropertyDescriptor(value, key)?.enumerable === false;
  return `${formatKey(inspection, key, isHidden)}: ${formatMember(inspection, value, key, depth)}`;
}

function more(count, what = "item") {
  return `... ${count} more ${what}${count === 1 ? "" : "s"}`;
}

function elementsOf(inspection, value, depth) {
  const parts = [];
  const most = inspection.options.maxArrayLength;
  let at = 0;
  while (at < value.length && parts.length < most) {
    if (getOwnPropertyDescriptor(value, at) !== undefined) {
      parts.push(formatMember(inspection, value, at, depth));
      at++;
      continue;
    }
    const from = at;
    while (at < value.length && getOwnPropertyDescriptor(value, at) === undefined) {
      at++;
    }
    const holes = at - from;
    parts.push(inspection.style(`<${holes} empty item${holes === 1 ? "" : "s"}>`, "undefined"));
  }
  if (at < value.length) {
    parts.push(more(value.length - at));
  }
  return parts;
}

function typedElementsOf(inspection, value) {
  const most = Math.min(value.length, inspection.options.maxArrayLength);
  const parts = [];
  for (let i = 0; i < most; i++) {
    parts.push(formatPrimitive(inspection, value[i]));
  }
  if (most < value.length) {
    parts.push(more(value.length - most));
  }
  return parts;
}

function entriesOf(inspection, value, depth, formatEntry) {
  const most = inspection.options.maxArrayLength;
  const parts = [];
  inspection.indentation += 2;
  for (const entry of value) {
    if (parts.length >= most) {
      break;
    }
    parts.push(formatEntry(entry));
  }
  inspection.indentation -= 2;
  if (parts.length < value.size) {
    parts.push(more(value.size - parts.length));
  }
  return parts;
}

const HIDDEN_OF_ERRORS = ["cause", "errors"];

function formatError(inspection, error, keys) {
  const name = className(error) ?? "Error";
  let { stack } = error;
  const message = String(error.message ?? "");
  if (typeof stack !== "string" || stack === "") {
    stack = `[${error.name ?? name}${message === "" ? "" : `: ${message}`}]`;
  } else {
    // The name of the class, where the error has kept that of another one.
    const own = typeof error.name === "string" ? error.name : name;
    if (own === "Error" && name !== "Error" && stack.startsWith("Error") && !stack.startsWith(name)) {
      stack = `${name}${stack.slice(5)}`;
    }
    if (!/\n\s+at /.test(stack)) {
      stack = `[${stack}]`;
    }
  }
  for (const key of ["name", "message", "stack"]) {
    const at = keys.indexOf(key);
    if (at >= 0 && (key === "stack" || stack.includes(String(error[key])))) {
      keys.splice(at, 1);
    }
  }
  for (const key of HIDDEN_OF_ERRORS) {
    if (Object.hasOwn(error, key) && !keys.includes(key)) {
      keys.push(key);
    }
  }
  return indented(stack, inspection.indentation);
}

function formatFunction(value) {
  const source = Function.prototype.toString.call(value);
  const { name } = value;
  const shown = typeof name === "string" && name !== "" ? name : "";
  if (source.startsWith("class") && source.endsWith("}")) {
    const parent = getPrototypeOf(value);
    const base = parent?.name ? ` extends ${parent.name}` : parent === null ? " extends null" : "";
    return `[class ${shown || "(anonymous)"}${base}]`;
  }
  const kind = types.isAsyncFunction(value)
    ? types.isGeneratorFunction(value) ? "AsyncGeneratorFunction" : "AsyncFunction"
    : types.isGeneratorFunction(value) ? "GeneratorFunction" : "Function";
  const own = className(value);
  const nullPrototype = own === null ? " (null prototype)" : "";
  const extra = own !== null && own !== kind && own !== "Function" ? ` ${own}` : "";
  return `[${kind}${nullPrototype}${shown === "" ? " (anonymous)" : `: ${shown}`}]${extra}`;
}

function bytesOf(inspection, buffer) {
  const most = Math.min(buffer.byteLength, inspection.options.maxArrayLength, 50);
  const bytes = Array.from(new Uint8Array(buffer, 0, most), (byte) => byte.toString(16).padStart(2, "0"));
  if (most < buffer.byteLength) {
    const left = buffer.byteLength - most;
    bytes.push(`... ${left} more byte${left === 1 ? "" : "s"}`);
  }
  return `${inspection.style("[Uint8Contents]", "special")}: <${bytes.join(" ")}>`;
}

const PENDING = 0;
const REJECTED = 2;

function promiseState(inspection, value, depth) {
  const [state, result] = promiseParts(value);
  if (state === PENDING) {
    return inspection.style("<pending>", "special");
  }
  const text = formatDeeper(inspection, result, depth, 2);
  return state === REJECTED ? `${inspection.style("<rejected>", "special")} ${text}` : text;
}

// [base, opening, closing, parts, isList, isGrouped]: what is before the braces, the braces,
// and what is in them besides the properties.
function partsOf(inspection, value, depth, keys) {
  const { style, options } = inspection;
  if (isArray(value)) {
    const prefix = prefixOf(value, "Array", value.length);
    const isPlain = className(value) === "Array" && tagOf(value, "Array") === "";
    return { open: `${isPlain ? "" : prefix}[`, close: "]", list: () => elementsOf(inspection, value, depth) };
  }
  if (types.isSet(value)) {
    const item = (entry) => format(inspection, entry, depth + 1);
    return { open: `${prefixOf(value, "Set", value.size)}{`, list: () => entriesOf(inspection, value, depth, item) };
  }
  if (types.isMap(value)) {
    const item = ([key, entry]) =>
      `${format(inspection, key, depth + 1)} => ${format(inspection, entry, depth + 1)}`;
    return { open: `${prefixOf(value, "Map", value.size)}{`, list: () => entriesOf(inspection, value, depth, item) };
  }
  if (types.isTypedArray(value)) {
    return {
      open: `${prefixOf(value, value[Symbol.toStringTag], value.length)}[`,
      close: "]",
      list: () => typedElementsOf(inspection, value),
    };
  }
  if (typeof value === "function") {
    return { base: formatFunction(value), kind: "special" };
  }
  if (types.isArgumentsObject(value)) {
    return { open: "[Arguments] [", close: "]", list: () => elementsOf(inspection, value, depth) };
  }
  if (types.isRegExp(value)) {
    return { base: RegExp.prototype.toString.call(value), kind: "regexp" };
  }
  if (types.isDate(value)) {
    const time = Date.prototype.getTime.call(value);
    const text = Number.isNaN(time) ? "Invalid Date" : Date.prototype.toISOString.call(value);
    return { base: text, kind: "date" };
  }
  if (types.isNativeError(value) || value instanceof Error) {
    return { base: formatError(inspection, value, keys), kind: "" };
  }
  if (types.isBoxedPrimitive(value)) {
    const primitive = value.valueOf();
    const kind = types.isStringObject(value) ? "String" : types.isNumberObject(value) ? "Number"
      : types.isBooleanObject(value) ? "Boolean" : types.isBigIntObject(value) ? "BigInt" : "Symbol";
    const name = className(value);
    const text = `[${kind}${name === kind ? "" : name === null ? " (null prototype)" : ` (${name})`}: ` +
      `${format(new Inspection({ ...options, colors: false }), primitive, 0)}]`;
    return { base: text, kind: kind.toLowerCase() };
  }
  if (types.isAnyArrayBuffer(value)) {
    return {
      open: `${prefixOf(value, "ArrayBuffer")}{`,
      list: () => [bytesOf(inspection, value), `byteLength: ${format(inspection, value.byteLength, depth)}`],
    };
  }
  if (types.isDataView(value)) {
    return {
      open: `${prefixOf(value, "DataView")}{`,
      list: () => ["byteLength", "byteOffset", "buffer"].map((key) =>
        `${key}: ${formatDeeper(inspection, value[key], depth, 2)}`),
    };
  }
  if (types.isPromise(value)) {
    return { open: `${prefixOf(value, "Promise")}{`, list: () => [promiseState(inspection, value, depth)] };
  }
  if (types.isWeakSet(value) || types.isWeakMap(value)) {
    const kind = types.isWeakSet(value) ? "WeakSet" : "WeakMap";
    return { open: `${prefixOf(value, kind)}{`, list: () => [style("<items unknown>", "special")] };
  }
  if (types.isModuleNamespaceObject(value)) {
    return { open: "[Module: null prototype] {" };
  }
  if (types.isGeneratorObject(value)) {
    return { open: "Object [Generator] {" };
  }
  const isPlain = className(value) === "Object" && tagOf(value, "Object") === "";
  return { open: `${isPlain ? "" : prefixOf(value, "Object")}{` };
}

function formatObject(inspection, value, depth) {
  const { options, style } = inspection;
  if (isOfInterface(value) && fieldKeys(value, Infinity, false).length === 0) {
    const left = Math.max(0, Math.min(options.depth - depth, 20));
    const text = inspectPlatform(value, left);
    return indented(text, inspection.indentation);
  }
  const isList = isArray(value) || types.isTypedArray(value) || types.isStringObject(value) ||
    types.isArgumentsObject(value);
  const keys = keysToShow(inspection, value, isList);
  const { base = "", kind, open = "{", close = "}", list } = partsOf(inspection, value, depth, keys);
  if (base !== "" && keys.length === 0) {
    return style(base, kind);
  }
  const isEmptyList = isArray(value) || types.isTypedArray(value)
    ? value.length === 0
    : (types.isSet(value) || types.isMap(value)) && value.size === 0;
  const isEmpty = keys.length === 0 && (list === undefined || isEmptyList);
  if (isEmpty) {
    return `${open}${close}`;
  }
  if (depth > options.depth) {
    const name = isArray(value) ? "Array" : prefixOf(value, "Object").trimEnd();
    return style(`[${name}]`, "special");
  }
  inspection.open.push(value);
  inspection.deepest = depth;
  const parts = list === undefined ? [] : list();
  const elements = parts.length;
  for (const key of keys) {
    parts.push(formatProperty(inspection, value, key, depth));
  }
  inspection.open.pop();
  const text = parts.length === 0
    ? `${base === "" ? "" : `${base} `}${open}${close}`
    : assemble(inspection, parts, elements, base, open, close, depth);
  const number = inspection.references.get(value);
  return number === undefined ? text : `${style(`<ref *${number}>`, "special")} ${text}`;
}

// The elements of a long list that are short, in columns. How many there are is not what it is in
// Node.js.
function inColumns(inspection, parts, elements) {
  const lengths = parts.slice(0, elements).map((part) => withoutControl(part).length);
  const widest = lengths.reduce((most, length) => Math.max(most, length), 0) + 2;
  const room = Math.min(inspection.options.breakLength, 80) - inspection.indentation;
  const columns = Math.min(Math.floor(room / widest), 16);
  if (columns < 3) {
    return parts;
  }
  const rows = [];
  for (let from = 0; from < elements; from += columns) {
    const to = Math.min(from + columns, elements);
    let row = "";
    for (let i = from; i < to; i++) {
      row += i === to - 1 ? parts[i] : `${parts[i]}, ${" ".repeat(widest - lengths[i] - 2)}`;
    }
    rows.push(row);
  }
  return [...rows, ...parts.slice(elements)];
}

function assemble(inspection, parts, elements, base, open, close, depth) {
  const { breakLength, compact } = inspection.options;
  const before = base === "" ? "" : `${base} `;
  const indent = `\n${" ".repeat(inspection.indentation)}`;
  const isOneLine = (list, start) =>
    list.length + start + list.reduce((sum, part) => sum + withoutControl(part).length, 0) <= breakLength &&
    (base === "" || !base.includes("\n")) && !list.some((part) => part.includes("\n"));
  if (compact === true) {
    return isOneLine(parts, 0)
      ? `${before}${open} ${parts.join(", ")} ${close}`
      : `${before}${open}${indent}  ${joined(parts, `,${indent}  `)} ${close}`;
  }
  if (typeof compact === "number" && compact >= 1) {
    const count = parts.length;
    if (close === "]" && elements > 6) {
      parts = inColumns(inspection, parts, elements);
    }
    // Only what has few levels below it is on one line.
    const start = parts.length + inspection.indentation + open.length + base.length + 10;
    if (inspection.deepest - depth < compact && count === parts.length && isOneLine(parts, start)) {
      return `${before}${open} ${parts.join(", ")} ${close}`;
    }
  }
  return `${before}${open}${indent}  ${joined(parts, `,${indent}  `)}${indent}${close}`;
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
