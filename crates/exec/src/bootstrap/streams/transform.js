// What a TransformStream is behind its interface, and its controller.
(function (internals) {
  "use strict";
  const {
    PromisePrototypeThen, PromiseReject, TypeError, TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, Uint8Array,
  } = internals.primordials;
  const { isArrayBuffer, isBufferSource, toBytesView } = internals.webidl;
  const { streams } = internals;
  const {
    ERRORED, Deferred, Sink, Source, checkCanEnqueue, createReadable, createReadableBytes,
    createWritable, resolvedWith, upon,
  } = streams;
  const writable = streams.writable;

  // A transformer that the bootstrap makes. The methods return a promise, or
  // undefined for one that is fulfilled; or they throw.
  class Transformer {
    // By default chunks pass as they are.
    transform(chunk, stream) {
      stream.enqueue(chunk);
    }

    flush() {}

    cancel() {}
  }

  const noTransformer = new Transformer();

  // A copy of the bytes of a chunk, which whoever wrote it still has. `others`: what it could be besides.
  function copyOfChunk(chunk, what, others = "") {
    const bytes = isBufferSource(chunk) ? toBytesView(chunk, `${what}: the chunk`) : null;
    if (bytes === null || !isArrayBuffer(TypedArrayPrototypeGetBuffer(bytes))) {
      throw new TypeError(`${what}: the chunk is no ${others}ArrayBuffer or ArrayBufferView, or is shared`);
    }
    const copy = new Uint8Array(TypedArrayPrototypeGetLength(bytes));
    TypedArrayPrototypeSet(copy, bytes);
    return copy;
  }

  class TransformSink extends Sink {
    #transform;

    constructor(transform) {
      super();
      this.#transform = transform;
    }

    start() {
      return this.#transform.started;
    }

    write(chunk) {
      return this.#transform.write(chunk);
    }

    abort(reason) {
      return this.#transform.abort(reason);
    }

    close() {
      return this.#transform.close();
    }
  }

  class TransformSource extends Source {
    #transform;

    constructor(transform) {
      super();
      this.#transform = transform;
    }

    start() {
      return this.#transform.started;
    }

    pull() {
      return this.#transform.pull();
    }

    cancel(reason) {
      return this.#transform.cancel(reason);
    }
  }

  class Transform {
    readable = null;
    writable = null;
    // A promise that both ends wait for, or undefined.
    started;
    transformer = noTransformer;
    backpressure = true;
    // Of those who wait for a change of it; null if nobody does.
    #change = null;
    // The promise of the end, when it has begun.
    #finish = null;
    // The chunk that waits for the end of backpressure. There is only one.
    #chunk = undefined;
    #onChange = () => {
      const { storedError, state } = this.writable;
      const chunk = this.#chunk;
      this.#chunk = undefined;
      if (state === writable.ERRORING) {
        throw storedError;
      }
      return this.#perform(chunk);
    };
    #onFailed = (error) => {
      this.fail(error);
      throw error;
    };

    // Without a mark the readable side is a stream of bytes, and nothing waits in it.
    constructor(started, writableMark, writableSize, readableMark, readableSize) {
      // Both ends start a little later than what they are made of: what is done
      // with them before cannot fail because of each other.
      this.started = started === undefined ? undefined : resolvedWith(started);
      this.writable = createWritable(new TransformSink(this), writableMark, writableSize);
      const source = new TransformSource(this);
      this.readable = readableMark === null
        ? createReadableBytes(source, 0)
        : createReadable(source, readableMark, readableSize);
    }

    #setBackpressure(backpressure) {
      this.backpressure = backpressure;
      if (this.#change !== null) {
        this.#change.resolve(undefined);
        this.#change = null;
      }
    }

    get #changed() {
      this.#change ??= new Deferred();
      return this.#change.promise;
    }

    // For the transformer.

    // Throws if the readable side takes no more.
    enqueue(chunk) {
      const { controller } = this.readable;
      checkCanEnqueue(controller, "TransformStreamDefaultController.enqueue");
      try {
        controller.enqueue(chunk);
      } catch (error) {
        this.#failWritable(error);
        throw this.readable.storedError;
      }
      if (!controller.wantsPull && !this.backpressure) {
        this.#setBackpressure(true);
      }
    }

    // Goes on with `next`, of the same chunk, when the readable side has room; not if nobody wants
    // the rest any more.
    whenRoom(next) {
      return PromisePrototypeThen(this.#changed, () => {
        const isOver = this.transformer === noTransformer || this.writable.state !== writable.WRITABLE;
        return isOver ? undefined : next();
      });
    }

    fail(error) {
      this.readable.controller.fail(error);
      this.#failWritable(error);
    }

    terminate() {
      this.readable.controller.close();
      this.#failWritable(new TypeError("The TransformStream was terminated"));
    }

    #failWritable(error) {
      this.transformer = noTransformer;
      this.writable.controller.failIfWritable(error);
      this.#unblockWrite();
    }

    #unblockWrite() {
      if (this.backpressure) {
        this.#setBackpressure(false);
      }
    }

    // The sink and the source.

    #perform(chunk) {
      let result;
      try {
        result = this.transformer.transform(chunk, this);
      } catch (error) {
        result = PromiseReject(error);
      }
      return result === undefined
        ? undefined
        : PromisePrototypeThen(result, undefined, this.#onFailed);
    }

    write(chunk) {
      if (!this.backpressure) {
        return this.#perform(chunk);
      }
      this.#chunk = chunk;
      return PromisePrototypeThen(this.#changed, this.#onChange);
    }

    pull() {
      this.#setBackpressure(false);
      return this.#changed;
    }

    // Ends the stream once, by one end or the other: `call` is a method of the
    // transformer, `succeed` and `fail` what becomes of the other end.
    #end(call, otherEnd, succeed, fail) {
      if (this.#finish === null) {
        this.#finish = new Deferred();
        const finish = this.#finish;
        const { transformer } = this;
        let ended;
        try {
          ended = call(transformer);
        } catch (error) {
          ended = PromiseReject(error);
        }
        this.transformer = noTransformer;
        upon(ended, () => {
          if (otherEnd.state === (otherEnd === this.readable ? ERRORED : writable.ERRORED)) {
            finish.reject(otherEnd.storedError);
          } else {
            succeed();
            finish.resolve(undefined);
          }
        }, (error) => {
          fail(error);
          finish.reject(error);
        });
      }
      return this.#finish.promise;
    }

    abort(reason) {
      const { controller } = this.readable;
      return this.#end(
        (transformer) => transformer.cancel(reason),
        this.readable,
        () => controller.fail(reason),
        (error) => controller.fail(error),
      );
    }

    close() {
      const { controller } = this.readable;
      return this.#end(
        (transformer) => transformer.flush(this),
        this.readable,
        () => (controller.isByte ? controller.finish() : controller.close()),
        (error) => controller.fail(error),
      );
    }

    cancel(reason) {
      const { controller } = this.writable;
      return this.#end(
        (transformer) => transformer.cancel(reason),
        this.writable,
        () => {
          controller.failIfWritable(reason);
          this.#unblockWrite();
        },
        (error) => {
          controller.failIfWritable(error);
          this.#unblockWrite();
        },
      );
    }
  }

  // A transform stream that the bootstrap makes.
  function createTransform(transformer) {
    const stream = new Transform(undefined, 1, null, 0, null);
    stream.transformer = transformer;
    return stream;
  }

  // The same, of bytes.
  function createByteTransform(transformer, writableMark, writableSize) {
    const stream = new Transform(undefined, writableMark, writableSize, null, null);
    stream.transformer = transformer;
    return stream;
  }

  streams.Transform = Transform;
  streams.Transformer = Transformer;
  streams.copyOfChunk = copyOfChunk;
  streams.createByteTransform = createByteTransform;
  streams.createTransform = createTransform;
})
