"use strict";
// Stream, the base of all: an EventEmitter with the pipe of old.
const EventEmitter = require("events");

function Stream(options) {
  EventEmitter.call(this, options);
}
Object.setPrototypeOf(Stream.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Stream, EventEmitter);

// Before those that others have added.
function prependListener(emitter, event, listener) {
  if (typeof emitter.prependListener === "function") {
    emitter.prependListener(event, listener);
    return;
  }
  const existing = emitter._events?.[event];
  if (!existing) {
    emitter.on(event, listener);
  } else {
    emitter._events[event] = [listener].concat(existing);
  }
}

Stream.prototype.pipe = function pipe(destination, options) {
  const source = this;
  let hasEnded = false;
  const listeners = [
    [source, "data", (chunk) => {
      if (destination.writable && destination.write(chunk) === false && source.pause) {
        source.pause();
      }
    }],
    [destination, "drain", () => {
      if (source.readable && source.resume) {
        source.resume();
      }
    }],
  ];
  const onError = function (error) {
    cleanUp();
    if (EventEmitter.listenerCount(this, "error") === 0) {
      this.emit("error", error);
    }
  };
  if (!destination._isStdio && options?.end !== false) {
    listeners.push([source, "end", () => {
      if (!hasEnded) {
        hasEnded = true;
        destination.end();
      }
    }], [source, "close", () => {
      if (!hasEnded) {
        hasEnded = true;
        if (typeof destination.destroy === "function") {
          destination.destroy();
        }
      }
    }]);
  }
  for (const [emitter, event, listener] of listeners) {
    emitter.on(event, listener);
  }
  prependListener(source, "error", onError);
  prependListener(destination, "error", onError);
  listeners.push([source, "error", onError], [destination, "error", onError]);
  function cleanUp() {
    for (const [emitter, event, listener] of listeners) {
      emitter.removeListener(event, listener);
    }
  }
  for (const [emitter, event] of [[source, "end"], [source, "close"], [destination, "close"]]) {
    emitter.on(event, cleanUp);
    listeners.push([emitter, event, cleanUp]);
  }
  destination.emit("pipe", source);
  return destination;
};

Stream.prototype.eventNames = function eventNames() {
  return EventEmitter.prototype.eventNames.call(this).filter((name) => this.listenerCount(name) > 0);
};

module.exports = { Stream, prependListener };
