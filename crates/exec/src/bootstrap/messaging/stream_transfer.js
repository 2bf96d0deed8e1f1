// Transfer of streams, by the cross-realm transforms of the Streams standard.
//
// The original is piped into a channel, or out of it, and the new stream has the
// other end: chunks are cloned on their way, and ask for each other with "pull".
// Both ends are in this realm, but the messages are tasks like those of a port.
(function (internals) {
  "use strict";
  const { PromisePrototypeThen, PromiseReject, PromiseResolve } = internals.primordials;
  const { DOMException } = internals;
  const { Port, entangle } = internals.ports;
  const { streams } = internals;
  const {
    DefaultController, Deferred, Readable, Sink, Source, Writable, WritableController, markHandled,
  } = streams;
  const { isLocked } = streams.readable;

  const PULL = 0;
  const CHUNK = 1;
  const CLOSE = 2;
  const ERROR = 3;

  // A message of these channels.
  class Note {
    type;
    value;
    // Streams call whoever uses them as code of their own.
    entries = null;

    constructor(type, value) {
      this.type = type;
      this.value = value;
    }
  }

  const send = (port, type, value) => {
    if (port.other !== null) {
      port.other.deliver(new Note(type, value));
    }
  };

  // Sends a clone of `value`; one that cannot be cloned fails both ends.
  function sendClone(port, type, value) {
    let clone;
    try {
      clone = internals.structuredClone.cloneWithTransfer(value, []).data;
    } catch (error) {
      send(port, ERROR, error);
      throw error;
    }
    send(port, type, clone);
  }

  // Sends why this end has failed, and nothing more.
  function sendError(port, reason) {
    try {
      sendClone(port, ERROR, reason);
      return undefined;
    } catch (error) {
      return PromiseReject(error);
    } finally {
      port.disentangle();
    }
  }

  // Reads what comes through a port.
  class PortSource extends Source {
    #port;
    controller = null;

    constructor(port) {
      super();
      this.#port = port;
      port.owner = this;
      port.enabled = true;
    }

    receive(note) {
      const { controller } = this;
      switch (note.type) {
        case CHUNK:
          controller.enqueue(note.value);
          break;
        case CLOSE:
          controller.close();
          this.#port.disentangle();
          break;
        case ERROR:
          controller.fail(note.value);
          this.#port.disentangle();
          break;
      }
    }

    pull() {
      send(this.#port, PULL, undefined);
    }

    cancel(reason) {
      return sendError(this.#port, reason);
    }
  }

  // Writes what goes through a port.
  class PortSink extends Sink {
    #port;
    controller = null;
    // Of who waits to be asked for a chunk; null if the reader has asked.
    #asked = new Deferred();

    constructor(port) {
      super();
      this.#port = port;
      port.owner = this;
      port.enabled = true;
    }

    receive(note) {
      if (note.type === ERROR) {
        this.controller.failIfWritable(note.value);
      }
      if (this.#asked !== null) {
        this.#asked.resolve(undefined);
        this.#asked = null;
      }
    }

    write(chunk) {
      const asked = this.#asked === null ? PromiseResolve(undefined) : this.#asked.promise;
      return PromisePrototypeThen(asked, () => {
        this.#asked = new Deferred();
        try {
          sendClone(this.#port, CHUNK, chunk);
        } catch (error) {
          this.#port.disentangle();
          throw error;
        }
      });
    }

    close() {
      send(this.#port, CLOSE, undefined);
      this.#port.disentangle();
    }

    abort(reason) {
      return sendError(this.#port, reason);
    }
  }

  // Makes `stream`, a new Readable, one of what comes through `port`.
  function readFrom(stream, port) {
    const source = new PortSource(port);
    source.controller = new DefaultController(stream, source, 0, null);
    source.controller.start();
  }

  // The same for a new Writable.
  function writeTo(stream, port) {
    const sink = new PortSink(port);
    sink.controller = new WritableController(stream, sink, 1, null);
    sink.controller.start();
  }

  const PIPE_OPTIONS = {
    __proto__: null, preventAbort: false, preventCancel: false, preventClose: false, signal: undefined,
  };

  function channel() {
    const first = new Port(null);
    const second = new Port(null);
    entangle(first, second);
    return first;
  }

  // `target` is to have what `original` has.
  function moveReadable(original, target) {
    const port = channel();
    const { other } = port;
    const through = new Writable();
    writeTo(through, port);
    markHandled(streams.pipe(original, through, PIPE_OPTIONS));
    readFrom(target, other);
  }

  // What is written to `target` is to reach `original`.
  function moveWritable(original, target) {
    const port = channel();
    const { other } = port;
    const through = new Readable();
    readFrom(through, port);
    markHandled(streams.pipe(through, original, PIPE_OPTIONS));
    writeTo(target, other);
  }

  function checkUnlocked(isFree) {
    if (!isFree) {
      throw new DOMException("A stream is locked and could not be transferred", "DataCloneError");
    }
  }

  const { isReadable, isTransform, isWritable, readableOf, showReadable, showTransform,
    showWritable, transformParts, writableOf } = streams;

  // See structured_clone.js.
  internals.streamTransfers = {
    __proto__: null,
    readable: {
      __proto__: null,
      accepts: isReadable,
      prepare: () => showReadable(new Readable()),
      check: (stream) => checkUnlocked(!isLocked(readableOf(stream))),
      commit: (stream, twin) => moveReadable(readableOf(stream), readableOf(twin)),
    },
    writable: {
      __proto__: null,
      accepts: isWritable,
      prepare: () => showWritable(new Writable()),
      check: (stream) => checkUnlocked(writableOf(stream).writer === null),
      commit: (stream, twin) => moveWritable(writableOf(stream), writableOf(twin)),
    },
    transform: {
      __proto__: null,
      accepts: isTransform,
      prepare: () => showTransform(showReadable(new Readable()), showWritable(new Writable())),
      check(stream) {
        const { readable, writable } = transformParts(stream);
        checkUnlocked(!isLocked(readableOf(readable)) && writableOf(writable).writer === null);
      },
      commit(stream, twin) {
        const from = transformParts(stream);
        const to = transformParts(twin);
        moveReadable(readableOf(from.readable), readableOf(to.readable));
        moveWritable(writableOf(from.writable), writableOf(to.writable));
      },
    },
  };
})
