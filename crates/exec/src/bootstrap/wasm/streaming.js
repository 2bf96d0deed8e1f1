// WebAssembly.compileStreaming and instantiateStreaming. The body is collected as
// by arrayBuffer(), with its bounds, and compiled when it is whole.
(function (internals) {
  "use strict";
  const {
    PromisePrototypeThen, PromiseReject, PromiseResolve, ReflectApply, StringPrototypeToLowerCase,
    TypeError, global,
  } = internals.primordials;
  const { contentTypeOf, isResponse, statusOf } = internals.response;
  const { defineOperation, requireArguments } = internals.webidl;
  const { compile, instantiate } = internals.wasmTypes;
  const { arrayBuffer } = internals.globals.Response.prototype;

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
        compile(bytes, options));
    },
    instantiateStreaming(source, importObject = undefined, options = undefined) {
      return start("WebAssembly.instantiateStreaming", arguments.length, source, (bytes) =>
        instantiate(bytes, importObject, options));
    },
  };

  function setup() {
    const { WebAssembly } = global;
    internals.wasmTypes.setup(WebAssembly);
    defineOperation(WebAssembly, "compileStreaming", functions.compileStreaming);
    defineOperation(WebAssembly, "instantiateStreaming", functions.instantiateStreaming);
  }

  internals.wasmStreaming = { __proto__: null, setup };
})
