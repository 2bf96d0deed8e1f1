// TextEncoderStream and TextDecoderStream.
(function (internals) {
  "use strict";
  const {
    ReflectApply, StringPrototypeCharCodeAt, StringPrototypeSlice, StringPrototypeToWellFormed,
    TypeError, TypedArrayPrototypeSet, Uint8Array,
  } = internals.primordials;
  const { defineInterface, isBufferSource, toDOMString } = internals.webidl;
  const {
    TextDecoder, decodeWith, encode, encodingOf, fatalOf, ignoreBOMOf,
  } = internals.encoding;
  const {
    Source, Transformer, createReadable, createTransform, markHandled, pipe, showReadable, showWritable,
  } = internals.streams;

  class Encoder extends Transformer {
    // The first half of a surrogate pair at the end of the last chunk, or "".
    #held = "";

    constructor() {
      super();
    }

    transform(chunk, stream) {
      let text = this.#held + toDOMString(chunk);
      this.#held = "";
      if (text === "") {
        return;
      }
      const last = StringPrototypeCharCodeAt(text, text.length - 1);
      if (last >= 0xd800 && last <= 0xdbff) {
        this.#held = StringPrototypeSlice(text, text.length - 1);
        text = StringPrototypeSlice(text, 0, text.length - 1);
      }
      if (text !== "") {
        stream.enqueue(encode(StringPrototypeToWellFormed(text)));
      }
    }

    flush(stream) {
      if (this.#held !== "") {
        const replacement = new Uint8Array(3);
        TypedArrayPrototypeSet(replacement, [0xef, 0xbf, 0xbd]);
        stream.enqueue(replacement);
      }
    }
  }

  class TextEncoderStream {
    #readable;
    #writable;

    constructor() {
      const stream = createTransform(new Encoder());
      this.#readable = showReadable(stream.readable);
      this.#writable = showWritable(stream.writable);
    }

    get encoding() {
      this.#readable;
      return "utf-8";
    }

    get readable() {
      return this.#readable;
    }

    get writable() {
      return this.#writable;
    }
  }

  class Decoder extends Transformer {
    #decoder;

    constructor(decoder) {
      super();
      this.#decoder = decoder;
    }

    transform(chunk, stream) {
      if (!isBufferSource(chunk)) {
        throw new TypeError("TextDecoderStream: the chunk is no ArrayBuffer or ArrayBufferView");
      }
      this.#decode([chunk, { __proto__: null, stream: true }], stream);
    }

    flush(stream) {
      this.#decode([], stream);
    }

    #decode(args, stream) {
      const text = ReflectApply(decodeWith, this.#decoder, args);
      if (text !== "") {
        stream.enqueue(text);
      }
    }
  }

  class TextDecoderStream {
    #decoder;
    #readable;
    #writable;

    constructor(label = "utf-8", options = undefined) {
      this.#decoder = new TextDecoder(label, options);
      const stream = createTransform(new Decoder(this.#decoder));
      this.#readable = showReadable(stream.readable);
      this.#writable = showWritable(stream.writable);
    }

    get encoding() {
      return encodingOf(this.#decoder);
    }

    get fatal() {
      return fatalOf(this.#decoder);
    }

    get ignoreBOM() {
      return ignoreBOMOf(this.#decoder);
    }

    get readable() {
      return this.#readable;
    }

    get writable() {
      return this.#writable;
    }
  }

  defineInterface(TextEncoderStream);
  defineInterface(TextDecoderStream);

  const PIPE_OPTIONS = {
    __proto__: null, preventAbort: false, preventCancel: false, preventClose: false, signal: undefined,
  };

  // A ReadableStream of the texts in `bytes`, a Readable that is not locked, as UTF-8; an empty one for null.
  function textsOf(bytes) {
    if (bytes === null) {
      const empty = createReadable(new Source(), 0, null);
      empty.controller.close();
      return showReadable(empty);
    }
    const { readable, writable } = createTransform(new Decoder(new TextDecoder()));
    markHandled(pipe(bytes, writable, PIPE_OPTIONS));
    return showReadable(readable);
  }

  internals.textStreams = { __proto__: null, textsOf };
})
