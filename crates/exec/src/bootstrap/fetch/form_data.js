// FormData, and the format multipart/form-data.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypePush, StringPrototypeCharCodeAt, StringPrototypeSlice, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
    TypedArrayPrototypeSet, Uint8Array,
  } = internals.primordials;
  const { add: addPlatformClass } = internals.platformClasses;
  const { defineInterface, definePairIterable, requireArguments, toUSVString } = internals.webidl;
  const { decodeAll } = internals.encoding;
  const {
    bytesOf, createFile, createFileOfPieces, isBlob, isFile, join, joinPieces, lastModifiedOf, nameOf, typeOf,
  } = internals.blob;
  const { Queue } = internals.queue;
  const { setPair } = internals.urlSearchParams;
  const { hex } = internals.random;
  const { multipartEnd, multipartNew, multipartParse, multipartStep, randomFill } = internals.host;

  // The value of an entry: a string, or a File.
  function toEntryValue(given, value, filename, what) {
    if (!isBlob(value)) {
      if (given > 2) {
        throw new TypeError(`${what}: a value with a file name must be a Blob`);
      }
      return toUSVString(value);
    }
    if (given > 2 && filename !== undefined) {
      const modified = isFile(value) ? lastModifiedOf(value) : undefined;
      return createFile(bytesOf(value), toUSVString(filename), typeOf(value), modified);
    }
    return isFile(value)
      ? value
      : createFile(bytesOf(value), "blob", typeOf(value), undefined);
  }

  let isFormData;
  let entriesOf;
  let fromEntries;

  class FormData {
    // List of [name, value].
    #entries = [];

    constructor(form = undefined) {
      if (form !== undefined) {
        throw new TypeError("FormData constructor: the argument is not an HTMLFormElement");
      }
    }

    append(name, value, filename = undefined) {
      const entries = this.#entries;
      const what = "FormData.append";
      const given = arguments.length;
      requireArguments(given, 2, what);
      const text = toUSVString(name);
      ArrayPrototypePush(entries, [text, toEntryValue(given, value, filename, what)]);
    }

    delete(name) {
      const entries = this.#entries;
      requireArguments(arguments.length, 1, "FormData.delete");
      const text = toUSVString(name);
      const kept = [];
      for (let i = 0; i < entries.length; i++) {
        if (entries[i][0] !== text) {
          ArrayPrototypePush(kept, entries[i]);
        }
      }
      this.#entries = kept;
    }

    get(name) {
      const entries = this.#entries;
      requireArguments(arguments.length, 1, "FormData.get");
      const text = toUSVString(name);
      for (let i = 0; i < entries.length; i++) {
        if (entries[i][0] === text) {
          return entries[i][1];
        }
      }
      return null;
    }

    getAll(name) {
      const entries = this.#entries;
      requireArguments(arguments.length, 1, "FormData.getAll");
      const text = toUSVString(name);
      const values = [];
      for (let i = 0; i < entries.length; i++) {
        if (entries[i][0] === text) {
          ArrayPrototypePush(values, entries[i][1]);
        }
      }
      return values;
    }

    has(name) {
      const entries = this.#entries;
      requireArguments(arguments.length, 1, "FormData.has");
      const text = toUSVString(name);
      for (let i = 0; i < entries.length; i++) {
        if (entries[i][0] === text) {
          return true;
        }
      }
      return false;
    }

    set(name, value, filename = undefined) {
      const entries = this.#entries;
      const what = "FormData.set";
      const given = arguments.length;
      requireArguments(given, 2, what);
      const text = toUSVString(name);
      this.#entries = setPair(entries, text, toEntryValue(given, value, filename, what));
    }

    static {
      isFormData = (value) => typeof value === "object" && value !== null && #entries in value;
      entriesOf = (data) => data.#entries;
      fromEntries = (entries) => {
        const data = new FormData();
        data.#entries = entries;
        return data;
      };
    }
  }

  definePairIterable(FormData, entriesOf);
  defineInterface(FormData);
  addPlatformClass(isFormData, "FormData", (data) => internals.inspect.fieldsOfPairs(entriesOf(data)));

  // Line breaks as CRLF.
  function normalize(text) {
    let result = "";
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const code = StringPrototypeCharCodeAt(text, i);
      if (code === 13 || code === 10) {
        result += `${StringPrototypeSlice(text, start, i)}\r\n`;
        if (code === 13 && i + 1 < text.length && StringPrototypeCharCodeAt(text, i + 1) === 10) {
          i++;
        }
        start = i + 1;
      }
    }
    return result + StringPrototypeSlice(text, start);
  }

  // A name in a header.
  function escape(name) {
    let result = "";
    let start = 0;
    for (let i = 0; i < name.length; i++) {
      const code = StringPrototypeCharCodeAt(name, i);
      const escaped = code === 10 ? "%0A" : code === 13 ? "%0D" : code === 34 ? "%22" : null;
      if (escaped !== null) {
        result += StringPrototypeSlice(name, start, i) + escaped;
        start = i + 1;
      }
    }
    return result + StringPrototypeSlice(name, start);
  }

  // The bytes of a FormData, and their boundary.
  function serialize(data) {
    const entries = entriesOf(data);
    const random = new Uint8Array(16);
    randomFill(random);
    const boundary = `----FormBoundary${hex(random, 0, 16)}`;
    const parts = new Queue();
    for (let i = 0; i < entries.length; i++) {
      const name = escape(normalize(entries[i][0]));
      const value = entries[i][1];
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
      if (typeof value === "string") {
        parts.push(`${head}\r\n\r\n${normalize(value)}\r\n`);
      } else {
        const type = typeOf(value) === "" ? "application/octet-stream" : typeOf(value);
        parts.push(`${head}; filename="${escape(nameOf(value))}"\r\nContent-Type: ${type}\r\n\r\n`);
        parts.push(bytesOf(value));
        parts.push("\r\n");
      }
    }
    parts.push(`--${boundary}--\r\n`);
    return { boundary, bytes: join(parts, false) };
  }

  // What the items begin with that the host tells of some bytes, as in host/multipart.rs.
  const PART = 0;
  const CONTENT = 1;
  const EARLIER = 2;

  const malformed = () => new TypeError("The body is not valid multipart/form-data");

  // Entries, of what the host finds in the bytes of a form.
  class FormReader {
    #entries = [];
    #name;
    #filename;
    #type;
    // Bytes of the part that is being read.
    #content;

    // `items` are found in `bytes`, which nobody else has.
    take(items, bytes) {
      if (items === null) {
        throw malformed();
      }
      const buffer = TypedArrayPrototypeGetBuffer(bytes);
      const offset = TypedArrayPrototypeGetByteOffset(bytes);
      let i = 0;
      while (i < items.length) {
        const kind = items[i];
        if (kind === PART) {
          this.#name = items[i + 1];
          this.#filename = items[i + 2];
          this.#type = items[i + 3];
          this.#content = [];
          i += 4;
        } else if (kind === CONTENT) {
          const content = new Uint8Array(buffer, offset + items[i + 1], items[i + 2]);
          ArrayPrototypePush(this.#content, content);
          i += 3;
        } else if (kind === EARLIER) {
          ArrayPrototypePush(this.#content, items[i + 1]);
          i += 2;
        } else {
          this.#end();
          i++;
        }
      }
    }

    #end() {
      const filename = this.#filename;
      const value = filename === null
        ? decodeAll("utf-8", joinPieces(this.#content), false, true)
        : createFileOfPieces(this.#content, filename, this.#type);
      ArrayPrototypePush(this.#entries, [this.#name, value]);
      this.#content = null;
    }

    finish() {
      return fromEntries(this.#entries);
    }
  }

  // The FormData that `bytes`, which no guest code holds, are.
  function parseMultipart(bytes, boundary) {
    const reader = new FormReader();
    reader.take(multipartParse(bytes, boundary), bytes);
    return reader.finish();
  }

  // Makes a FormData of chunks. Unless they are ours, the guest may have them, too.
  class FormSink {
    #handle;
    #areOurs;
    #reader = new FormReader();

    constructor(handle, areOurs) {
      this.#handle = handle;
      this.#areOurs = areOurs;
    }

    add(chunk) {
      const bytes = this.#areOurs ? chunk : copyOf(chunk);
      this.#reader.take(multipartStep(this.#handle, bytes), bytes);
    }

    finish() {
      if (!multipartEnd(this.#handle)) {
        throw malformed();
      }
      return this.#reader.finish();
    }
  }

  // One whose buffer is gone is empty.
  function copyOf(chunk) {
    const length = TypedArrayPrototypeGetLength(chunk);
    const copy = new Uint8Array(length);
    if (length !== 0) {
      TypedArrayPrototypeSet(copy, chunk);
    }
    return copy;
  }

  // Throws if it is clear already that it comes to nothing. `host` is the HostBody that nobody else reads, or null.
  function startReading(boundary, host) {
    const handle = multipartNew(boundary, host === null ? undefined : host.id);
    if (handle === null) {
      throw malformed();
    }
    return new FormSink(handle, host !== null);
  }

  internals.formData = {
    __proto__: null, fromEntries, isFormData, parseMultipart, serialize, startReading,
  };
})
