// Between bodies and streams: the stream of a body that is in memory, or that the
// host has, and the bytes of one that is a stream.
(function (internals) {
  "use strict";
  const {
    ArrayBufferPrototypeTransferToFixedLength, MathMax, MathMin, PromisePrototypeThen, TypeError,
    TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeGetLength, TypedArrayPrototypeGetToStringTag, TypedArrayPrototypeSet,
    Uint8Array,
  } = internals.primordials;
  const {
    Deferred, READABLE, Source, acquireReader, createReadableBytes, markHandled,
  } = internals.streams;
  const { cancel, read } = internals.streams.readable;
  const { currentRequest } = internals.asyncContext;
  const { Following, isAborted, partsOf } = internals.abort;
  const { close: closeBody, readSome } = internals.hostBody;
  const { find } = internals.requests;

  // The source of a body's stream. It fails the stream as soon as the signal of the body aborts,
  // unless it has ended before.
  class BodySource extends Source {
    stream = null;
    // null when it has nothing to do with the stream any more.
    #following = null;

    follow(signal) {
      if (signal === null) {
        return;
      }
      const abort = () => {
        const { controller } = this.stream;
        this.cancel();
        controller.fail(partsOf(signal).reason);
      };
      if (isAborted(signal)) {
        abort();
      } else {
        this.#following = new Following(find(currentRequest()), signal, abort);
      }
    }

    // It has given everything, or nobody wants more.
    ended() {
      if (this.#following !== null) {
        this.#following.stop();
        this.#following = null;
      }
    }

    cancel() {
      this.ended();
    }
  }

  // Gives all of the bytes at once, when somebody reads.
  class MemorySource extends BodySource {
    #origin;
    #bytesOf;

    constructor(origin, bytesOf) {
      super();
      this.#origin = origin;
      this.#bytesOf = bytesOf;
    }

    pull() {
      const { controller } = this.stream;
      const bytes = this.#bytesOf(this.#origin);
      this.stream.origin = null;
      if (TypedArrayPrototypeGetLength(bytes) !== 0) {
        controller.enqueue(bytes);
      }
      controller.finish();
      this.ended();
    }
  }

  // Chunks that nobody sees need not be larger.
  const GATHERED = 1 << 16;

  // Reads of the host what somebody asks for. Where nobody sees the chunks they are gathered: each is as long as all before
  // it, so that many small pieces are few turns, and what comes first is seen at once.
  class HostSource extends BodySource {
    #host;
    #gathers;
    #read = 0;

    constructor(host, gathers) {
      super();
      this.#host = host;
      this.#gathers = gathers;
    }

    pull() {
      this.stream.origin = null;
      const least = this.#gathers ? MathMin(this.#read, GATHERED) : 0;
      return PromisePrototypeThen(readSome(this.#host, least), (bytes) => {
        const { controller, state } = this.stream;
        if (state !== READABLE) {
          return;
        }
        if (bytes === null) {
          this.ended();
          controller.finish();
        } else {
          this.#read += TypedArrayPrototypeGetLength(bytes);
          controller.enqueue(bytes);
        }
      });
    }

    cancel() {
      super.cancel();
      closeBody(this.#host);
    }
  }

  // The stream of a body that the host has. `origin` is the body.
  function streamOfHost(origin, gathers) {
    const source = new HostSource(origin.host, gathers);
    source.stream = createReadableBytes(source, 0);
    source.stream.origin = origin;
    origin.host.unfollow();
    source.follow(origin.signal);
    return source.stream;
  }

  const isEmpty = (source) =>
    typeof source === "string" ? source === "" : TypedArrayPrototypeGetLength(source) === 0;

  // The stream of a body in memory. `bytesOf(origin)` gives the bytes, whose
  // buffer the stream takes. Without any it has ended, and nothing can fail it.
  function streamOfMemory(origin, bytesOf) {
    const source = new MemorySource(origin, bytesOf);
    const stream = createReadableBytes(source, 0);
    source.stream = stream;
    stream.origin = origin;
    if (isEmpty(origin.source)) {
      stream.controller.finish();
    } else {
      source.follow(origin.signal);
    }
    return stream;
  }

  // Leaves the stream as one that has been read to its end, by a reader that
  // keeps it.
  function exhaust(stream) {
    acquireReader(stream, false);
    markHandled(cancel(stream, undefined));
  }

  // For a chunk that is none.
  function badChunk(chunk) {
    const what = internals.exports.describeValue(chunk);
    return new TypeError(`A chunk of the body's stream is ${what}, not a Uint8Array`);
  }

  // Reads a stream to its end, into a sink: what has `add(chunk)` and, for what becomes of the chunks, `finish()`. It is
  // the read request of its reader. What the promise is resolved with has no `then` that the guest could give it.
  class Collector extends Deferred {
    #reader;
    // null when there is nothing more for it.
    #sink;
    // In a loop instead of a recursion for chunks that are there already.
    #looping = false;
    #more = false;

    constructor(stream, sink) {
      super();
      this.#sink = sink;
      this.#reader = acquireReader(stream, false);
      this.#loop();
    }

    #loop() {
      this.#looping = true;
      do {
        this.#more = false;
        read(this.#reader, this);
      } while (this.#more);
      this.#looping = false;
    }

    chunkSteps(chunk) {
      if (TypedArrayPrototypeGetToStringTag(chunk) !== "Uint8Array") {
        this.#fail(badChunk(chunk));
        return;
      }
      try {
        this.#sink.add(chunk);
      } catch (error) {
        this.#fail(error);
        return;
      }
      this.#more = true;
      if (!this.#looping) {
        this.#loop();
      }
    }

    // Nobody wants the rest.
    #fail(error) {
      this.errorSteps(error);
      markHandled(cancel(this.#reader.stream, error));
    }

    closeSteps() {
      const sink = this.#sink;
      this.#sink = null;
      try {
        this.resolve({ __proto__: null, result: sink.finish() });
      } catch (error) {
        this.reject(error);
      }
    }

    errorSteps(error) {
      this.#sink = null;
      this.reject(error);
    }
  }

  // All bytes, one after the other.
  class ByteSink {
    // The bytes so far, with room for more; null without any.
    #bytes = null;
    #length = 0;

    add(chunk) {
      const size = TypedArrayPrototypeGetLength(chunk);
      const needed = this.#length + size;
      const room = this.#bytes === null ? 0 : TypedArrayPrototypeGetLength(this.#bytes);
      if (needed > room) {
        const bytes = new Uint8Array(MathMax(needed, 2 * room));
        if (this.#bytes !== null) {
          TypedArrayPrototypeSet(bytes, this.#bytes);
        }
        this.#bytes = bytes;
      }
      if (size !== 0) {
        TypedArrayPrototypeSet(this.#bytes, chunk, this.#length);
      }
      this.#length = needed;
    }

    finish() {
      return cut(this.#bytes ?? new Uint8Array(0), this.#length);
    }
  }

  // The first `length` bytes, which are all that the buffer has then.
  function cut(bytes, length) {
    if (TypedArrayPrototypeGetLength(bytes) === length) {
      return bytes;
    }
    const buffer = TypedArrayPrototypeGetBuffer(bytes);
    return new Uint8Array(ArrayBufferPrototypeTransferToFixedLength(buffer, length));
  }

  // A promise of an object with the `result` of a sink, of all chunks of a stream that is not locked.
  const collectStream = (stream, sink) => new Collector(stream, sink).promise;

  internals.bodyStream = {
    __proto__: null, ByteSink, badChunk, collectStream, exhaust, streamOfHost, streamOfMemory,
  };
})
