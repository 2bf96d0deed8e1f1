"use strict";
// A Transform that becomes one when somebody uses it as such: most hashes and ciphers are never
// streams.
const { Transform } = require("stream");

function LazyTransform(options) {
  this._options = options;
}
Object.setPrototypeOf(LazyTransform.prototype, Transform.prototype);
Object.setPrototypeOf(LazyTransform, Transform);

for (const name of ["_readableState", "_writableState"]) {
  Object.defineProperty(LazyTransform.prototype, name, {
    configurable: true,
    enumerable: false,
    get() {
      if (!("_options" in this)) {
        return undefined;
      }
      // Which defines them both.
      Transform.call(this, this._options);
      this._writableState.decodeStrings = false;
      return this[name];
    },
    set(value) {
      Object.defineProperty(this, name, { configurable: true, enumerable: true, value, writable: true });
    },
  });
}

module.exports = { LazyTransform };
