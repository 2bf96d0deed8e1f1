// What a ReadableStream is behind its interface, and its readers.
//
// The interfaces hold such a record in a private field. The records of streams,
// readers and controllers know each other, and nothing of the interfaces, so
// streams that only the bootstrap reads or writes have none.
//
// A read request is an object with the methods chunkSteps(chunk), closeSteps()
// and errorSteps(error); of a reader of bytes, closeSteps(view).
(function (internals) {
  "use strict";
  const { PromisePrototypeThen, PromiseReject, PromiseResolve, TypeError } = internals.primordials;
  const { streams } = internals;
  const { LazyPromise, Queue, noop } = streams;

  const READABLE = 0;
  const CLOSED = 1;
  const ERRORED = 2;

  class Readable {
    state = READABLE;
    storedError = undefined;
    disturbed = false;
    // Reader, or null.
    reader = null;
    // DefaultController or ByteController.
    controller = null;
    // For bodies: what has the same bytes in memory, if nobody has read yet.
    origin = null;
    // Whether it is, or is a branch of, what a Request or Response has as its `body`.
    isBody = false;
    // How many bytes it is to have; null if that is not known.
    length = null;
  }

  class Reader {
    // null when it has been released.
    stream = null;
    // LazyPromise.
    closed = null;
    requests = new Queue();
    // Whether it reads into views.
    byob;

    constructor(byob) {
      this.byob = byob;
    }
  }

  const isLocked = (stream) => stream.reader !== null;

  function acquireReader(stream, byob) {
    const reader = new Reader(byob);
    lock(reader, stream);
    return reader;
  }

  function lock(reader, stream) {
    if (isLocked(stream)) {
      throw new TypeError("The ReadableStream is locked to a reader");
    }
    reader.stream = stream;
    stream.reader = reader;
    if (stream.state === READABLE) {
      reader.closed = new LazyPromise();
    } else if (stream.state === CLOSED) {
      reader.closed = LazyPromise.fulfilled();
    } else {
      reader.closed = LazyPromise.rejected(stream.storedError);
    }
  }

  // Releases a reader that has a stream. What it was reading fails.
  function release(reader) {
    const { stream } = reader;
    const error = new TypeError("The reader was released");
    reader.closed = streams.ensureRejected(reader.closed, error);
    stream.controller.releaseSteps();
    stream.reader = null;
    reader.stream = null;
    errorRequests(reader, new TypeError("The reader was released"));
  }

  // Those that come meanwhile are others.
  function takeRequests(reader) {
    const { requests } = reader;
    reader.requests = new Queue();
    return requests;
  }

  function errorRequests(reader, error) {
    if (reader.requests.length !== 0) {
      const requests = takeRequests(reader);
      while (requests.length !== 0) {
        requests.shift().errorSteps(error);
      }
    }
  }

  // Read requests of the stream's reader, if that is of the kind.
  function pendingRequests(stream, byob) {
    const { reader } = stream;
    return reader === null || reader.byob !== byob ? 0 : reader.requests.length;
  }

  const hasReader = (stream, byob) => stream.reader !== null && stream.reader.byob === byob;

  function fulfillRequest(stream, chunk, done) {
    const request = stream.reader.requests.shift();
    if (done) {
      request.closeSteps(chunk);
    } else {
      request.chunkSteps(chunk);
    }
  }

  // Ends a readable stream.
  function close(stream) {
    stream.state = CLOSED;
    const { reader } = stream;
    if (reader !== null) {
      reader.closed.resolve();
      if (!reader.byob && reader.requests.length !== 0) {
        const requests = takeRequests(reader);
        while (requests.length !== 0) {
          requests.shift().closeSteps(undefined);
        }
      }
    }
  }

  // Fails a readable stream.
  function fail(stream, error) {
    stream.state = ERRORED;
    stream.storedError = error;
    const { reader } = stream;
    if (reader !== null) {
      reader.closed.reject(error);
      errorRequests(reader, error);
    }
  }

  function cancel(stream, reason) {
    stream.disturbed = true;
    if (stream.state === CLOSED) {
      return PromiseResolve(undefined);
    }
    if (stream.state === ERRORED) {
      return PromiseReject(stream.storedError);
    }
    close(stream);
    const { reader } = stream;
    if (reader !== null && reader.byob && reader.requests.length !== 0) {
      const requests = takeRequests(reader);
      while (requests.length !== 0) {
        requests.shift().closeSteps(undefined);
      }
    }
    const canceled = stream.controller.cancelSteps(reason);
    return canceled === undefined ? PromiseResolve(undefined) : PromisePrototypeThen(canceled, noop);
  }

  // Reads with a reader that has a stream and no views.
  function read(reader, request) {
    const { stream } = reader;
    stream.disturbed = true;
    if (stream.state === READABLE) {
      stream.controller.pullSteps(request);
    } else if (stream.state === CLOSED) {
      request.closeSteps(undefined);
    } else {
      request.errorSteps(stream.storedError);
    }
  }

  // Reads into a view.
  function readInto(reader, view, min, request) {
    const { stream } = reader;
    stream.disturbed = true;
    if (stream.state === ERRORED) {
      request.errorSteps(stream.storedError);
    } else {
      stream.controller.pullInto(view, min, request);
    }
  }

  // The source of a stream that the bootstrap makes. pull() and cancel(reason)
  // return a promise, or undefined for one that is fulfilled.
  class Source {
    start() {}

    pull() {}

    cancel() {}
  }

  // For the guest: enqueue and close throw if nothing can be enqueued.
  function checkCanEnqueue(controller, what) {
    if (!controller.canEnqueue) {
      throw new TypeError(
        controller.closeRequested || controller.stream.state === CLOSED
          ? `${what}: the stream is closed`
          : `${what}: the stream has failed`,
      );
    }
  }

  streams.CLOSED = CLOSED;
  streams.ERRORED = ERRORED;
  streams.READABLE = READABLE;
  streams.Readable = Readable;
  streams.Reader = Reader;
  streams.Source = Source;
  streams.acquireReader = acquireReader;
  streams.checkCanEnqueue = checkCanEnqueue;
  streams.readable = {
    __proto__: null,
    cancel,
    close,
    errorRequests,
    fail,
    fulfillRequest,
    hasReader,
    isLocked,
    lock,
    pendingRequests,
    read,
    readInto,
    release,
  };
})
