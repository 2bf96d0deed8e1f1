// Parts of the Web APIs that a context evaluates when they are first used.
//
// Most workers use few of the Web APIs, and a context pays for every function that is in it. So the
// files of some APIs are no part of the snapshot; bootstrap/parts.rs lists them, with the
// properties of `internals` and of `internals.globals` that they define. Whoever reads such a
// property for the first time has the files of its part evaluated, in order.
//
// By then guest code may have changed every prototype and every global. So these files follow
// the rules of internal/primordials.js at their top level too: no for-of, no spread, no method of an
// array or of a string, nothing of `Object` or `Reflect` but primordials, and nothing read from a
// prototype that guest code has seen. Other files do not take a property of a part at their
// top level, but where they need it.
//
// The evaluation may be cut off anywhere, by a limit or for want of stack. So the files of a
// part define what they define on an object of their own, whose prototype is `internals`. It becomes
// the property of all only when the last file is done; until then the next one to read it
// begins anew.
(function (internals) {
  "use strict";
  const { ObjectDefineProperty, ObjectSetPrototypeOf, Proxy, ReflectOwnKeys } = internals.primordials;
  const { partCompile, partKeep, partOf } = internals.host;

  function define(object, key, value) {
    ObjectDefineProperty(object, key, {
      __proto__: null, value, writable: true, enumerable: true, configurable: true,
    });
  }

  function defineAll(object, source) {
    const keys = ReflectOwnKeys(source);
    for (let i = 0; i < keys.length; i++) {
      define(object, keys[i], source[keys[i]]);
    }
  }

  function load(part) {
    const globals = { __proto__: internals.globals };
    const own = { __proto__: internals };
    define(own, "globals", globals);
    for (let i = 0; ; i++) {
      const run = partCompile(part, i);
      if (run === undefined) {
        break;
      }
      run(own);
    }
    delete own.globals;
    defineAll(internals.globals, globals);
    defineAll(internals, own);
    partKeep(part);
  }

  // The prototype of `internals` and `internals.globals`: stands for what is not
  // defined yet.
  const absent = (isGlobal, object) => new Proxy({ __proto__: null }, {
    __proto__: null,
    get(_target, key) {
      const part = typeof key === "string" ? partOf(key, isGlobal) : -1;
      if (part === -1) {
        return undefined;
      }
      load(part);
      return object[key];
    },
    has: () => false,
    set(_target, key, value, receiver) {
      define(receiver, key, value);
      return true;
    },
  });
  ObjectSetPrototypeOf(internals, absent(false, internals));
  ObjectSetPrototypeOf(internals.globals, absent(true, internals.globals));

  internals.parts = {
    __proto__: null,
    // A property of `internals`, unless its part is not loaded: then there are no objects of
    // its classes.
    ifLoaded: (key) => (key in internals ? internals[key] : undefined),
    // For the host: the value of a global that is read for the first time.
    loadGlobal: (name) => internals.globals[name],
  };
})
