"use strict";
// The end of a stream, however it comes.
const {
  AbortError, invalidArgType, validateAbortSignal, validateBoolean, validateFunction, validateObject,
} = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const { prematureClose } = require("internal/stream/errors");
const {
  isClosed, isNode, isReadable, isReadableFinished, isReadableNode, isWritable, isWritableFinished, isWritableNode,
  readableError, willEmitClose, writableError,
} = require("internal/stream/state");

const isRequest = (stream) => stream.setHeader && typeof stream.abort === "function";

// Calls back once. Returns a function that takes the listeners away.
function eos(stream, options, callback) {
  if (arguments.length === 2) {
    callback = options;
    options = {};
  } else if (options === null || options === undefined) {
    options = {};
  } else {
    validateObject(options, "options");
  }
  validateFunction(callback, "callback");
  validateAbortSignal(options.signal, "options.signal");
  if (!isNode(stream)) {
    throw invalidArgType("stream", ["ReadableStream", "WritableStream", "Stream"], stream);
  }
  const { _readableState: readingState, _writableState: writingState } = stream;
  const reads = options.readable ?? isReadableNode(stream);
  const writes = options.writable ?? isWritableNode(stream);
  let isDone = false;
  const done = (error) => {
    if (!isDone) {
      isDone = true;
      removeSignal();
      if (error === undefined) {
        callback.call(stream);
      } else {
        callback.call(stream, error);
      }
    }
  };
  let removeSignal = () => {};

  // Then 'close' tells everything.
  let waitsForClose = willEmitClose(stream) && isReadableNode(stream) === reads && isWritableNode(stream) === writes;
  let hasFinished = isWritableFinished(stream, false);
  let hasEnded = isReadableFinished(stream, false);

  const onFinish = () => {
    hasFinished = true;
    if (stream.destroyed) {
      waitsForClose = false;
    }
    if (waitsForClose && (!stream.writable || reads)) {
      return;
    }
    if (!reads || hasEnded) {
      done();
    }
  };
  const onEnd = () => {
    hasEnded = true;
    if (stream.destroyed) {
      waitsForClose = false;
    }
    if (waitsForClose && (!stream.readable || writes)) {
      return;
    }
    if (!writes || hasFinished) {
      done();
    }
  };
  const onClose = () => {
    const error = writableError(stream) || readableError(stream);
    if (error && typeof error !== "boolean") {
      done(error);
    } else if (reads && !hasEnded && isReadableNode(stream) && !isReadableFinished(stream, false)) {
      done(prematureClose());
    } else if (writes && !hasFinished && !isWritableFinished(stream, false)) {
      done(prematureClose());
    } else {
      done();
    }
  };
  const onOver = () => {
    const error = writableError(stream) || readableError(stream);
    if (error && typeof error !== "boolean") {
      done(error);
    } else {
      done();
    }
  };
  const onLegacyFinish = () => {
    if (!stream.writable) {
      onFinish();
    }
  };
  const onRequest = () => stream.req.on("finish", onFinish);

  const listeners = [["end", onEnd], ["finish", onFinish]];
  if (options.error !== false) {
    listeners.push(["error", (error) => done(error)]);
  }
  listeners.push(["close", onClose]);
  if (isRequest(stream)) {
    listeners.push(["complete", onFinish]);
    if (!waitsForClose) {
      listeners.push(["abort", onClose]);
    }
    if (stream.req) {
      onRequest();
    } else {
      listeners.push(["request", onRequest]);
    }
  } else if (writes && !writingState) {
    listeners.push(["end", onLegacyFinish], ["close", onLegacyFinish]);
  }
  if (!waitsForClose && typeof stream.aborted === "boolean") {
    listeners.push(["aborted", onClose]);
  }
  for (const [event, listener] of listeners) {
    stream.on(event, listener);
  }

  if (isClosed(stream)) {
    nextTick(onClose);
  } else if (writingState?.errorEmitted || readingState?.errorEmitted) {
    if (!waitsForClose) {
      nextTick(onOver);
    }
  } else if (!reads && (!waitsForClose || isReadable(stream)) && (hasFinished || isWritable(stream) === false)) {
    nextTick(onOver);
  } else if (!writes && (!waitsForClose || isWritable(stream)) && (hasEnded || isReadable(stream) === false)) {
    nextTick(onOver);
  }

  const cleanUp = () => {
    isDone = true;
    removeSignal();
    for (const [event, listener] of listeners) {
      stream.removeListener(event, listener);
    }
    stream.req?.removeListener?.("finish", onFinish);
  };

  const { signal } = options;
  if (signal) {
    const abort = () => {
      const wasDone = isDone;
      cleanUp();
      if (!wasDone) {
        callback.call(stream, new AbortError(undefined, { cause: signal.reason }));
      }
    };
    if (signal.aborted) {
      nextTick(abort);
    } else {
      signal.addEventListener("abort", abort, { once: true });
      removeSignal = () => signal.removeEventListener("abort", abort);
    }
  }
  return cleanUp;
}

// finished of node:stream/promises
function finished(stream, options) {
  let autoCleanup = false;
  if (options?.cleanup) {
    validateBoolean(options.cleanup, "cleanup");
    autoCleanup = options.cleanup;
  }
  return new Promise((resolve, reject) => {
    const cleanUp = eos(stream, options ?? null, (error) => {
      if (autoCleanup) {
        cleanUp();
      }
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    });
  });
}

module.exports = { eos, finished };
