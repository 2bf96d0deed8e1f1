// What a MessagePort is behind its interface: one end of a channel, with the
// messages that wait there. Everything is in the guest's heap.
//
// A message becomes a task when its port is enabled, of the request whose code
// posts it or enables the port. The task takes whichever message is the first:
// those of one port arrive in their order, from whichever requests they come.
(function (internals) {
  "use strict";
  const { Queue } = internals.streams;
  const { post } = internals.tasks;

  // Also the task that delivers one message.
  class Port {
    // The other end; null if there is none any more.
    other = null;
    // Who gets the messages: has the methods receive(message) and closed().
    owner;
    enabled = false;
    // Of messages, made when the first one comes.
    #queue = null;

    constructor(owner) {
      this.owner = owner;
    }

    // The message is on its way to this port.
    deliver(message) {
      this.#queue ??= new Queue();
      this.#queue.push(message);
      if (this.enabled) {
        post(this);
      }
    }

    enable() {
      if (!this.enabled) {
        this.enabled = true;
        const waiting = this.#queue === null ? 0 : this.#queue.length;
        for (let i = 0; i < waiting; i++) {
          post(this);
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

    // There is none if the port was moved to another owner since the task was
    // posted, or the task discarded.
    #take() {
      return this.enabled && this.#queue.length !== 0 ? this.#queue.shift() : null;
    }

    run() {
      const message = this.#take();
      if (message !== null) {
        this.owner.receive(message);
      }
    }

    discard() {
      this.#take();
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

    constructor(data, ports) {
      this.data = data;
      this.ports = ports;
    }
  }

  function entangle(first, second) {
    first.other = second;
    second.other = first;
  }

  internals.ports = { __proto__: null, Message, Port, entangle };
})
