// Queuing strategies: the two classes, and what is made of anybody's.
(function (internals) {
  "use strict";
  const { RangeError, ReflectApply, TypeError } = internals.primordials;
  const { defineInterface, isObject, requireArguments, toDictionary } = internals.webidl;
  const { streams } = internals;

  // The required member `highWaterMark` of the argument of the classes.
  function highWaterMarkOf(init, what) {
    const { highWaterMark } = toDictionary(init, what);
    if (highWaterMark === undefined) {
      throw new TypeError(`${what} must have a highWaterMark`);
    }
    return +highWaterMark;
  }

  // Methods, so that they are no constructors.
  const sizes = {
    ofChunk: { size: () => 1 }.size,
    ofBytes: { size: (chunk) => chunk.byteLength }.size,
  };

  class CountQueuingStrategy {
    #highWaterMark;

    constructor(init) {
      requireArguments(arguments.length, 1, "CountQueuingStrategy constructor");
      this.#highWaterMark = highWaterMarkOf(init, "CountQueuingStrategy constructor: the init");
    }

    get highWaterMark() {
      return this.#highWaterMark;
    }

    get size() {
      this.#highWaterMark;
      return sizes.ofChunk;
    }
  }

  class ByteLengthQueuingStrategy {
    #highWaterMark;

    constructor(init) {
      requireArguments(arguments.length, 1, "ByteLengthQueuingStrategy constructor");
      this.#highWaterMark =
        highWaterMarkOf(init, "ByteLengthQueuingStrategy constructor: the init");
    }

    get highWaterMark() {
      return this.#highWaterMark;
    }

    get size() {
      this.#highWaterMark;
      return sizes.ofBytes;
    }
  }

  defineInterface(CountQueuingStrategy);
  defineInterface(ByteLengthQueuingStrategy);

  // A callback of a dictionary: undefined, or a function.
  function toCallback(value, what) {
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(`${what} is not a function`);
    }
    return value;
  }

  // The dictionary QueuingStrategy.
  class Strategy {
    // undefined if it has none.
    highWaterMark;
    hasSize;
    // A function; null if every chunk is 1.
    size;

    constructor(highWaterMark, size) {
      this.highWaterMark = highWaterMark;
      this.hasSize = size !== undefined;
      // That of CountQueuingStrategy need not be called to know.
      this.size = size === undefined || size === sizes.ofChunk ? null : size;
    }

    // The mark, or what it is by default.
    mark(usual) {
      const mark = this.highWaterMark;
      if (mark === undefined) {
        return usual;
      }
      // Not a number neither.
      if (!(mark >= 0)) {
        throw new RangeError(`The highWaterMark ${mark} is not a non-negative number`);
      }
      return mark;
    }
  }

  const none = new Strategy(undefined, undefined);

  function toStrategy(value, what) {
    if (value === undefined) {
      return none;
    }
    const dictionary = toDictionary(value, what);
    const { highWaterMark } = dictionary;
    const mark = highWaterMark === undefined ? undefined : +highWaterMark;
    return new Strategy(mark, toCallback(dictionary.size, `${what}: size`));
  }

  // The size of a chunk, by a strategy's function.
  const sizeOf = (size, chunk) => (size === null ? 1 : +ReflectApply(size, undefined, [chunk]));

  function checkSize(size) {
    if (!(size >= 0) || size === Infinity) {
      throw new RangeError(`The size ${size} of a chunk is not a finite, non-negative number`);
    }
  }

  // The argument `optional object` of a constructor; null if it is missing.
  function toSource(value, what) {
    if (value !== undefined && !isObject(value)) {
      throw new TypeError(`${what} is not an object`);
    }
    return value === undefined ? null : value;
  }

  streams.checkSize = checkSize;
  streams.sizeOf = sizeOf;
  streams.toCallback = toCallback;
  streams.toSource = toSource;
  streams.toStrategy = toStrategy;
})
