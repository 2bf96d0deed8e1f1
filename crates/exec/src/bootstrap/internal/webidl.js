// Web IDL: conversions of JavaScript values, interface objects, iterables.
(function (internals) {
  "use strict";
  const {
    ArrayBufferIsView, ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetResizable,
    ArrayPrototypePush, DataView, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength,
    DataViewPrototypeGetByteOffset, IteratorPrototype, MathTrunc, Number, NumberIsFinite,
    ObjectDefineProperty, ObjectFreeze, ObjectGetOwnPropertySymbols, ObjectSetPrototypeOf,
    ReflectApply, ReflectGetOwnPropertyDescriptor, ReflectGetPrototypeOf, ReflectOwnKeys,
    StringPrototypeCharCodeAt, StringPrototypeToWellFormed, SymbolIterator, SymbolToStringTag, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength,
    TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetToStringTag, Uint8Array, viewClasses,
  } = internals.primordials;
  const { fieldKeys, proxyTarget } = internals.host;

  // Passed to constructors that only the bootstrap may use.
  const constructToken = Symbol("construct");

  const ObjectPrototype = Object.prototype;

  const emptyDictionary = ObjectFreeze({ __proto__: null });

  function illegalConstructor() {
    throw new TypeError("Illegal constructor");
  }

  const isObject = (value) =>
    (typeof value === "object" && value !== null) || typeof value === "function";

  function requireArguments(given, required, what) {
    if (given < required) {
      throw new TypeError(
        `${what}: ${required} argument${required === 1 ? "" : "s"} required, ` +
          `but only ${given} present`,
      );
    }
  }

  // The template literal is ToString: it throws for a symbol, unlike String().
  const toDOMString = (value) => (typeof value === "string" ? value : `${value}`);

  // What a table has by this name; undefined if nothing. V8 makes a key of a text before it looks for it, and cannot be
  // interrupted meanwhile: what is too long for a name is none.
  const LONGEST_NAME = 100;
  const lookUp = (table, name) => (name.length > LONGEST_NAME ? undefined : table[name]);

  const toUSVString = (value) => StringPrototypeToWellFormed(toDOMString(value));

  function toByteString(value) {
    const string = toDOMString(value);
    for (let i = 0; i < string.length; i++) {
      const code = StringPrototypeCharCodeAt(string, i);
      if (code > 255) {
        throw new TypeError(
          `Cannot convert to a ByteString: the character at index ${i} has the code ${code}`,
        );
      }
    }
    return string;
  }

  function toUnsignedShort(value) {
    return (typeof value === "number" ? value : +value) & 0xffff;
  }

  // [EnforceRange] unsigned long long
  function toEnforcedUnsigned(value, what) {
    const number = MathTrunc(+value);
    if (!NumberIsFinite(number) || number < 0 || number > Number.MAX_SAFE_INTEGER) {
      throw new TypeError(`${what} is not a number in the range 0 to 2^53-1`);
    }
    return number + 0;
  }

  function toDictionary(value, what) {
    if (value === undefined || value === null) {
      return emptyDictionary;
    }
    if (!isObject(value)) {
      throw new TypeError(`${what} must be an object`);
    }
    return value;
  }

  const isTypedArray = (value) => TypedArrayPrototypeGetToStringTag(value) !== undefined;

  function isArrayBuffer(value) {
    if (typeof value !== "object" || value === null) {
      return false;
    }
    try {
      ArrayBufferPrototypeGetByteLength(value);
      return true;
    } catch {
      return false;
    }
  }

  const isBufferSource = (value) => ArrayBufferIsView(value) || isArrayBuffer(value);

  // Where the bytes of an ArrayBufferView are, and of what class it is.
  function viewParts(view) {
    const name = TypedArrayPrototypeGetToStringTag(view);
    if (name === undefined) {
      return {
        buffer: DataViewPrototypeGetBuffer(view),
        byteLength: DataViewPrototypeGetByteLength(view),
        byteOffset: DataViewPrototypeGetByteOffset(view),
        elementSize: 1,
        viewClass: DataView,
      };
    }
    const viewClass = viewClasses[name];
    return {
      buffer: TypedArrayPrototypeGetBuffer(view),
      byteLength: TypedArrayPrototypeGetByteLength(view),
      byteOffset: TypedArrayPrototypeGetByteOffset(view),
      elementSize: viewClass.BYTES_PER_ELEMENT,
      viewClass,
    };
  }

  // Checks the argument ArrayBufferView of a function that may not be given one
  // whose size changes, or that threads share.
  function toView(value, what) {
    if (!ArrayBufferIsView(value)) {
      throw new TypeError(`${what} must be an ArrayBufferView`);
    }
    // Not of the DataView, whose other getters throw if the buffer is detached.
    const buffer = isTypedArray(value)
      ? TypedArrayPrototypeGetBuffer(value)
      : DataViewPrototypeGetBuffer(value);
    if (!isArrayBuffer(buffer) || ArrayBufferPrototypeGetResizable(buffer)) {
      throw new TypeError(`${what} must not be on a shared or resizable buffer`);
    }
    return value;
  }

  // A Uint8Array over the bytes of a buffer source; TypeError for anything else.
  function toBytesView(value, what) {
    let buffer;
    let offset;
    let length;
    if (!ArrayBufferIsView(value)) {
      if (!isArrayBuffer(value)) {
        throw new TypeError(`${what} must be an ArrayBuffer or an ArrayBufferView`);
      }
      buffer = value;
      offset = 0;
      length = ArrayBufferPrototypeGetByteLength(value);
    } else if (isTypedArray(value)) {
      buffer = TypedArrayPrototypeGetBuffer(value);
      offset = TypedArrayPrototypeGetByteOffset(value);
      length = TypedArrayPrototypeGetByteLength(value);
    } else {
      buffer = DataViewPrototypeGetBuffer(value);
      offset = DataViewPrototypeGetByteOffset(value);
      length = DataViewPrototypeGetByteLength(value);
    }
    // A detached buffer has length 0 and cannot be viewed.
    return length === 0 ? new Uint8Array(0) : new Uint8Array(buffer, offset, length);
  }

  function iterate(iterable, method, visit) {
    const iterator = ReflectApply(method, iterable, []);
    if (!isObject(iterator)) {
      throw new TypeError("The iterator is not an object");
    }
    const next = iterator.next;
    for (;;) {
      const result = ReflectApply(next, iterator, []);
      if (!isObject(result)) {
        throw new TypeError("The iterator result is not an object");
      }
      if (result.done) {
        return;
      }
      visit(result.value);
    }
  }

  // sequence<T>: calls `visit` for every item.
  function eachItem(value, visit, what) {
    const method = isObject(value) ? value[SymbolIterator] : undefined;
    if (typeof method !== "function") {
      throw new TypeError(`${what} is not iterable`);
    }
    iterate(value, method, visit);
  }

  // The longest array or string that is taken for a record, by its indices.
  const MAX_LENGTH = 100_000;

  // sequence<sequence<T>> or record<T, T>, the two object forms of the
  // initialisers of Headers and URLSearchParams.
  function eachPair(init, convert, addItem, addField, what) {
    const method = init[SymbolIterator];
    if (method !== undefined && method !== null) {
      eachItem(init, (item) => {
        const pair = [];
        eachItem(item, (part) => ArrayPrototypePush(pair, convert(part)), `${what} item`);
        if (pair.length !== 2) {
          throw new TypeError(`${what} item must have exactly 2 elements, not ${pair.length}`);
        }
        addItem(pair[0], pair[1]);
      }, what);
      return;
    }
    const addFields = (keys) => {
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i];
        const descriptor = ReflectGetOwnPropertyDescriptor(init, key);
        if (descriptor !== undefined && descriptor.enumerable) {
          addField(convert(key), convert(init[key]));
        }
      }
    };
    if (proxyTarget(init) !== undefined) {
      addFields(ReflectOwnKeys(init));
      return;
    }
    const keys = fieldKeys(init, MAX_LENGTH);
    if (keys === null) {
      throw new TypeError(`${what} has more than ${MAX_LENGTH} elements`);
    }
    addFields(keys);
    // An enumerable one is an error.
    addFields(ObjectGetOwnPropertySymbols(init));
  }

  // Array.prototype.push, without setters that the guest put on Array.prototype.
  function append(array, item) {
    ObjectDefineProperty(array, array.length, {
      __proto__: null, value: item, writable: true, enumerable: true, configurable: true,
    });
  }

  function defineHidden(object, key, value) {
    ObjectDefineProperty(object, key, {
      __proto__: null, value, writable: true, enumerable: false, configurable: true,
    });
  }

  // Of a namespace.
  function defineOperation(object, name, operation) {
    ObjectDefineProperty(object, name, {
      __proto__: null, value: operation, writable: true, enumerable: true, configurable: true,
    });
  }

  function defineTag(prototype, name) {
    ObjectDefineProperty(prototype, SymbolToStringTag, {
      __proto__: null, value: name, writable: false, enumerable: false, configurable: true,
    });
  }

  // An own property's descriptor that can be given to ObjectDefineProperty.
  function descriptorOf(object, key) {
    const descriptor = ReflectGetOwnPropertyDescriptor(object, key);
    ObjectSetPrototypeOf(descriptor, null);
    return descriptor;
  }

  const isOfFunctions = (key) => key === "length" || key === "name" || key === "prototype";

  const isConstructor = (key) => key === "constructor";

  function makeEnumerable(object, isSkipped = isConstructor) {
    const keys = ReflectOwnKeys(object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const descriptor = descriptorOf(object, key);
      if (typeof key === "string" && !isSkipped(key) && descriptor.configurable) {
        descriptor.enumerable = true;
        ObjectDefineProperty(object, key, descriptor);
      }
    }
  }

  // The prototypes of all interfaces.
  const interfacePrototypes = [];
  // Those of other objects of the platform: iterators, and what has no constructor.
  const namelessPrototypes = [];

  function isAmong(prototypes, prototype) {
    for (let i = 0; i < prototypes.length; i++) {
      if (prototypes[i] === prototype) {
        return true;
      }
    }
    return false;
  }

  // Whether the object has such a prototype: what an object of a class of the platform has, unless
  // somebody changed it.
  function isOfInterface(value) {
    let prototype = ReflectGetPrototypeOf(value);
    while (prototype !== null && prototype !== ObjectPrototype) {
      if (isAmong(interfacePrototypes, prototype)) {
        return true;
      }
      prototype = ReflectGetPrototypeOf(prototype);
    }
    return false;
  }

  const isNameless = (value) => isAmong(namelessPrototypes, ReflectGetPrototypeOf(value));

  // The prototype of objects of the platform that are of no interface.
  function defineNameless(prototype, tag) {
    makeEnumerable(prototype);
    defineTag(prototype, tag);
    append(namelessPrototypes, prototype);
  }

  // Gives a class the property attributes of a Web IDL interface object.
  function defineInterface(constructor) {
    makeEnumerable(constructor, isOfFunctions);
    makeEnumerable(constructor.prototype);
    defineTag(constructor.prototype, constructor.name);
    append(interfacePrototypes, constructor.prototype);
    internals.globals[constructor.name] = constructor;
  }

  // The operations of the global object. Methods, since they are no constructors and have no `prototype`.
  function defineFunctions(methods) {
    const names = ReflectOwnKeys(methods);
    for (let i = 0; i < names.length; i++) {
      internals.globals[names[i]] = methods[names[i]];
    }
  }

  const KEYS = 0;
  const VALUES = 1;
  const ENTRIES = 2;

  // iterable<K, V>. `pairsOf(object)` gives the current list of [key, value]
  // and throws for an object of another class.
  function definePairIterable(constructor, pairsOf) {
    class PairIterator {
      #target;
      #kind;
      #index = 0;

      constructor(target, kind) {
        this.#target = target;
        this.#kind = kind;
      }

      next() {
        const pairs = pairsOf(this.#target);
        if (this.#index >= pairs.length) {
          return { value: undefined, done: true };
        }
        const pair = pairs[this.#index++];
        switch (this.#kind) {
          case KEYS:
            return { value: pair[0], done: false };
          case VALUES:
            return { value: pair[1], done: false };
          default:
            return { value: [pair[0], pair[1]], done: false };
        }
      }
    }
    const iteratorPrototype = PairIterator.prototype;
    delete iteratorPrototype.constructor;
    defineNameless(iteratorPrototype, `${constructor.name} Iterator`);
    ObjectSetPrototypeOf(iteratorPrototype, IteratorPrototype);

    function iteratorOf(target, kind) {
      pairsOf(target);
      return new PairIterator(target, kind);
    }

    const methods = {
      entries() {
        return iteratorOf(this, ENTRIES);
      },
      keys() {
        return iteratorOf(this, KEYS);
      },
      values() {
        return iteratorOf(this, VALUES);
      },
      forEach(callback, thisArg = undefined) {
        let pairs = pairsOf(this);
        if (typeof callback !== "function") {
          throw new TypeError(`${constructor.name}.forEach: the callback is not a function`);
        }
        for (let i = 0; i < pairs.length; i++) {
          ReflectApply(callback, thisArg, [pairs[i][1], pairs[i][0], this]);
          pairs = pairsOf(this);
        }
      },
    };
    const { prototype } = constructor;
    defineHidden(prototype, "entries", methods.entries);
    defineHidden(prototype, "keys", methods.keys);
    defineHidden(prototype, "values", methods.values);
    defineHidden(prototype, "forEach", methods.forEach);
    defineHidden(constructor.prototype, SymbolIterator, methods.entries);
  }

  internals.webidl = {
    __proto__: null,
    append,
    constructToken,
    defineFunctions,
    defineHidden,
    defineInterface,
    defineNameless,
    defineOperation,
    definePairIterable,
    descriptorOf,
    defineTag,
    eachItem,
    eachPair,
    emptyDictionary,
    illegalConstructor,
    isArrayBuffer,
    isBufferSource,
    isNameless,
    isObject,
    isOfInterface,
    isTypedArray,
    makeEnumerable,
    requireArguments,
    toByteString,
    toBytesView,
    lookUp,
    toDOMString,
    toDictionary,
    toEnforcedUnsigned,
    toUSVString,
    toUnsignedShort,
    toView,
    viewParts,
  };
})
