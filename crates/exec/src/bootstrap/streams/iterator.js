// The asynchronous iterator of a ReadableStream.
(function (internals) {
  "use strict";
  const { AsyncIteratorPrototype, ObjectSetPrototypeOf, PromisePrototypeThen, PromiseResolve } =
    internals.primordials;
  const { defineNameless } = internals.webidl;
  const { streams } = internals;
  const { Deferred, illegalReceiver } = streams;
  const { cancel, read, release } = streams.readable;

  // The result of a step, without a `then` that anybody could give it.
  const box = (value, done) => ({ __proto__: null, value, done });

  // The read request of a step of an iteration.
  class Step extends Deferred {
    iteration;

    constructor(iteration) {
      super();
      this.iteration = iteration;
    }

    chunkSteps(chunk) {
      this.resolve(box(chunk, false));
    }

    closeSteps() {
      this.iteration.end();
      this.resolve(box(undefined, true));
    }

    errorSteps(error) {
      this.iteration.end();
      this.reject(error);
    }
  }

  class Iteration {
    #reader;
    #preventCancel;
    #finished = false;
    // Steps that are not done, and the promise of the last of them.
    #steps = 0;
    #last = null;
    #onNext = () => this.#next();
    #onDone = ({ value, done }) => {
      this.#stepDone();
      return { value, done };
    };
    #onFailed = (error) => {
      this.#stepDone();
      throw error;
    };

    constructor(reader, preventCancel) {
      this.#reader = reader;
      this.#preventCancel = preventCancel;
    }

    next() {
      return this.#inTurn(this.#onNext);
    }

    return(value) {
      return this.#inTurn(() => this.#return(value));
    }

    // One step after the other.
    #inTurn(step) {
      this.#steps++;
      const result = this.#last === null ? step() : PromisePrototypeThen(this.#last, step, step);
      this.#last = result;
      return result;
    }

    #stepDone() {
      if (--this.#steps === 0) {
        this.#last = null;
      }
    }

    #next() {
      if (this.#finished) {
        return this.#stepResult(PromiseResolve(box(undefined, true)));
      }
      const request = new Step(this);
      read(this.#reader, request);
      return this.#stepResult(request.promise);
    }

    #return(value) {
      const done = PromiseResolve(box(value, true));
      if (this.#finished) {
        return this.#stepResult(done);
      }
      this.#finished = true;
      const reader = this.#reader;
      if (this.#preventCancel) {
        release(reader);
        return this.#stepResult(done);
      }
      const canceled = cancel(reader.stream, value);
      release(reader);
      return this.#stepResult(PromisePrototypeThen(canceled, () => done));
    }

    #stepResult(promise) {
      return PromisePrototypeThen(promise, this.#onDone, this.#onFailed);
    }

    end() {
      this.#finished = true;
      release(this.#reader);
    }
  }

  let isIterator;

  class StreamIterator {
    #iteration;

    constructor(reader, preventCancel) {
      this.#iteration = new Iteration(reader, preventCancel);
    }

    next() {
      return isIterator(this)
        ? this.#iteration.next()
        : illegalReceiver("ReadableStream async iterator: next");
    }

    return(value) {
      return isIterator(this)
        ? this.#iteration.return(value)
        : illegalReceiver("ReadableStream async iterator: return");
    }

    static {
      isIterator = (value) => typeof value === "object" && value !== null && #iteration in value;
    }
  }

  const iteratorPrototype = StreamIterator.prototype;
  delete iteratorPrototype.constructor;
  defineNameless(iteratorPrototype, "ReadableStream AsyncIterator");
  ObjectSetPrototypeOf(iteratorPrototype, AsyncIteratorPrototype);

  streams.StreamIterator = StreamIterator;
})
