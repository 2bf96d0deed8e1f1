// WebAssembly.compileStreaming and instantiateStreaming. The body is collected as
// by arrayBuffer(), with its bounds, and compiled when it is whole.
//
// And validate, which V8 does without asking whether it may. What cannot be
// compiled any more is not valid.
(function (internals) {
  "use strict";
  const {
    PromisePrototypeThen, PromiseReject, PromiseResolve, ReflectApply, StringPrototypeToLowerCase,
    TypeError, global,
  } = internals.primordials;
  const { contentTypeOf, isResponse, statusOf } = internals.response;
  const { defineOperation, requireArguments } = internals.webidl;
  const { wasmHasRoom } = internals.host;
  const { arrayBuffer } = internals.globals.Response.prototype;

  // V8 adds WebAssembly to a context when it is restored, and not to the snapshot.
  let compile;
  let instantiate;
  let validate;

  // Promise of the bytes of what `source` is, or is a promise of.
  const bytesOf = (source, what) =>
    PromisePrototypeThen(PromiseResolve(source), (response) => {
      if (!isResponse(response)) {
        throw new TypeError(`${what}: the source is not a Response`);
      }
      const type = contentTypeOf(response);
      if (type === null || StringPrototypeToLowerCase(type) !== "application/wasm") {
        throw new TypeError(`${what}: the MIME type of the response is not application/wasm`);
      }
      const status = statusOf(response);
      if (status < 200 || status > 299) {
        throw new TypeError(`${what}: the response has the status ${status}`);
      }
      return ReflectApply(arrayBuffer, response, []);
    });

  function start(what, given, source, use) {
    try {
      requireArguments(given, 1, what);
    } catch (error) {
      return PromiseReject(error);
    }
    return PromisePrototypeThen(bytesOf(source, what), use);
  }

  const functions = {
    __proto__: null,
    compileStreaming(source, options = undefined) {
      return start("WebAssembly.compileStreaming", arguments.length, source, (bytes) =>
        ReflectApply(compile, undefined, [bytes, options]));
    },
    instantiateStreaming(source, importObject = undefined, options = undefined) {
      return start("WebAssembly.instantiateStreaming", arguments.length, source, (bytes) =>
        ReflectApply(instantiate, undefined, [bytes, importObject, options]));
    },
    validate(bytes, options = undefined) {
      return wasmHasRoom() && ReflectApply(validate, undefined, [bytes, options]);
    },
  };

  function setup() {
    const { WebAssembly } = global;
    ({ compile, instantiate, validate } = WebAssembly);
    defineOperation(WebAssembly, "validate", functions.validate);
    defineOperation(WebAssembly, "compileStreaming", functions.compileStreaming);
    defineOperation(WebAssembly, "instantiateStreaming", functions.instantiateStreaming);
  }

  internals.wasmStreaming = { __proto__: null, setup };
})
