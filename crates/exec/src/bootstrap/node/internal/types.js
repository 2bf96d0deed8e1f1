"use strict";
// node:util/types

const { valueKinds } = internals.host;
const { ifLoaded } = internals.parts;
const { TypedArrayPrototypeGetToStringTag } = primordials;

// In the order of the host's bits.
const NAMES = [
  "isExternal", "isDate", "isArgumentsObject", "isBigIntObject", "isBooleanObject",
  "isNumberObject", "isStringObject", "isSymbolObject", "isNativeError", "isRegExp",
  "isAsyncFunction", "isGeneratorFunction", "isGeneratorObject", "isPromise", "isMap", "isSet",
  "isMapIterator", "isSetIterator", "isWeakMap", "isWeakSet", "isArrayBuffer", "isDataView",
  "isSharedArrayBuffer", "isProxy", "isModuleNamespaceObject", "isTypedArray", "isArrayBufferView",
  "isUint8Array",
];

const types = {};

function define(name, bits) {
  // A method, so that it is no constructor.
  const { [name]: test } = { [name]: (value) => (valueKinds(value) & bits) !== 0 };
  types[name] = test;
}

const bitOf = (name) => 1 << NAMES.indexOf(name);

for (let i = 0; i < NAMES.length; i++) {
  define(NAMES[i], 1 << i);
}
define("isAnyArrayBuffer", bitOf("isArrayBuffer") | bitOf("isSharedArrayBuffer"));
define(
  "isBoxedPrimitive",
  bitOf("isBigIntObject") | bitOf("isBooleanObject") | bitOf("isNumberObject") |
    bitOf("isStringObject") | bitOf("isSymbolObject"),
);

for (const name of [
  "BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array", "Float64Array", "Int16Array",
  "Int32Array", "Int8Array", "Uint16Array", "Uint32Array", "Uint8ClampedArray",
]) {
  types[`is${name}`] = (value) => TypedArrayPrototypeGetToStringTag(value) === name;
}

types.isCryptoKey = (value) => {
  // Unless crypto.subtle was used there are no keys.
  const keys = ifLoaded("cryptoKey");
  if (keys === undefined) {
    return false;
  }
  try {
    keys.slotsOf(value);
    return true;
  } catch {
    return false;
  }
};
types.isKeyObject = () => false;

module.exports = types;
