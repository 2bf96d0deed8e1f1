// The built-in modules of this context: node:path and its like. Each is a file of
// bootstrap/node/, which is no part of the snapshot; vocabulary/built_in.rs has the
// rules that they are written by.
(function (internals) {
  "use strict";
  const { primordials } = internals;
  const { Error, ObjectDefineProperty, ReflectApply, global } = primordials;
  const { builtInCompile, builtInKeep } = internals.host;
  const { defineHidden } = internals.webidl;

  // By their names, those whose evaluation has begun.
  const modules = { __proto__: null };

  // The exports of the module of this name, which is evaluated unless it was.
  function load(name) {
    const known = modules[name];
    if (known !== undefined) {
      return known.exports;
    }
    const run = builtInCompile(name);
    if (run === undefined) {
      throw new Error(`there is no built-in module '${name}'`);
    }
    const module = { __proto__: null, exports: {}, id: name };
    modules[name] = module;
    try {
      ReflectApply(run, undefined, [module.exports, load, module, internals, primordials]);
    } catch (error) {
      delete modules[name];
      throw error;
    }
    builtInKeep(name, run);
    return module.exports;
  }

  // Until it is read for the first time, the global stands for a module that has
  // not been evaluated.
  function defineLazily(key, name, member) {
    ObjectDefineProperty(global, key, {
      __proto__: null,
      configurable: true,
      enumerable: false,
      get() {
        const exported = load(name);
        const value = member === "" ? exported : exported[member];
        defineHidden(global, key, value);
        return value;
      },
      set(value) {
        defineHidden(global, key, value);
      },
    });
  }

  // For workers with nodejs_compat.
  function installGlobals() {
    defineHidden(global, "global", global);
    defineLazily("Buffer", "buffer", "Buffer");
    defineLazily("clearImmediate", "timers", "clearImmediate");
    defineLazily("process", "process", "");
    defineLazily("setImmediate", "timers", "setImmediate");
  }

  internals.builtIns = { __proto__: null, installGlobals, load };
})
