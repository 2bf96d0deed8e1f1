"use strict";
// Streams of Node as streams of the Web, and the other way round.
const { Buffer } = require("buffer");
const { AbortError, invalidArgType, validateBoolean, validateObject } = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const { eos } = require("internal/stream/finished");
const { destroyer } = require("internal/stream/lifetime");
const { Duplex } = require("internal/stream/duplex");
const { Readable } = require("internal/stream/readable");
const { Writable } = require("internal/stream/writable");
const {
  isDestroyed, isReadable, isReadableStream, isWritable, isWritableStream,
} = require("internal/stream/state");
const web = require("internal/web");

// Who cancels or aborts learns of no premature end.
function reasonOf(error) {
  if (error?.code === "ERR_STREAM_PREMATURE_CLOSE") {
    return new AbortError(undefined, { cause: error });
  }
  return error;
}

const noop = () => {};

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => {
    Object.assign(made, { resolve, reject });
  });
  return made;
}

// The streams of the Web ask for a strategy, those of Node count what they have.
const sizeOf = (chunk) => (typeof chunk === "string" || ArrayBuffer.isView(chunk) ? chunk.byteLength ?? chunk.length : 1);

function readableToWeb(stream, options = {}) {
  if (typeof stream?._readableState !== "object") {
    throw invalidArgType("streamReadable", "stream.Readable", stream);
  }
  if (isDestroyed(stream) || !isReadable(stream)) {
    const over = new web.ReadableStream();
    over.cancel().catch(noop);
    return over;
  }
  const objectMode = stream.readableObjectMode;
  const strategy = options?.strategy ?? (objectMode
    ? new web.CountQueuingStrategy({ highWaterMark: stream.readableHighWaterMark })
    : { highWaterMark: stream.readableHighWaterMark, size: sizeOf });
  let controller;
  let wasCanceled = false;
  stream.pause();
  const cleanUp = eos(stream, { writable: false }, (error) => {
    cleanUp();
    // Errors that come later are nobody's.
    stream.on("error", noop);
    if (error) {
      controller.error(reasonOf(error));
    } else if (!wasCanceled) {
      controller.close();
    }
  });
  stream.on("data", (chunk) => {
    controller.enqueue(chunk instanceof Buffer && !objectMode ? new Uint8Array(chunk) : chunk);
    if (controller.desiredSize <= 0) {
      stream.pause();
    }
  });
  stream.pause();
  return new web.ReadableStream({
    start(given) {
      controller = given;
    },
    pull() {
      stream.resume();
    },
    cancel(reason) {
      wasCanceled = true;
      destroyer(stream, reason);
    },
  }, strategy);
}

function readableFromWeb(readableStream, options = {}) {
  if (!isReadableStream(readableStream)) {
    throw invalidArgType("readableStream", "ReadableStream", readableStream);
  }
  validateObject(options, "options");
  const { highWaterMark, encoding, objectMode = false, signal } = options;
  validateBoolean(objectMode, "options.objectMode");
  const reader = readableStream.getReader();
  let isOver = false;
  const readable = new Readable({
    objectMode,
    highWaterMark,
    encoding,
    signal,
    read() {
      reader.read().then(({ done, value }) => {
        if (done) {
          readable.push(null);
        } else {
          readable.push(value);
        }
      }, (error) => destroyer(readable, error));
    },
    destroy(error, callback) {
      if (isOver) {
        callback(error);
        return;
      }
      const done = () => nextTick(callback, error);
      reader.cancel(error).then(done, done);
    },
  });
  reader.closed.then(() => {
    isOver = true;
  }, (error) => {
    isOver = true;
    destroyer(readable, error);
  });
  return readable;
}

function writableToWeb(stream) {
  if (typeof stream?._writableState !== "object") {
    throw invalidArgType("streamWritable", "stream.Writable", stream);
  }
  if (isDestroyed(stream) || !isWritable(stream)) {
    const over = new web.WritableStream();
    over.close().catch(noop);
    return over;
  }
  const { writableHighWaterMark: highWaterMark, writableObjectMode: objectMode } = stream;
  const strategy = objectMode ? new web.CountQueuingStrategy({ highWaterMark }) : { highWaterMark, size: sizeOf };
  let controller;
  let drained = null;
  let closed = null;
  const cleanUp = eos(stream, { readable: false }, (error) => {
    const reason = reasonOf(error);
    cleanUp();
    stream.on("error", noop);
    if (reason) {
      drained?.reject(reason);
      closed?.reject(reason);
      controller.error(reason);
    } else if (closed) {
      closed.resolve();
    } else {
      controller.error(new AbortError());
    }
    drained = null;
    closed = null;
  });
  stream.on("drain", () => drained?.resolve());
  return new web.WritableStream({
    start(given) {
      controller = given;
    },
    write(chunk) {
      if (stream.writableNeedDrain || !stream.write(chunk)) {
        drained = deferred();
        return drained.promise.finally(() => {
          drained = null;
        });
      }
      return undefined;
    },
    abort(reason) {
      destroyer(stream, reason);
    },
    close() {
      if (closed === null && !stream.writableEnded) {
        closed = deferred();
        const { promise } = closed;
        stream.end();
        return promise;
      }
      return undefined;
    },
  }, strategy);
}

function writableFromWeb(writableStream, options = {}) {
  if (!isWritableStream(writableStream)) {
    throw invalidArgType("writableStream", "WritableStream", writableStream);
  }
  validateObject(options, "options");
  const { highWaterMark, decodeStrings = true, objectMode = false, signal } = options;
  validateBoolean(objectMode, "options.objectMode");
  validateBoolean(decodeStrings, "options.decodeStrings");
  const writer = writableStream.getWriter();
  let isOver = false;
  const settle = (promise, callback) => {
    promise.then(() => nextTick(callback), (error) => nextTick(callback, error ?? new AbortError()));
  };
  const writable = new Writable({
    highWaterMark,
    objectMode,
    decodeStrings,
    signal,
    writev(chunks, callback) {
      settle(writer.ready.then(() => Promise.all(chunks.map(({ chunk }) => writer.write(chunk)))), callback);
    },
    write(chunk, encoding, callback) {
      const bytes = typeof chunk === "string" && !objectMode && decodeStrings ? Buffer.from(chunk, encoding) : chunk;
      settle(writer.ready.then(() => writer.write(bytes)), callback);
    },
    destroy(error, callback) {
      if (isOver) {
        callback(error);
        return;
      }
      const done = () => nextTick(callback, error);
      (error ? writer.abort(error) : writer.close()).then(done, done);
    },
    final(callback) {
      settle(isOver ? Promise.resolve() : writer.close(), callback);
    },
  });
  writer.closed.then(() => {
    isOver = true;
    if (!writable.writableEnded) {
      destroyer(writable, require("internal/stream/errors").prematureClose());
    }
  }, (error) => {
    isOver = true;
    destroyer(writable, error);
  });
  return writable;
}

function duplexToWeb(duplex) {
  if (typeof duplex?._writableState !== "object" || typeof duplex?._readableState !== "object") {
    throw invalidArgType("duplex", "stream.Duplex", duplex);
  }
  return { readable: readableToWeb(duplex), writable: writableToWeb(duplex) };
}

function duplexFromWeb(pair, options = {}) {
  validateObject(pair, "pair");
  const { readable: readableStream, writable: writableStream } = pair;
  if (!isReadableStream(readableStream)) {
    throw invalidArgType("pair.readable", "ReadableStream", readableStream);
  }
  if (!isWritableStream(writableStream)) {
    throw invalidArgType("pair.writable", "WritableStream", writableStream);
  }
  validateObject(options, "options");
  const reading = readableFromWeb(readableStream, { objectMode: options.readableObjectMode ?? options.objectMode });
  const writing = writableFromWeb(writableStream, {
    objectMode: options.writableObjectMode ?? options.objectMode, decodeStrings: options.decodeStrings,
  });
  return Duplex.from({ readable: reading, writable: writing });
}

Readable.fromWeb = readableFromWeb;
Readable.toWeb = readableToWeb;
Writable.fromWeb = writableFromWeb;
Writable.toWeb = writableToWeb;
Duplex.fromWeb = duplexFromWeb;
Duplex.toWeb = duplexToWeb;
