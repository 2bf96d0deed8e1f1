// TransformStream and its controller as the guest sees them.
(function (internals) {
  "use strict";
  const { RangeError, ReflectApply } = internals.primordials;
  const { constructToken, defineInterface, illegalConstructor } = internals.webidl;
  const { streams } = internals;
  const {
    Deferred, Transform, Transformer, promiseOfCall, promiseOfChunkCall, showReadable,
    showWritable, toCallback, toSource, toStrategy,
  } = streams;

  const WHAT = "TransformStream constructor: the transformer";

  class TransformStreamDefaultController {
    #transform;

    constructor(token = undefined, transform = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#transform = transform;
    }

    get desiredSize() {
      return this.#transform.readable.controller.desiredSize;
    }

    enqueue(chunk = undefined) {
      this.#transform.enqueue(chunk);
    }

    error(reason = undefined) {
      this.#transform.fail(reason);
    }

    terminate() {
      this.#transform.terminate();
    }
  }

  // The dictionary Transformer of the guest.
  class GuestTransformer extends Transformer {
    #object;
    #cancel = undefined;
    #flush = undefined;
    #start = undefined;
    #transform = undefined;
    // The controller as the guest sees it.
    #shown = null;

    constructor(object) {
      super();
      this.#object = object;
      if (object !== null) {
        this.#cancel = toCallback(object.cancel, `${WHAT}: cancel`);
        this.#flush = toCallback(object.flush, `${WHAT}: flush`);
        const { readableType } = object;
        this.#start = toCallback(object.start, `${WHAT}: start`);
        this.#transform = toCallback(object.transform, `${WHAT}: transform`);
        const { writableType } = object;
        if (readableType !== undefined || writableType !== undefined) {
          throw new RangeError(`${WHAT}: readableType and writableType must be undefined`);
        }
      }
    }

    attach(transform) {
      this.#shown = new TransformStreamDefaultController(constructToken, transform);
    }

    start() {
      return this.#start === undefined
        ? undefined
        : ReflectApply(this.#start, this.#object, [this.#shown]);
    }

    transform(chunk, transform) {
      return this.#transform === undefined
        ? super.transform(chunk, transform)
        : promiseOfChunkCall(this.#transform, this.#object, [chunk, this.#shown]);
    }

    flush() {
      return this.#flush === undefined
        ? undefined
        : promiseOfCall(this.#flush, this.#object, [this.#shown]);
    }

    cancel(reason) {
      return this.#cancel === undefined
        ? undefined
        : promiseOfCall(this.#cancel, this.#object, [reason]);
    }
  }

  let isTransform;

  class TransformStream {
    #readable;
    #writable;

    // With the token the other arguments are the two ends.
    constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
      if (transformer === constructToken) {
        this.#writable = writableStrategy;
        this.#readable = readableStrategy;
        return;
      }
      const object = toSource(transformer, WHAT);
      const forWritable =
        toStrategy(writableStrategy, "TransformStream constructor: the writable strategy");
      const forReadable =
        toStrategy(readableStrategy, "TransformStream constructor: the readable strategy");
      const guest = new GuestTransformer(object);
      const readableMark = forReadable.mark(0);
      const writableMark = forWritable.mark(1);
      const started = new Deferred();
      const transform = new Transform(
        started.promise, writableMark, forWritable.size, readableMark, forReadable.size,
      );
      transform.transformer = guest;
      this.#readable = showReadable(transform.readable);
      this.#writable = showWritable(transform.writable);
      guest.attach(transform);
      started.resolve(guest.start());
    }

    get readable() {
      return this.#readable;
    }

    get writable() {
      return this.#writable;
    }

    static {
      isTransform = (value) => typeof value === "object" && value !== null && #readable in value;
      streams.transformParts = (value) => ({ readable: value.#readable, writable: value.#writable });
    }
  }

  defineInterface(TransformStream);
  defineInterface(TransformStreamDefaultController);

  streams.isTransform = isTransform;
  streams.showTransform = (readable, writable) =>
    new TransformStream(constructToken, writable, readable);
})
