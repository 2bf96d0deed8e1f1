// The controller of a WritableStream: the queue before its sink.
(function (internals) {
  "use strict";
  const { abortSignal, createSignal } = internals.abort;
  const { streams } = internals;
  const { SizedQueue, Writable, checkSize, sizeOf, upon } = streams;
  const { CLOSED, ERRORED, ERRORING, WRITABLE } = streams.writable;

  // The sink of a stream that the bootstrap makes. The methods return a promise,
  // or undefined for one that is fulfilled.
  class Sink {
    start() {}

    write() {}

    close() {}

    abort() {}
  }

  const noSink = new Sink();

  class WritableController {
    stream;
    // null when it will not be called any more.
    sink;
    queue;
    highWaterMark;
    size;
    started = false;
    // The stream is to be closed after the queue.
    closeQueued = false;
    // An AbortSignal, made when somebody asks.
    #signal = null;
    #aborted = false;
    #reason = undefined;
    onWritten = () => {
      const { queue, stream } = this;
      stream.finishWrite();
      queue.shift();
      if (stream.state === WRITABLE && !stream.isClosing) {
        stream.updateBackpressure(this.hasBackpressure);
      }
      this.advance();
    };
    onWriteFailed = (error) => {
      if (this.stream.state === WRITABLE) {
        this.forgetSink();
      }
      this.stream.failWrite(error);
    };

    constructor(stream, sink, highWaterMark, size) {
      this.stream = stream;
      this.sink = sink;
      this.queue = new SizedQueue(size !== null);
      this.highWaterMark = highWaterMark;
      this.size = size;
      stream.controller = this;
      stream.updateBackpressure(this.hasBackpressure);
    }

    // Throws what the sink throws.
    start() {
      upon(this.sink.start(), () => {
        this.started = true;
        this.advance();
      }, (error) => {
        this.started = true;
        this.stream.dealWithRejection(error);
      });
    }

    get signal() {
      if (this.#signal === null) {
        this.#signal = createSignal();
        if (this.#aborted) {
          abortSignal(this.#signal, this.#reason);
        }
      }
      return this.#signal;
    }

    signalAbort(reason) {
      this.#aborted = true;
      this.#reason = reason;
      if (this.#signal !== null) {
        abortSignal(this.#signal, reason);
      }
    }

    get desiredSize() {
      return this.highWaterMark - this.queue.total;
    }

    get hasBackpressure() {
      return this.desiredSize <= 0;
    }

    // 1 if the size cannot be had, which fails the stream.
    sizeOf(chunk) {
      if (this.size === null) {
        return 1;
      }
      try {
        return sizeOf(this.size, chunk);
      } catch (error) {
        this.failIfWritable(error);
        return 1;
      }
    }

    write(chunk, size) {
      const { stream } = this;
      try {
        checkSize(size);
      } catch (error) {
        this.failIfWritable(error);
        return;
      }
      this.queue.push(chunk, size);
      if (stream.state === WRITABLE && !stream.isClosing) {
        stream.updateBackpressure(this.hasBackpressure);
      }
      this.advance();
    }

    close() {
      this.closeQueued = true;
      this.advance();
    }

    advance() {
      const { queue, stream } = this;
      if (!this.started || stream.writeInFlight !== null) {
        return;
      }
      if (stream.state === ERRORING) {
        stream.finishErroring();
      } else if (stream.state === CLOSED || stream.state === ERRORED) {
        return;
      } else if (queue.length !== 0) {
        stream.writeInFlight = stream.writes.shift();
        upon(this.sink.write(queue.peek()), this.onWritten, this.onWriteFailed);
      } else if (this.closeQueued) {
        this.#processClose();
      }
    }

    #processClose() {
      const { stream } = this;
      this.closeQueued = false;
      stream.closeInFlight = stream.closeRequest;
      stream.closeRequest = null;
      const closed = this.sink.close();
      this.forgetSink();
      upon(closed, () => stream.finishClose(), (error) => stream.failClose(error));
    }

    abortSteps(reason) {
      const aborted = this.sink.abort(reason);
      this.forgetSink();
      return aborted;
    }

    fail(error) {
      this.forgetSink();
      this.stream.startErroring(error);
    }

    failIfWritable(error) {
      if (this.stream.state === WRITABLE) {
        this.fail(error);
      }
    }

    forgetSink() {
      this.sink = noSink;
      this.size = null;
    }
  }

  // A stream that the bootstrap makes.
  function createWritable(sink, highWaterMark, size) {
    const stream = new Writable();
    new WritableController(stream, sink, highWaterMark, size).start();
    return stream;
  }

  streams.Sink = Sink;
  streams.WritableController = WritableController;
  streams.createWritable = createWritable;
})
