// Writes a stream for the host: the body of an answer, or of a fetch.
(function (internals) {
  "use strict";
  const { TypeError, TypedArrayPrototypeGetToStringTag } = internals.primordials;
  const { DOMException } = internals;
  const { offAbort, onAbort, partsOf } = internals.abort;
  const { Writer } = internals.hostBody;
  const { acquireReader, markHandled } = internals.streams;
  const { cancel, read } = internals.streams.readable;
  const { bodyFailed } = internals.thrown;

  // The read request of its reader. It asks for the next chunk when the host has
  // room, in a loop instead of a recursion for chunks that are there already.
  class Pump {
    #reader;
    #writer;
    // The signal whose abort ends it, null without one, and its algorithm.
    #signal;
    #onAbort = null;
    #requestId;
    #isAnswer;
    #looping = false;
    #more = false;

    constructor(state, stream, isAnswer, signal) {
      this.#writer = new Writer(state, isAnswer, () => this.start(), () => this.#gone());
      this.#reader = acquireReader(stream, false);
      this.#requestId = state.id;
      this.#isAnswer = isAnswer;
      this.#signal = signal;
      if (signal !== null) {
        this.#onAbort = () => this.stop(partsOf(signal).reason);
        onAbort(signal, this.#onAbort);
      }
    }

    // What the host knows the body by.
    get id() {
      return this.#writer.id;
    }

    start() {
      this.#looping = true;
      do {
        this.#more = false;
        read(this.#reader, this);
      } while (this.#more);
      this.#looping = false;
    }

    // It is not wanted after all.
    stop(reason) {
      this.#end("it is not sent");
      this.#cancel(reason);
    }

    chunkSteps(chunk) {
      if (TypedArrayPrototypeGetToStringTag(chunk) !== "Uint8Array") {
        const error = new TypeError("A chunk of the body's stream is not a Uint8Array");
        this.errorSteps(error);
        this.#cancel(error);
        return;
      }
      if (this.#writer.write(chunk)) {
        this.#more = true;
        if (!this.#looping) {
          this.start();
        }
      }
    }

    closeSteps() {
      this.#end(undefined);
    }

    errorSteps(error) {
      // Who sends it with a fetch hears of it there.
      if (this.#isAnswer) {
        bodyFailed(this.#requestId, error);
      }
      this.#end("its stream failed");
    }

    #end(error) {
      this.#writer.end(error);
      this.#forgetSignal();
    }

    #gone() {
      this.#forgetSignal();
      this.#cancel(new DOMException("Nobody wants the rest of the body", "AbortError"));
    }

    #forgetSignal() {
      if (this.#signal !== null) {
        offAbort(this.#signal, this.#onAbort);
      }
    }

    #cancel(reason) {
      markHandled(cancel(this.#reader.stream, reason));
    }
  }

  internals.bodyPump = { __proto__: null, Pump };
})
