"use strict";
// How streams begin and end: `_construct`, `destroy`, and what follows an error.
//
// A stream has a state for each side that it has, `_readableState` and `_writableState`. What is said here of
// "the states" goes for both.
const { AbortError } = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const errors = require("internal/stream/errors");
const { isDestroyed, isFinished } = require("internal/stream/state");

const kConstructed = Symbol("constructed");
const kDestroyWhenConstructed = Symbol("destroyWhenConstructed");

function statesOf(stream) {
  const states = [];
  for (const state of [stream._writableState, stream._readableState]) {
    if (state) {
      states.push(state);
    }
  }
  return states;
}

function noteError(states, error) {
  if (!error) {
    return;
  }
  // It is the stack of where it was made.
  void error.stack;
  for (const state of states) {
    state.errored ||= error;
  }
}

function emitErrorOnce(stream, error) {
  const states = statesOf(stream);
  if (states.some((state) => state.errorEmitted)) {
    return;
  }
  for (const state of states) {
    state.errorEmitted = true;
  }
  stream.emit("error", error);
}

function emitClose(stream) {
  const states = statesOf(stream);
  for (const state of states) {
    state.closeEmitted = true;
  }
  if (states.some((state) => state.emitClose)) {
    stream.emit("close");
  }
}

function tearDown(stream, error, callback) {
  let called = false;
  const done = (failure) => {
    if (called) {
      return;
    }
    called = true;
    const states = statesOf(stream);
    noteError(states, failure);
    for (const state of states) {
      state.closed = true;
    }
    if (typeof callback === "function") {
      callback(failure);
    }
    nextTick(() => {
      if (failure) {
        emitErrorOnce(stream, failure);
      }
      emitClose(stream);
    });
  };
  try {
    stream._destroy(error || null, done);
  } catch (failure) {
    done(failure);
  }
}

// stream.destroy
function destroy(error, callback) {
  const states = statesOf(this);
  if (states.some((state) => state.destroyed)) {
    if (typeof callback === "function") {
      callback();
    }
    return this;
  }
  noteError(states, error);
  for (const state of states) {
    state.destroyed = true;
  }
  if (states.length > 0 && !states[0].constructed) {
    this.once(kDestroyWhenConstructed, (failure) => tearDown(this, errors.together(failure, error), callback));
  } else {
    tearDown(this, error, callback);
  }
  return this;
}

function undestroy() {
  for (const state of statesOf(this)) {
    const ends = (state === this._readableState ? this.readable : this.writable) === false;
    Object.assign(state, {
      constructed: true, closed: false, closeEmitted: false, destroyed: false, errored: null, errorEmitted: false,
      reading: false, ended: ends, ending: ends, endEmitted: ends, finished: ends, finalCalled: false,
      prefinished: false,
    });
  }
}

// Ends a stream whose work has failed, or only tells of the error if it does not end by itself.
// In a call of its user (`isSync`) nothing is told before that has returned.
function fail(stream, error, isSync) {
  const states = statesOf(stream);
  if (states.some((state) => state.destroyed)) {
    return;
  }
  if (states.some((state) => state.autoDestroy)) {
    stream.destroy(error);
  } else if (error) {
    noteError(states, error);
    if (isSync) {
      nextTick(emitErrorOnce, stream, error);
    } else {
      emitErrorOnce(stream, error);
    }
  }
}

// A callback for code of the stream; to call it again is an error of the stream.
function calledOnce(stream, callback) {
  let called = false;
  return (error) => {
    if (called) {
      fail(stream, error ?? errors.multipleCallback());
      return;
    }
    called = true;
    callback(error);
  };
}

// Calls `_construct`, and `then` when that has come to an end. Nothing is read, written or destroyed before.
function construct(stream, then) {
  if (typeof stream._construct !== "function") {
    return;
  }
  const states = statesOf(stream);
  for (const state of states) {
    state.constructed = false;
  }
  stream.once(kConstructed, then);
  if (stream.listenerCount(kConstructed) > 1) {
    // The other side of a Duplex has begun it.
    return;
  }
  nextTick(() => {
    const done = calledOnce(stream, (error) => {
      const both = statesOf(stream);
      for (const state of both) {
        state.constructed = true;
      }
      if (both.some((state) => state.destroyed)) {
        stream.emit(kDestroyWhenConstructed, error);
      } else if (error) {
        fail(stream, error, true);
      } else {
        nextTick(() => stream.emit(kConstructed));
      }
    });
    try {
      stream._construct((error) => nextTick(done, error));
    } catch (error) {
      nextTick(done, error);
    }
  });
}

// Destroys any kind of stream.
function destroyer(stream, error) {
  if (!stream || isDestroyed(stream)) {
    return;
  }
  const reason = error || isFinished(stream) ? error : new AbortError();
  if (typeof stream.setHeader === "function" && typeof stream.abort === "function") {
    // A request of an HTTP client.
    stream.abort();
  } else if (typeof stream.destroy === "function") {
    stream.destroy(reason);
  } else if (typeof stream.close === "function") {
    stream.close();
  }
  if (!stream.destroyed) {
    stream[Symbol.for("nodejs.stream.destroyed")] = true;
  }
}

module.exports = { calledOnce, construct, destroy, destroyer, fail, undestroy };
