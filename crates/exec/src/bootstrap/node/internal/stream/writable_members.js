"use strict";
// Writable: what can be asked of it.
const { disposed } = require("internal/stream/dispose");
const { Writable } = require("internal/stream/writable");

const getters = {
  writable() {
    const state = this._writableState;
    return Boolean(state) && state.writable !== false && !state.destroyed && !state.errored && !state.ending &&
      !state.ended;
  },
  writableFinished() {
    return this._writableState ? this._writableState.finished : false;
  },
  writableObjectMode() {
    return this._writableState ? this._writableState.objectMode : false;
  },
  writableBuffer() {
    return this._writableState?.getBuffer();
  },
  writableEnded() {
    return this._writableState ? this._writableState.ending : false;
  },
  writableNeedDrain() {
    const state = this._writableState;
    return state ? !state.destroyed && !state.ending && state.needDrain : false;
  },
  writableHighWaterMark() {
    return this._writableState?.highWaterMark;
  },
  writableCorked() {
    return this._writableState ? this._writableState.corked : 0;
  },
  writableLength() {
    return this._writableState?.length;
  },
  errored() {
    return this._writableState ? this._writableState.errored : null;
  },
  closed() {
    return this._writableState ? this._writableState.closed : false;
  },
  destroyed() {
    return this._writableState ? this._writableState.destroyed : false;
  },
  writableAborted() {
    const state = this._writableState;
    return state.writable !== false && Boolean(state.destroyed || state.errored) && !state.finished;
  },
};

const setters = {
  writable(value) {
    if (this._writableState) {
      this._writableState.writable = Boolean(value);
    }
  },
  destroyed(value) {
    if (this._writableState) {
      this._writableState.destroyed = value;
    }
  },
};

for (const name of Object.keys(getters)) {
  Object.defineProperty(Writable.prototype, name, {
    __proto__: null, configurable: true, enumerable: !["errored", "closed"].includes(name), get: getters[name], set: setters[name],
  });
}

if (Symbol.asyncDispose) {
  Writable.prototype[Symbol.asyncDispose] = function () {
    return disposed(this, this.writableFinished);
  };
}
