"use strict";
// node:async_hooks: the two classes are real, and the ids of what runs say nothing.

const { AsyncLocalStorage, AsyncResource, setErrors } = internals.asyncContext;
const { invalidArgType, nodeError, validateObject } = require("internal/errors");

function validateTrigger(id) {
  if (!Number.isSafeInteger(id) || id < -1) {
    throw nodeError(RangeError, "ERR_INVALID_ASYNC_ID", `Invalid triggerAsyncId value: ${String(id)}`);
  }
}

setErrors({ invalidArgType, nodeError, validateTrigger });

const HOOKS = ["init", "before", "after", "destroy", "promiseResolve"];

const resource = {};

// Hooks are taken, and never called: V8 tells nobody of promises here.
function createHook(callbacks) {
  validateObject(callbacks, "callbacks");
  for (const name of HOOKS) {
    if (callbacks[name] !== undefined && typeof callbacks[name] !== "function") {
      throw nodeError(TypeError, "ERR_ASYNC_CALLBACK", `hook.${name} must be a function`);
    }
  }
  const hook = {
    enable: () => hook,
    disable: () => hook,
  };
  return hook;
}

module.exports = {
  AsyncLocalStorage,
  AsyncResource,
  asyncWrapProviders: Object.freeze({ __proto__: null }),
  createHook,
  executionAsyncId: () => 0,
  executionAsyncResource: () => resource,
  triggerAsyncId: () => 0,
};
