// What of WebAssembly adds types to V8's table, which all isolates share and
// which forgets none: compile, instantiate, validate and Module, which read a
// module, and Tag, which has a type by itself.
//
// The host has V8 read the types of a module first, alone, when there is room
// for them; those of the whole are in the table then, whatever becomes of it,
// and whenever it is read. It sees the bytes that V8 copies: no code of the
// worker runs in between, since V8 asks for the options only when it has them.
(function (internals) {
  "use strict";
  const {
    ObjectDefineProperty, PromiseReject, RangeError, ReflectApply, ReflectConstruct, ReflectOwnKeys,
  } = internals.primordials;
  const { defineOperation, descriptorOf } = internals.webidl;
  const { wasmRead, wasmTagBegins, wasmTagEnds } = internals.host;

  // V8's own. It adds WebAssembly to a context when it is restored, and not to
  // the snapshot.
  const v8 = {
    __proto__: null, CompileError: undefined, Module: undefined, Tag: undefined,
    compile: undefined, instantiate: undefined, validate: undefined,
  };

  // Why the module with these bytes is not read, if so. What is no bytes is left
  // to V8.
  const refusal = (bytes) => wasmRead(v8.validate, bytes);

  const compileError = (what, reason) => new v8.CompileError("WebAssembly." + what + "(): " + reason);

  // A promise. `given` are the arguments of V8's function of this name.
  function start(name, given) {
    const reason = refusal(given[0]);
    if (reason !== undefined) {
      return PromiseReject(compileError(name, reason));
    }
    return ReflectApply(v8[name], undefined, given);
  }

  const functions = {
    __proto__: null,
    compile(bytes) {
      return start("compile", arguments);
    },
    instantiate(bytes) {
      return start("instantiate", arguments);
    },
    validate(bytes) {
      return refusal(bytes) === undefined && ReflectApply(v8.validate, undefined, arguments);
    },
  };

  function Module(bytes) {
    if (new.target === undefined) {
      return ReflectApply(v8.Module, undefined, arguments);
    }
    const reason = refusal(bytes);
    if (reason !== undefined) {
      throw compileError("Module", reason);
    }
    return ReflectConstruct(v8.Module, arguments, new.target);
  }

  function Tag(type) {
    if (new.target === undefined) {
      return ReflectApply(v8.Tag, undefined, arguments);
    }
    const before = wasmTagBegins();
    if (typeof before === "string") {
      throw new RangeError("WebAssembly.Tag(): " + before);
    }
    const tag = ReflectConstruct(v8.Tag, arguments, new.target);
    wasmTagEnds(before);
    return tag;
  }

  const isOfFunctions = (key) => key === "length" || key === "name" || key === "prototype";

  // Puts a constructor of ours in the place of V8's.
  function replace(namespace, name, constructor) {
    const original = namespace[name];
    v8[name] = original;
    const { prototype } = original;
    const keys = ReflectOwnKeys(original);
    for (let i = 0; i < keys.length; i++) {
      if (!isOfFunctions(keys[i])) {
        ObjectDefineProperty(constructor, keys[i], descriptorOf(original, keys[i]));
      }
    }
    ObjectDefineProperty(constructor, "prototype", { __proto__: null, value: prototype, writable: false });
    ObjectDefineProperty(prototype, "constructor", { __proto__: null, value: constructor });
    ObjectDefineProperty(namespace, name, { __proto__: null, value: constructor });
  }

  function setup(namespace) {
    v8.CompileError = namespace.CompileError;
    for (const name in functions) {
      v8[name] = namespace[name];
      defineOperation(namespace, name, functions[name]);
    }
    replace(namespace, "Module", Module);
    replace(namespace, "Tag", Tag);
  }

  internals.wasmTypes = { __proto__: null, ...functions, setup };
})
