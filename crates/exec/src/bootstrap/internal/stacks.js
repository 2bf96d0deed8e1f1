// The `stack` of an error in a worker with source maps, where the host takes
// V8's place: what V8 itself would say, with other places.
(function (internals) {
  "use strict";
  const {
    Error, ReflectApply, ReflectGetOwnPropertyDescriptor, ReflectGetPrototypeOf, global,
  } = internals.primordials;
  const host = internals.host;

  // While V8 asks for a stack, its own getter returns what it says by itself. The
  // guest may have taken it from `error`, but not from an error that is new.
  function ownStack(error) {
    const { get } = ReflectGetOwnPropertyDescriptor(new Error(), "stack");
    return ReflectApply(get, error, []);
  }

  // `error` is what Error.captureStackTrace was called with, perhaps: the global
  // object itself, which nobody may have other than by its proxy.
  function prepare(error, sites) {
    const custom = Error.prepareStackTrace;
    if (typeof custom === "function") {
      const isGlobal = ReflectGetPrototypeOf(error) === ReflectGetPrototypeOf(global);
      return ReflectApply(custom, Error, [isGlobal ? global : error, sites]);
    }
    const stack = ownStack(error);
    return typeof stack === "string" ? host.writtenFrames(stack) ?? stack : stack;
  }

  internals.stacks = { __proto__: null, prepare };
})
