// What a WritableStream is behind its interface, and its writer.
//
// Promises that callers wait for are objects with the methods resolve(value)
// and reject(reason): a Deferred, or whatever else wants to know.
(function (internals) {
  "use strict";
  const { PromiseReject, PromiseResolve, TypeError } = internals.primordials;
  const { streams } = internals;
  const { Deferred, LazyPromise, Queue, ensureRejected, upon } = streams;

  const WRITABLE = 0;
  const ERRORING = 1;
  const CLOSED = 2;
  const ERRORED = 3;

  class Writer {
    // null when it has been released.
    stream = null;
    // LazyPromises.
    closed = null;
    ready = null;
    // The pipe whose writer it is, or null.
    pipe = null;
  }

  class AbortRequest extends Deferred {
    reason;
    wasErroring;

    constructor(reason, wasErroring) {
      super();
      this.reason = reason;
      this.wasErroring = wasErroring;
    }
  }

  class Writable {
    state = WRITABLE;
    storedError = undefined;
    backpressure = false;
    // Writer, or null.
    writer = null;
    // WritableController.
    controller = null;
    // Of the chunks in the queue.
    writes = new Queue();
    writeInFlight = null;
    closeRequest = null;
    closeInFlight = null;
    abortRequest = null;

    get isClosing() {
      return this.closeRequest !== null || this.closeInFlight !== null;
    }

    get isBusy() {
      return this.writeInFlight !== null || this.closeInFlight !== null;
    }

    startErroring(reason) {
      const { controller, writer } = this;
      this.state = ERRORING;
      this.storedError = reason;
      if (writer !== null) {
        writer.ready = ensureRejected(writer.ready, reason);
        if (writer.pipe !== null) {
          writer.pipe.writableChanged();
        }
      }
      if (!this.isBusy && controller.started) {
        this.finishErroring();
      }
    }

    finishErroring() {
      const { controller, storedError, writes } = this;
      this.state = ERRORED;
      controller.queue.clear();
      this.writes = new Queue();
      while (writes.length !== 0) {
        writes.shift().reject(storedError);
      }
      const request = this.abortRequest;
      if (request === null) {
        this.#rejectClosed();
        return;
      }
      this.abortRequest = null;
      if (request.wasErroring) {
        request.reject(storedError);
        this.#rejectClosed();
        return;
      }
      upon(controller.abortSteps(request.reason), () => {
        request.resolve(undefined);
        this.#rejectClosed();
      }, (reason) => {
        request.reject(reason);
        this.#rejectClosed();
      });
    }

    #rejectClosed() {
      if (this.closeRequest !== null) {
        this.closeRequest.reject(this.storedError);
        this.closeRequest = null;
      }
      if (this.writer !== null) {
        this.writer.closed.reject(this.storedError);
      }
    }

    // The sink has failed.
    dealWithRejection(error) {
      if (this.state === WRITABLE) {
        this.startErroring(error);
      } else {
        this.finishErroring();
      }
    }

    finishWrite() {
      const write = this.writeInFlight;
      this.writeInFlight = null;
      write.resolve(undefined);
    }

    failWrite(error) {
      const write = this.writeInFlight;
      this.writeInFlight = null;
      write.reject(error);
      this.dealWithRejection(error);
    }

    finishClose() {
      this.closeInFlight.resolve(undefined);
      this.closeInFlight = null;
      if (this.state === ERRORING) {
        // It was closed before the error mattered.
        this.storedError = undefined;
        if (this.abortRequest !== null) {
          this.abortRequest.resolve(undefined);
          this.abortRequest = null;
        }
      }
      this.state = CLOSED;
      if (this.writer !== null) {
        this.writer.closed.resolve();
      }
    }

    failClose(error) {
      this.closeInFlight.reject(error);
      this.closeInFlight = null;
      if (this.abortRequest !== null) {
        this.abortRequest.reject(error);
        this.abortRequest = null;
      }
      this.dealWithRejection(error);
    }

    updateBackpressure(backpressure) {
      const { writer } = this;
      if (writer !== null && backpressure !== this.backpressure) {
        if (backpressure) {
          writer.ready = new LazyPromise();
        } else {
          writer.ready.resolve();
        }
      }
      this.backpressure = backpressure;
      if (!backpressure && writer !== null && writer.pipe !== null) {
        writer.pipe.writableChanged();
      }
    }
  }

  const isLocked = (stream) => stream.writer !== null;

  function lock(writer, stream) {
    if (isLocked(stream)) {
      throw new TypeError("The WritableStream is locked to a writer");
    }
    writer.stream = stream;
    stream.writer = writer;
    const { state, storedError } = stream;
    writer.ready = new LazyPromise();
    writer.closed = new LazyPromise();
    if (state === ERRORING || state === ERRORED) {
      writer.ready.reject(storedError);
    } else if (state === CLOSED || stream.isClosing || !stream.backpressure) {
      writer.ready.resolve();
    }
    if (state === CLOSED) {
      writer.closed.resolve();
    } else if (state === ERRORED) {
      writer.closed.reject(storedError);
    }
  }

  function acquireWriter(stream) {
    const writer = new Writer();
    lock(writer, stream);
    return writer;
  }

  function release(writer) {
    const { stream } = writer;
    const error = new TypeError("The writer was released");
    writer.ready = ensureRejected(writer.ready, error);
    writer.closed = ensureRejected(writer.closed, error);
    stream.writer = null;
    writer.stream = null;
  }

  function abort(stream, reason) {
    if (stream.state === CLOSED || stream.state === ERRORED) {
      return PromiseResolve(undefined);
    }
    stream.controller.signalAbort(reason);
    if (stream.state === CLOSED || stream.state === ERRORED) {
      return PromiseResolve(undefined);
    }
    if (stream.abortRequest === null) {
      const wasErroring = stream.state === ERRORING;
      const request = new AbortRequest(wasErroring ? undefined : reason, wasErroring);
      stream.abortRequest = request;
      if (!wasErroring) {
        stream.startErroring(reason);
      }
      return request.promise;
    }
    return stream.abortRequest.promise;
  }

  function close(stream) {
    if (stream.state === CLOSED || stream.state === ERRORED) {
      return PromiseReject(new TypeError("The WritableStream is closed or has failed"));
    }
    const request = new Deferred();
    stream.closeRequest = request;
    if (stream.writer !== null && stream.backpressure && stream.state === WRITABLE) {
      stream.writer.ready.resolve();
    }
    stream.controller.close();
    return request.promise;
  }

  function desiredSize(stream) {
    switch (stream.state) {
      case WRITABLE:
        return stream.controller.desiredSize;
      case CLOSED:
        return 0;
      default:
        return null;
    }
  }

  // Writes a chunk for `write`, which is resolved or rejected, in time.
  function write(writer, chunk, request) {
    const { stream } = writer;
    const { controller } = stream;
    const size = controller.sizeOf(chunk);
    if (writer.stream !== stream) {
      request.reject(new TypeError("The writer was released"));
    } else if (stream.state === ERRORED || (stream.state === ERRORING && !stream.isClosing)) {
      request.reject(stream.storedError);
    } else if (stream.state === CLOSED || stream.isClosing) {
      request.reject(new TypeError("The WritableStream is closed"));
    } else {
      stream.writes.push(request);
      controller.write(chunk, size);
    }
  }

  streams.Writable = Writable;
  streams.Writer = Writer;
  streams.writable = {
    __proto__: null, CLOSED, ERRORED, ERRORING, WRITABLE, abort, acquireWriter, close, desiredSize,
    isLocked, lock, release, write,
  };
})
