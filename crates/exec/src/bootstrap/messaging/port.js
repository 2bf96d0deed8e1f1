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
  const { Queue } = internals.streams;
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

  // The task that has a message delivered.
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
        port.owner.receive(message);
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

    constructor(port) {
      this.#port = port;
    }

    run() {
      this.#port.owner.closed();
    }

    discard() {}
  }

  class Message {
    data;
    // An array of MessagePorts, or null.
    ports;
    // It could not be made for this receiver, who is told that there was one.
    isBroken;

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
