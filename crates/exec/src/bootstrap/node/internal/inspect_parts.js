"use strict";
// What util.inspect writes into the braces of an object: its properties, elements and entries.

const { fieldKeys, previewEntries } = internals.host;
const { ELEMENT, LIST, PROPERTIES, assemble } = require("internal/inspect_layout");
const { escapedText, isIdentifier, quote, textWidth, withoutControl } = require("internal/inspect_text");

const { getOwnPropertyDescriptor, hasOwn } = Object;
const { max, min } = Math;

const more = (count, what = "item") => `... ${count} more ${what}${count > 1 ? "s" : ""}`;

// How many of so many are shown.
const shownOf = (inspection, count) => min(max(0, inspection.options.maxArrayLength), count);

function keyText(inspection, key, isHidden) {
  const { style } = inspection;
  if (typeof key === "symbol") {
    return `[${style(escapedText(key.toString()), "symbol")}]`;
  }
  if (key === "__proto__") {
    return "['__proto__']";
  }
  if (isHidden) {
    return `[${escapedText(key)}]`;
  }
  return isIdentifier(key) ? style(key, "name") : style(quote(key), "string");
}

function getterText(inspection, descriptor, value, depth) {
  const { options, style } = inspection;
  const label = descriptor.set === undefined ? "Getter" : "Getter/Setter";
  const isWanted = options.getters === true ||
    (options.getters === "get" && descriptor.set === undefined) ||
    (options.getters === "set" && descriptor.set !== undefined);
  if (!isWanted) {
    return style(`[${label}]`, "special");
  }
  const within = (text) => `${style(`[${label}:`, "special")} ${text}${style("]", "special")}`;
  const before = inspection.indentation;
  try {
    const got = Reflect.apply(descriptor.get, value, []);
    if (typeof got === "object" && got !== null) {
      return `${style(`[${label}]`, "special")} ${inspection.formatDeeper(got, depth, 2)}`;
    }
    return within(typeof got === "function" ? inspection.format(got, depth) : inspection.formatPrimitive(got));
  } catch (error) {
    inspection.indentation = before;
    return within(`<Inspection threw (${error.message})>`);
  }
}

// A property with its name; an element without. `receiver` is whose getter is called, if not that of `value`.
function propertyOf(inspection, value, key, depth, kind, given = undefined, receiver = value) {
  const { options, style } = inspection;
  const descriptor = given ?? getOwnPropertyDescriptor(value, key) ??
    { value: value[key], configurable: true, enumerable: true };
  let gap = " ";
  let text;
  if (descriptor.value !== undefined) {
    const indent = options.compact === true && kind === PROPERTIES ? 3 : 2;
    text = inspection.formatDeeper(descriptor.value, depth, indent);
    if (indent === 3 && textWidth(options.colors ? withoutControl(text) : text) > options.breakLength) {
      gap = `\n${" ".repeat(inspection.indentation + indent)}`;
    }
  } else if (descriptor.get !== undefined) {
    text = getterText(inspection, descriptor, receiver, depth);
  } else if (descriptor.set !== undefined) {
    text = style("[Setter]", "special");
  } else {
    text = style("undefined", "undefined");
  }
  return kind === ELEMENT ? text : `${keyText(inspection, key, !descriptor.enumerable)}:${gap}${text}`;
}

// So many holes are looked at one by one.
const FEW = 1000;

// Where the elements of an array are, for who goes from one to the next.
class Holes {
  #value;
  #indices = undefined;
  #at = 0;

  constructor(value) {
    this.#value = value;
  }

  // Where the next element is, from a hole on; the length if there is none.
  endFrom(from) {
    const value = this.#value;
    const near = min(from + FEW, value.length);
    let at = from;
    while (at < near && !hasOwn(value, at)) {
      at++;
    }
    if (at < near || at === value.length) {
      return at;
    }
    // There may be thousands of millions.
    this.#indices ??= fieldKeys(value, Infinity, false).map(Number);
    while (this.#indices[this.#at] < at) {
      this.#at++;
    }
    const next = this.#indices[this.#at];
    return next < value.length ? next : value.length;
  }
}

// The elements of an array; a run of holes is one of them.
function elementsOf(inspection, value, depth) {
  const parts = [];
  const most = shownOf(inspection, value.length);
  const holesOf = new Holes(value);
  let at = 0;
  while (at < value.length && parts.length < most) {
    if (hasOwn(value, at)) {
      parts.push(propertyOf(inspection, value, at, depth + 1, ELEMENT));
      at++;
      continue;
    }
    const holes = holesOf.endFrom(at) - at;
    at += holes;
    parts.push(inspection.style(`<${holes} empty item${holes > 1 ? "s" : ""}>`, "undefined"));
  }
  if (at < value.length) {
    parts.push(more(value.length - at));
  }
  return parts;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const BYTES = {
  Int8Array: 1, Uint8Array: 1, Uint8ClampedArray: 1, Int16Array: 2, Uint16Array: 2, Float16Array: 2, Int32Array: 4,
  Uint32Array: 4, Float32Array: 4, Float64Array: 8, BigInt64Array: 8, BigUint64Array: 8,
};
const FIELDS = ["BYTES_PER_ELEMENT", "length", "byteLength", "byteOffset", "buffer"];

// Whatever its prototype has become.
const fieldOf = (value, field) => (field === "BYTES_PER_ELEMENT"
  ? BYTES[Reflect.get(typedArray, Symbol.toStringTag, value)]
  : Reflect.get(typedArray, field, value));

function typedElementsOf(inspection, value, length, depth) {
  const most = shownOf(inspection, length);
  const parts = [];
  for (let i = 0; i < most; i++) {
    parts.push(inspection.formatPrimitive(value[i]));
  }
  if (most < length) {
    parts.push(more(length - most));
  }
  if (inspection.options.showHidden) {
    inspection.indentation += 2;
    for (const field of FIELDS) {
      parts.push(`[${field}]: ${inspection.format(fieldOf(value, field), depth + 1, true)}`);
    }
    inspection.indentation -= 2;
  }
  return parts;
}

// The first ones of a collection that has `size`.
function entriesOf(inspection, entries, size, textOf) {
  const most = shownOf(inspection, size);
  const parts = [];
  inspection.indentation += 2;
  for (const entry of entries) {
    if (parts.length >= most) {
      break;
    }
    parts.push(textOf(entry));
  }
  inspection.indentation -= 2;
  if (most < size) {
    parts.push(more(size - most));
  }
  return parts;
}

const { values } = Set.prototype;
const { entries } = Map.prototype;
function setEntriesOf(inspection, value, size, depth) {
  return entriesOf(inspection, Reflect.apply(values, value, []), size, (entry) => inspection.format(entry, depth + 1));
}

function pairText(inspection, key, value, depth) {
  return `${inspection.format(key, depth + 1)} => ${inspection.format(value, depth + 1)}`;
}

function mapEntriesOf(inspection, value, size, depth) {
  return entriesOf(
    inspection, Reflect.apply(entries, value, []), size, ([key, entry]) => pairText(inspection, key, entry, depth),
  );
}

// What an iterator of a Map or a Set has still to give, without taking it: pairs are lists of two.
function iteratedOf(inspection, value, depth) {
  const [left, isPairs] = previewEntries(value);
  if (!isPairs) {
    const list = () => entriesOf(inspection, left, left.length, (entry) => inspection.format(entry, depth + 1));
    return { list, arePairs: false };
  }
  const list = () => {
    const parts = [];
    const most = shownOf(inspection, left.length / 2);
    inspection.indentation += 2;
    for (let i = 0; i < most; i++) {
      const pair = [inspection.format(left[2 * i], depth + 1), inspection.format(left[2 * i + 1], depth + 1)];
      parts.push(assemble(inspection, { parts: pair, open: "[", close: "]", kind: LIST, depth: depth + 1 }));
    }
    inspection.indentation -= 2;
    if (most < left.length / 2) {
      parts.push(more(left.length / 2 - most));
    }
    return parts;
  };
  return { list, arePairs: true, kind: LIST };
}

function bytesOf(inspection, buffer) {
  const most = shownOf(inspection, buffer.byteLength);
  const bytes = Array.from(new Uint8Array(buffer, 0, most), (byte) => byte.toString(16).padStart(2, "0"));
  const left = buffer.byteLength - most;
  const rest = left > 0 ? ` ... ${left} more byte${left > 1 ? "s" : ""}` : "";
  return `${inspection.style("[Uint8Contents]", "special")}: <${bytes.join(" ")}${rest}>`;
}

module.exports = {
  bytesOf, elementsOf, iteratedOf, mapEntriesOf, propertyOf, setEntriesOf, typedElementsOf,
};
