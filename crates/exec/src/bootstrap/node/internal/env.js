"use strict";
// The environment variables of the worker.

const { ObjectDefineProperty, ReflectOwnKeys } = primordials;
const { environment } = internals.workerEvents;

// A copy of those that are text.
function copy() {
  const env = environment();
  // As bundlers have it: packages ask for it to choose what they are, and the slower half otherwise.
  const variables = { NODE_ENV: "production" };
  const keys = ReflectOwnKeys(env);
  for (let i = 0; i < keys.length; i++) {
    const value = env[keys[i]];
    if (typeof value === "string") {
      ObjectDefineProperty(variables, keys[i], {
        __proto__: null, configurable: true, enumerable: true, value, writable: true,
      });
    }
  }
  return variables;
}

module.exports = {
  copy,
  get(name) {
    const value = environment()[name];
    return typeof value === "string" ? value : undefined;
  },
};
