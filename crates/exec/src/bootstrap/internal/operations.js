// The operations of the host that requests have in flight: fetches, and calls of
// bindings.
(function (internals) {
  "use strict";
  const {
    Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, Set, SetPrototypeAdd,
    SetPrototypeDelete,
  } = internals.primordials;
  const { offAbort, onAbort, partsOf } = internals.abort;
  const { opCancel } = internals.host;

  class Operation {
    state;
    resolve;
    reject;
    // Aborts it; null without one.
    signal;
    // What its file wants to know when it has settled.
    detail;
    // Algorithm of the signal, null without one.
    onAbort = null;

    constructor(state, resolve, reject, signal, detail) {
      this.state = state;
      this.resolve = resolve;
      this.reject = reject;
      this.signal = signal;
      this.detail = detail;
    }
  }

  // Map of id to Operation. Ids are never used again.
  let operations = null;
  let lastId = 0;

  const nextId = () => ++lastId;

  // The host has started the operation `id` for the request of `state`.
  function add(id, state, resolve, reject, signal, detail) {
    const operation = new Operation(state, resolve, reject, signal, detail);
    operations ??= new Map();
    state.ops ??= new Set();
    MapPrototypeSet(operations, id, operation);
    SetPrototypeAdd(state.ops, id);
    if (signal !== null) {
      operation.onAbort = () => {
        take(id);
        opCancel(state.id, id);
        reject(partsOf(signal).reason);
      };
      onAbort(signal, operation.onAbort);
    }
  }

  // Takes out the operation, which is over; undefined if it was before.
  function take(id) {
    const operation = operations === null ? undefined : MapPrototypeGet(operations, id);
    if (operation !== undefined) {
      MapPrototypeDelete(operations, id);
      SetPrototypeDelete(operation.state.ops, id);
      if (operation.onAbort !== null) {
        offAbort(operation.signal, operation.onAbort);
      }
    }
    return operation;
  }

  // For requests.js: the request of this operation has ended.
  function abandon(id, reason) {
    take(id).reject(reason);
  }

  internals.operations = { __proto__: null, abandon, add, nextId, take };
})
