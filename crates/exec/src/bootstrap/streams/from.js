// ReadableStream.from: a stream of what an iterable gives.
(function (internals) {
  "use strict";
  const {
    PromisePrototypeThen, PromiseReject, PromiseResolve, ReflectApply, SymbolAsyncIterator,
    SymbolIterator, TypeError,
  } = internals.primordials;
  const { isObject } = internals.webidl;
  const { streams } = internals;
  const { Source, createReadable, markHandled } = streams;

  // A method of an object; undefined if it has none.
  function methodOf(object, key, what) {
    const method = object[key];
    if (method === undefined || method === null) {
      return undefined;
    }
    if (typeof method !== "function") {
      throw new TypeError(`${what} is not a function`);
    }
    return method;
  }

  function checkResult(result) {
    if (!isObject(result)) {
      throw new TypeError("The iterator result is not an object");
    }
    return result;
  }

  class IterableSource extends Source {
    iterator;
    next;
    stream = null;

    constructor(iterator) {
      super();
      if (!isObject(iterator)) {
        throw new TypeError("The iterator is not an object");
      }
      this.iterator = iterator;
      this.next = iterator.next;
    }

    deliver(done, value) {
      if (done) {
        this.stream.controller.close();
      } else {
        this.stream.controller.enqueue(value);
      }
    }
  }

  class AsyncSource extends IterableSource {
    // An implicit constructor may iterate over its arguments.
    constructor(iterator) {
      super(iterator);
    }

    pull() {
      try {
        const result = ReflectApply(this.next, this.iterator, []);
        return PromisePrototypeThen(PromiseResolve(result), (settled) => {
          const done = !!checkResult(settled).done;
          this.deliver(done, done ? undefined : settled.value);
        });
      } catch (error) {
        return PromiseReject(error);
      }
    }

    cancel(reason) {
      try {
        const method = methodOf(this.iterator, "return", "The iterator's return");
        if (method === undefined) {
          return undefined;
        }
        const result = ReflectApply(method, this.iterator, [reason]);
        return PromisePrototypeThen(PromiseResolve(result), (settled) => {
          checkResult(settled);
        });
      } catch (error) {
        return PromiseReject(error);
      }
    }
  }

  // Values that are promises are awaited.
  class SyncSource extends IterableSource {
    // An implicit constructor may iterate over its arguments.
    constructor(iterator) {
      super(iterator);
    }

    pull() {
      try {
        const result = checkResult(ReflectApply(this.next, this.iterator, []));
        const done = !!result.done;
        const { value } = result;
        return PromisePrototypeThen(this.#promiseOf(value, done), (settled) => {
          this.deliver(done, settled);
        });
      } catch (error) {
        return PromiseReject(error);
      }
    }

    // A value that cannot be had ends the iteration.
    #promiseOf(value, done) {
      try {
        const promise = PromiseResolve(value);
        if (!done && isObject(value)) {
          markHandled(PromisePrototypeThen(promise, undefined, () => this.#close()));
        }
        return promise;
      } catch (error) {
        if (!done) {
          this.#close();
        }
        throw error;
      }
    }

    #close() {
      try {
        const method = methodOf(this.iterator, "return", "The iterator's return");
        if (method !== undefined) {
          ReflectApply(method, this.iterator, []);
        }
      } catch {
        // The first error counts.
      }
    }

    cancel(reason) {
      try {
        const method = methodOf(this.iterator, "return", "The iterator's return");
        if (method === undefined) {
          return undefined;
        }
        const { value } = checkResult(ReflectApply(method, this.iterator, [reason]));
        return PromisePrototypeThen(PromiseResolve(value), () => {});
      } catch (error) {
        return PromiseReject(error);
      }
    }
  }

  function sourceOf(iterable) {
    if (iterable === undefined || iterable === null) {
      throw new TypeError("ReadableStream.from: the argument is not iterable");
    }
    const method = methodOf(iterable, SymbolAsyncIterator, "ReadableStream.from: the async iterator");
    if (method !== undefined) {
      return new AsyncSource(ReflectApply(method, iterable, []));
    }
    const syncMethod = methodOf(iterable, SymbolIterator, "ReadableStream.from: the iterator");
    if (syncMethod === undefined) {
      throw new TypeError("ReadableStream.from: the argument is not iterable");
    }
    return new SyncSource(ReflectApply(syncMethod, iterable, []));
  }

  streams.fromIterable = (iterable) => {
    const source = sourceOf(iterable);
    source.stream = createReadable(source, 0, null);
    return source.stream;
  };
})
