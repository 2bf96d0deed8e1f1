// What a MessagePort is behind its interface: one end of a channel, with the
// messages that wait there. Everything is in the guest's heap.
//
// A message becomes a task when its port is enabled, of the request whose code
// posts it or enables the port. The messages of one port arrive in their order,
// from whichever requests they come: a task takes the first that is there, and
// is posted again until the message that it is for has been delivered. So it
// does not matter which tasks come first, nor that those of a request that was
// stopped in the middle never come.
(function (internals) {
  "use strict";
  const { currentEntries, runWith } = internals.asyncContext;
  const { Queue } = internals.queue;
  const { post } = internals.tasks;

  class Port {
    // The other end; null if there is none any more.
    other = null;
    // Who gets the messages: has the methods receive(message) and closed().
    owner;
    enabled = false;
    // Of messages, made when the first one comes.
    #queue = null;
    // How many have come, and how many of them have been taken out.
    #posted = 0;
    #taken = 0;

    constructor(owner) {
      this.owner = owner;
    }

    // The message is on its way to this port.
    deliver(message) {
      this.#queue ??= new Queue();
      this.#queue.push(message);
      this.#posted++;
      if (this.enabled) {
        post(new Delivery(this, this.#posted));
      }
    }

    enable() {
      if (!this.enabled) {
        this.enabled = true;
        for (let number = this.#taken + 1; number <= this.#posted; number++) {
          post(new Delivery(this, number));
        }
      }
    }

    // What has been posted before is still delivered, at both ends.
    disentangle() {
      const { other } = this;
      if (other !== null) {
        this.other = null;
        other.other = null;
      }
      return other;
    }

    // As the guest does it: the other end is told.
    close() {
      const other = this.disentangle();
      if (other !== null) {
        post(new Closing(other));
      }
    }

    // Whether the message with this number waits to be delivered.
    awaits(number) {
      return this.enabled && this.#taken < number;
    }

    // The first message that waits.
    take() {
      this.#taken++;
      return this.#queue.shift();
    }
  }

  const receive = (owner, message) => owner.receive(message);

  // The task that has a message delivered. What its listeners find in an AsyncLocalStorage is what whoever
  // posted it had there, wherever the port was made: a scheduler that is shared (React has one) makes its
  // channel once, at the top level.
  class Delivery {
    #port;
    // Of the message, from 1.
    #number;

    constructor(port, number) {
      this.#port = port;
      this.#number = number;
    }

    run() {
      const port = this.#port;
      if (port.awaits(this.#number)) {
        const message = port.take();
        if (port.awaits(this.#number)) {
          post(this);
        }
        const { entries } = message;
        if (entries === null) {
          port.owner.receive(message);
        } else {
          runWith(entries, receive, undefined, [port.owner, message]);
        }
      }
    }

    discard() {
      if (this.#port.awaits(this.#number)) {
        this.#port.take();
      }
    }
  }

  // The task that tells a port that the other end was closed.
  class Closing {
    #port;
    #entries = currentEntries();

    constructor(port) {
      this.#port = port;
    }

    run() {
      const { owner } = this.#port;
      runWith(this.#entries, () => owner.closed(), undefined, []);
    }

    discard() {}
  }

  class Message {
    data;
    // An array of MessagePorts, or null.
    ports;
    // It could not be made for this receiver, who is told that there was one.
    isBroken;
    // What the code that posts it has in its AsyncLocalStorages.
    entries = currentEntries();

    constructor(data, ports, isBroken = false) {
      this.data = data;
      this.ports = ports;
      this.isBroken = isBroken;
    }
  }

  function entangle(first, second) {
    first.other = second;
    second.other = first;
  }

  internals.ports = { __proto__: null, Message, Port, entangle };
})
