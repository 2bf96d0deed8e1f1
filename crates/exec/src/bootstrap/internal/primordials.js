// Captures the built-ins that the bootstrap relies on before any guest code
// runs, so that a script patching them can neither break the bootstrap nor see
// what passes through it. Methods are uncurried: `StringPrototypeSlice(s, 1)`.
//
// Rules for all other files: take built-ins from here only; no for-of, spread
// or array destructuring at run time (they go through the guest's
// Array.prototype[Symbol.iterator]); keep closures and internal records in
// Sets, Maps or linked lists, because writing to an array index can call a
// setter the guest put on Array.prototype; declare every field of an object in
// its literal or class. No Map, Set, typed array or RegExp may be created at
// bootstrap time either: they keep the startup snapshot from being rehashed.
(function (internals) {
  "use strict";
  const { bind, call } = Function.prototype;
  const uncurryThis = bind.bind(call);
  const primordials = {
    __proto__: null,
    global: globalThis,
    Array,
    ArrayBuffer,
    BigInt,
    Boolean,
    DataView,
    Date,
    Error,
    Function,
    Map,
    Number,
    Object,
    Promise,
    Proxy,
    RangeError,
    RegExp,
    Set,
    String,
    Symbol,
    SymbolAsyncIterator: Symbol.asyncIterator,
    SymbolIterator: Symbol.iterator,
    SymbolToStringTag: Symbol.toStringTag,
    TypeError,
    Uint8Array,
    WeakMap,
    WeakRef,
    WeakSet,
  };

  const TypedArray = Object.getPrototypeOf(Uint8Array);
  const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const MapIteratorPrototype = Object.getPrototypeOf(new Map().entries());
  const SetIteratorPrototype = Object.getPrototypeOf(new Set().values());
  const AsyncIteratorPrototype =
    Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));
  primordials.AsyncIteratorPrototype = AsyncIteratorPrototype;
  primordials.TypedArray = TypedArray;
  primordials.IteratorPrototype = IteratorPrototype;

  const capital = (name) => name[0].toUpperCase() + name.slice(1);

  function statics(prefix, holder, names) {
    for (const name of names) {
      primordials[prefix + capital(name)] = holder[name];
    }
  }

  function methods(prefix, prototype, names) {
    for (const name of names) {
      primordials[`${prefix}Prototype${capital(name)}`] = uncurryThis(prototype[name]);
    }
  }

  function getters(prefix, prototype, names) {
    for (const name of names) {
      const key = typeof name === "symbol" ? "ToStringTag" : capital(name);
      const { get } = Object.getOwnPropertyDescriptor(prototype, name);
      primordials[`${prefix}PrototypeGet${key}`] = uncurryThis(get);
    }
  }

  statics("Array", Array, ["isArray"]);
  statics("ArrayBuffer", ArrayBuffer, ["isView"]);
  statics("Date", Date, ["now"]);
  statics("Error", Error, ["captureStackTrace"]);
  statics("JSON", JSON, ["parse", "stringify"]);
  statics("Math", Math, ["floor", "max", "min", "trunc"]);
  statics("Number", Number, ["isFinite", "parseFloat", "parseInt"]);
  statics("Object", Object, [
    "defineProperty", "freeze", "getOwnPropertySymbols", "is", "setPrototypeOf",
  ]);
  statics("Reflect", Reflect, [
    "apply", "construct", "deleteProperty", "getOwnPropertyDescriptor", "getPrototypeOf", "ownKeys",
  ]);
  statics("String", String, ["fromCharCode"]);

  methods("Array", Array.prototype, ["push", "join", "sort"]);
  methods("ArrayBuffer", ArrayBuffer.prototype, ["slice", "transferToFixedLength"]);
  methods("BigInt", BigInt.prototype, ["valueOf"]);
  methods("Boolean", Boolean.prototype, ["valueOf"]);
  methods("Date", Date.prototype, ["getTime", "toISOString"]);
  methods("Function", Function.prototype, ["toString"]);
  methods("Map", Map.prototype, ["get", "set", "has", "delete", "entries", "forEach"]);
  methods("MapIterator", MapIteratorPrototype, ["next"]);
  methods("Number", Number.prototype, ["toFixed", "toString", "valueOf"]);
  methods("Object", Object.prototype, ["propertyIsEnumerable"]);
  methods("Promise", Promise.prototype, ["then"]);
  methods("RegExp", RegExp.prototype, ["exec", "toString"]);
  methods("Set", Set.prototype, ["add", "delete", "values", "forEach"]);
  methods("SetIterator", SetIteratorPrototype, ["next"]);
  methods("String", String.prototype, [
    "charCodeAt", "codePointAt", "includes", "indexOf", "padEnd", "repeat", "slice", "startsWith",
    "toLowerCase", "toUpperCase", "toWellFormed", "valueOf",
  ]);
  methods("Symbol", Symbol.prototype, ["toString", "valueOf"]);
  methods("TypedArray", TypedArray.prototype, ["fill", "set"]);
  methods("WeakRef", WeakRef.prototype, ["deref"]);

  getters("ArrayBuffer", ArrayBuffer.prototype, [
    "byteLength", "detached", "maxByteLength", "resizable",
  ]);
  getters("DataView", DataView.prototype, ["buffer", "byteLength", "byteOffset"]);
  getters("Map", Map.prototype, ["size"]);
  getters("Set", Set.prototype, ["size"]);
  getters("TypedArray", TypedArray.prototype, [
    "buffer", "byteLength", "byteOffset", "length", Symbol.toStringTag,
  ]);

  const hasInstance = uncurryThis(Function.prototype[Symbol.hasInstance]);
  primordials.isInstance = (value, constructor) => hasInstance(constructor, value);
  const resolve = uncurryThis(Promise.resolve);
  const reject = uncurryThis(Promise.reject);
  const OriginalPromise = Promise;
  primordials.PromiseResolve = (value) => resolve(OriginalPromise, value);
  primordials.PromiseReject = (reason) => reject(OriginalPromise, reason);

  // The classes of typed arrays by their names; Float16Array comes with the setup.
  primordials.viewClasses = { __proto__: null };
  for (const name of [
    "BigInt64Array", "BigUint64Array", "Float32Array", "Float64Array", "Int16Array",
    "Int32Array", "Int8Array", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray",
  ]) {
    primordials.viewClasses[name] = globalThis[name];
  }

  // The classes of errors that structuredClone knows, by their names.
  primordials.errorClasses = { __proto__: null };
  for (const name of [
    "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError",
  ]) {
    primordials.errorClasses[name] = globalThis[name];
  }

  internals.primordials = primordials;
  internals.globals = { __proto__: null };
})
