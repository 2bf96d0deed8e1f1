"use strict";
// What is known of the side of a stream that is read. Packages look at these fields.
const { StringDecoder } = require("string_decoder");
const { SideState } = require("internal/stream/side_state");

class ReadableState extends SideState {
  constructor(options, isDuplex) {
    super(options, isDuplex, "readable");
    this.buffer = [];
    this.bufferIndex = 0;
    this.pipes = [];
    // null until somebody asks for data or pauses it.
    this.flowing = null;
    this.endEmitted = false;
    this.reading = false;
    // 'readable' is to be told when there is something.
    this.needReadable = false;
    this.emittedReadable = false;
    this.readableListening = false;
    this.resumeScheduled = false;
    this.paused = null;
    // Destinations of pipes that are full.
    this.awaitDrainWriters = new Set();
    this.readingMore = false;
    this.dataEmitted = false;
    this.decoder = null;
    this.encoding = null;
    if (options?.encoding) {
      this.decoder = new StringDecoder(options.encoding);
      this.encoding = options.encoding;
    }
  }
}

module.exports = { ReadableState };
