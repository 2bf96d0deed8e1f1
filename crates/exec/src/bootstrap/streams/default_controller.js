// The controller of a stream of any chunks.
(function (internals) {
  "use strict";
  const { streams } = internals;
  const { READABLE, CLOSED, ERRORED, Readable, SizedQueue, checkSize, sizeOf, upon } = streams;
  const { close, fail, fulfillRequest, pendingRequests } = streams.readable;

  class DefaultController {
    isByte = false;
    stream;
    // null when it will not be called any more.
    source;
    queue;
    highWaterMark;
    // A function; null if every chunk is 1, or none will come.
    size;
    started = false;
    closeRequested = false;
    pulling = false;
    pullAgain = false;
    // Made once, not for every pull.
    onPulled = () => {
      this.pulling = false;
      if (this.pullAgain) {
        this.pullAgain = false;
        this.pullIfNeeded();
      }
    };
    onFailed = (error) => this.fail(error);

    constructor(stream, source, highWaterMark, size) {
      this.stream = stream;
      this.source = source;
      this.queue = new SizedQueue(size !== null);
      this.highWaterMark = highWaterMark;
      this.size = size;
      stream.controller = this;
    }

    // Throws what the source throws.
    start() {
      upon(this.source.start(), () => {
        this.started = true;
        this.pullIfNeeded();
      }, this.onFailed);
    }

    // null if the stream has failed.
    get desiredSize() {
      const { state } = this.stream;
      if (state === ERRORED) {
        return null;
      }
      return state === CLOSED ? 0 : this.highWaterMark - this.queue.total;
    }

    get canEnqueue() {
      return !this.closeRequested && this.stream.state === READABLE;
    }

    // Whether a read request would be answered at once.
    get hasQueued() {
      return this.queue.length !== 0;
    }

    get wantsPull() {
      if (!this.canEnqueue || !this.started) {
        return false;
      }
      return pendingRequests(this.stream, false) > 0 || this.desiredSize > 0;
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

    close() {
      if (!this.canEnqueue) {
        return;
      }
      this.closeRequested = true;
      if (this.queue.length === 0) {
        this.forgetSource();
        close(this.stream);
      }
    }

    // Throws if the size of the chunk cannot be had.
    enqueue(chunk) {
      if (!this.canEnqueue) {
        return;
      }
      if (pendingRequests(this.stream, false) > 0) {
        fulfillRequest(this.stream, chunk, false);
      } else {
        let size = 1;
        if (this.size !== null) {
          try {
            size = sizeOf(this.size, chunk);
            checkSize(size);
          } catch (error) {
            this.fail(error);
            throw error;
          }
        }
        this.queue.push(chunk, size);
      }
      this.pullIfNeeded();
    }

    fail(error) {
      if (this.stream.state === READABLE) {
        this.queue.clear();
        this.forgetSource();
        fail(this.stream, error);
      }
    }

    forgetSource() {
      this.source = null;
      this.size = null;
    }

    cancelSteps(reason) {
      this.queue.clear();
      const canceled = this.source.cancel(reason);
      this.forgetSource();
      return canceled;
    }

    pullSteps(request) {
      if (this.queue.length === 0) {
        this.stream.reader.requests.push(request);
        this.pullIfNeeded();
        return;
      }
      const chunk = this.queue.shift();
      if (this.closeRequested && this.queue.length === 0) {
        this.forgetSource();
        close(this.stream);
      } else {
        this.pullIfNeeded();
      }
      request.chunkSteps(chunk);
    }

    releaseSteps() {}
  }

  // A stream of chunks that the bootstrap makes.
  function createReadable(source, highWaterMark, size) {
    const stream = new Readable();
    new DefaultController(stream, source, highWaterMark, size).start();
    return stream;
  }

  streams.DefaultController = DefaultController;
  streams.createReadable = createReadable;
})
