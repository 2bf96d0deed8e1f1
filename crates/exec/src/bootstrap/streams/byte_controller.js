// The controller of a stream of bytes.
//
// Views that are to be filled, by a reader or by an automatic allocation, wait
// as descriptors in `pending`. The first of them is what the source sees as its
// byobRequest. Buffers that change hands are transferred, so nobody sees the
// bytes change behind his back.
(function (internals) {
  "use strict";
  const {
    ArrayBuffer, ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetDetached,
    ArrayBufferPrototypeSlice, ArrayBufferPrototypeTransferToFixedLength, MathMin, RangeError,
    TypeError, TypedArrayPrototypeSet, Uint8Array,
  } = internals.primordials;
  const { viewParts } = internals.webidl;
  const { streams } = internals;
  const { READABLE, CLOSED, ERRORED, ByobRequest, Queue, Readable, upon } = streams;
  const { Bytes, Descriptor, BYOB, DEFAULT, NOBODY } = streams.pullInto;
  const { close, fail, fulfillRequest, hasReader, pendingRequests } = streams.readable;

  class ByteController {
    isByte = true;
    stream;
    // null when it will not be called any more.
    source;
    highWaterMark;
    // Size of the buffers to allocate for a reader without views; 0 for none.
    autoAllocate;
    // Whether a view for more than what is left at the end is given that; of a worker's stream the standard wants a
    // TypeError, and the bytes are lost.
    givesRest = false;
    queue = new Queue();
    queueSize = 0;
    pending = new Queue();
    byobRequest = null;
    started = false;
    closeRequested = false;
    pulling = false;
    pullAgain = false;
    onPulled = () => {
      this.pulling = false;
      if (this.pullAgain) {
        this.pullAgain = false;
        this.pullIfNeeded();
      }
    };
    onFailed = (error) => this.fail(error);

    constructor(stream, source, highWaterMark, autoAllocate) {
      this.stream = stream;
      this.source = source;
      this.highWaterMark = highWaterMark;
      this.autoAllocate = autoAllocate;
      stream.controller = this;
    }

    // Throws what the source throws.
    start() {
      upon(this.source.start(), () => {
        this.started = true;
        this.pullIfNeeded();
      }, this.onFailed);
    }

    get desiredSize() {
      const { state } = this.stream;
      if (state === ERRORED) {
        return null;
      }
      return state === CLOSED ? 0 : this.highWaterMark - this.queueSize;
    }

    get canEnqueue() {
      return !this.closeRequested && this.stream.state === READABLE;
    }

    get hasQueued() {
      return this.queueSize > 0;
    }

    get wantsPull() {
      if (!this.canEnqueue || !this.started) {
        return false;
      }
      const { reader } = this.stream;
      return (reader !== null && reader.requests.length > 0) || this.desiredSize > 0;
    }

    pullIfNeeded() {
      if (!this.wantsPull) {
        return;
      }
      if (this.pulling) {
        this.pullAgain = true;
        return;
      }
      this.pulling = true;
      upon(this.source.pull(), this.onPulled, this.onFailed);
    }

    // Throws if a view would be left with a part of an element.
    close() {
      if (!this.canEnqueue) {
        return;
      }
      if (this.queueSize > 0) {
        this.closeRequested = true;
        return;
      }
      if (this.pending.length !== 0 && this.pending.peek().remainder !== 0) {
        const error = new TypeError("The stream was closed in the middle of an element of a view");
        this.fail(error);
        throw error;
      }
      this.source = null;
      close(this.stream);
    }

    // Closes a stream of the bootstrap, a view that waits included. A reader that
    // has got a part of an element only is told.
    finish() {
      try {
        this.close();
      } catch {
        return;
      }
      if (this.stream.state === CLOSED && this.pending.length !== 0) {
        this.respond(0);
      }
    }

    fail(error) {
      if (this.stream.state === READABLE) {
        this.#clear();
        this.source = null;
        fail(this.stream, error);
      }
    }

    #clear() {
      this.#invalidateRequest();
      this.pending = new Queue();
      this.queue = new Queue();
      this.queueSize = 0;
    }

    cancelSteps(reason) {
      this.#clear();
      const canceled = this.source.cancel(reason);
      this.source = null;
      return canceled;
    }

    releaseSteps() {
      if (this.pending.length !== 0) {
        const first = this.pending.shift();
        first.readerType = NOBODY;
        this.pending = new Queue();
        this.pending.push(first);
      }
    }

    pullSteps(request) {
      if (this.queueSize > 0) {
        this.#answerFromQueue(request);
        return;
      }
      if (this.autoAllocate !== 0) {
        const size = this.autoAllocate;
        let buffer;
        try {
          buffer = new ArrayBuffer(size);
        } catch (error) {
          request.errorSteps(error);
          return;
        }
        this.pending.push(new Descriptor(buffer, 0, size, 1, 1, Uint8Array, DEFAULT));
      }
      this.stream.reader.requests.push(request);
      this.pullIfNeeded();
    }

    // `min` counts elements of the view.
    pullInto(view, min, request) {
      const { buffer, byteLength, byteOffset, elementSize, viewClass } = viewParts(view);
      let own;
      try {
        own = ArrayBufferPrototypeTransferToFixedLength(buffer);
      } catch (error) {
        request.errorSteps(error);
        return;
      }
      const descriptor = new Descriptor(
        own, byteOffset, byteLength, min * elementSize, elementSize, viewClass, BYOB,
      );
      if (this.pending.length !== 0) {
        this.pending.push(descriptor);
        this.stream.reader.requests.push(request);
        return;
      }
      if (this.stream.state === CLOSED) {
        request.closeSteps(new viewClass(own, byteOffset, 0));
        return;
      }
      if (this.queueSize > 0) {
        if (this.#fillFromQueue(descriptor)) {
          const filled = descriptor.toView();
          this.#queueShrank();
          request.chunkSteps(filled);
          return;
        }
        if (this.closeRequested && !this.givesRest) {
          const error = new TypeError("The stream ended before the view was filled");
          this.fail(error);
          request.errorSteps(error);
          return;
        }
      }
      this.pending.push(descriptor);
      this.stream.reader.requests.push(request);
      if (this.closeRequested) {
        this.closeRequested = false;
        this.finish();
        return;
      }
      this.pullIfNeeded();
    }

    // Takes the bytes of the view, whose buffer is detached thereby.
    enqueue(view) {
      if (!this.canEnqueue) {
        return;
      }
      const { buffer, byteLength, byteOffset } = viewParts(view);
      if (ArrayBufferPrototypeGetDetached(buffer)) {
        throw new TypeError("The buffer of the chunk is detached");
      }
      const own = ArrayBufferPrototypeTransferToFixedLength(buffer);
      if (this.pending.length !== 0) {
        const first = this.pending.peek();
        if (ArrayBufferPrototypeGetDetached(first.buffer)) {
          throw new TypeError("The buffer of the byobRequest was detached before a chunk was enqueued");
        }
        this.#invalidateRequest();
        first.buffer = ArrayBufferPrototypeTransferToFixedLength(first.buffer);
        if (first.readerType === NOBODY) {
          this.#returnToQueue(first);
        }
      }
      if (hasReader(this.stream, false)) {
        this.#answerRequests();
        if (pendingRequests(this.stream, false) === 0) {
          this.#push(own, byteOffset, byteLength);
        } else {
          if (this.pending.length !== 0) {
            this.pending.shift();
          }
          fulfillRequest(this.stream, new Uint8Array(own, byteOffset, byteLength), false);
        }
      } else {
        this.#push(own, byteOffset, byteLength);
        if (hasReader(this.stream, true)) {
          this.#commitAll(this.#fillPending());
        }
      }
      this.pullIfNeeded();
    }

    // null without a descriptor to fill.
    currentRequest() {
      if (this.byobRequest === null && this.pending.length !== 0) {
        const first = this.pending.peek();
        const view = new Uint8Array(
          first.buffer, first.byteOffset + first.bytesFilled, first.byteLength - first.bytesFilled,
        );
        this.byobRequest = new ByobRequest(this, view);
      }
      return this.byobRequest;
    }

    // So many bytes were written into the view of the byobRequest.
    respond(written) {
      const first = this.pending.peek();
      this.#checkWritten(written);
      if (first.bytesFilled + written > first.byteLength) {
        throw new RangeError("More bytes were written than the view has room for");
      }
      first.buffer = ArrayBufferPrototypeTransferToFixedLength(first.buffer);
      this.#respond(written);
    }

    // The bytes are in `view`, on the same bytes as that of the byobRequest.
    respondWithNewView(view) {
      const { buffer, byteLength, byteOffset } = viewParts(view);
      const first = this.pending.peek();
      this.#checkWritten(byteLength);
      if (first.byteOffset + first.bytesFilled !== byteOffset) {
        throw new RangeError("The view does not begin where that of the byobRequest does");
      }
      if (first.bufferByteLength !== ArrayBufferPrototypeGetByteLength(buffer)) {
        throw new RangeError("The buffer of the view has another size than that of the byobRequest");
      }
      if (first.bytesFilled + byteLength > first.byteLength) {
        throw new RangeError("The view is larger than that of the byobRequest");
      }
      first.buffer = ArrayBufferPrototypeTransferToFixedLength(buffer);
      this.#respond(byteLength);
    }

    #checkWritten(written) {
      if (this.stream.state === CLOSED) {
        if (written !== 0) {
          throw new TypeError("The stream is closed: no bytes can be written");
        }
      } else if (written === 0) {
        throw new TypeError("No bytes were written");
      }
    }

    #respond(written) {
      const first = this.pending.peek();
      this.#invalidateRequest();
      if (this.stream.state === CLOSED) {
        this.#respondWhenClosed(first);
      } else {
        this.#respondWhenReadable(first, written);
      }
      this.pullIfNeeded();
    }

    #respondWhenClosed(first) {
      if (first.readerType === NOBODY) {
        this.pending.shift();
      }
      if (hasReader(this.stream, true)) {
        const filled = new Queue();
        const count = pendingRequests(this.stream, true);
        while (filled.length < count) {
          filled.push(this.pending.shift());
        }
        this.#commitAll(filled);
      }
    }

    #respondWhenReadable(first, written) {
      first.bytesFilled += written;
      if (first.readerType === NOBODY) {
        this.#returnToQueue(first);
        this.#commitAll(this.#fillPending());
        return;
      }
      if (first.bytesFilled < first.minimumFill) {
        return;
      }
      this.pending.shift();
      const { remainder } = first;
      if (remainder > 0) {
        const end = first.byteOffset + first.bytesFilled;
        this.#pushCopy(first.buffer, end - remainder, remainder);
        first.bytesFilled -= remainder;
      }
      const filled = this.#fillPending();
      this.#commit(first);
      this.#commitAll(filled);
    }

    #invalidateRequest() {
      if (this.byobRequest !== null) {
        this.byobRequest.controller = null;
        this.byobRequest.view = null;
        this.byobRequest = null;
      }
    }

    #commitAll(descriptors) {
      while (descriptors.length !== 0) {
        this.#commit(descriptors.shift());
      }
    }

    // Gives a descriptor that is filled, or will not be, to the reader.
    #commit(descriptor) {
      fulfillRequest(this.stream, descriptor.toView(), this.stream.state === CLOSED);
    }

    #push(buffer, byteOffset, byteLength) {
      this.queue.push(new Bytes(buffer, byteOffset, byteLength));
      this.queueSize += byteLength;
    }

    #pushCopy(buffer, byteOffset, byteLength) {
      let copy;
      try {
        copy = ArrayBufferPrototypeSlice(buffer, byteOffset, byteOffset + byteLength);
      } catch (error) {
        this.fail(error);
        throw error;
      }
      this.#push(copy, 0, byteLength);
    }

    // The bytes of a descriptor that is nobody's any more.
    #returnToQueue(descriptor) {
      if (descriptor.bytesFilled > 0) {
        this.#pushCopy(descriptor.buffer, descriptor.byteOffset, descriptor.bytesFilled);
      }
      this.pending.shift();
    }

    #queueShrank() {
      if (this.queueSize === 0 && this.closeRequested) {
        this.source = null;
        close(this.stream);
      } else {
        this.pullIfNeeded();
      }
    }

    #answerFromQueue(request) {
      const { buffer, byteLength, byteOffset } = this.queue.shift();
      this.queueSize -= byteLength;
      this.#queueShrank();
      request.chunkSteps(new Uint8Array(buffer, byteOffset, byteLength));
    }

    #answerRequests() {
      const { requests } = this.stream.reader;
      while (requests.length !== 0 && this.queueSize > 0) {
        this.#answerFromQueue(requests.shift());
      }
    }

    // Fills descriptors as far as the queue goes; takes out those that are full.
    #fillPending() {
      const filled = new Queue();
      while (this.pending.length !== 0 && this.queueSize > 0) {
        if (this.#fillFromQueue(this.pending.peek())) {
          filled.push(this.pending.shift());
        }
      }
      return filled;
    }

    // Returns whether the descriptor has as many bytes as it must have.
    #fillFromQueue(descriptor) {
      const most = MathMin(this.queueSize, descriptor.byteLength - descriptor.bytesFilled);
      const filled = descriptor.bytesFilled + most;
      const aligned = filled - (filled % descriptor.elementSize);
      const ready = aligned >= descriptor.minimumFill;
      let rest = ready ? aligned - descriptor.bytesFilled : most;
      const target = new Uint8Array(descriptor.buffer);
      while (rest > 0) {
        const entry = this.queue.peek();
        const size = MathMin(rest, entry.byteLength);
        TypedArrayPrototypeSet(
          target,
          new Uint8Array(entry.buffer, entry.byteOffset, size),
          descriptor.byteOffset + descriptor.bytesFilled,
        );
        if (size === entry.byteLength) {
          this.queue.shift();
        } else {
          entry.byteOffset += size;
          entry.byteLength -= size;
        }
        this.queueSize -= size;
        descriptor.bytesFilled += size;
        rest -= size;
      }
      return ready;
    }
  }

  // A stream of bytes that the bootstrap makes.
  function createReadableBytes(source, highWaterMark) {
    const stream = new Readable();
    const controller = new ByteController(stream, source, highWaterMark, 0);
    controller.givesRest = true;
    controller.start();
    return stream;
  }

  streams.ByteController = ByteController;
  streams.createReadableBytes = createReadableBytes;
})
