"use strict";
// What is known of either side of a stream. Packages look at these fields.
const { Buffer } = require("buffer");
const { unknownEncoding } = require("internal/stream/errors");
const { highWaterMarkOf } = require("internal/stream/state");

class SideState {
  // `side` is "readable" or "writable".
  constructor(options, isDuplex, side) {
    const { defaultEncoding } = options ?? {};
    this.objectMode = Boolean(options?.objectMode || (isDuplex && options?.[`${side}ObjectMode`]));
    this.highWaterMark = highWaterMarkOf(options, this.objectMode, side, isDuplex);
    this.length = 0;
    this.ended = false;
    this.constructed = true;
    // In a call of `_read` or `_write`.
    this.sync = true;
    this.errorEmitted = false;
    this.emitClose = options?.emitClose !== false;
    this.autoDestroy = options?.autoDestroy !== false;
    this.destroyed = false;
    this.errored = null;
    this.closed = false;
    this.closeEmitted = false;
    if (defaultEncoding === undefined || defaultEncoding === null) {
      this.defaultEncoding = "utf8";
    } else if (Buffer.isEncoding(defaultEncoding)) {
      this.defaultEncoding = defaultEncoding;
    } else {
      throw unknownEncoding(defaultEncoding);
    }
  }
}

module.exports = { SideState };
