// ReadableStreamDefaultReader and ReadableStreamBYOBReader.
(function (internals) {
  "use strict";
  const { ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetDetached, PromiseReject,
    RangeError, TypeError } = internals.primordials;
  const {
    defineInterface, isTypedArray, requireArguments, toDictionary, toEnforcedUnsigned, toView,
    viewParts,
  } = internals.webidl;
  const { streams } = internals;
  const { Deferred, Reader } = streams;
  const { cancel, lock, read, readInto, release } = streams.readable;

  // A read request of the guest.
  class ReadPromise extends Deferred {
    // An implicit constructor may iterate over its arguments.
    constructor() {
      super();
    }

    chunkSteps(chunk) {
      this.resolve({ value: chunk, done: false });
    }

    closeSteps(chunk) {
      this.resolve({ value: chunk, done: true });
    }

    errorSteps(error) {
      this.reject(error);
    }
  }

  const released = (what) => new TypeError(`${what}: the reader has been released`);

  function illegalReceiver(what) {
    return PromiseReject(new TypeError(`${what}: illegal receiver`));
  }

  function cancelWith(reader, reason, what) {
    return reader.stream === null ? PromiseReject(released(what)) : cancel(reader.stream, reason);
  }

  let isDefault;
  let isByob;

  class ReadableStreamDefaultReader {
    #reader = new Reader(false);

    constructor(stream) {
      requireArguments(arguments.length, 1, "ReadableStreamDefaultReader constructor");
      if (!streams.isReadable(stream)) {
        throw new TypeError("ReadableStreamDefaultReader constructor: not a ReadableStream");
      }
      lock(this.#reader, streams.readableOf(stream));
    }

    get closed() {
      if (!isDefault(this)) {
        return illegalReceiver("ReadableStreamDefaultReader.closed");
      }
      return this.#reader.closed.promise;
    }

    cancel(reason = undefined) {
      const what = "ReadableStreamDefaultReader.cancel";
      return isDefault(this) ? cancelWith(this.#reader, reason, what) : illegalReceiver(what);
    }

    read() {
      const what = "ReadableStreamDefaultReader.read";
      if (!isDefault(this)) {
        return illegalReceiver(what);
      }
      if (this.#reader.stream === null) {
        return PromiseReject(released(what));
      }
      const request = new ReadPromise();
      read(this.#reader, request);
      return request.promise;
    }

    releaseLock() {
      if (this.#reader.stream !== null) {
        release(this.#reader);
      }
    }

    static {
      isDefault = (value) => typeof value === "object" && value !== null && #reader in value;
    }
  }

  // What is wrong with the arguments of a read into `view`; null if nothing is.
  function wrongView(view, min) {
    const { buffer, byteLength, elementSize } = viewParts(view);
    if (ArrayBufferPrototypeGetDetached(buffer)) {
      return new TypeError("The buffer of the view is detached");
    }
    if (byteLength === 0 || ArrayBufferPrototypeGetByteLength(buffer) === 0) {
      return new TypeError("The view has no bytes");
    }
    if (min === 0) {
      return new TypeError("min must not be 0");
    }
    if (min > (isTypedArray(view) ? byteLength / elementSize : byteLength)) {
      return new RangeError("min is more than the view has room for");
    }
    return null;
  }

  class ReadableStreamBYOBReader {
    #reader = new Reader(true);

    constructor(stream) {
      requireArguments(arguments.length, 1, "ReadableStreamBYOBReader constructor");
      if (!streams.isReadable(stream)) {
        throw new TypeError("ReadableStreamBYOBReader constructor: not a ReadableStream");
      }
      const record = streams.readableOf(stream);
      if (record.reader === null && !record.controller.isByte) {
        throw new TypeError("ReadableStreamBYOBReader constructor: not a stream of bytes");
      }
      lock(this.#reader, record);
    }

    get closed() {
      if (!isByob(this)) {
        return illegalReceiver("ReadableStreamBYOBReader.closed");
      }
      return this.#reader.closed.promise;
    }

    cancel(reason = undefined) {
      const what = "ReadableStreamBYOBReader.cancel";
      return isByob(this) ? cancelWith(this.#reader, reason, what) : illegalReceiver(what);
    }

    read(view, options = undefined) {
      const what = "ReadableStreamBYOBReader.read";
      if (!isByob(this)) {
        return illegalReceiver(what);
      }
      try {
        requireArguments(arguments.length, 1, what);
        toView(view, `${what}: the view`);
        const given = toDictionary(options, `${what}: the options`).min;
        const min = given === undefined ? 1 : toEnforcedUnsigned(given, `${what}: min`);
        const error = wrongView(view, min);
        if (error !== null) {
          return PromiseReject(error);
        }
        if (this.#reader.stream === null) {
          return PromiseReject(released(what));
        }
        const request = new ReadPromise();
        readInto(this.#reader, view, min, request);
        return request.promise;
      } catch (error) {
        return PromiseReject(error);
      }
    }

    releaseLock() {
      if (this.#reader.stream !== null) {
        release(this.#reader);
      }
    }

    static {
      isByob = (value) => typeof value === "object" && value !== null && #reader in value;
    }
  }

  defineInterface(ReadableStreamDefaultReader);
  defineInterface(ReadableStreamBYOBReader);

  streams.ReadPromise = ReadPromise;
  streams.illegalReceiver = illegalReceiver;
})
