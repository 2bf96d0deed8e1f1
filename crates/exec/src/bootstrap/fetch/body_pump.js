// Writes a stream for the host: the body of an answer, or of a fetch.
(function (internals) {
  "use strict";
  const { TypedArrayPrototypeGetToStringTag } = internals.primordials;
  const { DOMException } = internals;
  const { Following, partsOf } = internals.abort;
  const { Writer } = internals.hostBody;
  const { acquireReader, markHandled } = internals.streams;
  const { cancel, read } = internals.streams.readable;
  const { bodyFailed } = internals.thrown;

  // The read request of its reader. It asks for the next chunk when the host has
  // room, in a loop instead of a recursion for chunks that are there already.
  class Pump {
    #reader;
    #writer;
    // What ends it when its signal aborts; null without one.
    #following;
    #requestId;
    #isAnswer;
    #looping = false;
    #more = false;
    // Whether its stream failed, and with what.
    failed = false;
    error = undefined;

    constructor(state, stream, isAnswer, signal) {
      this.#writer = new Writer(
        state, isAnswer, stream.length, () => this.start(), () => this.#gone(),
      );
      this.#reader = acquireReader(stream, false);
      this.#requestId = state.id;
      this.#isAnswer = isAnswer;
      this.#following = signal === null
        ? null
        : new Following(state, signal, () => this.stop(partsOf(signal).reason));
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
        const error = internals.bodyStream.badChunk(chunk);
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
      this.failed = true;
      this.error = error;
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
      if (this.#following !== null) {
        this.#following.stop();
      }
    }

    #cancel(reason) {
      markHandled(cancel(this.#reader.stream, reason));
    }
  }

  internals.bodyPump = { __proto__: null, Pump };
})
