// Bodies outside of the isolate: those that come from the host, to be read, and
// those that it takes, to be written.
(function (internals) {
  "use strict";
  const {
    Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, MathMin, Promise, TypeError,
    TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset,
    Uint8Array,
  } = internals.primordials;
  const { currentRequest } = internals.asyncContext;
  const { Following, isAborted, partsOf } = internals.abort;
  const { add, nextId, take } = internals.operations;
  const { current, find, keep, letGo } = internals.requests;
  const {
    bodyBreak, bodyBreakable, bodyClose, bodyEnd, bodyOpen, bodyRead, bodyWrite,
  } = internals.host;

  // What bodyWrite returns.
  const ENDED = 0;
  const ROOM = 1;
  const WAITS = 3;

  // What was not taken is written in parts of so many bytes.
  const PART = 65536;

  // A body from the host. It can be read in pieces or as a whole, or given back
  // by its id, once.
  class HostBody {
    id;
    // Of the fetch that it is the answer to; its abort fails what is being read.
    signal;
    // What the host gives back has content codings; what is read of it has none.
    coded;
    // It is read as a whole, or given back: its stream has nothing to do with it any
    // more.
    taken = false;
    // While nobody reads: what closes it when the signal aborts; null otherwise.
    #following = null;

    constructor(id, signal, coded) {
      this.id = id;
      this.signal = signal;
      this.coded = coded;
      if (signal !== null) {
        this.#following = new Following(find(currentRequest()), signal, () => bodyClose(id));
      }
    }

    // Whoever has it now looks after the signal.
    unfollow() {
      if (this.#following !== null) {
        this.#following.stop();
        this.#following = null;
      }
    }

    // It is about to be given back. From then on it is the host's, and breaks off when the signal aborts, as long as
    // there is the request whose code this is. With the signal of that request nobody wants its answer any more.
    breakWithSignal(isAnswer) {
      const { signal } = this;
      const state = signal === null ? undefined : find(currentRequest());
      if (state === undefined || (isAnswer && signal === state.signal)) {
        return;
      }
      const id = bodyBreakable(state.id, this.id);
      // Without room for it the body goes on by itself.
      if (id !== undefined) {
        new Following(state, signal, () => bodyBreak(state.id, id));
      }
    }
  }

  function start(body, all, least) {
    const state = current("reading a body");
    return new Promise((resolve, reject) => {
      if (state === undefined) {
        reject(new TypeError("The body cannot be read: the request has already ended"));
        return;
      }
      const { signal } = body;
      if (signal !== null && isAborted(signal)) {
        bodyClose(body.id);
        reject(partsOf(signal).reason);
        return;
      }
      const operation = nextId();
      bodyRead(state.id, operation, body.id, all, least);
      add(operation, state, resolve, reject, signal, null);
    });
  }

  // Promise of some bytes, null at the end: of what is there, and so many at least, if there are as many to come.
  const readSome = (body, least) => start(body, false, least);

  // Promise of all bytes, null for none.
  const readAll = (body) => start(body, true, 0);

  function close(body) {
    if (!body.taken) {
      bodyClose(body.id);
    }
  }

  function settleRead(id, error, bytes) {
    const operation = take(id);
    if (operation === undefined) {
      return;
    }
    if (error === null) {
      operation.resolve(bytes);
    } else {
      operation.reject(new TypeError(error));
    }
  }

  // Map of id to the Writer that waits for room.
  let writers = null;

  // A body for the host, of the request of `state`. If it is that of its answer, the
  // request goes on until it has ended.
  class Writer {
    id;
    #state;
    #isAnswer;
    // Called when there is room again, and when nobody wants it any more.
    #onRoom;
    #onGone;
    #open = true;
    // A copy of what was not taken, since whoever wrote it may change it; null otherwise.
    #rest = null;

    // `length`: how many bytes are written, null if that is not known.
    constructor(state, isAnswer, length, onRoom, onGone) {
      this.id = bodyOpen(state.id, length);
      this.#state = state;
      this.#isAnswer = isAnswer;
      this.#onRoom = onRoom;
      this.#onGone = onGone;
      writers ??= new Map();
      MapPrototypeSet(writers, this.id, this);
      if (isAnswer) {
        keep(state);
      }
    }

    // Whether there is room for more; if there is not, onRoom or onGone is called
    // later, or has been.
    write(bytes) {
      const result = this.#push(bytes);
      if (result === WAITS) {
        this.#rest = new Uint8Array(bytes);
      }
      return result === ROOM;
    }

    #push(bytes) {
      const result = bodyWrite(this.#state.id, this.id, bytes);
      if (result === ENDED) {
        this.#gone();
      }
      return result;
    }

    // Whether there is room for more than what was not taken.
    #writeRest() {
      let result = ROOM;
      while (this.#rest !== null && result === ROOM) {
        const buffer = TypedArrayPrototypeGetBuffer(this.#rest);
        const start = TypedArrayPrototypeGetByteOffset(this.#rest);
        const length = TypedArrayPrototypeGetByteLength(this.#rest);
        result = this.#push(new Uint8Array(buffer, start, MathMin(length, PART)));
        if (result !== WAITS) {
          this.#rest = length > PART ? new Uint8Array(buffer, start + PART) : null;
        }
      }
      return result === ROOM;
    }

    // `error` is undefined for a proper end, or says why it is none.
    end(error) {
      if (this.#close()) {
        bodyEnd(this.#state.id, this.id, error);
        this.#letGo();
      }
    }

    #close() {
      const was = this.#open;
      this.#open = false;
      MapPrototypeDelete(writers, this.id);
      return was;
    }

    #gone() {
      if (this.#close()) {
        this.#onGone();
        this.#letGo();
      }
    }

    #letGo() {
      if (this.#isAnswer) {
        letGo(this.#state);
      }
    }

    event(isGone) {
      if (isGone) {
        this.#gone();
      } else if (this.#open && this.#writeRest()) {
        this.#onRoom();
      }
    }
  }

  // The host has something to say about a body that it takes.
  function event(id, isGone) {
    const writer = writers === null ? undefined : MapPrototypeGet(writers, id);
    if (writer !== undefined) {
      writer.event(isGone);
    }
  }

  internals.hostBody = {
    __proto__: null, HostBody, Writer, close, event, readAll, readSome, settleRead,
  };
})
