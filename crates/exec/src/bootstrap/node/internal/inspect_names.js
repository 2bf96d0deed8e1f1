"use strict";
// What util.inspect says of what an object is: its class, its tag, the names of functions; and what it inherits.

const types = require("internal/types");

const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn } = Object;

// The classes of the language: what their prototypes have is known.
const BUILT_IN = new Set(
  ("AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean DataView Date " +
    "DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Int16Array " +
    "Int32Array Int8Array Iterator Map Number Object Promise Proxy RangeError ReferenceError RegExp Set " +
    "SharedArrayBuffer String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array " +
    "Uint8ClampedArray WeakMap WeakRef WeakSet").split(" "),
);

const isBuiltIn = (constructor) => BUILT_IN.has(constructor.name);

function isInstance(value, constructor) {
  try {
    return value instanceof constructor;
  } catch {
    return false;
  }
}

// The constructor that is named by this object in a chain of prototypes.
function namedBy(holder, value) {
  const constructor = getOwnPropertyDescriptor(holder, "constructor")?.value;
  return typeof constructor === "function" && constructor.name !== "" && isInstance(value, constructor)
    ? constructor
    : undefined;
}

const typedArray = getPrototypeOf(Uint8Array.prototype);

// What V8 made it as.
function originOf(value) {
  if (typeof value === "function") {
    return "Function";
  }
  for (const kind of ["Array", "Date", "RegExp", "Map", "Set", "Promise", "WeakMap", "WeakSet", "DataView"]) {
    if (kind === "Array" ? Array.isArray(value) : types[`is${kind}`](value)) {
      return kind;
    }
  }
  return Reflect.get(typedArray, Symbol.toStringTag, value) ?? (types.isNativeError(value) ? "Error" : "Object");
}

// The name of the class of an object; null if it has no prototype.
function className(inspection, value, depth, inspect) {
  let holder = value;
  // A Proxy among the prototypes can make the chain as long as it likes.
  for (let hops = 0; holder !== null && hops < 1000; hops++) {
    const constructor = namedBy(holder, value);
    if (constructor !== undefined) {
      return String(constructor.name);
    }
    holder = getPrototypeOf(holder);
  }
  const prototype = getPrototypeOf(value);
  if (prototype === null) {
    return null;
  }
  const origin = originOf(value);
  if (inspection.isTooDeep(depth)) {
    return `${origin} <Complex prototype>`;
  }
  const above = className(inspection, prototype, depth + 1, inspect);
  return above === null
    ? `${origin} <${inspect(prototype, { ...inspection.options, customInspect: false, depth: -1 })}>`
    : `${origin} <${above}>`;
}

// Such as `Foo(2) [bar] `.
function prefixOf(name, tag, fallback, size = undefined) {
  const count = size === undefined ? "" : `(${size})`;
  if (name === null) {
    return tag !== "" && tag !== fallback
      ? `[${fallback}${count}: null prototype] [${tag}] `
      : `[${fallback}${count}: null prototype] `;
  }
  return tag !== "" && tag !== name ? `${name}${count} [${tag}] ` : `${name}${count} `;
}

// Such as `[class A extends B]`; undefined for a function that is no class.
function classBase(value, name, tag) {
  const source = Function.prototype.toString.call(value);
  // A method may be called class, but not without a parenthesis before its body.
  if (!source.startsWith("class") || !source.endsWith("}") || !/^class[\s{/]/.test(source)) {
    return undefined;
  }
  let text = `class ${(hasOwn(value, "name") && value.name) || "(anonymous)"}`;
  if (name !== "Function" && name !== null) {
    text += ` [${name}]`;
  }
  if (tag !== "" && name !== tag) {
    text += ` [${tag}]`;
  }
  if (name === null) {
    return `[${text} extends null]`;
  }
  const above = getPrototypeOf(value)?.name;
  return above ? `[${text} extends ${above}]` : `[${text}]`;
}

// Such as `[Function: f]`.
function functionBase(value, name, tag) {
  const kind = (types.isAsyncFunction(value) ? "Async" : "") + (types.isGeneratorFunction(value) ? "Generator" : "") +
    "Function";
  const own = value.name === "" ? " (anonymous)" : `: ${String(value.name)}`;
  let text = `[${kind}${name === null ? " (null prototype)" : ""}${own}]`;
  if (name !== kind && name !== null) {
    text += ` ${name}`;
  }
  return tag !== "" && name !== tag ? `${text} [${tag}]` : text;
}

const MAX_ABOVE = 3;

// What an object of a class of the worker has from its prototypes, but for methods: [holder, key, descriptor].
function inheritedFields(value) {
  const fields = [];
  const seen = new Set();
  let holder = value;
  let own = true;
  for (let above = 0; above < MAX_ABOVE; above++) {
    const before = holder;
    holder = getPrototypeOf(holder);
    if (holder === null) {
      break;
    }
    const constructor = getOwnPropertyDescriptor(holder, "constructor")?.value;
    if (typeof constructor === "function" && isBuiltIn(constructor)) {
      break;
    }
    if (!own) {
      Reflect.ownKeys(before).forEach((key) => seen.add(key));
    }
    own = false;
    for (const key of Reflect.ownKeys(holder)) {
      const descriptor = getOwnPropertyDescriptor(holder, key);
      if (key !== "constructor" && !hasOwn(value, key) && !seen.has(key) && typeof descriptor?.value !== "function") {
        fields.push([holder, key, descriptor]);
      }
    }
  }
  return fields;
}

module.exports = { classBase, className, functionBase, inheritedFields, isBuiltIn, originOf, prefixOf };
