// DigestStream, which is workerd's: a WritableStream whose bytes are digested.
(function (internals) {
  "use strict";
  const { ArrayBufferIsView, TypeError, TypedArrayPrototypeGetLength } = internals.primordials;
  const { DOMException } = internals;
  const { checked } = internals.computed;
  const { bufferOf, bytesOf, toBufferSource } = internals.cryptoBuffers;
  const { normalize, toIdentifier } = internals.cryptoNormalize;
  const { Deferred, markHandled } = internals.streams;
  const { defineTag, isArrayBuffer, makeEnumerable, requireArguments } = internals.webidl;
  const { WritableStream } = internals.globals;
  const { cryptoDigestFinish, cryptoDigestNew, cryptoDigestPush, encodeUtf8 } = internals.host;

  function toBytes(chunk) {
    if (typeof chunk === "string") {
      return encodeUtf8(chunk);
    }
    if (!ArrayBufferIsView(chunk) && !isArrayBuffer(chunk)) {
      throw new TypeError("A DigestStream takes strings and bytes");
    }
    return bytesOf(toBufferSource(chunk, "the chunk"));
  }

  class DigestStream extends WritableStream {
    #digest;
    #written;

    constructor(algorithm) {
      requireArguments(arguments.length, 1, "DigestStream");
      const { definition } = normalize("digest", toIdentifier(algorithm));
      const digest = new Deferred();
      const written = { __proto__: null, bytes: 0 };
      const handle = checked(cryptoDigestNew(definition.hash));
      super({
        __proto__: null,
        write(chunk) {
          try {
            const bytes = toBytes(chunk);
            checked(cryptoDigestPush(handle, bytes));
            written.bytes += TypedArrayPrototypeGetLength(bytes);
          } catch (error) {
            digest.reject(error);
            throw error;
          }
        },
        close() {
          digest.resolve(bufferOf(checked(cryptoDigestFinish(handle))));
        },
        abort(reason) {
          cryptoDigestFinish(handle);
          digest.reject(reason ?? new DOMException("The stream was aborted", "AbortError"));
        },
      });
      // Whoever writes is told of a failure by the stream.
      markHandled(digest.promise);
      this.#digest = digest.promise;
      this.#written = written;
    }

    get digest() {
      return this.#digest;
    }

    get bytesWritten() {
      return this.#written.bytes;
    }
  }

  makeEnumerable(DigestStream.prototype);
  defineTag(DigestStream.prototype, "DigestStream");
  internals.DigestStream = DigestStream;
})
