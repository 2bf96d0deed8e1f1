// What the host is told of a thrown value: the value, and how it looks, since
// the text that V8 has of an object is "#<Object>", and of an error without
// its cause.
(function (internals) {
  "use strict";
  const { isObject } = internals.webidl;
  const host = internals.host;

  const MAX_DEPTH = 3;
  const MAX_LENGTH = 8192;

  // undefined for a primitive, which V8 shows as well.
  function describe(value) {
    if (!isObject(value)) {
      return undefined;
    }
    try {
      return internals.inspect.inspect(value, MAX_DEPTH, MAX_LENGTH);
    } catch {
      return undefined;
    }
  }

  internals.thrown = {
    __proto__: null,
    bodyFailed(requestId, error) {
      host.bodyFailed(requestId, error, describe(error));
    },
    describe,
    fail(requestId, error) {
      host.fail(requestId, error, describe(error));
    },
    // Of code that nobody waits for: an event of the global scope, or a line of the
    // log.
    reportUnhandled(error) {
      if (!internals.errorEvents.isHandled(error)) {
        host.reportUnhandled(error, describe(error));
      }
    },
    waitUntilRejected(requestId, error) {
      host.waitUntilRejected(requestId, error, describe(error));
    },
  };
})
