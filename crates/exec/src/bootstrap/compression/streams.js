// CompressionStream and DecompressionStream.
(function (internals) {
  "use strict";
  const {
    MathMin, TypeError, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, Uint8Array,
  } = internals.primordials;
  const {
    defineInterface, requireArguments, toDOMString,
  } = internals.webidl;
  const { Transformer, copyOfChunk, createTransform, showReadable, showWritable } = internals.streams;
  const { coderClose, coderNew, coderStep } = internals.host;

  // Bytes that the host is given at once.
  const SLICE = 1 << 16;

  // What coderStep returns: an array, with what to do next in it.
  const TAKEN = 0;
  const THEN = 1;
  const PIECE = 2;
  const ANOTHER = 1;
  const ENDED = 2;

  // A part of bytes that are nobody else's.
  const cut = (bytes, start, end) =>
    new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), start, end - start);

  // Either of the two; the host does the work, which begins with the first chunk. How much a chunk
  // becomes is up to whoever made it: it is enqueued in pieces, as the readable side has room.
  class Coder extends Transformer {
    #what;
    #format;
    #compresses;
    // 0 before the first chunk, and when there is nothing to close.
    #handle = 0;
    #ended = false;

    constructor(what, format, compresses) {
      super();
      this.#what = what;
      this.#format = format;
      this.#compresses = compresses;
    }

    transform(chunk, stream) {
      // A copy: who reads what becomes of it may run before all of it is taken.
      const bytes = copyOfChunk(chunk, this.#what);
      return TypedArrayPrototypeGetLength(bytes) === 0 ? undefined : this.#take(bytes, 0, stream);
    }

    flush(stream) {
      while (this.#compresses && !this.#ended) {
        this.#step(new Uint8Array(0), true, stream);
      }
      if (!this.#ended) {
        this.cancel();
        throw new TypeError(`${this.#what}: the data ends before the compressed stream does`);
      }
    }

    cancel() {
      if (this.#handle !== 0) {
        coderClose(this.#handle);
        this.#handle = 0;
      }
    }

    // What the host says of some bytes; the piece that they became is enqueued.
    #step(bytes, last, stream) {
      if (this.#handle === 0) {
        this.#handle = coderNew(this.#format, this.#compresses);
      }
      const result = coderStep(this.#handle, bytes, last);
      if (result[THEN] === ENDED) {
        this.#ended = true;
        this.#handle = 0;
      }
      if (result[PIECE] !== null) {
        stream.enqueue(result[PIECE]);
      }
      return result;
    }

    // Enqueues what the bytes from `at` on become.
    #take(bytes, at, stream) {
      const length = TypedArrayPrototypeGetLength(bytes);
      for (;;) {
        if (this.#ended) {
          throw new TypeError(`${this.#what}: there is data after the end of the compressed stream`);
        }
        const result = this.#step(cut(bytes, at, MathMin(length, at + SLICE)), false, stream);
        at += result[TAKEN];
        if (at === length && result[THEN] !== ANOTHER) {
          return undefined;
        }
        if (stream.backpressure) {
          return stream.whenRoom(() => this.#take(bytes, at, stream));
        }
      }
    }
  }

  function toFormat(value, what) {
    const format = toDOMString(value);
    if (format !== "brotli" && format !== "deflate" && format !== "deflate-raw" && format !== "gzip") {
      throw new TypeError(`${what}: "${format}" is not a format`);
    }
    return format;
  }

  // One of the two interfaces: in the standard they include the same members.
  function defineStream(what, compresses) {
    const { [what]: constructor } = {
      [what]: class {
        #readable;
        #writable;

        constructor(format) {
          requireArguments(arguments.length, 1, `${what} constructor`);
          const stream = createTransform(new Coder(what, toFormat(format, what), compresses));
          this.#readable = showReadable(stream.readable);
          this.#writable = showWritable(stream.writable);
        }

        get readable() {
          return this.#readable;
        }

        get writable() {
          return this.#writable;
        }
      },
    };
    defineInterface(constructor);
  }

  defineStream("CompressionStream", true);
  defineStream("DecompressionStream", false);
})
