"use strict";
// Streams that are destroyed when a signal is aborted.
const { AbortError, invalidArgType } = require("internal/errors");
const { isNode, isWeb } = require("internal/stream/state");

function checkSignal(signal, name) {
  if (typeof signal !== "object" || signal === null || !("aborted" in signal)) {
    throw invalidArgType(name, "AbortSignal", signal);
  }
}

const reasonOf = (signal) => new AbortError(undefined, { cause: signal.reason });

function addSignal(signal, stream) {
  const abort = () => stream.destroy(reasonOf(signal));
  if (signal.aborted) {
    abort();
  } else {
    signal.addEventListener("abort", abort);
    require("internal/stream/finished").eos(stream, () => signal.removeEventListener("abort", abort));
  }
  return stream;
}

// addAbortSignal of node:stream
function addAbortSignal(signal, stream) {
  checkSignal(signal, "signal");
  if (!isNode(stream) && !isWeb(stream)) {
    throw invalidArgType("stream", ["ReadableStream", "WritableStream", "Stream"], stream);
  }
  if (!isWeb(stream)) {
    return addSignal(signal, stream);
  }
  const abort = () => {
    // One that is locked is told by whoever has it.
    const method = stream.cancel === undefined ? "abort" : "cancel";
    stream[method](reasonOf(signal)).catch(() => {});
  };
  if (signal.aborted) {
    abort();
  } else {
    signal.addEventListener("abort", abort, { once: true });
  }
  return stream;
}

module.exports = { addAbortSignal, addSignal, checkSignal, reasonOf };
