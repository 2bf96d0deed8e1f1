// FormData, and the format multipart/form-data.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypePush, StringPrototypeCharCodeAt, StringPrototypeSlice, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, Uint8Array,
  } = internals.primordials;
  const { add: addPlatformClass } = internals.platformClasses;
  const { defineInterface, definePairIterable, requireArguments, toUSVString } = internals.webidl;
  const { decodeAll } = internals.encoding;
  const { bytesOf, createFile, isBlob, isFile, join, lastModifiedOf, nameOf, typeOf } =
    internals.blob;
  const { Queue } = internals.streams;
  const { setPair } = internals.urlSearchParams;
  const { hex } = internals.random;
  const { multipartParse, randomFill } = internals.host;

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

  // What the host gives for every part.
  const FIELDS = 5;

  // The FormData that `bytes`, which no guest code holds, are.
  function parseMultipart(bytes, boundary) {
    const parts = multipartParse(bytes, boundary);
    if (parts === null) {
      throw new TypeError("The body is not valid multipart/form-data");
    }
    const buffer = TypedArrayPrototypeGetBuffer(bytes);
    const offset = TypedArrayPrototypeGetByteOffset(bytes);
    const entries = [];
    for (let i = 0; i < parts.length; i += FIELDS) {
      const filename = parts[i + 1];
      const content = new Uint8Array(buffer, offset + parts[i + 3], parts[i + 4]);
      const value = filename === null
        ? decodeAll("utf-8", content, false, true)
        : createFile(content, filename, parts[i + 2], undefined);
      ArrayPrototypePush(entries, [parts[i], value]);
    }
    return fromEntries(entries);
  }

  internals.formData = { __proto__: null, fromEntries, isFormData, parseMultipart, serialize };
})
