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

  // Bytes with what all pieces hold, which nobody changes; of a single one itself.
  function joinPieces(pieces) {
    if (pieces.length === 1) {
      return pieces[0];
    }
    const bytes = new Uint8Array(sizeOf(pieces));
    let offset = 0;
    for (let i = 0; i < pieces.length; i++) {
      TypedArrayPrototypeSet(bytes, pieces[i], offset);
      offset += TypedArrayPrototypeGetLength(pieces[i]);
    }
    return bytes;
  }

  function sizeOf(pieces) {
    let size = 0;
    for (let i = 0; i < pieces.length; i++) {
      size += TypedArrayPrototypeGetLength(pieces[i]);
    }
    return size;
  }

  // A copy of a part, that may be given away.
  function copy(bytes, start, end) {
    const offset = TypedArrayPrototypeGetByteOffset(bytes);
    const buffer = TypedArrayPrototypeGetBuffer(bytes);
    return new Uint8Array(ArrayBufferPrototypeSlice(buffer, offset + start, offset + end));
  }

  // Of several pieces none is empty.
  class BlobSource extends Source {
    #pieces;
    // Which of them is next, and how much of it has been read.
    #piece = 0;
    #read = 0;
    stream = null;

    constructor(pieces) {
      super();
      this.#pieces = pieces;
    }

    pull() {
      const { controller } = this.stream;
      const bytes = this.#pieces[this.#piece];
      const length = TypedArrayPrototypeGetLength(bytes);
      const end = MathMin(this.#read + CHUNK, length);
      if (end > this.#read) {
        controller.enqueue(copy(bytes, this.#read, end));
        this.#read = end;
      }
      if (end === length) {
        this.#read = 0;
        this.#piece++;
        if (this.#piece === this.#pieces.length) {
          controller.finish();
        }
      }
    }
  }

  function readableOf(pieces) {
    const source = new BlobSource(pieces);
    source.stream = createReadableBytes(source, 0);
    return source.stream;
  }

  let bytesOf;
  let isBlob;
  let sizeOfBlob;
  let typeOf;

  class Blob {
    // An array of its bytes in pieces, at least one. They are of buffers that no guest code holds, which slices share. Those of
    // a large file that was uploaded stay as they came until somebody wants them in one piece.
    #pieces;
    #size;
    #type;

    // With the token the arguments are the pieces and the type.
    constructor(blobParts = undefined, options = undefined, token = undefined) {
      if (token === constructToken) {
        this.#pieces = blobParts;
        this.#size = sizeOf(blobParts);
        this.#type = options;
        return;
      }
      const what = "Blob constructor";
      const parts = blobParts === undefined
        ? new Queue()
        : toParts(blobParts, `${what}: the parts`);
      const { native, type } = toOptions(options, what);
      const bytes = join(parts, native);
      this.#pieces = [bytes];
      this.#size = TypedArrayPrototypeGetLength(bytes);
      this.#type = type;
    }

    get size() {
      return this.#size;
    }

    get type() {
      return this.#type;
    }

    slice(start = undefined, end = undefined, contentType = undefined) {
      const size = this.#size;
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
      return createBlob(part(bytesOf(this), from, to), type);
    }

    stream() {
      return showReadable(readableOf(this.#pieces));
    }

    textStream() {
      const readable = readableOf(this.#pieces);
      return internals.textStreams.textsOf(readable);
    }

    async text() {
      return decodeAll("utf-8", joinPieces(this.#pieces), false, false);
    }

    async arrayBuffer() {
      return TypedArrayPrototypeGetBuffer(copyOfPieces(this.#pieces));
    }

    async bytes() {
      return copyOfPieces(this.#pieces);
    }

    static {
      bytesOf = (blob) => {
        if (blob.#pieces.length !== 1) {
          blob.#pieces = [joinPieces(blob.#pieces)];
        }
        return blob.#pieces[0];
      };
      isBlob = (value) => typeof value === "object" && value !== null && #pieces in value;
      sizeOfBlob = (blob) => blob.#size;
      typeOf = (blob) => blob.#type;
    }
  }

  const copyOf = (bytes) => copy(bytes, 0, TypedArrayPrototypeGetLength(bytes));

  const copyOfPieces = (pieces) => (pieces.length === 1 ? copyOf(pieces[0]) : joinPieces(pieces));

  // `bytes` must not be the guest's.
  const createBlob = (bytes, type) => new Blob([bytes], type, constructToken);

  let isFile;
  let nameOf;
  let lastModifiedOf;

  class File extends Blob {
    #name;
    #lastModified;

    // With the token: the pieces, the name, the type and the time.
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
      super([join(parts, native)], type, constructToken);
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
    new File([bytes], name, type, constructToken, lastModified);

  // The same of any number of pieces.
  const createFileOfPieces = (pieces, name, type) =>
    new File(pieces.length === 0 ? [new Uint8Array(0)] : pieces, name, type, constructToken, undefined);

  defineInterface(Blob);
  defineInterface(File);
  const { add: addPlatformClass } = internals.platformClasses;
  addPlatformClass(isFile, "File", (file) => ({
    name: nameOf(file), size: sizeOfBlob(file), type: typeOf(file),
  }));
  addPlatformClass(isBlob, "Blob", (blob) => ({
    size: sizeOfBlob(blob), type: typeOf(blob),
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
    __proto__: null, bytesOf, createBlob, createFile, createFileOfPieces, isBlob, isFile, join, joinPieces,
    lastModifiedOf, nameOf, typeOf,
  };
})
