// The events of the global scope for what no code has caught: error,
// unhandledrejection and rejectionhandled.
(function (internals) {
  "use strict";
  const { global } = internals.primordials;
  const { ErrorEvent, PromiseRejectionEvent } = internals.event;
  const { fire, hasListeners } = internals.eventTarget;
  const { thrownAt } = internals.host;

  // What a listener of error events throws is no event again.
  let reporting = false;

  // Whether a listener has prevented that `error` is logged.
  function isHandled(error) {
    if (reporting || !hasListeners(global, "error")) {
      return false;
    }
    reporting = true;
    try {
      const place = thrownAt(error);
      return !fire(global, new ErrorEvent("error", {
        __proto__: null,
        cancelable: true,
        message: place[0],
        filename: place[1],
        lineno: place[2],
        colno: place[3],
        error,
      }));
    } finally {
      reporting = false;
    }
  }

  function fireRejection(type, cancelable, promise, reason) {
    return hasListeners(global, type) &&
      !fire(global, new PromiseRejectionEvent(type, { __proto__: null, cancelable, promise, reason }));
  }

  // For the host: nobody has handled the rejection of `promise` by the end of the
  // turn. Returns whether a listener has prevented that it is logged.
  const unhandledRejection = (promise, reason) =>
    fireRejection("unhandledrejection", true, promise, reason);

  // For the host: it has been told of this promise, and now there is a handler.
  function rejectionHandled(promise, reason) {
    fireRejection("rejectionhandled", false, promise, reason);
  }

  internals.errorEvents = { __proto__: null, isHandled, rejectionHandled, unhandledRejection };
})
