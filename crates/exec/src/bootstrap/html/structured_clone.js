// structuredClone, as a walk over the value. The host's serialiser, which would
// write a string once for every reference to it, without bound, outside of the
// isolate and deaf to termination, is used for single leaves only.
(function (internals) {
  "use strict";
  const {
    Array, ArrayBuffer, ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetMaxByteLength,
    ArrayBufferPrototypeGetResizable, DataView, DataViewPrototypeGetBuffer,
    DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset, Error, Map, MapIteratorPrototypeNext, MapPrototypeEntries, MapPrototypeGet,
    MapPrototypeGetSize, MapPrototypeHas, MapPrototypeSet, ObjectDefineProperty,
    ObjectPrototypePropertyIsEnumerable, ReflectGetOwnPropertyDescriptor, Set,
    SetPrototypeAdd, SetPrototypeForEach, String, StringPrototypeSlice,
    StringPrototypeStartsWith, StringPrototypeValueOf, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
    TypedArrayPrototypeGetToStringTag, TypedArrayPrototypeSet, Uint8Array, global, isInstance,
    viewClasses,
  } = internals.primordials;
  const { DOMException } = internals;
  const { copy: copyException } = internals.domException;
  const {
    append, eachItem, isArrayBuffer, isObject, isOfInterface, requireArguments, toDictionary, toDOMString,
  } = internals.webidl;
  const { bufferDetach, bufferIsSame, bufferTwin, cloneKind, cloneLeaf, fieldKeys, namedKeys, viewTracks } = internals.host;

  // What the host calls the kinds.
  const LEAF = 1;
  const PLAIN = 2;
  const ARRAY = 3;
  const MAP = 4;
  const SET = 5;
  const BUFFER = 6;
  const VIEW = 7;
  const ERROR = 8;
  const STRING_OBJECT = 9;

  const PREFIX = "DataCloneError: ";

  const errorClasses = { __proto__: null };
  for (const name of [
    "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError",
  ]) {
    errorClasses[name] = global[name];
  }

  const cloneError = (message) => new DOMException(message, "DataCloneError");

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
  function copyView(view, copies) {
    const name = TypedArrayPrototypeGetToStringTag(view);
    const viewed = name === undefined
      ? DataViewPrototypeGetBuffer(view)
      : TypedArrayPrototypeGetBuffer(view);
    if (isTracking(view, viewed)) {
      const viewClass = name === undefined ? DataView : viewClasses[name];
      const offset = name === undefined
        ? DataViewPrototypeGetByteOffset(view)
        : TypedArrayPrototypeGetByteOffset(view);
      return new viewClass(copyOf(viewed, copies), offset);
    }
    if (name !== undefined) {
      const buffer = copyOf(viewed, copies);
      const offset = TypedArrayPrototypeGetByteOffset(view);
      return new viewClasses[name](buffer, offset, TypedArrayPrototypeGetLength(view));
    }
    // The getters throw if the buffer has become too small.
    const offset = DataViewPrototypeGetByteOffset(view);
    const length = DataViewPrototypeGetByteLength(view);
    return new DataView(copyOf(viewed, copies), offset, length);
  }

  function copyError(error) {
    const exception = copyException(error);
    if (exception !== undefined) {
      define(exception, "stack", error.stack, false);
      return exception;
    }
    const { name } = error;
    const constructor = (typeof name === "string" ? errorClasses[name] : undefined) ?? Error;
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

  // The copy of an object that V8 takes for a plain one. Objects of the platform's classes are
  // not, as far as their prototypes tell.
  function copyPlain(value) {
    if (!isOfInterface(value)) {
      return {};
    }
    const copy = internals.blob.copy(value);
    if (copy === undefined) {
      throw cloneError("An object of this class could not be cloned");
    }
    return copy;
  }

  // The copy of `value`: of an object, without what is in it, unless it is in
  // the Map `copies` already.
  function copyOf(value, copies) {
    if (typeof value === "symbol") {
      throw cloneError("A symbol could not be cloned");
    }
    if (!isObject(value)) {
      return value;
    }
    let copy = MapPrototypeGet(copies, value);
    if (copy !== undefined) {
      return copy;
    }
    switch (cloneKind(value)) {
      case LEAF:
        copy = leaf(value);
        break;
      case PLAIN:
        copy = copyPlain(value);
        break;
      case ARRAY:
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
        break;
      case VIEW:
        copy = copyView(value, copies);
        break;
      case ERROR:
        copy = copyError(value);
        break;
      case STRING_OBJECT:
        // They share the string, however long it is.
        copy = new String(StringPrototypeValueOf(value));
        break;
      default:
        throw cloneError("A value of this type could not be cloned");
    }
    MapPrototypeSet(copies, value, copy);
    return copy;
  }

  // No array is longer.
  const MAX_LENGTH = 2 ** 32;
  // Holes of an array in a row after which its elements are listed instead.
  const MAX_HOLES = 1000;

  function fillProperty(value, copy, key, copies) {
    // A getter may have deleted it.
    const exists = ObjectPrototypePropertyIsEnumerable(value, key);
    if (exists) {
      define(copy, key, copyOf(value[key], copies), true);
    }
    return exists;
  }

  function fillNamed(value, copy, names, from, copies) {
    for (let i = from; i < names.length; i++) {
      fillProperty(value, copy, names[i], copies);
    }
  }

  // Lists the indices only if the array is sparse: V8 cannot be interrupted
  // meanwhile.
  function fillArray(value, copy, copies) {
    const { length } = value;
    let copied = 0;
    let holes = 0;
    for (let i = 0; i < length && holes <= MAX_HOLES; i++) {
      if (fillProperty(value, copy, i, copies)) {
        copied++;
        holes = 0;
      } else {
        holes++;
      }
    }
    if (holes > MAX_HOLES) {
      // Indices come first.
      fillNamed(value, copy, fieldKeys(value, MAX_LENGTH), copied, copies);
    } else {
      fillNamed(value, copy, namedKeys(value), 0, copies);
    }
  }

  // Copies what is in `value`.
  function fill(value, copy, copies) {
    switch (cloneKind(value)) {
      case ARRAY:
        fillArray(value, copy, copies);
        break;
      case PLAIN:
        // What is the guest's own on an object of the platform is not copied.
        if (isOfInterface(copy)) {
          break;
        }
        fillNamed(value, copy, fieldKeys(value, MAX_LENGTH), 0, copies);
        break;
      case MAP: {
        const entries = MapPrototypeEntries(value);
        let next;
        while (!(next = MapIteratorPrototypeNext(entries)).done) {
          MapPrototypeSet(copy, copyOf(next.value[0], copies), copyOf(next.value[1], copies));
        }
        break;
      }
      case SET:
        SetPrototypeForEach(value, (item) => {
          SetPrototypeAdd(copy, copyOf(item, copies));
        });
        break;
      case ERROR: {
        const cause = ReflectGetOwnPropertyDescriptor(value, "cause");
        if (cause !== undefined && "value" in cause) {
          define(copy, "cause", copyOf(cause.value, copies), false);
        }
        break;
      }
    }
  }

  // `copies` has copies that are there already.
  function clone(value, copies) {
    const entries = MapPrototypeEntries(copies);
    for (let known = MapPrototypeGetSize(copies); known > 0; known--) {
      MapIteratorPrototypeNext(entries);
    }
    const result = copyOf(value, copies);
    // What is copied on the way is added to the map and so visited, too.
    let next;
    while (!(next = MapIteratorPrototypeNext(entries)).done) {
      fill(next.value[0], next.value[1], copies);
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
    const { messagePort, streamTransfers } = internals;
    if (messagePort.isPort(value)) {
      return messagePort.transfer;
    }
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

  function structuredClone(value, options = undefined) {
    requireArguments(arguments.length, 1, "structuredClone");
    const { transfer } = toDictionary(options, "structuredClone: the options");
    const list = toTransferList(transfer, "structuredClone");
    return list.length === 0 ? clone(value, new Map()) : cloneWithTransfer(value, list).data;
  }

  internals.globals.structuredClone = structuredClone;
  internals.structuredClone = { __proto__: null, cloneWithTransfer, toTransferList };
})
