// Bodies of Request and Response. A body is in memory as a whole: a string or
// bytes. Streams are to come; until then `body` gives an opaque BodyStream.
(function (internals) {
  "use strict";
  const {
    ArrayBufferPrototypeGetByteLength, JSONParse, ObjectDefineProperty,
    StringPrototypeCharCodeAt, StringPrototypeSlice, SymbolAsyncIterator, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
    TypedArrayPrototypeSet, Uint8Array,
  } = internals.primordials;
  const { DOMException } = internals;
  const { isParams, serialize } = internals.urlSearchParams;
  const {
    constructToken, defineHidden, defineTag, illegalConstructor, isBufferSource, toBytesView,
    toUSVString,
  } = internals.webidl;
  const { decodeAll, encode } = internals.encoding;

  const TEXT_TYPE = "text/plain;charset=UTF-8";
  const FORM_TYPE = "application/x-www-form-urlencoded;charset=UTF-8";

  class Body {
    // Well-formed string, or Uint8Array that no guest code holds.
    source;
    // Default Content-Type or null.
    type;
    used = false;
    // A clone holds the same bytes, so that they cannot be given away.
    shared = false;
    stream = null;

    constructor(source, type) {
      this.source = source;
      this.type = type;
    }
  }

  function notSupported(what) {
    return new DOMException(`${what} is not supported yet`, "NotSupportedError");
  }

  let bodyOfStream;

  // What the `body` attribute gives. It can be passed on as the body of another
  // Request or Response, and that is all.
  class BodyStream {
    #body;

    constructor(body, token) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#body = body;
    }

    get locked() {
      return this.#body.used;
    }

    static {
      // null if `value` is no BodyStream.
      bodyOfStream = (value) =>
        typeof value === "object" && value !== null && #body in value ? value.#body : null;
    }
  }
  for (const name of ["cancel", "getReader", "pipeThrough", "pipeTo", "tee", SymbolAsyncIterator]) {
    const label = typeof name === "string" ? `.${name}()` : " iteration";
    defineHidden(BodyStream.prototype, name, function () {
      throw notSupported(`body${label}`);
    });
  }
  delete BodyStream.prototype.constructor;
  defineTag(BodyStream.prototype, "ReadableStream");

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
    if (isParams(init)) {
      return new Body(serialize(init), FORM_TYPE);
    }
    const streamed = bodyOfStream(init);
    if (streamed !== null) {
      return transfer(streamed);
    }
    return new Body(toUSVString(init), TEXT_TYPE);
  }

  function checkUnused(body) {
    if (body.used) {
      throw new TypeError("The body has already been used");
    }
  }

  // A new body with the contents of `body`, which is used thereby.
  function transfer(body) {
    checkUnused(body);
    body.used = true;
    const result = new Body(body.source, null);
    result.shared = body.shared;
    return result;
  }

  function clone(body) {
    if (body === null) {
      return null;
    }
    checkUnused(body);
    body.shared = true;
    const result = new Body(body.source, body.type);
    result.shared = true;
    return result;
  }

  // Marks the body as used and gives its contents, "" for none.
  function consume(body) {
    if (body === null) {
      return "";
    }
    checkUnused(body);
    body.used = true;
    return body.source;
  }

  function consumeText(body) {
    const source = consume(body);
    if (typeof source !== "string") {
      return decodeAll("utf-8", source, false, false);
    }
    // The decoder would drop a byte order mark too.
    return source !== "" && StringPrototypeCharCodeAt(source, 0) === 0xfeff
      ? StringPrototypeSlice(source, 1)
      : source;
  }

  // Bytes that belong to the caller.
  function consumeBytes(body) {
    const source = consume(body);
    if (typeof source === "string") {
      return encode(source);
    }
    return body.shared ? copyBytes(source) : source;
  }

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

  // Adds the Body mixin to a class. `bodyOf(object)` gives its Body or null, and
  // throws for an object of another class. Call it before defineInterface.
  function defineBody(constructor, bodyOf) {
    const members = {
      get body() {
        const body = bodyOf(this);
        if (body === null) {
          return null;
        }
        body.stream ??= new BodyStream(body, constructToken);
        return body.stream;
      },
      get bodyUsed() {
        const body = bodyOf(this);
        return body !== null && body.used;
      },
      async arrayBuffer() {
        return toArrayBuffer(consumeBytes(bodyOf(this)));
      },
      async blob() {
        bodyOf(this);
        throw notSupported("blob()");
      },
      async bytes() {
        return consumeBytes(bodyOf(this));
      },
      async formData() {
        bodyOf(this);
        throw notSupported("formData()");
      },
      async json() {
        return JSONParse(consumeText(bodyOf(this)));
      },
      async text() {
        return consumeText(bodyOf(this));
      },
    };
    for (const name of Object.keys(members)) {
      const descriptor = Object.getOwnPropertyDescriptor(members, name);
      ObjectDefineProperty(constructor.prototype, name, descriptor);
    }
  }

  internals.body = {
    __proto__: null, Body, bodyOfStream, checkUnused, clone, consume, defineBody, extract, transfer,
  };
})
