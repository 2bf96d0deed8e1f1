// TextEncoder and TextDecoder. The conversions themselves are the host's.
(function (internals) {
  "use strict";
  const {
    RangeError, StringPrototypeCodePointAt, TypeError, TypedArrayPrototypeGetLength,
    TypedArrayPrototypeGetToStringTag, Uint8Array,
  } = internals.primordials;
  const {
    defineInterface, requireArguments, toBytesView, toDOMString, toDictionary, toUSVString,
  } = internals.webidl;
  const { decode, decoderNew, decoderNormalize, decoderPush, encodeUtf8 } = internals.host;

  class TextEncoder {
    // Brand.
    #encoder = true;

    get encoding() {
      this.#encoder;
      return "utf-8";
    }

    encode(input = "") {
      this.#encoder;
      return encodeUtf8(toUSVString(input));
    }

    encodeInto(source, destination) {
      this.#encoder;
      requireArguments(arguments.length, 2, "TextEncoder.encodeInto");
      const string = toUSVString(source);
      if (TypedArrayPrototypeGetToStringTag(destination) !== "Uint8Array") {
        throw new TypeError("TextEncoder.encodeInto: the destination is not a Uint8Array");
      }
      return encodeInto(string, destination);
    }
  }

  // `string` has no lone surrogates.
  function encodeInto(string, bytes) {
    const room = TypedArrayPrototypeGetLength(bytes);
    let read = 0;
    let written = 0;
    while (read < string.length) {
      const code = StringPrototypeCodePointAt(string, read);
      const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (written + size > room) {
        break;
      }
      if (size === 1) {
        bytes[written] = code;
      } else {
        bytes[written] = ((0xf00 >> size) & 0xff) | (code >> (6 * (size - 1)));
        for (let i = 1; i < size; i++) {
          bytes[written + i] = 0x80 | ((code >> (6 * (size - 1 - i))) & 0x3f);
        }
      }
      written += size;
      read += size === 4 ? 2 : 1;
    }
    return { read, written };
  }

  const NO_HANDLE = -1;

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    // Decoder of the host in the middle of a stream.
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
      const bytes =
        input === undefined ? new Uint8Array(0) : toBytesView(input, "TextDecoder.decode: the input");
      const stream = !!toDictionary(options, "TextDecoder.decode: the options").stream;
      let handle = this.#handle;
      if (handle === NO_HANDLE) {
        if (!stream) {
          return decode(encoding, bytes, this.#fatal, this.#ignoreBOM);
        }
        handle = decoderNew(encoding, this.#fatal, this.#ignoreBOM);
      }
      // The host frees the decoder at the end of the stream and after an error.
      this.#handle = NO_HANDLE;
      const text = decoderPush(handle, bytes, !stream);
      if (stream) {
        this.#handle = handle;
      }
      return text;
    }
  }

  defineInterface(TextEncoder);
  defineInterface(TextDecoder);
})
