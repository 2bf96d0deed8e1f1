// tee: two branches of one stream.
(function (internals) {
  "use strict";
  const { structuredClone } = internals.globals;
  const { streams } = internals;
  const { Deferred, Source, acquireReader, createReadable, soon, upon } = streams;
  const { cancel, read } = streams.readable;

  class Branch extends Source {
    #tee;
    stream = null;
    canceled = false;
    reason = undefined;

    constructor(tee) {
      super();
      this.#tee = tee;
    }

    get controller() {
      return this.stream.controller;
    }

    pull() {
      this.#tee.pull(this);
    }

    cancel(reason) {
      this.canceled = true;
      this.reason = reason;
      return this.#tee.branchCanceled();
    }
  }

  // What both kinds of tee do. It is the read request of its reader: there is
  // never more than one at a time.
  class Tee {
    stream;
    reader;
    first = new Branch(this);
    second = new Branch(this);
    reading = false;
    canceled = new Deferred();
    chunk = undefined;
    onChunk = () => {
      const { chunk } = this;
      this.chunk = undefined;
      this.deliver(chunk);
    };

    constructor(stream) {
      this.stream = stream;
      this.reader = acquireReader(stream, false);
    }

    branchCanceled() {
      const { canceled, first, second } = this;
      if (first.canceled && second.canceled) {
        canceled.resolve(cancel(this.stream, [first.reason, second.reason]));
      }
      return canceled.promise;
    }

    // Errors of the stream reach the branches at once, not with the next read.
    forwardErrors() {
      const { reader } = this;
      upon(reader.closed.promise, undefined, (error) => {
        if (this.reader === reader) {
          this.fail(error);
          this.finish();
        }
      });
    }

    fail(error) {
      this.first.controller.fail(error);
      this.second.controller.fail(error);
    }

    // Nobody reads any more.
    finish() {
      if (!this.first.canceled || !this.second.canceled) {
        this.canceled.resolve(undefined);
      }
    }

    // The chunk cannot be copied.
    failWith(error) {
      this.fail(error);
      this.canceled.resolve(cancel(this.stream, error));
    }

    // Not at once: the error of a stream that fails in the same microtask must
    // come first, as it would without a tee.
    chunkSteps(chunk) {
      this.chunk = chunk;
      soon(this.onChunk);
    }

    errorSteps() {
      this.reading = false;
    }
  }

  class DefaultTee extends Tee {
    #clones;
    #readAgain = false;

    constructor(stream, clones) {
      super(stream);
      this.#clones = clones;
      this.first.stream = createReadable(this.first, 1, null);
      this.second.stream = createReadable(this.second, 1, null);
      this.forwardErrors();
    }

    pull() {
      if (this.reading) {
        this.#readAgain = true;
        return;
      }
      this.reading = true;
      read(this.reader, this);
    }

    deliver(chunk) {
      const { first, second } = this;
      this.#readAgain = false;
      let copy = chunk;
      if (!second.canceled && this.#clones) {
        try {
          copy = structuredClone(chunk);
        } catch (error) {
          this.failWith(error);
          return;
        }
      }
      if (!first.canceled) {
        first.controller.enqueue(chunk);
      }
      if (!second.canceled) {
        second.controller.enqueue(copy);
      }
      this.reading = false;
      if (this.#readAgain) {
        this.pull();
      }
    }

    closeSteps() {
      const { first, second } = this;
      this.reading = false;
      if (!first.canceled) {
        first.controller.close();
      }
      if (!second.canceled) {
        second.controller.close();
      }
      this.finish();
    }
  }

  // The branches of a stream: the streams `first` and `second`. With `clones`,
  // chunks of the second are structured clones.
  function tee(stream, clones) {
    const both = stream.controller.isByte
      ? new streams.ByteTee(stream)
      : new DefaultTee(stream, clones);
    const first = both.first.stream;
    const second = both.second.stream;
    first.isBody = stream.isBody;
    second.isBody = stream.isBody;
    return { first, second };
  }

  streams.Tee = Tee;
  streams.tee = tee;
})
