"use strict";
// What is known of the side of a stream that is written. Packages look at these fields.
const { SideState } = require("internal/stream/side_state");

class WritableState extends SideState {
  // `onwrite` is what `_write` calls back.
  constructor(options, isDuplex, onwrite) {
    super(options, isDuplex, "writable");
    this.finalCalled = false;
    this.needDrain = false;
    this.ending = false;
    this.finished = false;
    this.decodeStrings = options?.decodeStrings !== false;
    this.writing = false;
    this.corked = 0;
    this.bufferProcessing = false;
    this.onwrite = onwrite;
    this.writecb = null;
    this.writelen = 0;
    // Callbacks of writes that succeeded, to be called together.
    this.afterWrites = null;
    this.buffered = [];
    this.bufferedIndex = 0;
    this.allBuffers = true;
    // Callbacks and other things that go before 'finish'.
    this.pendingcb = 0;
    this.prefinished = false;
    this.onfinish = [];
  }

  getBuffer() {
    return this.buffered.slice(this.bufferedIndex);
  }

  get bufferedRequestCount() {
    return this.buffered.length - this.bufferedIndex;
  }
}

module.exports = { WritableState };
