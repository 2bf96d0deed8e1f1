// Bodies of Request and Response. A body is in memory as a whole, a string or
// bytes, or the host has it, or it is a stream. What is none gets a stream when
// somebody asks for `body`; who reads it otherwise does not pay for streams, and
// what the host has and nobody reads is given back as it is.
(function (internals) {
  "use strict";
  const {
    ArrayBufferPrototypeGetByteLength, JSONParse, ObjectDefineProperty, PromisePrototypeThen,
    PromiseResolve,
    StringPrototypeCharCodeAt, StringPrototypeSlice, SymbolAsyncIterator, TypeError, TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
    Uint8Array,
  } = internals.primordials;
  const { ifLoaded } = internals.parts;
  const { isAborted, partsOf } = internals.abort;
  const { isBufferSource, isObject, toBytesView, toUSVString } = internals.webidl;
  const { HostBody, readAll } = internals.hostBody;

  const TEXT_TYPE = "text/plain;charset=UTF-8";
  const FORM_TYPE = "application/x-www-form-urlencoded;charset=UTF-8";

  class Body {
    // Well-formed string, or Uint8Array that no guest code holds; null if it is
    // a stream, or the host has it.
    source;
    // The HostBody, or null.
    host = null;
    // Default Content-Type or null.
    type;
    // Without a stream: whether it has been read.
    used = false;
    // A clone holds the same bytes, so that they cannot be given away.
    shared = false;
    // It was given as a stream, or came over the network: it is sent once, even if all of it is in memory.
    once = false;
    // The stream, and the ReadableStream; null until somebody asks.
    stream = null;
    shown = null;
    // The signal of the fetch that it is the answer to, whose abort takes it away; or null.
    signal = null;

    constructor(source, type) {
      this.source = source;
      this.type = type;
    }
  }

  function ofStream(stream, shown) {
    const { origin } = stream;
    const body = new Body(origin === null ? null : origin.source, null);
    if (origin !== null) {
      body.host = origin.host;
      body.shared = origin.shared;
      body.signal = origin.signal;
    }
    body.once = true;
    body.stream = stream;
    body.shown = shown;
    return body;
  }

  // Whether its contents have to be awaited.
  const isStreamed = (body) => body !== null && body.source === null;

  // Whether somebody has read of it.
  const isUsed = (body) =>
    body !== null && (body.stream === null ? body.used : body.stream.disturbed);

  function copyBytes(view) {
    const copy = new Uint8Array(TypedArrayPrototypeGetLength(view));
    TypedArrayPrototypeSet(copy, view);
    return copy;
  }

  // BodyInit to Body.
  function extract(init) {
    if (typeof init === "string") {
      return new Body(toUSVString(init), TEXT_TYPE);
    }
    if (isBufferSource(init)) {
      return new Body(copyBytes(toBytesView(init, "The body")), null);
    }
    const body = isObject(init) ? extractObject(init) : null;
    return body ?? new Body(toUSVString(init), TEXT_TYPE);
  }

  // null if it is of none of these classes. A part that is not loaded has no objects.
  function extractObject(init) {
    if (ifLoaded("urlSearchParams")?.isParams(init)) {
      return new Body(internals.urlSearchParams.serialize(init), FORM_TYPE);
    }
    if (ifLoaded("blob")?.isBlob(init)) {
      return ofBlob(init);
    }
    if (ifLoaded("formData")?.isFormData(init)) {
      const { boundary, bytes } = internals.formData.serialize(init);
      return new Body(bytes, `multipart/form-data; boundary=${boundary}`);
    }
    if (ifLoaded("streams")?.isReadable(init)) {
      const body = ofStream(internals.streams.readableOf(init), init);
      checkUsable(body);
      return body;
    }
    // Not of the standard, which takes it for a text; but what answers bit by bit under Node.js and Deno hands it over.
    if (typeof init[SymbolAsyncIterator] === "function") {
      return ofStream(internals.streams.fromIterable(init), null);
    }
    return null;
  }

  // The Blob keeps its bytes.
  function ofBlob(blob) {
    const { bytesOf: blobBytes, typeOf } = internals.blob;
    const type = typeOf(blob);
    const body = new Body(blobBytes(blob), type === "" ? null : type);
    body.shared = true;
    return body;
  }

  function checkUsable(body) {
    if (isUsed(body)) {
      throw new TypeError("The body has already been used");
    }
    if (body.stream !== null && internals.streams.readable.isLocked(body.stream)) {
      throw new TypeError("The body's stream is locked");
    }
  }

  // The same, for one that is to be read. It is used then in any case.
  function checkReadable(body) {
    checkUsable(body);
    if (body.signal !== null && isAborted(body.signal)) {
      if (body.stream === null) {
        body.used = true;
      } else {
        body.stream.disturbed = true;
      }
      throw partsOf(body.signal).reason;
    }
  }

  // Marks a body that is in memory as used and gives its contents.
  function take(body) {
    checkReadable(body);
    if (body.stream === null) {
      body.used = true;
    } else {
      internals.bodyStream.exhaust(body.stream);
    }
    return body.source;
  }

  // Whether the host has all of it still.
  const isUntouched = (body) =>
    body.host !== null && (body.stream === null || body.stream.origin !== null);

  // Marks a body that is untouched as used and gives what the host has.
  function takeHost(body) {
    checkReadable(body);
    body.host.taken = true;
    body.host.unfollow();
    if (body.stream === null) {
      body.used = true;
    } else {
      internals.bodyStream.exhaust(body.stream);
    }
    return body.host;
  }

  // What came from the host: null, a Uint8Array, or the number of a body to be read.
  function fromHost(given, signal, coded) {
    if (given === null) {
      return null;
    }
    if (typeof given !== "number") {
      const body = new Body(given, null);
      body.once = true;
      body.signal = signal;
      return body;
    }
    return ofHost(new HostBody(given, signal, coded));
  }

  function ofHost(host) {
    const body = new Body(null, null);
    body.host = host;
    body.signal = host.signal;
    return body;
  }

  // What the host is given for a body that it need not be written to: null, a
  // string, bytes or the number of one that it has. undefined for a stream. `isAnswer`: of
  // the request.
  function forHost(body, isAnswer) {
    if (!isStreamed(body)) {
      return body === null ? null : take(body);
    }
    if (!isUntouched(body)) {
      return undefined;
    }
    const host = takeHost(body);
    host.breakWithSignal(isAnswer);
    return host.id;
  }

  // Whether what forHost gave for a body has the content codings that its headers tell of.
  const isCoded = (body, given) =>
    body === null || (typeof given === "number" && body.host.coded);

  // Nobody will read it.
  function discard(body, reason) {
    if (isStreamed(body)) {
      const { markHandled, readable } = internals.streams;
      markHandled(readable.cancel(streamOf(body), reason));
    }
  }

  // A new body with the contents of `body`, which is used thereby.
  function transfer(body) {
    if (isStreamed(body) && isUntouched(body)) {
      const { coded, id, signal } = takeHost(body);
      return ofHost(new HostBody(id, signal, coded));
    }
    if (isStreamed(body)) {
      checkUsable(body);
      const { Transformer, createTransform, markHandled, pipe } = internals.streams;
      const { readable, writable } = createTransform(new Transformer());
      markHandled(pipe(body.stream, writable, {
        __proto__: null,
        preventAbort: false,
        preventCancel: false,
        preventClose: false,
        signal: undefined,
      }));
      readable.length = body.stream.length;
      return ofStream(readable, null);
    }
    const result = new Body(take(body), null);
    result.once = body.once;
    result.shared = body.shared;
    return result;
  }

  function clone(body) {
    if (body === null) {
      return null;
    }
    checkUsable(body);
    const result = new Body(body.source, body.type);
    result.once = body.once;
    result.signal = body.signal;
    if (isStreamed(body)) {
      const { first, second } = internals.streams.tee(streamOf(body), true);
      body.stream = first;
      result.stream = second;
    } else {
      body.shared = true;
      result.shared = true;
      if (body.stream !== null) {
        internals.bodyStream.exhaust(body.stream);
        body.stream = null;
      }
    }
    body.shown = null;
    return result;
  }

  // Marks a body that is in memory as used and gives its contents, "" for none.
  const consume = (body) => (body === null ? "" : take(body));

  // Marks a body that is streamed as used; a promise of an object with its
  // `bytes`.
  function collect(body) {
    if (isUntouched(body)) {
      return PromisePrototypeThen(readAll(takeHost(body)), (bytes) => ({
        __proto__: null, bytes: bytes ?? new Uint8Array(0),
      }));
    }
    checkUsable(body);
    const { ByteSink, collectStream } = internals.bodyStream;
    return PromisePrototypeThen(collectStream(body.stream, new ByteSink()), ({ result }) => ({
      __proto__: null, bytes: result,
    }));
  }

  // A promise of an object with all `bytes` of a body.
  const contentsOf = (body) =>
    isStreamed(body)
      ? collect(body)
      : PromiseResolve({ __proto__: null, bytes: consumeBytes(body) });

  // A body of bytes that nobody else has.
  const ofBytes = (bytes) => new Body(bytes, null);

  function streamOf(body, gathers = false) {
    if (body.stream === null) {
      const { exhaust, streamOfHost, streamOfMemory } = internals.bodyStream;
      body.stream = body.host === null ? streamOfMemory(body, bytesOf) : streamOfHost(body, gathers);
      if (body.used) {
        exhaust(body.stream);
      }
    }
    return body.stream;
  }

  // The stream of a body, as the guest sees it.
  function show(body) {
    if (body.shown === null) {
      body.shown = internals.streams.showReadable(streamOf(body));
      adopt(body);
    }
    return body.shown;
  }

  // It is the body of a Request or Response: so is its stream, if it has one.
  function adopt(body) {
    if (body.stream !== null) {
      body.stream.isBody = true;
    }
    return body;
  }

  function consumeText(body) {
    const source = consume(body);
    if (typeof source !== "string") {
      return decodeText(source);
    }
    // The decoder would drop a byte order mark too.
    return source !== "" && StringPrototypeCharCodeAt(source, 0) === 0xfeff
      ? StringPrototypeSlice(source, 1)
      : source;
  }

  // Bytes that belong to the caller.
  function bytesOf({ shared, source }) {
    if (typeof source === "string") {
      return internals.encoding.encode(source);
    }
    return shared ? copyBytes(source) : source;
  }

  function consumeBytes(body) {
    if (body === null) {
      return new Uint8Array(0);
    }
    take(body);
    return bytesOf(body);
  }

  const decodeText = (bytes) => internals.encoding.decodeAll("utf-8", bytes, false, false);

  // The buffer of bytes that belong to the caller, of just their size.
  function toArrayBuffer(bytes) {
    const buffer = TypedArrayPrototypeGetBuffer(bytes);
    const length = TypedArrayPrototypeGetLength(bytes);
    if (ArrayBufferPrototypeGetByteLength(buffer) === length) {
      return buffer;
    }
    const offset = TypedArrayPrototypeGetByteOffset(bytes);
    return TypedArrayPrototypeGetBuffer(copyBytes(new Uint8Array(buffer, offset, length)));
  }

  // A promise of an object with the `result`, the FormData that a body is. One that streams is read as it comes, and no
  // further than to where it turns out to be none.
  function readForm(body, mime) {
    const { encoding, formData, urlSearchParams } = internals;
    const essence = mime === null ? "" : mime.essence;
    if (essence === "application/x-www-form-urlencoded") {
      return PromisePrototypeThen(contentsOf(body), ({ bytes }) => {
        const entries = urlSearchParams.parse(encoding.decodeAll("utf-8", bytes, false, true));
        return { __proto__: null, result: formData.fromEntries(entries) };
      });
    }
    const boundary = essence === "multipart/form-data" ? mime.get("boundary") : null;
    if (boundary === null) {
      // What the body fails with goes first.
      return PromisePrototypeThen(contentsOf(body), () => {
        throw new TypeError("The Content-Type of the body is not that of a form");
      });
    }
    if (!isStreamed(body)) {
      const result = formData.parseMultipart(consumeBytes(body), boundary);
      return PromiseResolve({ __proto__: null, result });
    }
    checkReadable(body);
    const isOurs = isUntouched(body);
    let sink;
    try {
      sink = formData.startReading(boundary, isOurs ? body.host : null);
    } catch (error) {
      discard(body, error);
      throw error;
    }
    return internals.bodyStream.collectStream(streamOf(body, isOurs), sink);
  }

  // Adds the Body mixin to a class. `bodyOf(object)` gives its Body or null, and
  // throws for an object of another class; `contentTypeOf(object)` gives the
  // header, or null. Call it before defineInterface.
  function defineBody(constructor, bodyOf, contentTypeOf) {
    const members = {
      get body() {
        const body = bodyOf(this);
        return body === null ? null : show(body);
      },
      get bodyUsed() {
        return isUsed(bodyOf(this));
      },
      async arrayBuffer() {
        const body = bodyOf(this);
        return toArrayBuffer(isStreamed(body) ? (await collect(body)).bytes : consumeBytes(body));
      },
      async blob() {
        const body = bodyOf(this);
        const bytes = isStreamed(body) ? (await collect(body)).bytes : consumeBytes(body);
        const mime = internals.mime.extract(contentTypeOf(this));
        return internals.blob.createBlob(bytes, mime === null ? "" : mime.serialize());
      },
      async bytes() {
        const body = bodyOf(this);
        return isStreamed(body) ? (await collect(body)).bytes : consumeBytes(body);
      },
      async formData() {
        const body = bodyOf(this);
        return (await readForm(body, internals.mime.extract(contentTypeOf(this)))).result;
      },
      async json() {
        const body = bodyOf(this);
        return JSONParse(
          isStreamed(body) ? decodeText((await collect(body)).bytes) : consumeText(body),
        );
      },
      async text() {
        const body = bodyOf(this);
        return isStreamed(body) ? decodeText((await collect(body)).bytes) : consumeText(body);
      },
      textStream() {
        const body = bodyOf(this);
        if (body === null) {
          return internals.textStreams.textsOf(null);
        }
        checkUsable(body);
        return internals.textStreams.textsOf(streamOf(body));
      },
    };
    for (const name of Object.keys(members)) {
      const descriptor = Object.getOwnPropertyDescriptor(members, name);
      ObjectDefineProperty(constructor.prototype, name, descriptor);
    }
  }

  internals.body = {
    __proto__: null,
    Body,
    adopt,
    checkUsable,
    clone,
    contentsOf,
    defineBody,
    discard,
    extract,
    forHost,
    fromHost,
    isCoded,
    isStreamed,
    isUsed,
    ofBytes,
    transfer,
  };
})
