// Bindings: objects of env whose methods the host answers. All go through one
// function of the host. What it is given are numbers, which mean something for
// the request whose code calls and for no other.
(function (internals) {
  "use strict";
  const {
    ArrayBufferIsView, Error, JSONParse, JSONStringify, ObjectDefineProperty, ObjectFreeze, Promise,
    TypeError, Uint8Array,
  } = internals.primordials;
  const { add, nextId, take } = internals.operations;
  const { current } = internals.requests;
  const { defineHidden, isArrayBuffer } = internals.webidl;
  const { bindingStart } = internals.host;

  // What the host gets for an argument: bytes as they are, the JSON of anything
  // else.
  function crossing(value) {
    if (ArrayBufferIsView(value)) {
      return value;
    }
    return isArrayBuffer(value) ? new Uint8Array(value) : JSONStringify(value) ?? "null";
  }

  function call(binding, method, name, args) {
    const state = current(name);
    return new Promise((resolve, reject) => {
      if (state === undefined) {
        throw new TypeError(`${name}: the request has already ended`);
      }
      // Own elements of an array that nobody else has: no setter is called.
      for (let i = 0; i < args.length; i++) {
        args[i] = crossing(args[i]);
      }
      const id = nextId();
      // This throws if the request has too many.
      bindingStart(state.id, id, binding, method, args);
      add(id, state, resolve, reject, null, null);
    });
  }

  function methodOf(binding, method, bindingName, key) {
    const name = `${bindingName}.${key}`;
    const holder = {
      [key](...args) {
        return call(binding, method, name, args);
      },
    };
    return holder[key];
  }

  // Puts the objects into env. `bindings` has a name and a list of methods for
  // each.
  function install(env, bindings) {
    for (let i = 0; i < bindings.length; i++) {
      const name = bindings[i][0];
      const methods = bindings[i][1];
      const object = {};
      for (let j = 0; j < methods.length; j++) {
        defineHidden(object, methods[j], methodOf(i, j, name, methods[j]));
      }
      ObjectDefineProperty(env, name, {
        __proto__: null,
        configurable: true,
        enumerable: true,
        value: ObjectFreeze(object),
        writable: true,
      });
    }
  }

  // `bytes` is null if the answer is JSON.
  function settle(id, error, json, bytes) {
    const operation = take(id);
    if (operation === undefined) {
      return;
    }
    if (error !== null) {
      operation.reject(new Error(error));
      return;
    }
    if (bytes !== null) {
      operation.resolve(bytes);
      return;
    }
    let value;
    try {
      value = JSONParse(json);
    } catch (tooLong) {
      operation.reject(tooLong);
      return;
    }
    operation.resolve(value);
  }

  internals.bindings = { __proto__: null, install, settle };
})
