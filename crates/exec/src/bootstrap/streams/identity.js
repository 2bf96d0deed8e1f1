// IdentityTransformStream and FixedLengthStream, which Cloudflare's workers have beside the standard's: bytes pass as they are.
(function (internals) {
  "use strict";
  const { Number, TypeError, TypedArrayPrototypeGetLength } = internals.primordials;
  const { constructToken, defineInterface, requireArguments, toEnforcedUnsigned } = internals.webidl;
  const {
    Transformer, copyOfChunk, createByteTransform, showReadable, showWritable, toStrategy,
  } = internals.streams;
  const { TransformStream } = internals.globals;

  class Identity extends Transformer {
    what;

    constructor(what) {
      super();
      this.what = what;
    }

    transform(chunk, stream) {
      const bytes = this.bytesOf(chunk);
      if (TypedArrayPrototypeGetLength(bytes) !== 0) {
        stream.enqueue(bytes);
      }
    }

    bytesOf(chunk) {
      return typeof chunk === "string"
        ? internals.encoding.encode(chunk)
        : copyOfChunk(chunk, this.what, "string, ");
    }
  }

  class FixedLength extends Identity {
    length;
    #left;

    constructor(what, length) {
      super(what);
      this.length = length;
      this.#left = length;
    }

    bytesOf(chunk) {
      const bytes = super.bytesOf(chunk);
      const length = TypedArrayPrototypeGetLength(bytes);
      if (length > this.#left) {
        throw new TypeError(`${this.what}: there are more bytes than were announced`);
      }
      this.#left -= length;
      return bytes;
    }

    flush() {
      if (this.#left > 0) {
        throw new TypeError(`${this.what}: the end comes ${this.#left} bytes before what was announced`);
      }
    }
  }

  class IdentityTransformStream extends TransformStream {
    // With the token the second argument is the transformer.
    constructor(queuingStrategy = undefined, token = undefined, transformer = undefined) {
      const what = "IdentityTransformStream";
      const strategy = toStrategy(queuingStrategy, `${what} constructor: the strategy`);
      const fixed = token === constructToken ? transformer : null;
      const stream =
        createByteTransform(fixed ?? new Identity(what), strategy.mark(1), strategy.size);
      if (fixed !== null) {
        stream.readable.length = fixed.length;
      }
      super(constructToken, showWritable(stream.writable), showReadable(stream.readable));
    }
  }

  class FixedLengthStream extends IdentityTransformStream {
    constructor(expectedLength, queuingStrategy = undefined) {
      const what = "FixedLengthStream";
      requireArguments(arguments.length, 1, `${what} constructor`);
      const given = typeof expectedLength === "bigint" ? Number(expectedLength) : expectedLength;
      const length = toEnforcedUnsigned(given, `${what} constructor: the length`);
      super(queuingStrategy, constructToken, new FixedLength(what, length));
    }
  }

  defineInterface(IdentityTransformStream);
  defineInterface(FixedLengthStream);
})
