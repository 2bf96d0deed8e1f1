// A queue: of tasks and messages, of chunks and of everything else that streams keep in order.
//
// A ring of blocks: a block that has been emptied is the next one to be filled,
// so a queue of steady length allocates nothing. The elements of a block are
// its own from the beginning, and no write reaches a setter that the guest put
// on Array.prototype.
(function (internals) {
  "use strict";

  const BLOCK_LENGTH = 16;

  class Block {
    items = [
      undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined,
      undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined,
    ];
    next = null;
  }

  class Queue {
    length = 0;
    #head = null;
    #headIndex = 0;
    #tail = null;
    #tailIndex = 0;
    // An empty block, or null.
    #spare = null;

    push(item) {
      if (this.#tail === null) {
        this.#head = this.#tail = new Block();
      } else if (this.#tailIndex === BLOCK_LENGTH) {
        const block = this.#spare ?? new Block();
        this.#spare = null;
        this.#tail.next = block;
        this.#tail = block;
        this.#tailIndex = 0;
      }
      this.#tail.items[this.#tailIndex++] = item;
      this.length++;
    }

    // The oldest item of a queue that is not empty.
    peek() {
      return this.#head.items[this.#headIndex];
    }

    // Takes out the oldest item of a queue that is not empty.
    shift() {
      const head = this.#head;
      const item = head.items[this.#headIndex];
      head.items[this.#headIndex++] = undefined;
      this.length--;
      if (this.length === 0) {
        this.#headIndex = 0;
        this.#tailIndex = 0;
      } else if (this.#headIndex === BLOCK_LENGTH) {
        this.#head = head.next;
        this.#headIndex = 0;
        head.next = null;
        this.#spare = head;
      }
      return item;
    }
  }

  internals.queue = { __proto__: null, Queue };
})
