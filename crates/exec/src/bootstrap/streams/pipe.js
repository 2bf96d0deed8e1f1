// pipeTo, without a promise for every chunk.
//
// A pipe is the read request of its reader and what its writes are resolved for.
// It reads only when the destination wants more, and writes a chunk that it had
// to wait for in a microtask of its own, never in the call that enqueued it.
(function (internals) {
  "use strict";
  const { TypeError } = internals.primordials;
  const { isAborted, offAbort, onAbort, partsOf } = internals.abort;
  const { streams } = internals;
  const { CLOSED, ERRORED, READABLE, Deferred, acquireReader, soon, upon } = streams;
  const readable = streams.readable;
  const writable = streams.writable;

  class Pipe {
    source;
    target;
    options;
    reader;
    writer;
    done = new Deferred();
    shuttingDown = false;
    // A read request is pending.
    reading = false;
    // The chunk is on its way from the queue of the source.
    taking = false;
    chunk = undefined;
    hasChunk = false;
    // A step is on its way.
    scheduled = false;
    writes = 0;
    // What goes on when all has been written, or null.
    onWritten = null;
    onStep = () => {
      this.scheduled = false;
      this.step();
    };
    abort = null;

    constructor(source, target, options) {
      this.source = source;
      this.target = target;
      this.options = options;
      this.reader = acquireReader(source, false);
      this.writer = writable.acquireWriter(target);
      source.disturbed = true;
    }

    begin() {
      const { signal } = this.options;
      if (signal !== undefined) {
        this.abort = () => this.abortBoth(partsOf(signal).reason);
        if (isAborted(signal)) {
          this.abort();
          return;
        }
        onAbort(signal, this.abort);
      }
      this.writer.pipe = this;
      const check = () => this.check();
      upon(this.reader.closed.promise, check, check);
      upon(this.writer.closed.promise, check, check);
      this.check();
      this.schedule();
    }

    schedule() {
      if (!this.scheduled && !this.shuttingDown) {
        this.scheduled = true;
        soon(this.onStep);
      }
    }

    // The destination may want more.
    writableChanged() {
      if (!this.reading) {
        this.schedule();
      }
    }

    step() {
      this.writeChunk();
      while (!this.shuttingDown && !this.reading && !this.hasChunk) {
        if (this.check() || !(writable.desiredSize(this.target) > 0)) {
          return;
        }
        this.taking = this.source.controller.hasQueued;
        this.reading = true;
        readable.read(this.reader, this);
        if (this.taking) {
          this.taking = false;
          this.writeChunk();
        }
      }
    }

    writeChunk() {
      if (this.hasChunk) {
        const { chunk } = this;
        this.chunk = undefined;
        this.hasChunk = false;
        this.writes++;
        writable.write(this.writer, chunk, this);
      }
    }

    // The read request.

    chunkSteps(chunk) {
      this.reading = false;
      this.chunk = chunk;
      this.hasChunk = true;
      if (!this.taking && !this.scheduled) {
        this.scheduled = true;
        soon(this.onStep);
      }
    }

    closeSteps() {
      this.reading = false;
    }

    errorSteps() {
      this.reading = false;
    }

    // The writes.

    resolve() {
      this.writes--;
      if (this.writes === 0 && this.onWritten !== null) {
        soon(this.onWritten);
      }
    }

    reject() {
      this.resolve();
    }

    // Ends the pipe if one of its ends has ended. Returns whether it has.
    check() {
      const { options, source, target, writer } = this;
      if (this.shuttingDown) {
        return true;
      }
      if (source.state === ERRORED) {
        const error = source.storedError;
        const abort = options.preventAbort ? null : () => writable.abort(target, error);
        this.shutDown(abort, true, error);
      } else if (target.state === writable.ERRORED) {
        const error = target.storedError;
        this.shutDown(this.cancelWith(error), true, error);
      } else if (source.state === CLOSED) {
        this.shutDown(options.preventClose ? null : () => closePropagating(writer), false, undefined);
      } else if (target.state === writable.CLOSED || target.isClosing) {
        const error = new TypeError("The destination of the pipe is closed");
        this.shutDown(this.cancelWith(error), true, error);
      }
      return this.shuttingDown;
    }

    cancelWith(error) {
      return this.options.preventCancel ? null : () => readable.cancel(this.source, error);
    }

    abortBoth(error) {
      const { options, source, target } = this;
      this.shutDown(() => {
        const aborted = !options.preventAbort && target.state === writable.WRITABLE
          ? writable.abort(target, error)
          : undefined;
        const canceled = !options.preventCancel && source.state === READABLE
          ? readable.cancel(source, error)
          : undefined;
        return both(aborted, canceled);
      }, true, error);
    }

    // `action`: null, or a function that returns a promise. The promise of the
    // pipe is rejected with `error` if it `failed`.
    shutDown(action, failed, error) {
      if (this.shuttingDown) {
        return;
      }
      this.shuttingDown = true;
      const { target } = this;
      const act = () => {
        if (action === null) {
          this.finish(failed, error);
          return;
        }
        upon(
          action(),
          () => this.finish(failed, error),
          (newError) => this.finish(true, newError),
        );
      };
      if (target.state === writable.WRITABLE && !target.isClosing) {
        this.writeChunk();
        this.onWritten = () => {
          this.onWritten = null;
          act();
        };
        if (this.writes === 0) {
          soon(this.onWritten);
        }
      } else {
        act();
      }
    }

    finish(failed, error) {
      this.writer.pipe = null;
      writable.release(this.writer);
      readable.release(this.reader);
      const { signal } = this.options;
      if (signal !== undefined && this.abort !== null) {
        offAbort(signal, this.abort);
      }
      if (failed) {
        this.done.reject(error);
      } else {
        this.done.resolve(undefined);
      }
    }
  }

  function closePropagating(writer) {
    const { stream } = writer;
    if (stream.state === writable.CLOSED || stream.isClosing) {
      return undefined;
    }
    if (stream.state === writable.ERRORED) {
      const failed = new Deferred();
      failed.reject(stream.storedError);
      return failed.promise;
    }
    return writable.close(stream);
  }

  // Settles when both have, undefined being settled; is rejected with the first
  // rejection.
  function both(first, second) {
    if (first === undefined || second === undefined) {
      return first ?? second;
    }
    const all = new Deferred();
    let open = 2;
    const settled = () => {
      if (--open === 0) {
        all.resolve(undefined);
      }
    };
    upon(first, settled, all.reject);
    upon(second, settled, all.reject);
    return all.promise;
  }

  // Both streams must not be locked. Returns the promise of pipeTo.
  function pipe(source, target, options) {
    const made = new Pipe(source, target, options);
    made.begin();
    return made.done.promise;
  }

  streams.pipe = pipe;
})
