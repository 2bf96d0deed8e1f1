// URLs of Blobs: URL.createObjectURL, and what fetch() answers for them.
//
// Such a URL holds its Blob until it is revoked, or the request that made it has ended: in a context that serves
// many requests, what nobody revokes would be garbage for ever. Those that the top level made stay.
(function (internals) {
  "use strict";
  const {
    Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, NumberParseInt, Set, SetPrototypeAdd,
    SetPrototypeDelete, SetPrototypeForEach, StringPrototypeCharCodeAt, StringPrototypeIndexOf,
    StringPrototypeSlice, StringPrototypeStartsWith, TypeError, TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength, Uint8Array,
  } = internals.primordials;
  const { currentRequest } = internals.asyncContext;
  const { bytesOf, isBlob, typeOf } = internals.blob;
  const { find: findField, toValue } = internals.headers;
  const { find } = internals.requests;
  const { randomUuid } = internals.host;

  class Entry {
    blob;
    // The RequestState of the request that made it; null for the top level.
    state;

    constructor(blob, state) {
      this.blob = blob;
      this.state = state;
    }
  }

  // Map of URL to Entry, made when the first one comes.
  let entries = null;

  function create(blob) {
    if (!isBlob(blob)) {
      throw new TypeError("URL.createObjectURL: the argument is not a Blob");
    }
    const url = `blob:null/${randomUuid()}`;
    const id = currentRequest();
    const state = id === 0 ? null : find(id);
    // Code that goes on after its request has ended gets one that is revoked already.
    if (state !== undefined) {
      entries ??= new Map();
      MapPrototypeSet(entries, url, new Entry(blob, state));
      if (state !== null) {
        state.objectUrls ??= new Set();
        SetPrototypeAdd(state.objectUrls, url);
      }
    }
    return url;
  }

  // What is longer than these URLs is none of them.
  const LENGTH = "blob:null/".length + 36;

  const entryOf = (url) =>
    entries === null || url.length !== LENGTH ? undefined : MapPrototypeGet(entries, url);

  function revoke(url) {
    const entry = entryOf(url);
    if (entry !== undefined) {
      MapPrototypeDelete(entries, url);
      if (entry.state !== null) {
        SetPrototypeDelete(entry.state.objectUrls, url);
      }
    }
  }

  // For requests.js: the request that made these has ended.
  function leave(urls) {
    SetPrototypeForEach(urls, (url) => MapPrototypeDelete(entries, url));
  }

  // The Blob of a URL, whatever its fragment; null for none.
  function blobOf(url) {
    const hash = StringPrototypeIndexOf(url, "#");
    const entry = entryOf(hash === -1 ? url : StringPrototypeSlice(url, 0, hash));
    return entry === undefined ? null : entry.blob;
  }

  // Reads a Range header.
  class Scanner {
    text;
    position;

    constructor(text, position) {
      this.text = text;
      this.position = position;
    }

    skipSpace() {
      while (this.text[this.position] === " " || this.text[this.position] === "\t") {
        this.position++;
      }
    }

    // Whether this character comes next, between spaces. It is taken.
    takes(character) {
      this.skipSpace();
      const found = this.text[this.position] === character;
      this.position++;
      this.skipSpace();
      return found;
    }

    // The number that comes next; -1 for none.
    number() {
      const start = this.position;
      let code = StringPrototypeCharCodeAt(this.text, this.position);
      while (code >= 48 && code <= 57) {
        this.position++;
        code = StringPrototypeCharCodeAt(this.text, this.position);
      }
      return start === this.position
        ? -1
        : NumberParseInt(StringPrototypeSlice(this.text, start, this.position), 10);
    }

    get isAtEnd() {
      return this.position >= this.text.length;
    }
  }

  // What a Range asks for of so many bytes: the first, and the one behind the last. null if there is no such part.
  function toRange(header, size) {
    if (!StringPrototypeStartsWith(header, "bytes")) {
      return null;
    }
    const scanner = new Scanner(header, 5);
    if (!scanner.takes("=")) {
      return null;
    }
    const first = scanner.number();
    if (!scanner.takes("-")) {
      return null;
    }
    const last = scanner.number();
    if (!scanner.isAtEnd || (first === -1 && last === -1) || (last !== -1 && first > last)) {
      return null;
    }
    const start = first === -1 ? (last < size ? size - last : 0) : first;
    const end = first === -1 || last === -1 || last >= size ? size : last + 1;
    return start < end ? { start, end } : null;
  }

  // The response to a request for a Blob.
  function respond(blob, url, headers, signal) {
    const { fromFetch } = internals.response;
    const bytes = bytesOf(blob);
    const size = TypedArrayPrototypeGetLength(bytes);
    const type = `content-type\n${toValue(typeOf(blob))}\n`;
    const header = findField(headers, "range");
    if (header === null) {
      const fields = `content-length\n${size}\n${type}`;
      return shared(fromFetch(200, "OK", fields, bytes, url, false, signal, false));
    }
    const range = toRange(header, size);
    if (range === null) {
      throw new TypeError("fetch: the Blob has no such range");
    }
    const { start, end } = range;
    const fields = `content-length\n${end - start}\n${type}content-range\nbytes ${start}-${end - 1}/${size}\n`;
    const offset = TypedArrayPrototypeGetByteOffset(bytes) + start;
    const part = new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), offset, end - start);
    return shared(fromFetch(206, "Partial Content", fields, part, url, false, signal, false));
  }

  // The bytes are those of the Blob.
  function shared(response) {
    internals.response.describe(response).body.shared = true;
    return response;
  }

  internals.objectUrls = { __proto__: null, blobOf, create, leave, respond, revoke };
})
