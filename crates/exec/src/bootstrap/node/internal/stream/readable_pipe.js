"use strict";
// Readable: pipes.
const { nextTick } = require("internal/next_tick");
const { fail } = require("internal/stream/lifetime");
const { prependListener } = require("internal/stream/legacy");
const { Readable } = require("internal/stream/readable");

Readable.prototype.pipe = function pipe(destination, options) {
  const source = this;
  const state = this._readableState;
  state.pipes.push(destination);
  const ends = options?.end !== false;
  let cleaned = false;
  let onDrain;

  const onEnd = ends ? () => destination.end() : () => source.unpipe(destination);
  if (state.endEmitted) {
    nextTick(onEnd);
  } else {
    source.once("end", onEnd);
  }

  function cleanUp() {
    destination.removeListener("close", onClose);
    destination.removeListener("finish", onFinish);
    if (onDrain) {
      destination.removeListener("drain", onDrain);
    }
    destination.removeListener("error", onError);
    destination.removeListener("unpipe", onUnpipe);
    source.removeListener("end", onEnd);
    source.removeListener("data", onData);
    cleaned = true;
    // What waits for this destination would wait for ever.
    if (onDrain && state.awaitDrainWriters.has(destination) && destination._writableState?.needDrain !== false) {
      onDrain();
    }
  }

  function onUnpipe(readable, info) {
    if (readable === source && info && info.hasUnpiped === false) {
      info.hasUnpiped = true;
      cleanUp();
    }
  }

  function waitForDrain() {
    if (!cleaned) {
      if (state.pipes.includes(destination)) {
        state.awaitDrainWriters.add(destination);
      }
      source.pause();
    }
    if (!onDrain) {
      onDrain = () => {
        state.awaitDrainWriters.delete(destination);
        if (state.awaitDrainWriters.size === 0 && source.listenerCount("data") > 0) {
          source.resume();
        }
      };
      destination.on("drain", onDrain);
    }
  }

  function onData(chunk) {
    if (destination.write(chunk) === false) {
      waitForDrain();
    }
  }

  function onError(error) {
    stop();
    destination.removeListener("error", onError);
    if (destination.listenerCount("error") > 0) {
      return;
    }
    const other = destination._writableState || destination._readableState;
    if (other && !other.errorEmitted) {
      fail(destination, error);
    } else {
      destination.emit("error", error);
    }
  }

  function onClose() {
    destination.removeListener("finish", onFinish);
    stop();
  }

  function onFinish() {
    destination.removeListener("close", onClose);
    stop();
  }

  function stop() {
    source.unpipe(destination);
  }

  destination.on("unpipe", onUnpipe);
  source.on("data", onData);
  prependListener(destination, "error", onError);
  destination.once("close", onClose);
  destination.once("finish", onFinish);
  destination.emit("pipe", source);
  if (destination.writableNeedDrain === true) {
    waitForDrain();
  } else if (!state.flowing) {
    source.resume();
  }
  return destination;
};

Readable.prototype.unpipe = function unpipe(destination) {
  const state = this._readableState;
  if (state.pipes.length === 0) {
    return this;
  }
  if (!destination) {
    const all = state.pipes;
    state.pipes = [];
    this.pause();
    for (const each of all) {
      each.emit("unpipe", this, { hasUnpiped: false });
    }
    return this;
  }
  const index = state.pipes.indexOf(destination);
  if (index < 0) {
    return this;
  }
  state.pipes.splice(index, 1);
  if (state.pipes.length === 0) {
    this.pause();
  }
  destination.emit("unpipe", this, { hasUnpiped: false });
  return this;
};
