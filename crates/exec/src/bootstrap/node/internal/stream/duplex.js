"use strict";
// Duplex, which is a Readable and a Writable.
const { Readable } = require("internal/stream/readable");
require("internal/stream/readable_members");
const { Stream } = require("internal/stream/legacy");
const { Writable } = require("internal/stream/writable");
require("internal/stream/writable_members");

function Duplex(options) {
  if (!(this instanceof Duplex)) {
    return new Duplex(options);
  }
  Readable.call(this, options);
  Writable.call(this, options);
  this.allowHalfOpen = options?.allowHalfOpen !== false;
  if (options?.readable === false) {
    Object.assign(this._readableState, { readable: false, ended: true, endEmitted: true });
  }
  if (options?.writable === false) {
    Object.assign(this._writableState, { writable: false, ending: true, ended: true, finished: true });
  }
}
Object.setPrototypeOf(Duplex.prototype, Readable.prototype);
Object.setPrototypeOf(Duplex, Readable);
Stream.Duplex = Duplex;

for (const name of Object.getOwnPropertyNames(Writable.prototype)) {
  if (name !== "constructor" && !(name in Duplex.prototype)) {
    Object.defineProperty(Duplex.prototype, name, Object.getOwnPropertyDescriptor(Writable.prototype, name));
  }
}

// Of both sides.
Duplex.prototype.destroy = Writable.prototype.destroy;

Object.defineProperty(Duplex.prototype, "destroyed", {
  configurable: true,
  enumerable: true,
  get() {
    const { _readableState: reading, _writableState: writing } = this;
    return Boolean(reading && writing) && reading.destroyed && writing.destroyed;
  },
  set(value) {
    if (this._readableState && this._writableState) {
      this._readableState.destroyed = value;
      this._writableState.destroyed = value;
    }
  },
});

module.exports = { Duplex };
