// The queue of chunks.
(function (internals) {
  "use strict";
  const { Queue } = internals.queue;

  // The queue of a controller: chunks with their sizes, and the sum of these.
  // Without a strategy's function every size is 1, and none is stored.
  class SizedQueue {
    #chunks = new Queue();
    #sizes = null;
    #total = 0;

    constructor(hasSizes) {
      if (hasSizes) {
        this.#sizes = new Queue();
      }
    }

    get length() {
      return this.#chunks.length;
    }

    get total() {
      return this.#sizes === null ? this.#chunks.length : this.#total;
    }

    push(chunk, size) {
      this.#chunks.push(chunk);
      if (this.#sizes !== null) {
        this.#sizes.push(size);
        this.#total += size;
      }
    }

    peek() {
      return this.#chunks.peek();
    }

    shift() {
      if (this.#sizes !== null) {
        const total = this.#total - this.#sizes.shift();
        // Rounding may leave less than nothing.
        this.#total = total < 0 ? 0 : total;
      }
      return this.#chunks.shift();
    }

    clear() {
      this.#chunks = new Queue();
      if (this.#sizes !== null) {
        this.#sizes = new Queue();
        this.#total = 0;
      }
    }
  }

  internals.streams = { __proto__: null, Queue, SizedQueue };
})
