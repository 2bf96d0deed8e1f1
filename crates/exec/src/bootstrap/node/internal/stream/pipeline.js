"use strict";
// Streams, iterables and functions one behind the other.
const { AbortError, invalidArgType, validateAbortSignal, validateFunction } = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const errors = require("internal/stream/errors");
const { eos } = require("internal/stream/finished");
const { destroyer } = require("internal/stream/lifetime");
const web = require("internal/web");
const {
  isIterable, isNode, isReadable, isReadableFinished, isReadableNode, isReadableStream, isWeb, isWritableStream,
} = require("internal/stream/state");

// Writes all of it.
async function pump(iterable, writable, finish, ends) {
  let error;
  let settle = null;
  const resume = (failure) => {
    error ??= failure;
    if (settle !== null) {
      const { resolve, reject } = settle;
      settle = null;
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    }
  };
  const wait = () => new Promise((resolve, reject) => {
    if (error) {
      reject(error);
    } else {
      settle = { resolve, reject };
    }
  });
  const onDrain = () => resume();
  writable.on("drain", onDrain);
  const cleanUp = eos(writable, { readable: false }, resume);
  try {
    if (writable.writableNeedDrain) {
      await wait();
    }
    for await (const chunk of iterable) {
      if (!writable.write(chunk)) {
        await wait();
      }
    }
    if (ends) {
      writable.end();
      await wait();
    }
    finish();
  } catch (failure) {
    finish(errors.together(error, failure));
  } finally {
    cleanUp();
    writable.off("drain", onDrain);
  }
}

function join(source, destination, finish, ends) {
  let hasEnded = false;
  destination.on("close", () => {
    if (!hasEnded) {
      finish(errors.prematureClose());
    }
  });
  source.pipe(destination, { end: false });
  if (ends) {
    const end = () => {
      hasEnded = true;
      destination.end();
    };
    if (isReadableFinished(source)) {
      nextTick(end);
    } else {
      source.once("end", end);
    }
  } else {
    finish();
  }
  eos(source, { readable: true, writable: false }, (error) => {
    const state = source._readableState;
    if (error?.code === "ERR_STREAM_PREMATURE_CLOSE" && state?.ended && !state.errored && !state.errorEmitted) {
      // It has closed between its last chunk and 'end'.
      source.once("end", finish).once("error", finish);
    } else {
      finish(error);
    }
  });
  return eos(destination, { readable: false, writable: true }, finish);
}

// How a part of the pipeline is destroyed, unless it is over.
function ending(stream, reads, writes) {
  let isOver = false;
  stream.on("close", () => {
    isOver = true;
  });
  const cleanup = eos(stream, { readable: reads, writable: writes }, (error) => {
    isOver = !error;
  });
  const destroy = (error) => {
    if (!isOver) {
      isOver = true;
      destroyer(stream, error || errors.destroyed("pipe"));
    }
  };
  return { cleanup, destroy };
}

function asIterable(value) {
  if (isIterable(value)) {
    return value;
  }
  if (isReadableNode(value)) {
    return value[Symbol.asyncIterator]();
  }
  throw invalidArgType("val", ["Readable", "Iterable", "AsyncIterable"], value);
}

// Streams of the Web as streams of Node, but for a ReadableStream at the beginning, which is an iterable.
function converted(stream, index) {
  const { Duplex, Writable } = require("stream");
  if (isReadableStream(stream.readable) && isWritableStream(stream.writable) && !isNode(stream)) {
    return Duplex.fromWeb(stream);
  }
  return index > 0 && isWritableStream(stream) ? Writable.fromWeb(stream) : stream;
}

// `options` may have a signal, and an `end` that is false.
function run(given, callback, options) {
  let streams = given;
  if (streams.length === 1 && Array.isArray(streams[0])) {
    streams = streams[0];
  }
  if (streams.length < 2) {
    throw errors.missingArgs("streams");
  }
  const { Duplex, PassThrough } = require("stream");
  streams = streams.map((stream, index) => (stream && typeof stream === "object" ? converted(stream, index) : stream));
  const controller = new web.AbortController();
  const { signal } = controller;
  const outer = options?.signal;
  validateAbortSignal(outer, "options.signal");
  const atTheEnd = [];
  const destroys = [];
  let error;
  let value;
  let pending = 0;

  const abort = () => over(new AbortError(undefined, outer ? { cause: outer.reason } : undefined));
  outer?.addEventListener("abort", abort);

  const finish = (failure) => over(failure, --pending === 0);

  function over(failure, isLast) {
    if (failure && (!error || error.code === "ERR_STREAM_PREMATURE_CLOSE")) {
      error = failure;
    }
    if (!error && !isLast) {
      return;
    }
    for (const destroy of destroys.splice(0)) {
      destroy(error);
    }
    outer?.removeEventListener("abort", abort);
    controller.abort();
    if (isLast) {
      if (!error) {
        for (const cleanUp of atTheEnd) {
          cleanUp();
        }
      }
      nextTick(callback, error, value);
    }
  }

  // What a function at the end returns is passed on as a stream.
  function collect(result, ends) {
    const stream = new PassThrough({ objectMode: true });
    const then = result?.then;
    if (typeof then === "function") {
      pending++;
      then.call(result, (last) => {
        value = last;
        if (last !== null && last !== undefined) {
          stream.write(last);
        }
        if (ends) {
          stream.end();
        }
        nextTick(finish);
      }, (failure) => {
        stream.destroy(failure);
        nextTick(finish, failure);
      });
    } else if (isIterable(result, true)) {
      pending++;
      pump(result, stream, finish, ends);
    } else if (isReadableStream(result)) {
      pending++;
      pump(result, stream, finish, ends);
    } else {
      throw errors.invalidReturnValue("AsyncIterable or Promise", "destination", result);
    }
    return stream;
  }

  let result;
  streams.forEach((stream, index) => {
    const reads = index < streams.length - 1;
    const writes = index > 0;
    const ends = reads || options?.end !== false;
    const isLast = index === streams.length - 1;
    if (isNode(stream)) {
      const watched = ends ? ending(stream, reads, writes) : undefined;
      if (watched !== undefined) {
        destroys.push(watched.destroy);
        if (isReadable(stream) && isLast) {
          atTheEnd.push(watched.cleanup);
        }
      }
      const onError = (failure) => {
        if (failure && failure.name !== "AbortError" && failure.code !== "ERR_STREAM_PREMATURE_CLOSE") {
          over(failure, pending === 0);
        }
      };
      stream.on("error", onError);
      if (isReadable(stream) && isLast) {
        atTheEnd.push(() => stream.removeListener("error", onError));
      }
    }
    if (index === 0) {
      if (typeof stream === "function") {
        result = stream({ signal });
        if (!isIterable(result)) {
          throw errors.invalidReturnValue("Iterable, AsyncIterable or Stream", "source", result);
        }
      } else if (isIterable(stream) || isReadableNode(stream)) {
        result = stream;
      } else {
        result = Duplex.from(stream);
      }
    } else if (typeof stream === "function") {
      result = stream(asIterable(result), { signal });
      if (reads) {
        if (!isIterable(result, true)) {
          throw errors.invalidReturnValue("AsyncIterable", `transform[${index - 1}]`, result);
        }
      } else {
        result = collect(result, ends);
        const { cleanup, destroy } = ending(result, false, true);
        destroys.push(destroy);
        atTheEnd.push(cleanup);
      }
    } else if (isNode(stream)) {
      if (isReadableNode(result)) {
        pending += 2;
        const cleanUp = join(result, stream, finish, ends);
        if (isReadable(stream) && isLast) {
          atTheEnd.push(cleanUp);
        }
      } else if (isIterable(result)) {
        pending++;
        pump(result, stream, finish, ends);
      } else {
        throw invalidArgType("val", ["Readable", "Iterable", "AsyncIterable", "ReadableStream", "TransformStream"], result);
      }
      result = stream;
    } else {
      result = Duplex.from(stream);
    }
  });
  if (signal.aborted || outer?.aborted) {
    nextTick(abort);
  }
  return result;
}

// pipeline of node:stream
function pipeline(...streams) {
  const callback = streams.pop();
  validateFunction(callback, "streams[stream.length - 1]");
  let called = false;
  return run(streams, (...args) => {
    if (!called) {
      called = true;
      callback(...args);
    }
  });
}

const isOptions = (value) =>
  value && typeof value === "object" && !isNode(value) && !isIterable(value) && !isWeb(value) &&
  !(isReadableStream(value.readable) && isWritableStream(value.writable));

// That of node:stream/promises
function pipelineOf(...streams) {
  return new Promise((resolve, reject) => {
    const options = isOptions(streams.at(-1)) ? streams.pop() : undefined;
    run(streams, (error, value) => {
      if (error) {
        reject(error);
      } else {
        resolve(value);
      }
    }, options);
  });
}

module.exports = { pipeline, pipelineOf, run };
