// WritableStream, its writer and its controller as the guest sees them.
(function (internals) {
  "use strict";
  const { PromiseReject, PromiseResolve, RangeError, ReflectApply, TypeError } =
    internals.primordials;
  const { constructToken, defineInterface, illegalConstructor, isObject, requireArguments } =
    internals.webidl;
  const { streams } = internals;
  const {
    Deferred, Sink, Writable, WritableController, Writer, illegalReceiver, promiseOfCall,
    promiseOfChunkCall, toCallback, toSource, toStrategy,
  } = streams;
  const { WRITABLE, abort, close, desiredSize, isLocked, lock, release, write } = streams.writable;

  const WHAT = "WritableStream constructor: the sink";

  class WritableStreamDefaultController {
    #controller;

    constructor(token = undefined, controller = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#controller = controller;
    }

    get signal() {
      return this.#controller.signal;
    }

    error(error = undefined) {
      this.#controller.failIfWritable(error);
    }
  }

  // The sink of the guest: the dictionary UnderlyingSink.
  class GuestSink extends Sink {
    #object;
    #abort = undefined;
    #close = undefined;
    #start = undefined;
    #write = undefined;
    // The controller as the guest sees it.
    #shown = null;

    constructor(object) {
      super();
      this.#object = object;
      if (object !== null) {
        this.#abort = toCallback(object.abort, `${WHAT}: abort`);
        this.#close = toCallback(object.close, `${WHAT}: close`);
        this.#start = toCallback(object.start, `${WHAT}: start`);
        const { type } = object;
        this.#write = toCallback(object.write, `${WHAT}: write`);
        if (type !== undefined) {
          throw new RangeError(`${WHAT}: the type must be undefined`);
        }
      }
    }

    attach(controller) {
      this.#shown = new WritableStreamDefaultController(constructToken, controller);
    }

    start() {
      if (this.#start === undefined) {
        return undefined;
      }
      const result = ReflectApply(this.#start, this.#object, [this.#shown]);
      return isObject(result) ? PromiseResolve(result) : undefined;
    }

    write(chunk) {
      return this.#write === undefined
        ? undefined
        : promiseOfChunkCall(this.#write, this.#object, [chunk, this.#shown]);
    }

    close() {
      return this.#close === undefined ? undefined : promiseOfCall(this.#close, this.#object, []);
    }

    abort(reason) {
      return this.#abort === undefined
        ? undefined
        : promiseOfCall(this.#abort, this.#object, [reason]);
    }
  }

  let isWritable;
  let writableOf;

  class WritableStream {
    #stream;

    // With the token the first argument is the record.
    constructor(underlyingSink = undefined, strategy = undefined, token = undefined) {
      if (token === constructToken) {
        this.#stream = underlyingSink;
        return;
      }
      const object = toSource(underlyingSink, WHAT);
      const given = toStrategy(strategy, "WritableStream constructor: the strategy");
      const sink = new GuestSink(object);
      this.#stream = new Writable();
      const mark = given.mark(1);
      const controller = new WritableController(this.#stream, sink, mark, given.size);
      sink.attach(controller);
      controller.start();
    }

    get locked() {
      return isLocked(this.#stream);
    }

    abort(reason = undefined) {
      const what = "WritableStream.abort";
      if (!isWritable(this)) {
        return illegalReceiver(what);
      }
      if (isLocked(this.#stream)) {
        return PromiseReject(new TypeError(`${what}: the stream is locked`));
      }
      return abort(this.#stream, reason);
    }

    close() {
      const what = "WritableStream.close";
      if (!isWritable(this)) {
        return illegalReceiver(what);
      }
      if (isLocked(this.#stream)) {
        return PromiseReject(new TypeError(`${what}: the stream is locked`));
      }
      return closeOnce(this.#stream, what);
    }

    getWriter() {
      this.#stream;
      return new WritableStreamDefaultWriter(this);
    }

    static {
      isWritable = (value) => typeof value === "object" && value !== null && #stream in value;
      writableOf = (value) => value.#stream;
    }
  }

  function closeOnce(stream, what) {
    return stream.isClosing
      ? PromiseReject(new TypeError(`${what}: the stream is being closed`))
      : close(stream);
  }

  const released = (what) => new TypeError(`${what}: the writer has been released`);

  let isWriter;

  class WritableStreamDefaultWriter {
    #writer = new Writer();

    constructor(stream) {
      requireArguments(arguments.length, 1, "WritableStreamDefaultWriter constructor");
      if (!isWritable(stream)) {
        throw new TypeError("WritableStreamDefaultWriter constructor: not a WritableStream");
      }
      lock(this.#writer, writableOf(stream));
    }

    get closed() {
      return isWriter(this)
        ? this.#writer.closed.promise
        : illegalReceiver("WritableStreamDefaultWriter.closed");
    }

    get desiredSize() {
      const { stream } = this.#writer;
      if (stream === null) {
        throw released("WritableStreamDefaultWriter.desiredSize");
      }
      return desiredSize(stream);
    }

    get ready() {
      return isWriter(this)
        ? this.#writer.ready.promise
        : illegalReceiver("WritableStreamDefaultWriter.ready");
    }

    abort(reason = undefined) {
      const what = "WritableStreamDefaultWriter.abort";
      if (!isWriter(this)) {
        return illegalReceiver(what);
      }
      const { stream } = this.#writer;
      return stream === null ? PromiseReject(released(what)) : abort(stream, reason);
    }

    close() {
      const what = "WritableStreamDefaultWriter.close";
      if (!isWriter(this)) {
        return illegalReceiver(what);
      }
      const { stream } = this.#writer;
      return stream === null ? PromiseReject(released(what)) : closeOnce(stream, what);
    }

    releaseLock() {
      if (this.#writer.stream !== null) {
        release(this.#writer);
      }
    }

    write(chunk = undefined) {
      const what = "WritableStreamDefaultWriter.write";
      if (!isWriter(this)) {
        return illegalReceiver(what);
      }
      if (this.#writer.stream === null) {
        return PromiseReject(released(what));
      }
      const request = new Deferred();
      write(this.#writer, chunk, request);
      return request.promise;
    }

    static {
      isWriter = (value) => typeof value === "object" && value !== null && #writer in value;
    }
  }

  defineInterface(WritableStream);
  defineInterface(WritableStreamDefaultWriter);
  defineInterface(WritableStreamDefaultController);
  internals.platformClasses.add(isWritable, "WritableStream", (stream) => ({
    locked: isLocked(writableOf(stream)),
  }));

  streams.isWritable = isWritable;
  streams.showWritable = (stream) => new WritableStream(stream, undefined, constructToken);
  streams.writableOf = writableOf;
})
