// FileReader. The bytes of a Blob are there, so reading one is a few tasks: it
// begins, has everything, is done, is over. They are timers of the request that reads.
(function (internals) {
  "use strict";
  const {
    ArrayBufferPrototypeSlice, ObjectDefineProperty, ReflectApply, StringFromCharCode, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
    Uint8Array,
  } = internals.primordials;
  const { DOMException } = internals;
  const { bytesOf, isBlob, typeOf } = internals.blob;
  const { EventTarget, defineEventHandler, fire } = internals.eventTarget;
  const { ProgressEvent } = internals.progressEvent;
  const { decodeAll } = internals.encoding;
  const { extract } = internals.mime;
  const { current } = internals.requests;
  const { start } = internals.timers;
  const { defineInterface, requireArguments, toDOMString } = internals.webidl;
  const { decoderNormalize } = internals.host;
  const { btoa } = internals.globals;

  const EMPTY = 0;
  const LOADING = 1;
  const DONE = 2;
  const EVENTS = ["loadstart", "progress", "load", "abort", "error", "loadend"];

  // What is made into characters at once.
  const CHUNK = 8192;

  class Handler {
    handler = null;
  }

  let partsOf;

  class FileReader extends EventTarget {
    #parts = { __proto__: null, error: null, handlers: null, read: null, result: null, state: EMPTY };

    constructor() {
      super();
    }

    get readyState() {
      return this.#parts.state;
    }

    get result() {
      return this.#parts.result;
    }

    get error() {
      return this.#parts.error;
    }

    readAsArrayBuffer(blob) {
      read(this, this.#parts, blob, arguments.length, "FileReader.readAsArrayBuffer", toBuffer);
    }

    readAsBinaryString(blob) {
      read(this, this.#parts, blob, arguments.length, "FileReader.readAsBinaryString", toCharacters);
    }

    readAsText(blob, encoding = undefined) {
      const label = encoding === undefined ? null : toDOMString(encoding);
      const toText = (bytes) => decodeAll(encodingOf(bytes, label, typeOf(blob)), bytes, false, false);
      read(this, this.#parts, blob, arguments.length, "FileReader.readAsText", toText);
    }

    readAsDataURL(blob) {
      const toURL = (bytes) => {
        const type = typeOf(blob);
        return `data:${type === "" ? "application/octet-stream" : type};base64,${btoa(toCharacters(bytes))}`;
      };
      read(this, this.#parts, blob, arguments.length, "FileReader.readAsDataURL", toURL);
    }

    abort() {
      const parts = this.#parts;
      parts.result = null;
      if (parts.state !== LOADING) {
        return;
      }
      parts.state = DONE;
      parts.read = null;
      parts.error = new DOMException("The reading was aborted", "AbortError");
      tell(this, "abort", 0, 0);
      if (parts.state !== LOADING) {
        tell(this, "loadend", 0, 0);
      }
    }

    static {
      partsOf = (reader) => reader.#parts;
    }
  }

  function tell(reader, type, loaded, total) {
    fire(reader, new ProgressEvent(type, {
      __proto__: null, lengthComputable: total !== 0, loaded, total,
    }));
  }

  // Reads all of a Blob, and makes the result of its bytes.
  function read(reader, parts, blob, given, what, toResult) {
    requireArguments(given, 1, what);
    if (!isBlob(blob)) {
      throw new TypeError(`${what}: the argument is not a Blob`);
    }
    if (parts.state === LOADING) {
      throw new DOMException("Something is being read already", "InvalidStateError");
    }
    const state = current(what);
    const bytes = bytesOf(blob);
    const size = TypedArrayPrototypeGetLength(bytes);
    // Of this reading: it is another object once it has been aborted.
    const token = { __proto__: null };
    parts.state = LOADING;
    parts.result = null;
    parts.error = null;
    parts.read = token;
    const task = (steps) => {
      start(state, () => {
        if (parts.read === token) {
          steps();
        }
      }, [], 0, false);
    };
    const end = () => {
      parts.state = DONE;
      parts.read = null;
      let type = "load";
      try {
        parts.result = toResult(bytes);
      } catch (error) {
        parts.error = new DOMException(`The Blob cannot be read: ${error.message}`, "NotReadableError");
        type = "error";
      }
      tell(reader, type, size, size);
      // What listeners left to microtasks comes between the two.
      start(state, () => {
        if (parts.state !== LOADING) {
          tell(reader, "loadend", size, size);
        }
      }, [], 0, false);
    };
    task(() => {
      tell(reader, "loadstart", 0, size);
      if (size === 0) {
        task(end);
        return;
      }
      task(() => {
        tell(reader, "progress", size, size);
        task(end);
      });
    });
  }

  function toBuffer(bytes) {
    const offset = TypedArrayPrototypeGetByteOffset(bytes);
    const buffer = TypedArrayPrototypeGetBuffer(bytes);
    return ArrayBufferPrototypeSlice(buffer, offset, offset + TypedArrayPrototypeGetLength(bytes));
  }

  // A character for each byte.
  function toCharacters(bytes) {
    const buffer = TypedArrayPrototypeGetBuffer(bytes);
    const offset = TypedArrayPrototypeGetByteOffset(bytes);
    const length = TypedArrayPrototypeGetLength(bytes);
    let result = "";
    for (let i = 0; i < length; i += CHUNK) {
      const size = i + CHUNK < length ? CHUNK : length - i;
      result += ReflectApply(StringFromCharCode, null, new Uint8Array(buffer, offset + i, size));
    }
    return result;
  }

  // The encoding that a byte order mark says, or else the caller, or else the type of the Blob.
  function encodingOf(bytes, label, type) {
    const length = TypedArrayPrototypeGetLength(bytes);
    if (length >= 2 && bytes[0] === 0xfe && bytes[1] === 0xff) {
      return "utf-16be";
    }
    if (length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe) {
      return "utf-16le";
    }
    if (length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
      return "utf-8";
    }
    const given = label === null ? null : decoderNormalize(label);
    if (given !== null) {
      return given;
    }
    const charset = extract(type)?.get("charset") ?? null;
    return (charset === null ? null : decoderNormalize(charset)) ?? "utf-8";
  }

  for (let i = 0; i < EVENTS.length; i++) {
    const type = EVENTS[i];
    defineEventHandler(FileReader.prototype, type, (reader) => {
      const parts = partsOf(reader);
      parts.handlers ??= { __proto__: null };
      parts.handlers[type] ??= new Handler();
      return parts.handlers[type];
    });
  }
  const STATES = ["EMPTY", "LOADING", "DONE"];
  for (let value = 0; value < STATES.length; value++) {
    const constant = { __proto__: null, value, enumerable: true };
    ObjectDefineProperty(FileReader, STATES[value], constant);
    ObjectDefineProperty(FileReader.prototype, STATES[value], constant);
  }
  defineInterface(FileReader);
})
