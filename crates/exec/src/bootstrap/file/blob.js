// Blob and File.
(function (internals) {
  "use strict";
  const {
    ArrayBufferPrototypeSlice, DateNow, MathFloor, MathMax, MathMin, MathTrunc, NumberIsFinite,
    StringPrototypeCharCodeAt, StringPrototypeSlice, StringPrototypeToLowerCase, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
    TypedArrayPrototypeSet, Uint8Array,
  } = internals.primordials;
  const {
    constructToken, defineInterface, eachItem, isBufferSource, requireArguments, toBytesView,
    toDOMString, toDictionary, toUSVString,
  } = internals.webidl;
  const { decodeAll, encode } = internals.encoding;
  const { Queue, Source, createReadableBytes, showReadable } = internals.streams;

  // What a stream gives at once.
  const CHUNK = 1 << 16;

  // A type as a Blob has it: "" if it has other characters than ASCII's that
  // can be printed.
  function toType(text) {
    for (let i = 0; i < text.length; i++) {
      const code = StringPrototypeCharCodeAt(text, i);
      if (code < 0x20 || code > 0x7e) {
        return "";
      }
    }
    return StringPrototypeToLowerCase(text);
  }

  // [Clamp] long long
  function clamp(value) {
    const number = +value;
    if (!(number === number)) {
      return 0;
    }
    const bounded = MathMin(MathMax(number, -(2 ** 63)), 2 ** 63);
    const below = MathFloor(bounded);
    const rest = bounded - below;
    const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
    return up ? below + 1 : below;
  }

  // long long
  function toLongLong(value) {
    const number = +value;
    if (!NumberIsFinite(number)) {
      return 0;
    }
    const wrapped = MathTrunc(number) % 2 ** 64;
    if (wrapped >= 2 ** 63) {
      return wrapped - 2 ** 64;
    }
    return (wrapped < -(2 ** 63) ? wrapped + 2 ** 64 : wrapped) + 0;
  }

  // Line endings as they are on this system.
  function toNative(text) {
    let result = "";
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      if (StringPrototypeCharCodeAt(text, i) === 13) {
        result += `${StringPrototypeSlice(text, start, i)}\n`;
        if (i + 1 < text.length && StringPrototypeCharCodeAt(text, i + 1) === 10) {
          i++;
        }
        start = i + 1;
      }
    }
    return result + StringPrototypeSlice(text, start);
  }

  // The parts of a Blob: strings, and views of bytes that are not copied yet.
  function toParts(value, what) {
    const parts = new Queue();
    eachItem(value, (item) => {
      if (isBlob(item)) {
        parts.push(bytesOf(item));
      } else if (isBufferSource(item)) {
        parts.push(item);
      } else {
        parts.push(toUSVString(item));
      }
    }, what);
    return parts;
  }

  // New bytes with all of the parts.
  function join(parts, native) {
    const views = new Queue();
    let size = 0;
    while (parts.length !== 0) {
      const part = parts.shift();
      const view = typeof part === "string"
        ? encode(native ? toNative(part) : part)
        : toBytesView(part, "The part");
      views.push(view);
      size += TypedArrayPrototypeGetLength(view);
    }
    const bytes = new Uint8Array(size);
    let offset = 0;
    while (views.length !== 0) {
      const view = views.shift();
      const length = TypedArrayPrototypeGetLength(view);
      if (length !== 0) {
        TypedArrayPrototypeSet(bytes, view, offset);
        offset += length;
      }
    }
    return bytes;
  }

  // The dictionary BlobPropertyBag.
  function toOptions(value, what) {
    const dictionary = toDictionary(value, `${what}: the options`);
    const { endings } = dictionary;
    const text = endings === undefined ? "transparent" : toDOMString(endings);
    if (text !== "transparent" && text !== "native") {
      throw new TypeError(`${what}: endings must be "transparent" or "native"`);
    }
    const { type } = dictionary;
    return {
      dictionary,
      native: text === "native",
      type: type === undefined ? "" : toType(toDOMString(type)),
    };
  }

  function part(bytes, start, end) {
    const offset = TypedArrayPrototypeGetByteOffset(bytes) + start;
    return new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), offset, end - start);
  }

  // A copy of a part, that may be given away.
  function copy(bytes, start, end) {
    const offset = TypedArrayPrototypeGetByteOffset(bytes);
    const buffer = TypedArrayPrototypeGetBuffer(bytes);
    return new Uint8Array(ArrayBufferPrototypeSlice(buffer, offset + start, offset + end));
  }

  class BlobSource extends Source {
    #bytes;
    #read = 0;
    stream = null;

    constructor(bytes) {
      super();
      this.#bytes = bytes;
    }

    pull() {
      const { controller } = this.stream;
      const length = TypedArrayPrototypeGetLength(this.#bytes);
      const end = MathMin(this.#read + CHUNK, length);
      if (end > this.#read) {
        controller.enqueue(copy(this.#bytes, this.#read, end));
        this.#read = end;
      }
      if (end === length) {
        controller.finish();
      }
    }
  }

  function readableOf(bytes) {
    const source = new BlobSource(bytes);
    source.stream = createReadableBytes(source, 0);
    return source.stream;
  }

  let bytesOf;
  let isBlob;
  let typeOf;

  class Blob {
    // Of a buffer that no guest code holds, which slices share.
    #bytes;
    #type;

    // With the token the arguments are the bytes and the type.
    constructor(blobParts = undefined, options = undefined, token = undefined) {
      if (token === constructToken) {
        this.#bytes = blobParts;
        this.#type = options;
        return;
      }
      const what = "Blob constructor";
      const parts = blobParts === undefined
        ? new Queue()
        : toParts(blobParts, `${what}: the parts`);
      const { native, type } = toOptions(options, what);
      this.#bytes = join(parts, native);
      this.#type = type;
    }

    get size() {
      return TypedArrayPrototypeGetLength(this.#bytes);
    }

    get type() {
      return this.#type;
    }

    slice(start = undefined, end = undefined, contentType = undefined) {
      const bytes = this.#bytes;
      const size = TypedArrayPrototypeGetLength(bytes);
      const indexOf = (value, usual) => {
        if (value === undefined) {
          return usual;
        }
        const index = clamp(value);
        return index < 0 ? MathMax(size + index, 0) : MathMin(index, size);
      };
      const from = indexOf(start, 0);
      const to = MathMax(indexOf(end, size), from);
      const type = contentType === undefined ? "" : toType(toDOMString(contentType));
      return createBlob(part(bytes, from, to), type);
    }

    stream() {
      return showReadable(readableOf(this.#bytes));
    }

    textStream() {
      const readable = readableOf(this.#bytes);
      return internals.textStreams.textsOf(readable);
    }

    async text() {
      return decodeAll("utf-8", this.#bytes, false, false);
    }

    async arrayBuffer() {
      return TypedArrayPrototypeGetBuffer(copyOf(this.#bytes));
    }

    async bytes() {
      return copyOf(this.#bytes);
    }

    static {
      bytesOf = (blob) => blob.#bytes;
      isBlob = (value) => typeof value === "object" && value !== null && #bytes in value;
      typeOf = (blob) => blob.#type;
    }
  }

  const copyOf = (bytes) => copy(bytes, 0, TypedArrayPrototypeGetLength(bytes));

  // `bytes` must not be the guest's.
  const createBlob = (bytes, type) => new Blob(bytes, type, constructToken);

  let isFile;
  let nameOf;
  let lastModifiedOf;

  class File extends Blob {
    #name;
    #lastModified;

    // With the token: the bytes, the name, the type and the time.
    constructor(
      fileBits, fileName, options = undefined, token = undefined, lastModified = undefined,
    ) {
      if (token === constructToken) {
        super(fileBits, options, constructToken);
        this.#name = fileName;
        this.#lastModified = lastModified ?? DateNow();
        return;
      }
      const what = "File constructor";
      requireArguments(arguments.length, 2, what);
      const parts = toParts(fileBits, `${what}: the parts`);
      const name = toUSVString(fileName);
      const { dictionary, native, type } = toOptions(options, what);
      const modified = dictionary.lastModified;
      super(join(parts, native), type, constructToken);
      this.#name = name;
      this.#lastModified = modified === undefined ? DateNow() : toLongLong(modified);
    }

    get name() {
      return this.#name;
    }

    get lastModified() {
      return this.#lastModified;
    }

    static {
      isFile = (value) => typeof value === "object" && value !== null && #name in value;
      nameOf = (file) => file.#name;
      lastModifiedOf = (file) => file.#lastModified;
    }
  }

  // `bytes` must not be the guest's.
  const createFile = (bytes, name, type, lastModified) =>
    new File(bytes, name, type, constructToken, lastModified);

  defineInterface(Blob);
  defineInterface(File);
  const { add: addPlatformClass } = internals.platformClasses;
  addPlatformClass(isFile, "File", (file) => ({
    name: nameOf(file), size: TypedArrayPrototypeGetLength(bytesOf(file)), type: typeOf(file),
  }));
  addPlatformClass(isBlob, "Blob", (blob) => ({
    size: TypedArrayPrototypeGetLength(bytesOf(blob)), type: typeOf(blob),
  }));

  // The copy of a Blob or File, which shares the bytes; undefined for anything else.
  function copyObject(value) {
    if (isFile(value)) {
      return createFile(bytesOf(value), nameOf(value), typeOf(value), lastModifiedOf(value));
    }
    return isBlob(value) ? createBlob(bytesOf(value), typeOf(value)) : undefined;
  }

  internals.structuredClone.addCopier(copyObject);

  internals.blob = {
    __proto__: null, bytesOf, createBlob, createFile, isBlob, isFile, join,
    lastModifiedOf, nameOf, typeOf,
  };
})
