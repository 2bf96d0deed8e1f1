// ReadableStream.
(function (internals) {
  "use strict";
  const {
    PromiseReject, RangeError, SymbolAsyncIterator, TypeError,
  } = internals.primordials;
  const {
    constructToken, defineHidden, defineInterface, requireArguments, toDictionary, toDOMString,
    toEnforcedUnsigned,
  } = internals.webidl;
  const { isSignal } = internals.abort;
  const { streams } = internals;
  const {
    ByteController, DefaultController, GuestSource, Readable, ReadableByteStreamController,
    ReadableStreamDefaultController, StreamIterator, acquireReader, illegalReceiver, markHandled,
    toCallback, toSource, toStrategy,
  } = streams;
  const { cancel, isLocked } = streams.readable;
  const { ReadableStreamBYOBReader, ReadableStreamDefaultReader } = internals.globals;

  const WHAT = "ReadableStream constructor: the source";

  // Sets up a stream by the arguments of the constructor.
  function initialize(stream, object, strategy) {
    let autoAllocate = 0;
    let cancelMethod, pull, start, type;
    if (object !== null) {
      const size = object.autoAllocateChunkSize;
      if (size !== undefined) {
        autoAllocate = toEnforcedUnsigned(size, `${WHAT}: autoAllocateChunkSize`);
      }
      cancelMethod = toCallback(object.cancel, `${WHAT}: cancel`);
      pull = toCallback(object.pull, `${WHAT}: pull`);
      start = toCallback(object.start, `${WHAT}: start`);
      type = object.type;
      if (type !== undefined && toDOMString(type) !== "bytes") {
        throw new TypeError(`${WHAT}: the type is neither undefined nor "bytes"`);
      }
      if (size !== undefined && autoAllocate === 0 && type !== undefined) {
        throw new TypeError(`${WHAT}: autoAllocateChunkSize must not be 0`);
      }
    }
    let controller;
    let source;
    if (type !== undefined) {
      if (strategy.hasSize) {
        throw new RangeError("The strategy of a stream of bytes must have no size");
      }
      const mark = strategy.mark(0);
      source = new GuestSource(object, start, pull, cancelMethod, ReadableByteStreamController);
      controller = new ByteController(stream, source, mark, autoAllocate);
    } else {
      const mark = strategy.mark(1);
      source = new GuestSource(object, start, pull, cancelMethod, ReadableStreamDefaultController);
      controller = new DefaultController(stream, source, mark, strategy.size);
    }
    source.attach(controller);
    controller.start();
  }

  function toPipeOptions(value, what) {
    const options = toDictionary(value, `${what}: the options`);
    const preventAbort = !!options.preventAbort;
    const preventCancel = !!options.preventCancel;
    const preventClose = !!options.preventClose;
    const { signal } = options;
    if (signal !== undefined && !isSignal(signal)) {
      throw new TypeError(`${what}: the signal is not an AbortSignal`);
    }
    return { preventAbort, preventCancel, preventClose, signal };
  }

  let isReadable;
  let readableOf;

  class ReadableStream {
    #stream;

    // With the token the first argument is the record.
    constructor(underlyingSource = undefined, strategy = undefined, token = undefined) {
      if (token === constructToken) {
        this.#stream = underlyingSource;
        return;
      }
      const object = toSource(underlyingSource, WHAT);
      const given = toStrategy(strategy, "ReadableStream constructor: the strategy");
      this.#stream = new Readable();
      initialize(this.#stream, object, given);
    }

    static from(asyncIterable) {
      requireArguments(arguments.length, 1, "ReadableStream.from");
      return show(streams.fromIterable(asyncIterable));
    }

    get locked() {
      return isLocked(this.#stream);
    }

    cancel(reason = undefined) {
      const what = "ReadableStream.cancel";
      if (!isReadable(this)) {
        return illegalReceiver(what);
      }
      if (isLocked(this.#stream)) {
        return PromiseReject(new TypeError(`${what}: the stream is locked`));
      }
      return cancel(this.#stream, reason);
    }

    getReader(options = undefined) {
      this.#stream;
      const { mode } = toDictionary(options, "ReadableStream.getReader: the options");
      if (mode === undefined) {
        return new ReadableStreamDefaultReader(this);
      }
      const text = toDOMString(mode);
      if (text !== "byob") {
        throw new TypeError(`ReadableStream.getReader: "${text}" is not a mode`);
      }
      return new ReadableStreamBYOBReader(this);
    }

    pipeThrough(transform, options = undefined) {
      const what = "ReadableStream.pipeThrough";
      const source = this.#stream;
      requireArguments(arguments.length, 1, what);
      const pair = toDictionary(transform, `${what}: the transform`);
      const { readable } = pair;
      if (!isReadable(readable)) {
        throw new TypeError(`${what}: the readable of the transform is not a ReadableStream`);
      }
      const { writable } = pair;
      if (!streams.isWritable(writable)) {
        throw new TypeError(`${what}: the writable of the transform is not a WritableStream`);
      }
      const given = toPipeOptions(options, what);
      const target = streams.writableOf(writable);
      checkUnlocked(source, target, what);
      markHandled(streams.pipe(source, target, given));
      return readable;
    }

    pipeTo(destination, options = undefined) {
      const what = "ReadableStream.pipeTo";
      if (!isReadable(this)) {
        return illegalReceiver(what);
      }
      try {
        requireArguments(arguments.length, 1, what);
        if (!streams.isWritable(destination)) {
          throw new TypeError(`${what}: the destination is not a WritableStream`);
        }
        const given = toPipeOptions(options, what);
        const target = streams.writableOf(destination);
        checkUnlocked(this.#stream, target, what);
        return streams.pipe(this.#stream, target, given);
      } catch (error) {
        return PromiseReject(error);
      }
    }

    tee() {
      const branches = streams.tee(this.#stream, false);
      return [show(branches.first), show(branches.second)];
    }

    values(options = undefined) {
      const stream = this.#stream;
      const given = toDictionary(options, "ReadableStream.values: the options");
      const preventCancel = !!given.preventCancel;
      return new StreamIterator(acquireReader(stream, false), preventCancel);
    }

    static {
      isReadable = (value) => typeof value === "object" && value !== null && #stream in value;
      readableOf = (value) => value.#stream;
    }
  }

  function checkUnlocked(source, target, what) {
    if (isLocked(source)) {
      throw new TypeError(`${what}: the stream is locked`);
    }
    if (target.writer !== null) {
      throw new TypeError(`${what}: the destination is locked`);
    }
  }

  // The object of the interface for a stream of the bootstrap.
  const show = (stream) => new ReadableStream(stream, undefined, constructToken);

  defineInterface(ReadableStream);
  defineHidden(ReadableStream.prototype, SymbolAsyncIterator, ReadableStream.prototype.values);
  internals.platformClasses.add(isReadable, "ReadableStream", (stream) => ({
    locked: isLocked(readableOf(stream)),
  }));

  streams.isReadable = isReadable;
  streams.readableOf = readableOf;
  streams.showReadable = show;
})
