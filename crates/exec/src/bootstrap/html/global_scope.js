// The global object as a WorkerGlobalScope, which is an EventTarget.
(function (internals) {
  "use strict";
  const { ObjectSetPrototypeOf, TypeError, global } = internals.primordials;
  const { EventTarget, defineEventHandler } = internals.eventTarget;
  const { defineInterface, illegalConstructor } = internals.webidl;

  class WorkerGlobalScope extends EventTarget {
    constructor() {
      illegalConstructor();
    }
  }

  // The event handler attribute, which a bare name means the global's by.
  function defineHandler(type) {
    const field = { __proto__: null, handler: null };
    defineEventHandler(WorkerGlobalScope.prototype, type, (target) => {
      if (target !== undefined && target !== null && target !== global) {
        throw new TypeError("Illegal invocation");
      }
      return field;
    });
  }
  defineHandler("error");
  defineHandler("rejectionhandled");
  defineHandler("unhandledrejection");

  defineInterface(WorkerGlobalScope);
  ObjectSetPrototypeOf(global, WorkerGlobalScope.prototype);
})
