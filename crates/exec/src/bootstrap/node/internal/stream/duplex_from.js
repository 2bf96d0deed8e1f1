"use strict";
// Duplex.from, and compose: many things as one Duplex.
const { invalidArgType, invalidArgValue } = require("internal/errors");
const { nextTick } = require("internal/next_tick");
const errors = require("internal/stream/errors");
const { Duplex } = require("internal/stream/duplex");
const { eos } = require("internal/stream/finished");
const { destroyer } = require("internal/stream/lifetime");
const { run } = require("internal/stream/pipeline");
const { Readable } = require("internal/stream/readable");
const { Writable } = require("internal/stream/writable");
const {
  isDuplexNode, isIterable, isNode, isReadable, isReadableNode, isReadableStream, isWritable, isWritableNode,
  isWritableStream,
} = require("internal/stream/state");
const web = require("internal/web");

// A Duplex of a stream that is read and one that is written, either of which may be missing.
function joined({ readable, writable }) {
  const reading = readable && typeof readable.read !== "function" ? Readable.wrap(readable) : readable;
  const writing = writable;
  const reads = Boolean(isReadable(reading));
  const writes = Boolean(isWritable(writing));
  let onDrain = null;
  let onFinish = null;
  let onReadable = null;
  let onClose = null;
  const duplex = new Duplex({
    readableObjectMode: Boolean(reading?.readableObjectMode),
    writableObjectMode: Boolean(writing?.writableObjectMode),
    readable: reads,
    writable: writes,
  });
  const stopped = (error) => {
    const callback = onClose;
    onClose = null;
    if (callback) {
      callback(error);
    } else if (error) {
      duplex.destroy(error);
    }
  };
  if (writes) {
    eos(writing, (error) => {
      if (error) {
        destroyer(reading, error);
      }
      stopped(error);
    });
    duplex._write = (chunk, encoding, callback) => {
      if (writing.write(chunk, encoding)) {
        callback();
      } else {
        onDrain = callback;
      }
    };
    duplex._final = (callback) => {
      writing.end();
      onFinish = callback;
    };
    writing.on("drain", () => {
      const callback = onDrain;
      onDrain = null;
      callback?.();
    });
    writing.on("finish", () => {
      const callback = onFinish;
      onFinish = null;
      callback?.();
    });
  }
  if (reads) {
    eos(reading, (error) => {
      if (error) {
        destroyer(reading, error);
      }
      stopped(error);
    });
    reading.on("readable", () => {
      const callback = onReadable;
      onReadable = null;
      callback?.();
    });
    reading.on("end", () => duplex.push(null));
    duplex._read = () => {
      for (;;) {
        const chunk = reading.read();
        if (chunk === null) {
          onReadable = duplex._read;
          return;
        }
        if (!duplex.push(chunk)) {
          return;
        }
      }
    };
  }
  duplex._destroy = (error, callback) => {
    const reason = error ?? null;
    onReadable = null;
    onDrain = null;
    onFinish = null;
    const open = [writes ? writing : null, reads ? reading : null].some((stream) => stream && !stream.closed);
    if (!open) {
      callback(reason);
      return;
    }
    onClose = (failure) => callback(reason ?? failure ?? null);
    destroyer(writing, reason);
    destroyer(reading, reason);
  };
  return duplex;
}

// What is written, as an iterable for `fn`, whose result is read.
function ofFunction(fn) {
  let give = null;
  const chunks = (async function* () {
    for (;;) {
      const next = new Promise((resolve) => {
        give = resolve;
      });
      wake();
      const { chunk, done, callback } = await next;
      nextTick(callback);
      if (done) {
        return;
      }
      yield chunk;
    }
  })();
  let wake = () => {};
  const write = (item) => {
    if (give !== null) {
      const giving = give;
      give = null;
      giving(item);
    } else {
      wake = () => {
        wake = () => {};
        nextTick(write, item);
      };
    }
  };
  const value = fn(chunks);
  const writing = {
    objectMode: true,
    write: (chunk, encoding, callback) => write({ chunk, done: false, callback }),
    final: (callback) => write({ done: true, callback }),
  };
  if (isIterable(value)) {
    const duplex = Readable.from(value, { objectMode: true });
    return paired(duplex, new Writable(writing));
  }
  const then = value?.then;
  if (typeof then !== "function") {
    throw errors.invalidReturnValue("Iterable, AsyncIterable or AsyncFunction", "body", value);
  }
  let duplex;
  const ready = new Promise((resolve, reject) => {
    then.call(value, (result) => {
      if (result === null || result === undefined) {
        resolve();
      } else {
        reject(errors.invalidReturnValue("nully", "body", result));
      }
    }, reject);
  });
  ready.catch((error) => destroyer(duplex, error));
  duplex = new Duplex({
    ...writing,
    readable: false,
    final(callback) {
      write({
        done: true,
        callback: () => ready.then(() => nextTick(callback, null), (error) => nextTick(callback, error)),
      });
    },
  });
  return duplex;
}

const paired = (readable, writable) => joined({ readable, writable });

// Duplex.from
function from(body, name = "body") {
  if (isDuplexNode(body)) {
    return body;
  }
  if (isReadableNode(body)) {
    return joined({ readable: body });
  }
  if (isWritableNode(body)) {
    return joined({ writable: body });
  }
  if (isNode(body)) {
    return joined({});
  }
  if (isReadableStream(body)) {
    return joined({ readable: Readable.fromWeb(body) });
  }
  if (isWritableStream(body)) {
    return joined({ writable: Writable.fromWeb(body) });
  }
  if (typeof body === "function") {
    return ofFunction(body);
  }
  if (body instanceof web.Blob) {
    return from(body.stream(), name);
  }
  if (isIterable(body)) {
    return ofReadable(Readable.from(body, { objectMode: true }));
  }
  if (isReadableStream(body?.readable) && isWritableStream(body?.writable)) {
    return Duplex.fromWeb(body);
  }
  if (typeof body?.writable === "object" || typeof body?.readable === "object") {
    const part = (value) => (!value ? undefined : isNode(value) ? value : from(value, name));
    return paired(part(body.readable), part(body.writable));
  }
  const then = body?.then;
  if (typeof then === "function") {
    let duplex;
    then.call(body, (value) => {
      if (value !== null && value !== undefined) {
        duplex.push(value);
      }
      duplex.push(null);
    }, (error) => destroyer(duplex, error));
    duplex = new Duplex({ objectMode: true, writable: false, read() {} });
    return duplex;
  }
  throw invalidArgType(name, [
    "Blob", "ReadableStream", "WritableStream", "Stream", "Iterable", "AsyncIterable", "Function",
    "{ readable, writable } pair", "Promise",
  ], body);
}

const ofReadable = (readable) => joined({ readable });

// compose of node:stream
function compose(...streams) {
  if (streams.length === 0) {
    throw errors.missingArgs("streams");
  }
  const parts = streams.map((stream, index) => {
    if (streams.length === 1 || typeof stream !== "function" || index === 0 || index === streams.length - 1) {
      return isNode(stream) ? stream : from(stream, `streams[${index}]`);
    }
    return stream;
  });
  if (parts.length === 1) {
    return parts[0];
  }
  for (let i = 0; i < parts.length; i++) {
    if (isNode(parts[i])) {
      if (i < parts.length - 1 && !isReadable(parts[i])) {
        throw invalidArgValue(`streams[${i}]`, streams[i], "must be readable");
      }
      if (i > 0 && !isWritable(parts[i])) {
        throw invalidArgValue(`streams[${i}]`, streams[i], "must be writable");
      }
    }
  }
  const head = parts[0];
  const tail = parts.at(-1);
  const duplex = joined({
    readable: isReadable(tail) ? tail : undefined,
    writable: isWritable(head) ? head : undefined,
  });
  run(parts, (error) => {
    if (error) {
      duplex.destroy(error);
    }
  });
  return duplex;
}

// Two of them: what is written to one is read from the other.
function duplexPair(options) {
  // Callbacks of writes that have not been read.
  const waiting = [null, null];
  const sides = [0, 1].map((own) => {
    const other = 1 - own;
    return new Duplex({
      ...options,
      read() {
        const callback = waiting[other];
        waiting[other] = null;
        callback?.();
      },
      write(chunk, encoding, callback) {
        if (chunk.length === 0) {
          nextTick(callback);
        } else {
          waiting[own] = callback;
          sides[other].push(chunk);
        }
      },
      final(callback) {
        sides[other].on("end", callback);
        sides[other].push(null);
      },
    });
  });
  return sides;
}

module.exports = { compose, duplexPair, from };
