// MessagePort and MessageChannel.
(function (internals) {
  "use strict";
  const {
    ObjectDefineProperty, ReflectApply, SymbolIterator, TypeError,
  } = internals.primordials;
  const { DOMException } = internals;
  const { Event } = internals.event;
  const { EventTarget, defineEventHandler, fire } = internals.eventTarget;
  const { makeEvent } = internals.messageEvent;
  const { Message, Port, entangle } = internals.ports;
  const {
    constructToken, defineInterface, descriptorOf, illegalConstructor, isObject, requireArguments,
    toDictionary,
  } = internals.webidl;

  // What an event handler attribute keeps.
  class Handler {
    handler = null;
  }

  // The owner of a Port: the MessagePort that it is at.
  class PortOwner {
    #messagePort;

    constructor(messagePort) {
      this.#messagePort = messagePort;
    }

    receive(message) {
      fire(this.#messagePort, makeEvent("message", message.data, message.ports));
    }

    closed() {
      fire(this.#messagePort, new Event("close"));
    }
  }

  let attach;
  let detach;
  let isPort;
  let portOf;
  let handlerOf;

  class MessagePort extends EventTarget {
    // null if it has been closed or transferred. What had been posted to a closed
    // one arrives still.
    #port = null;
    #onmessage = null;
    #onmessageerror = null;
    #onclose = null;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      super();
    }

    postMessage(message, options = undefined) {
      const port = this.#port;
      requireArguments(arguments.length, 1, "MessagePort.postMessage");
      const transfer = toTransfer(options, "MessagePort.postMessage");
      const target = port === null ? null : port.other;
      let isDoomed = false;
      for (let i = 0; i < transfer.length; i++) {
        if (transfer[i] === this) {
          throw new DOMException("A MessagePort cannot be sent through itself", "DataCloneError");
        }
        isDoomed ||= target !== null && isPort(transfer[i]) && portOf(transfer[i]) === target;
      }
      // Who only makes a channel needs neither this nor streams.
      const clone = internals.structuredClone.cloneWithTransfer(message, transfer);
      if (target !== null && !isDoomed) {
        target.deliver(new Message(clone.data, clone.ports));
      }
    }

    start() {
      const port = this.#port;
      if (port !== null) {
        port.enable();
      }
    }

    close() {
      const port = this.#port;
      this.#port = null;
      if (port !== null) {
        port.close();
      }
    }

    static {
      isPort = (value) => typeof value === "object" && value !== null && #port in value;
      portOf = (messagePort) => messagePort.#port;
      attach = (messagePort, port) => {
        port.owner = new PortOwner(messagePort);
        messagePort.#port = port;
      };
      detach = (messagePort) => {
        const port = messagePort.#port;
        messagePort.#port = null;
        return port;
      };
      handlerOf = {
        __proto__: null,
        close: (messagePort) => (messagePort.#onclose ??= new Handler()),
        message: (messagePort) => (messagePort.#onmessage ??= new Handler()),
        messageerror: (messagePort) => (messagePort.#onmessageerror ??= new Handler()),
      };
    }
  }

  // The last argument of postMessage: the transfer list, or a dictionary that has it.
  function toTransfer(options, what) {
    if (isObject(options)) {
      const method = options[SymbolIterator];
      if (method !== undefined && method !== null) {
        return internals.structuredClone.toTransferList(options, what);
      }
    }
    const { transfer } = toDictionary(options, `${what}: the options`);
    return internals.structuredClone.toTransferList(transfer, what);
  }

  defineEventHandler(MessagePort.prototype, "message", handlerOf.message);
  defineEventHandler(MessagePort.prototype, "messageerror", handlerOf.messageerror);
  defineEventHandler(MessagePort.prototype, "close", handlerOf.close);
  // The attribute also starts the port.
  const onmessage = descriptorOf(MessagePort.prototype, "onmessage");
  const setHandler = onmessage.set;
  onmessage.set = descriptorOf({
    set onmessage(value) {
      ReflectApply(setHandler, this, [value]);
      const port = portOf(this);
      if (port !== null) {
        port.enable();
      }
    },
  }, "onmessage").set;
  ObjectDefineProperty(MessagePort.prototype, "onmessage", onmessage);

  class MessageChannel {
    #port1 = new MessagePort(constructToken);
    #port2 = new MessagePort(constructToken);

    constructor() {
      const first = new Port(null);
      const second = new Port(null);
      entangle(first, second);
      attach(this.#port1, first);
      attach(this.#port2, second);
    }

    get port1() {
      return this.#port1;
    }

    get port2() {
      return this.#port2;
    }
  }

  defineInterface(MessagePort);
  defineInterface(MessageChannel);
  internals.platformClasses.add(isPort, "MessagePort", (messagePort) => ({
    active: portOf(messagePort) !== null,
  }));

  internals.messagePort = {
    __proto__: null,
    Handler,
    isPort,
    // How structuredClone transfers one.
    transfer: {
      __proto__: null,
      check(messagePort) {
        if (portOf(messagePort) === null) {
          throw new DOMException(
            "A MessagePort is closed or transferred already", "DataCloneError",
          );
        }
      },
      prepare: () => new MessagePort(constructToken),
      commit(messagePort, twin) {
        const port = detach(messagePort);
        port.enabled = false;
        attach(twin, port);
      },
    },
  };
})
