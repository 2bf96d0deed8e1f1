// TextEncoder and TextDecoder. The conversions themselves are the host's.
(function (internals) {
  "use strict";
  const {
    ArrayBufferIsView, MathFloor, MathMin, RangeError, ReflectApply,
    ReflectGetOwnPropertyDescriptor, StringPrototypeCharCodeAt,
    StringPrototypeSlice, TypeError, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength,
    TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeGetLength,
    TypedArrayPrototypeGetToStringTag, TypedArrayPrototypeSet, Uint8Array,
  } = internals.primordials;
  const {
    defineInterface, isTypedArray, requireArguments, toBytesView, toDOMString, toDictionary,
  } = internals.webidl;
  const { decode, decodeUtf8: decodePiece, decoderNew, decoderNormalize, decoderPush, encodeInto: encodePiece,
    encodeUtf8, utf8Length } = internals.host;

  // The host converts so many characters or bytes at once. It is not interrupted
  // while it does, and needs as much memory again.
  const CHUNK = 1 << 18;

  class TextEncoder {
    // Brand.
    #encoder = true;

    get encoding() {
      this.#encoder;
      return "utf-8";
    }

    encode(input = "") {
      this.#encoder;
      return encode(toDOMString(input));
    }

    encodeInto(source, destination) {
      this.#encoder;
      requireArguments(arguments.length, 2, "TextEncoder.encodeInto");
      const string = toDOMString(source);
      if (TypedArrayPrototypeGetToStringTag(destination) !== "Uint8Array") {
        throw new TypeError("TextEncoder.encodeInto: the destination is not a Uint8Array");
      }
      return encodeInto(string, destination);
    }
  }

  // The UTF-8 bytes of a string, as a new Uint8Array. Lone surrogates become
  // U+FFFD, here and below.
  function encode(string) {
    if (string.length <= CHUNK) {
      return encodeUtf8(string);
    }
    const bytes = new Uint8Array(utf8Length(string));
    let written = 0;
    for (let start = 0; start < string.length;) {
      const next = slice(string, start);
      const piece = encodeUtf8(next);
      TypedArrayPrototypeSet(bytes, piece, written);
      written += TypedArrayPrototypeGetLength(piece);
      start += next.length;
    }
    return bytes;
  }

  // What the host says that it has read is multiplied with this.
  const READ = 2 ** 24;

  function encodeInto(string, bytes) {
    if (string.length <= CHUNK) {
      const done = encodePiece(string, bytes);
      return { read: MathFloor(done / READ), written: done % READ };
    }
    const room = TypedArrayPrototypeGetLength(bytes);
    let read = 0;
    let written = 0;
    while (read < string.length) {
      const piece = slice(string, read);
      const done = encodePiece(piece, part(bytes, written, room - written));
      read += MathFloor(done / READ);
      written += done % READ;
      if (MathFloor(done / READ) < piece.length) {
        break;
      }
    }
    return { read, written };
  }

  // The next piece of a long string, which does not end in the middle of a pair.
  function slice(string, start) {
    const end = MathMin(start + CHUNK, string.length);
    const last = StringPrototypeCharCodeAt(string, end - 1);
    const isCut = last >= 0xd800 && last <= 0xdbff && end < string.length;
    return StringPrototypeSlice(string, start, isCut ? end - 1 : end);
  }

  function part(bytes, start, length) {
    const offset = TypedArrayPrototypeGetByteOffset(bytes) + start;
    return new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), offset, length);
  }

  // Bytes at the end of `bytes` that are the beginning of a UTF-8 sequence.
  function incompleteTail(bytes, length) {
    for (let back = 1; back <= 3 && back <= length; back++) {
      const lead = bytes[length - back];
      if (lead < 0x80) {
        return 0;
      }
      if (lead >= 0xc0) {
        const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        const second = back > 1 ? bytes[length - back + 1] : -1;
        return lead >= 0xc2 && lead <= 0xf4 && size > back && isSecond(lead, second) ? back : 0;
      }
    }
    return 0;
  }

  // May the byte `second` follow `lead`? It is a continuation byte, or -1 if
  // not known yet.
  function isSecond(lead, second) {
    if (second === -1) {
      return true;
    }
    switch (lead) {
      case 0xe0:
        return second >= 0xa0;
      case 0xed:
        return second <= 0x9f;
      case 0xf0:
        return second >= 0x90;
      case 0xf4:
        return second <= 0x8f;
      default:
        return true;
    }
  }

  // Text of all of `bytes`.
  function decodeAll(encoding, bytes, fatal, ignoreBOM) {
    const length = TypedArrayPrototypeGetLength(bytes);
    if (length <= CHUNK) {
      return encoding === "utf-8"
        ? decodePiece(bytes, fatal, ignoreBOM)
        : decode(encoding, bytes, fatal, ignoreBOM);
    }
    return encoding === "utf-8"
      ? decodeUtf8(bytes, length, fatal, ignoreBOM)
      : pushAll(decoderNew(encoding, fatal, ignoreBOM), bytes, length, true);
  }

  function decodeUtf8(bytes, length, fatal, ignoreBOM) {
    let text = "";
    for (let start = 0; start < length;) {
      let size = MathMin(CHUNK, length - start);
      if (start + size < length) {
        size -= incompleteTail(part(bytes, start, size), size);
      }
      text += decodePiece(part(bytes, start, size), fatal, ignoreBOM || start > 0);
      start += size;
    }
    return text;
  }

  // What the decoder of the host makes of `bytes`.
  function pushAll(handle, bytes, length, flush) {
    let text = "";
    let start = 0;
    for (; length - start > CHUNK; start += CHUNK) {
      text += decoderPush(handle, part(bytes, start, CHUNK), false);
    }
    return text + decoderPush(handle, part(bytes, start, length - start), flush);
  }

  const NO_HANDLE = -1;

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    // In the middle of a stream: for UTF-8, the bytes held back and whether the
    // place of a byte order mark is over, so that a stream that is never
    // finished costs nothing; for the others, a decoder of the host.
    #held = null;
    #started = false;
    #handle = NO_HANDLE;

    constructor(label = "utf-8", options = undefined) {
      const name = toDOMString(label);
      const encoding = decoderNormalize(name);
      if (encoding === null) {
        throw new RangeError(`TextDecoder: the encoding label "${name}" is not supported`);
      }
      const dictionary = toDictionary(options, "TextDecoder: the options");
      this.#encoding = encoding;
      this.#fatal = !!dictionary.fatal;
      this.#ignoreBOM = !!dictionary.ignoreBOM;
    }

    get encoding() {
      return this.#encoding;
    }

    get fatal() {
      return this.#fatal;
    }

    get ignoreBOM() {
      return this.#ignoreBOM;
    }

    decode(input = undefined, options = undefined) {
      const encoding = this.#encoding;
      if (
        options === undefined && encoding === "utf-8" && this.#held === null && !this.#started &&
        ArrayBufferIsView(input) && isTypedArray(input) &&
        TypedArrayPrototypeGetByteLength(input) <= CHUNK
      ) {
        return decodePiece(input, this.#fatal, this.#ignoreBOM);
      }
      const bytes = input === undefined
        ? new Uint8Array(0)
        : toBytesView(input, "TextDecoder.decode: the input");
      const stream = !!toDictionary(options, "TextDecoder.decode: the options").stream;
      if (encoding === "utf-8") {
        return this.#decodeUtf8(bytes, stream);
      }
      return this.#decodeOther(bytes, stream);
    }

    #decodeUtf8(bytes, stream) {
      const held = this.#held;
      const started = this.#started;
      this.#held = null;
      this.#started = false;
      if (held !== null) {
        const heldLength = TypedArrayPrototypeGetLength(held);
        const joined = new Uint8Array(heldLength + TypedArrayPrototypeGetLength(bytes));
        TypedArrayPrototypeSet(joined, held);
        TypedArrayPrototypeSet(joined, bytes, heldLength);
        bytes = joined;
      }
      const ignoreBOM = started || this.#ignoreBOM;
      if (!stream) {
        return decodeAll("utf-8", bytes, this.#fatal, ignoreBOM);
      }
      const length = TypedArrayPrototypeGetLength(bytes);
      const tail = incompleteTail(bytes, length);
      const text = decodeAll("utf-8", part(bytes, 0, length - tail), this.#fatal, ignoreBOM);
      this.#started = started || length > tail;
      if (tail !== 0) {
        // A copy: the bytes are the guest's.
        this.#held = new Uint8Array(part(bytes, length - tail, tail));
      }
      return text;
    }

    #decodeOther(bytes, stream) {
      const encoding = this.#encoding;
      let handle = this.#handle;
      if (handle === NO_HANDLE) {
        if (!stream) {
          return decodeAll(encoding, bytes, this.#fatal, this.#ignoreBOM);
        }
        handle = decoderNew(encoding, this.#fatal, this.#ignoreBOM);
      }
      // The host frees the decoder at the end of the stream and after an error.
      this.#handle = NO_HANDLE;
      const text = pushAll(handle, bytes, TypedArrayPrototypeGetLength(bytes), !stream);
      if (stream) {
        this.#handle = handle;
      }
      return text;
    }
  }

  defineInterface(TextEncoder);
  defineInterface(TextDecoder);

  function getterOf(name) {
    const { get } = ReflectGetOwnPropertyDescriptor(TextDecoder.prototype, name);
    return (decoder) => ReflectApply(get, decoder, []);
  }

  internals.encoding = {
    __proto__: null,
    TextDecoder,
    decodeAll,
    decodeWith: TextDecoder.prototype.decode,
    encode,
    encodeInto,
    encodingOf: getterOf("encoding"),
    fatalOf: getterOf("fatal"),
    ignoreBOMOf: getterOf("ignoreBOM"),
    incompleteTail,
  };
})
