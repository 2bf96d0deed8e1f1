// tee of a stream of bytes: a branch that is read into a view has the view
// passed on to the stream, and the other gets a copy.
(function (internals) {
  "use strict";
  const { ArrayBufferPrototypeSlice, Uint8Array } = internals.primordials;
  const { viewParts } = internals.webidl;
  const { streams } = internals;
  const { Tee, acquireReader, createReadableBytes, soon } = streams;
  const { read, readInto, release } = streams.readable;

  function copyOf(view) {
    const { buffer, byteLength, byteOffset } = viewParts(view);
    return new Uint8Array(ArrayBufferPrototypeSlice(buffer, byteOffset, byteOffset + byteLength));
  }

  // The read request of a read into the view of a branch.
  class ViewRequest {
    #tee;
    #branch;
    #other;

    constructor(tee, branch, other) {
      this.#tee = tee;
      this.#branch = branch;
      this.#other = other;
    }

    chunkSteps(chunk) {
      soon(() => this.#tee.deliverView(chunk, this.#branch, this.#other));
    }

    closeSteps(chunk) {
      this.#tee.closeView(chunk, this.#branch, this.#other);
    }

    errorSteps() {
      this.#tee.reading = false;
    }
  }

  class ByteTee extends Tee {
    #firstAgain = false;
    #secondAgain = false;

    constructor(stream) {
      super(stream);
      this.first.stream = createReadableBytes(this.first, 0);
      this.second.stream = createReadableBytes(this.second, 0);
      const { givesRest } = stream.controller;
      this.first.controller.givesRest = givesRest;
      this.second.controller.givesRest = givesRest;
      this.forwardErrors();
    }

    pull(branch) {
      if (this.reading) {
        if (branch === this.first) {
          this.#firstAgain = true;
        } else {
          this.#secondAgain = true;
        }
        return;
      }
      this.reading = true;
      const request = branch.controller.currentRequest();
      if (request === null) {
        this.#readWith(false);
        read(this.reader, this);
      } else {
        const other = branch === this.first ? this.second : this.first;
        this.#readWith(true);
        readInto(this.reader, request.view, 1, new ViewRequest(this, branch, other));
      }
    }

    #readWith(byob) {
      if (this.reader.byob !== byob) {
        release(this.reader);
        this.reader = acquireReader(this.stream, byob);
        this.forwardErrors();
      }
    }

    #readOn() {
      this.reading = false;
      if (this.#firstAgain) {
        this.pull(this.first);
      } else if (this.#secondAgain) {
        this.pull(this.second);
      }
    }

    // The copy for the other branch; null if there is none, which fails both.
    #copy(chunk) {
      try {
        return copyOf(chunk);
      } catch (error) {
        this.failWith(error);
        return null;
      }
    }

    deliver(chunk) {
      const { first, second } = this;
      this.#firstAgain = false;
      this.#secondAgain = false;
      let copy = chunk;
      if (!first.canceled && !second.canceled) {
        copy = this.#copy(chunk);
        if (copy === null) {
          return;
        }
      }
      if (!first.canceled) {
        first.controller.enqueue(chunk);
      }
      if (!second.canceled) {
        second.controller.enqueue(copy);
      }
      this.#readOn();
    }

    deliverView(chunk, branch, other) {
      this.#firstAgain = false;
      this.#secondAgain = false;
      const copy = other.canceled ? undefined : this.#copy(chunk);
      if (copy === null) {
        return;
      }
      if (!branch.canceled) {
        branch.controller.respondWithNewView(chunk);
      }
      if (copy !== undefined) {
        other.controller.enqueue(copy);
      }
      this.#readOn();
    }

    closeSteps() {
      const { first, second } = this;
      this.reading = false;
      if (!first.canceled) {
        first.controller.close();
      }
      if (!second.canceled) {
        second.controller.close();
      }
      if (first.controller.pending.length !== 0) {
        first.controller.respond(0);
      }
      if (second.controller.pending.length !== 0) {
        second.controller.respond(0);
      }
      this.finish();
    }

    closeView(chunk, branch, other) {
      this.reading = false;
      if (!branch.canceled) {
        branch.controller.close();
      }
      if (!other.canceled) {
        other.controller.close();
      }
      if (chunk !== undefined) {
        if (!branch.canceled) {
          branch.controller.respondWithNewView(chunk);
        }
        if (!other.canceled && other.controller.pending.length !== 0) {
          other.controller.respond(0);
        }
      }
      if (!branch.canceled || !other.canceled) {
        this.canceled.resolve(undefined);
      }
    }
  }

  streams.ByteTee = ByteTee;
})
