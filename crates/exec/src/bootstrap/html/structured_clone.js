// structuredClone, as a walk over the value. The host's serialiser, which would
// write a string once for every reference to it, without bound, outside of the
// isolate and deaf to termination, is used for single leaves only.
(function (internals) {
  "use strict";
  const {
    Array, ArrayBuffer, ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetMaxByteLength,
    ArrayBufferPrototypeGetResizable, DataView, DataViewPrototypeGetBuffer,
    DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset, Error, Map,
    MapIteratorPrototypeNext, MapPrototypeEntries, MapPrototypeGet, MapPrototypeHas, MapPrototypeSet,
    Object, ObjectDefineProperty, ObjectPrototypePropertyIsEnumerable,
    ReflectGetOwnPropertyDescriptor, ReflectGetPrototypeOf, Set, SetPrototypeAdd, SetPrototypeForEach,
    String, StringPrototypeSlice, StringPrototypeStartsWith, StringPrototypeValueOf, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
    TypedArrayPrototypeGetToStringTag, TypedArrayPrototypeSet, Uint8Array, errorClasses, isInstance,
    viewClasses,
  } = internals.primordials;
  const { DOMException } = internals;
  const { copy: copyException } = internals.domException;
  const {
    append, defineFunctions, eachItem, isArrayBuffer, isNameless, isObject, isOfInterface, lookUp,
    requireArguments, toDictionary, toDOMString,
  } = internals.webidl;
  const {
    bufferDetach, bufferIsSame, bufferTwin, cloneKind, cloneLeaf, cloneWasmModule, fieldKeys, isPlain,
    namedKeys, viewTracks,
  } = internals.host;

  const ArrayPrototype = Array.prototype;
  const ObjectPrototype = Object.prototype;

  // What the host calls the kinds. Of a plain object whose prototype is
  // Object.prototype it gives the keys instead.
  const NONE = 0;
  const LEAF = 1;
  const PLAIN = 2;
  const ARRAY = 3;
  const MAP = 4;
  const SET = 5;
  const BUFFER = 6;
  const VIEW = 7;
  const ERROR = 8;
  const STRING_OBJECT = 9;
  // Plain, if V8 takes it for that.
  const ORDINARY = 10;
  // With properties that are no elements.
  const NAMED_ARRAY = 11;
  const WASM_MODULE = 12;

  const PREFIX = "DataCloneError: ";

  const cloneError = (message) => new DOMException(message, "DataCloneError");

  const classError = () => cloneError("An object of this class could not be cloned");

  function leaf(value) {
    try {
      return cloneLeaf(value);
    } catch (error) {
      const message = isInstance(error, Error) ? error.message : undefined;
      if (typeof message === "string" && StringPrototypeStartsWith(message, PREFIX)) {
        throw cloneError(StringPrototypeSlice(message, PREFIX.length));
      }
      throw error;
    }
  }

  function define(object, key, value, enumerable) {
    ObjectDefineProperty(object, key, {
      __proto__: null, configurable: true, enumerable, value, writable: true,
    });
  }

  function copyBuffer(buffer) {
    const length = ArrayBufferPrototypeGetByteLength(buffer);
    let bytes;
    try {
      bytes = new Uint8Array(buffer, 0, length);
    } catch {
      throw cloneError("An ArrayBuffer is detached and could not be cloned");
    }
    const options = ArrayBufferPrototypeGetResizable(buffer)
      ? { __proto__: null, maxByteLength: ArrayBufferPrototypeGetMaxByteLength(buffer) }
      : undefined;
    const copy = new ArrayBuffer(length, options);
    TypedArrayPrototypeSet(new Uint8Array(copy), bytes);
    return copy;
  }

  // Whether the length of a view is that of its buffer.
  function isTracking(view, buffer) {
    if (!isArrayBuffer(buffer) || !ArrayBufferPrototypeGetResizable(buffer)) {
      return false;
    }
    const tracks = viewTracks(view);
    if (tracks === null) {
      throw cloneError("A view is out of the bounds of its ArrayBuffer and could not be cloned");
    }
    return tracks;
  }

  // The copy of `view`, on the copy of its buffer.
  function copyView(view, walk) {
    const name = TypedArrayPrototypeGetToStringTag(view);
    const viewed = name === undefined
      ? DataViewPrototypeGetBuffer(view)
      : TypedArrayPrototypeGetBuffer(view);
    if (isTracking(view, viewed)) {
      const viewClass = name === undefined ? DataView : viewClasses[name];
      const offset = name === undefined
        ? DataViewPrototypeGetByteOffset(view)
        : TypedArrayPrototypeGetByteOffset(view);
      return new viewClass(copyOf(viewed, walk), offset);
    }
    if (name !== undefined) {
      const buffer = copyOf(viewed, walk);
      const offset = TypedArrayPrototypeGetByteOffset(view);
      return new viewClasses[name](buffer, offset, TypedArrayPrototypeGetLength(view));
    }
    // The getters throw if the buffer has become too small.
    const offset = DataViewPrototypeGetByteOffset(view);
    const length = DataViewPrototypeGetByteLength(view);
    return new DataView(copyOf(viewed, walk), offset, length);
  }

  function copyError(error) {
    const exception = copyException(error);
    if (exception !== undefined) {
      define(exception, "stack", error.stack, false);
      return exception;
    }
    const { name } = error;
    const constructor = (typeof name === "string" ? lookUp(errorClasses, name) : undefined) ?? Error;
    const message = ReflectGetOwnPropertyDescriptor(error, "message");
    const copy = message === undefined || !("value" in message)
      ? new constructor()
      : new constructor(toDOMString(message.value));
    const { stack } = error;
    if (typeof stack === "string") {
      define(copy, "stack", stack, false);
    }
    return copy;
  }

  // Functions that return the copy of an object of one interface, undefined for
  // anything else.
  const copiers = [];

  function addCopier(copier) {
    copiers[copiers.length] = copier;
  }

  // The copy of an object that V8 takes for a plain one. Objects of the platform's classes are
  // not, as far as their prototypes tell.
  function copyPlain(value) {
    if (!isOfInterface(value)) {
      if (isNameless(value)) {
        throw classError();
      }
      return {};
    }
    for (let i = 0; i < copiers.length; i++) {
      const copy = copiers[i](value);
      if (copy !== undefined) {
        return copy;
      }
    }
    throw classError();
  }

  // An object whose copy has nothing in it yet.
  class Unfilled {
    value;
    copy;
    kind;
    // Its keys, if they are known and its prototype is Object.prototype.
    keys;
    next = null;

    constructor(value, copy, kind, keys) {
      this.value = value;
      this.copy = copy;
      this.kind = kind;
      this.keys = keys;
    }
  }

  // One clone that is being made.
  class Walk {
    // Map of originals to copies.
    copies;
    // Of what is in the originals, none of which is copied recursively.
    #first = null;
    #last = null;

    // `copies` may have some that are whole already.
    constructor(copies) {
      this.copies = copies;
    }

    add(value, copy, kind, keys) {
      const unfilled = new Unfilled(value, copy, kind, keys);
      if (this.#last === null) {
        this.#first = unfilled;
      } else {
        this.#last.next = unfilled;
      }
      this.#last = unfilled;
    }

    take() {
      const first = this.#first;
      if (first !== null) {
        this.#first = first.next;
        if (this.#first === null) {
          this.#last = null;
        }
      }
      return first;
    }
  }

  // The copy of `value`: of an object, without what is in it, unless it has been
  // met before.
  function copyOf(value, walk) {
    if (typeof value === "symbol") {
      throw cloneError("A symbol could not be cloned");
    }
    if (!isObject(value)) {
      return value;
    }
    let copy = MapPrototypeGet(walk.copies, value);
    if (copy !== undefined) {
      return copy;
    }
    let kind = cloneKind(value, ObjectPrototype);
    let keys = null;
    let isWhole = false;
    if (typeof kind === "object") {
      keys = kind;
      kind = PLAIN;
    } else if (kind === ORDINARY) {
      kind = isPlain(value) ? PLAIN : NONE;
    }
    switch (kind) {
      case LEAF:
        copy = leaf(value);
        isWhole = true;
        break;
      case PLAIN:
        copy = keys === null ? copyPlain(value) : {};
        // What is the guest's own on an object of the platform is not copied.
        isWhole = keys === null && isOfInterface(copy);
        break;
      case ARRAY:
      case NAMED_ARRAY:
        copy = new Array(value.length);
        break;
      case MAP:
        copy = new Map();
        break;
      case SET:
        copy = new Set();
        break;
      case BUFFER:
        copy = copyBuffer(value);
        isWhole = true;
        break;
      case VIEW:
        copy = copyView(value, walk);
        isWhole = true;
        break;
      case ERROR:
        copy = copyError(value);
        break;
      case STRING_OBJECT:
        // They share the string, however long it is.
        copy = new String(StringPrototypeValueOf(value));
        isWhole = true;
        break;
      case WASM_MODULE:
        copy = cloneWasmModule(value);
        isWhole = true;
        break;
      default:
        throw cloneError("A value of this type could not be cloned");
    }
    MapPrototypeSet(walk.copies, value, copy);
    if (!isWhole) {
      walk.add(value, copy, kind, keys);
    }
    return copy;
  }

  // No array is longer.
  const MAX_LENGTH = 2 ** 32;
  // Holes of an array in a row after which its elements are listed instead.
  const MAX_HOLES = 1000;

  // `isOwn`: whether what is not found on `prototype` is the object's own. Then
  // an assignment reaches no setter either. `value` and `copy` have that
  // prototype.
  function fillProperty(value, copy, key, prototype, isOwn, walk) {
    if (isOwn && !(key in prototype)) {
      const item = value[key];
      // A getter may have deleted it.
      if (item === undefined && !ObjectPrototypePropertyIsEnumerable(value, key)) {
        return false;
      }
      copy[key] = copyOf(item, walk);
      return true;
    }
    const exists = ObjectPrototypePropertyIsEnumerable(value, key);
    if (exists) {
      define(copy, key, copyOf(value[key], walk), true);
    }
    return exists;
  }

  function fillNamed(value, copy, names, from, prototype, isOwn, walk) {
    for (let i = from; i < names.length; i++) {
      fillProperty(value, copy, names[i], prototype, isOwn, walk);
    }
  }

  // Lists the indices only if the array is sparse: V8 cannot be interrupted
  // meanwhile.
  function fillArray(value, copy, hasNames, walk) {
    const { length } = value;
    const isOwn = ReflectGetPrototypeOf(value) === ArrayPrototype;
    let copied = 0;
    let holes = 0;
    for (let i = 0; i < length && holes <= MAX_HOLES; i++) {
      if (fillProperty(value, copy, i, ArrayPrototype, isOwn, walk)) {
        copied++;
        holes = 0;
      } else {
        holes++;
      }
    }
    if (holes > MAX_HOLES) {
      // Indices come first.
      fillNamed(value, copy, fieldKeys(value, MAX_LENGTH), copied, ArrayPrototype, false, walk);
    } else if (hasNames) {
      fillNamed(value, copy, namedKeys(value), 0, ArrayPrototype, false, walk);
    }
  }

  // Copies what is in an object.
  function fill({ value, copy, kind, keys }, walk) {
    switch (kind) {
      case ARRAY:
        fillArray(value, copy, false, walk);
        break;
      case NAMED_ARRAY:
        fillArray(value, copy, true, walk);
        break;
      case PLAIN: {
        const names = keys === null ? fieldKeys(value, MAX_LENGTH) : keys;
        fillNamed(value, copy, names, 0, ObjectPrototype, keys !== null, walk);
        break;
      }
      case MAP: {
        const entries = MapPrototypeEntries(value);
        let next;
        while (!(next = MapIteratorPrototypeNext(entries)).done) {
          MapPrototypeSet(copy, copyOf(next.value[0], walk), copyOf(next.value[1], walk));
        }
        break;
      }
      case SET:
        SetPrototypeForEach(value, (item) => {
          SetPrototypeAdd(copy, copyOf(item, walk));
        });
        break;
      case ERROR: {
        const cause = ReflectGetOwnPropertyDescriptor(value, "cause");
        if (cause !== undefined && "value" in cause) {
          define(copy, "cause", copyOf(cause.value, walk), false);
        }
        break;
      }
    }
  }

  // `copies` has copies that are there already.
  function clone(value, copies) {
    const walk = new Walk(copies);
    const result = copyOf(value, walk);
    let unfilled;
    while ((unfilled = walk.take()) !== null) {
      fill(unfilled, walk);
    }
    return result;
  }

  // The twin has the same memory, which the original loses in the end; nobody
  // sees both.
  const bufferTransfer = {
    __proto__: null,
    check(buffer, twin) {
      if (!bufferIsSame(buffer, twin)) {
        throw cloneError("An ArrayBuffer is detached already, or was resized meanwhile");
      }
    },
    prepare(buffer) {
      const twin = bufferTwin(buffer);
      if (twin === null) {
        throw cloneError("An ArrayBuffer could not be transferred");
      }
      return twin;
    },
    commit(buffer) {
      bufferDetach(buffer);
    },
  };

  // How an object of its class is transferred: `check` throws if it cannot be,
  // `prepare` returns the object that is found in its place in the clone, and
  // `commit` makes that what the original was.
  function transferOf(value) {
    if (isArrayBuffer(value)) {
      return bufferTransfer;
    }
    const { messagePort } = internals;
    if (messagePort.isPort(value)) {
      return messagePort.transfer;
    }
    const { streamTransfers } = internals;
    if (streamTransfers.readable.accepts(value)) {
      return streamTransfers.readable;
    }
    if (streamTransfers.writable.accepts(value)) {
      return streamTransfers.writable;
    }
    if (streamTransfers.transform.accepts(value)) {
      return streamTransfers.transform;
    }
    throw cloneError("A value of this type cannot be transferred");
  }

  // Clones `value` and transfers the objects of the array `list`. Nothing is
  // transferred unless everything can be. Returns the clone and the MessagePorts
  // among what was transferred, null if there are none.
  function cloneWithTransfer(value, list) {
    const copies = new Map();
    let ports = null;
    for (let i = 0; i < list.length; i++) {
      if (MapPrototypeHas(copies, list[i])) {
        throw cloneError("An object is transferred twice");
      }
      const twin = transferOf(list[i]).prepare(list[i]);
      MapPrototypeSet(copies, list[i], twin);
      if (internals.messagePort.isPort(twin)) {
        ports ??= [];
        append(ports, twin);
      }
    }
    const data = clone(value, copies);
    for (let i = 0; i < list.length; i++) {
      transferOf(list[i]).check(list[i], MapPrototypeGet(copies, list[i]));
    }
    for (let i = 0; i < list.length; i++) {
      const transfer = transferOf(list[i]);
      const twin = MapPrototypeGet(copies, list[i]);
      // Of a TransformStream and one of its ends, one is locked by now.
      transfer.check(list[i], twin);
      transfer.commit(list[i], twin);
    }
    return { data, ports };
  }

  // sequence<object>
  function toTransferList(value, what) {
    const list = [];
    if (value !== undefined) {
      eachItem(value, (item) => {
        if (!isObject(item)) {
          throw new TypeError(`${what}: an item of the transfer list is not an object`);
        }
        append(list, item);
      }, `${what}: the transfer list`);
    }
    return list;
  }

  defineFunctions({
    structuredClone(value, options = undefined) {
      requireArguments(arguments.length, 1, "structuredClone");
      const { transfer } = toDictionary(options, "structuredClone: the options");
      const list = toTransferList(transfer, "structuredClone");
      return list.length === 0 ? clone(value, new Map()) : cloneWithTransfer(value, list).data;
    },
  });
  internals.structuredClone = { __proto__: null, addCopier, cloneWithTransfer, toTransferList };
})
