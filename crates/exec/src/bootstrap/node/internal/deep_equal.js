"use strict";
// Whether two values are the same in depth: strictly, as assert.deepStrictEqual and
// util.isDeepStrictEqual have it, loosely as assert.deepEqual has it, or in part as
// assert.partialDeepStrictEqual has it.

const { fieldKeys, namedKeys } = internals.host;
const types = require("internal/types");

const LOOSE = 0;
const STRICT = 1;
const PARTIAL = 2;

const { getPrototypeOf, hasOwn, is } = Object;
const { isArray } = Array;
const isEnumerable = (object, key) => Object.prototype.propertyIsEnumerable.call(object, key);

const isObject = (value) =>
  (typeof value === "object" && value !== null) || typeof value === "function";

function isEqualPrimitive(a, b, mode) {
  return mode === LOOSE ? a == b || (a !== a && b !== b) : is(a, b);
}

function isDeepEqual(a, b, mode) {
  return compare(a, b, mode, { __proto__: null, left: [], right: [] });
}

function compare(a, b, mode, open) {
  if (a === b) {
    return a !== 0 || mode === LOOSE || is(a, b);
  }
  if (!isObject(a) || !isObject(b) || typeof a === "function" || typeof b === "function") {
    return (!isObject(a) || !isObject(b)) && (mode === LOOSE ? !isObject(a) && !isObject(b) : true) &&
      isEqualPrimitive(a, b, mode);
  }
  if (mode === STRICT && getPrototypeOf(a) !== getPrototypeOf(b)) {
    return false;
  }
  return haveSameKind(a, b, mode) && compareOpen(a, b, mode, open);
}

const tagOf = (value) => Object.prototype.toString.call(value);

// Kinds of objects whose state is not in their properties.
const KINDS = [
  "isDate", "isRegExp", "isNativeError", "isArrayBufferView", "isAnyArrayBuffer", "isSet", "isMap",
  "isBoxedPrimitive", "isPromise", "isWeakMap", "isWeakSet", "isArgumentsObject",
];

function haveSameKind(a, b, mode) {
  if (isArray(a) !== isArray(b)) {
    return false;
  }
  if (mode !== LOOSE || !types.isArgumentsObject(a)) {
    if (tagOf(a) !== tagOf(b)) {
      return false;
    }
  }
  for (const kind of KINDS) {
    if (types[kind](a) !== types[kind](b)) {
      return false;
    }
  }
  if (types.isDate(a)) {
    // Dates that are invalid are never the same.
    return Date.prototype.getTime.call(a) === Date.prototype.getTime.call(b);
  }
  if (types.isRegExp(a)) {
    return a.source === b.source && a.flags === b.flags && a.lastIndex === b.lastIndex;
  }
  if (types.isNativeError(a) || a instanceof Error) {
    if (a.message !== b.message || a.name !== b.name) {
      return false;
    }
  }
  if (types.isArrayBufferView(a)) {
    return haveSameBytes(a, b, mode);
  }
  if (types.isAnyArrayBuffer(a)) {
    return haveSameBytes(new Uint8Array(a), new Uint8Array(b), STRICT);
  }
  if (types.isBoxedPrimitive(a)) {
    const [left, right] = [a.valueOf(), b.valueOf()];
    return typeof left === typeof right && is(left, right);
  }
  return true;
}

function haveSameBytes(a, b, mode) {
  if (types.isDataView(a)) {
    const view = (of) => new Uint8Array(of.buffer, of.byteOffset, of.byteLength);
    return types.isDataView(b) && haveSameBytes(view(a), view(b), mode);
  }
  if (types.isDataView(b) || (mode === PARTIAL ? a.length < b.length : a.length !== b.length)) {
    return false;
  }
  for (let i = 0; i < b.length; i++) {
    if (mode === LOOSE ? a[i] !== b[i] && !(a[i] !== a[i] && b[i] !== b[i]) : !is(a[i], b[i])) {
      return false;
    }
  }
  return true;
}

// Its characters have been compared, and there are too many for a list of their indices.
const isLongText = (value) => types.isStringObject(value) && value.length > 1 << 16;

function ownKeysOf(value, isList) {
  return isList ? namedKeys(value, false) : fieldKeys(value, Infinity, false);
}

function compareOpen(a, b, mode, open) {
  // Both are being compared already, further out: that says whether they differ.
  if (open.left.includes(a) && open.right.includes(b)) {
    return true;
  }
  open.left.push(a);
  open.right.push(b);
  const same = compareContents(a, b, mode, open);
  open.left.pop();
  open.right.pop();
  return same;
}

function compareContents(a, b, mode, open) {
  if (types.isSet(a) && !compareSets(a, b, mode, open)) {
    return false;
  }
  if (types.isMap(a) && !compareMaps(a, b, mode, open)) {
    return false;
  }
  const isList = isArray(a);
  if (isList && !compareLists(a, b, mode, open)) {
    return false;
  }
  const isListed = isList || types.isArrayBufferView(a) || isLongText(a);
  const left = ownKeysOf(a, isListed);
  const right = ownKeysOf(b, isListed);
  if (mode === PARTIAL ? left.length < right.length : left.length !== right.length) {
    return false;
  }
  if (!compareFields(a, b, right, mode, open)) {
    return false;
  }
  if (types.isNativeError(a) || a instanceof Error) {
    for (const key of ["cause", "errors"]) {
      if (hasOwn(a, key) !== hasOwn(b, key) || (hasOwn(a, key) && !compare(a[key], b[key], mode, open))) {
        return false;
      }
    }
  }
  if (mode === LOOSE) {
    return true;
  }
  const symbols = Object.getOwnPropertySymbols(b).filter((key) => isEnumerable(b, key));
  if (mode === STRICT) {
    const count = Object.getOwnPropertySymbols(a).filter((key) => isEnumerable(a, key)).length;
    if (count !== symbols.length) {
      return false;
    }
  }
  return compareFields(a, b, symbols, mode, open);
}

function compareFields(a, b, keys, mode, open) {
  for (const key of keys) {
    if (!isEnumerable(a, key) || !compare(a[key], b[key], mode, open)) {
      return false;
    }
  }
  return true;
}

function compareLists(a, b, mode, open) {
  if (mode === PARTIAL) {
    let at = 0;
    for (const item of b) {
      while (at < a.length && !compare(a[at], item, mode, open)) {
        at++;
      }
      if (at++ >= a.length) {
        return false;
      }
    }
    return true;
  }
  if (a.length !== b.length) {
    return false;
  }
  for (let i = 0; i < a.length; i++) {
    if (hasOwn(a, i) !== hasOwn(b, i)) {
      return false;
    }
    if (!compare(a[i], b[i], mode, open)) {
      return false;
    }
  }
  return true;
}

// Whether each of `wanted` has a partner of its own in `there`.
function pairUp(wanted, there, isPartner) {
  const left = [...there];
  for (const item of wanted) {
    const at = left.findIndex((other) => isPartner(other, item));
    if (at < 0) {
      return false;
    }
    left.splice(at, 1);
  }
  return true;
}

function compareSets(a, b, mode, open) {
  if (mode === PARTIAL ? a.size < b.size : a.size !== b.size) {
    return false;
  }
  const wanted = [...b].filter((item) => !a.has(item));
  if (wanted.length === 0) {
    return true;
  }
  const there = [...a].filter((item) => !b.has(item));
  return pairUp(wanted, there, (other, item) =>
    (mode === LOOSE || (isObject(other) && isObject(item))) && compare(other, item, mode, open));
}

function compareMaps(a, b, mode, open) {
  if (mode === PARTIAL ? a.size < b.size : a.size !== b.size) {
    return false;
  }
  const wanted = [];
  for (const entry of b) {
    const [key, value] = entry;
    if (a.has(key) && compare(a.get(key), value, mode, open)) {
      continue;
    }
    if (mode !== LOOSE && !isObject(key)) {
      return false;
    }
    wanted.push(entry);
  }
  if (wanted.length === 0) {
    return true;
  }
  const there = [...a].filter(([key, value]) => !(b.has(key) && compare(value, b.get(key), mode, open)));
  return pairUp(wanted, there, (other, entry) =>
    compare(other[0], entry[0], mode, open) && compare(other[1], entry[1], mode, open));
}

module.exports = { LOOSE, PARTIAL, STRICT, isDeepEqual };
