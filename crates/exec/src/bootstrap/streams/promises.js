// Promises as streams use them.
(function (internals) {
  "use strict";
  const { Promise, PromisePrototypeThen, PromiseReject, PromiseResolve, ReflectApply } =
    internals.primordials;
  const { isObject } = internals.webidl;

  const noop = () => {};

  // A rejection of this promise is nobody's fault.
  function markHandled(promise) {
    PromisePrototypeThen(promise, undefined, noop);
    return promise;
  }

  let shared = null;

  // A promise fulfilled with undefined, never given to the guest.
  function fulfilled() {
    shared ??= PromiseResolve(undefined);
    return shared;
  }

  // Calls `callback` in a microtask. It must not throw.
  function soon(callback) {
    PromisePrototypeThen(fulfilled(), callback);
  }

  // Calls `onFulfilled` or `onRejected` when the promise has settled; undefined
  // stands for one that is fulfilled. They must not throw.
  function upon(promise, onFulfilled, onRejected) {
    PromisePrototypeThen(promise === undefined ? fulfilled() : promise, onFulfilled, onRejected);
  }

  // Calls a guest's function that returns a promise or anything else, as a
  // promise. Undefined stands for one that is fulfilled.
  function promiseOfCall(callback, self, args) {
    try {
      const result = ReflectApply(callback, self, args);
      return isObject(result) ? resolvedWith(result) : undefined;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  // A new promise, as Web IDL wants it: it takes two microtasks more than the
  // one that it is resolved with.
  const resolvedWith = (value) => new Promise((resolve) => resolve(value));

  // The same for what is called with every chunk, without these microtasks.
  function promiseOfChunkCall(callback, self, args) {
    try {
      const result = ReflectApply(callback, self, args);
      return isObject(result) ? PromiseResolve(result) : undefined;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  class Deferred {
    promise;
    resolve = undefined;
    reject = undefined;

    constructor() {
      this.promise = new Promise((resolve, reject) => {
        this.resolve = resolve;
        this.reject = reject;
      });
    }
  }

  const PENDING = 0;
  const FULFILLED = 1;
  const REJECTED = 2;

  // The promise of an attribute such as `closed`, made when somebody asks for
  // it. Its rejection counts as handled.
  class LazyPromise {
    #state = PENDING;
    #reason = undefined;
    #promise = null;
    #deferred = null;

    static fulfilled() {
      const lazy = new LazyPromise();
      lazy.#state = FULFILLED;
      return lazy;
    }

    static rejected(reason) {
      const lazy = new LazyPromise();
      lazy.reject(reason);
      return lazy;
    }

    get isPending() {
      return this.#state === PENDING;
    }

    resolve() {
      if (this.#state === PENDING) {
        this.#state = FULFILLED;
        if (this.#deferred !== null) {
          this.#deferred.resolve(undefined);
          this.#deferred = null;
        }
      }
    }

    reject(reason) {
      if (this.#state === PENDING) {
        this.#state = REJECTED;
        this.#reason = reason;
        if (this.#deferred !== null) {
          this.#deferred.reject(reason);
          this.#deferred = null;
        }
      }
    }

    get promise() {
      if (this.#promise === null) {
        switch (this.#state) {
          case PENDING:
            this.#deferred = new Deferred();
            this.#promise = markHandled(this.#deferred.promise);
            break;
          case FULFILLED:
            this.#promise = PromiseResolve(undefined);
            break;
          default:
            this.#promise = markHandled(PromiseReject(this.#reason));
        }
      }
      return this.#promise;
    }
  }

  // The promise as it is to be when it must be rejected by now.
  function ensureRejected(lazy, reason) {
    if (lazy.isPending) {
      lazy.reject(reason);
      return lazy;
    }
    return LazyPromise.rejected(reason);
  }

  const { streams } = internals;
  streams.Deferred = Deferred;
  streams.LazyPromise = LazyPromise;
  streams.ensureRejected = ensureRejected;
  streams.markHandled = markHandled;
  streams.noop = noop;
  streams.promiseOfCall = promiseOfCall;
  streams.promiseOfChunkCall = promiseOfChunkCall;
  streams.resolvedWith = resolvedWith;
  streams.soon = soon;
  streams.upon = upon;
})
