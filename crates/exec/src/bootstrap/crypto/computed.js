// What the host computes for `crypto`: in place, or on another thread and later.
(function (internals) {
  "use strict";
  const {
    Promise, PromiseReject, PromiseResolve, StringPrototypeIndexOf, StringPrototypeSlice,
  } = internals.primordials;
  const { DOMException } = internals;
  const { add, nextId, take } = internals.operations;
  const { find } = internals.requests;
  const { currentRequest } = internals.host;

  // The host gives a failure as a text: the name of the exception, a colon, its message.
  function failureOf(text) {
    const colon = StringPrototypeIndexOf(text, ":");
    return new DOMException(
      StringPrototypeSlice(text, colon + 1), StringPrototypeSlice(text, 0, colon),
    );
  }

  // What the host has given, if that is no failure.
  function checked(value) {
    if (typeof value === "string") {
      throw failureOf(value);
    }
    return value;
  }

  // Calls `start` with the id of an operation. What the host gives, now or later,
  // is `convert`ed; a promise if that is later. What takes long is refused for
  // code of no request, whose operations would be nobody's: theirs is 0.
  function compute(start, convert) {
    const state = find(currentRequest());
    const id = state === undefined ? 0 : nextId();
    const value = start(id);
    if (value !== undefined) {
      return convert(checked(value));
    }
    return new Promise((resolve, reject) => {
      const arrived = (later) => {
        try {
          resolve(convert(later));
        } catch (error) {
          reject(error);
        }
      };
      add(id, state, arrived, reject, null, null);
    });
  }

  function settle(id, value) {
    const operation = take(id);
    if (operation === undefined) {
      return;
    }
    if (typeof value === "string") {
      operation.reject(failureOf(value));
    } else {
      operation.resolve(value);
    }
  }

  // What `run` returns, or throws, as a promise.
  function promised(run) {
    try {
      return PromiseResolve(run());
    } catch (error) {
      return PromiseReject(error);
    }
  }

  internals.computed = { __proto__: null, checked, compute, promised, settle };
})
