// MessageEvent.
(function (internals) {
  "use strict";
  const { ObjectFreeze, TypeError } = internals.primordials;
  const { Event, initialize } = internals.event;
  const {
    append, defineInterface, eachItem, requireArguments, toDOMString, toDictionary, toUSVString,
  } = internals.webidl;

  const WHAT = "MessageEvent";

  let makeEvent;

  class MessageEvent extends Event {
    #data = null;
    #origin = "";
    #lastEventId = "";
    #source = null;
    // The array, frozen when somebody sees it.
    #ports = null;

    constructor(type, eventInitDict = undefined) {
      requireArguments(arguments.length, 1, "MessageEvent constructor");
      super(type, eventInitDict);
      const init = toDictionary(eventInitDict, "The event init");
      const { data, lastEventId, origin, ports, source } = init;
      if (data !== undefined) {
        this.#data = data;
      }
      if (lastEventId !== undefined) {
        this.#lastEventId = toDOMString(lastEventId);
      }
      if (origin !== undefined) {
        this.#origin = toUSVString(origin);
      }
      if (ports !== undefined) {
        this.#ports = toPorts(ports);
      }
      if (source !== undefined) {
        this.#source = toEventSource(source);
      }
    }

    initMessageEvent(
      type, bubbles = false, cancelable = false, data = null, origin = "", lastEventId = "",
      source = null, ports = undefined,
    ) {
      this.#data;
      requireArguments(arguments.length, 1, "MessageEvent.initMessageEvent");
      const typeText = toDOMString(type);
      const originText = toUSVString(origin);
      const idText = toDOMString(lastEventId);
      const sender = toEventSource(source);
      const list = ports === undefined ? null : toPorts(ports);
      if (initialize(this, typeText, !!bubbles, !!cancelable)) {
        this.#data = data;
        this.#origin = originText;
        this.#lastEventId = idText;
        this.#source = sender;
        this.#ports = list;
      }
    }

    get data() {
      return this.#data;
    }

    get origin() {
      return this.#origin;
    }

    get lastEventId() {
      return this.#lastEventId;
    }

    get source() {
      return this.#source;
    }

    get ports() {
      this.#ports ??= [];
      return ObjectFreeze(this.#ports);
    }

    static {
      makeEvent = (type, data, ports) => {
        const event = new MessageEvent(type);
        event.#data = data;
        event.#ports = ports;
        return event;
      };
    }
  }

  function toEventSource(value) {
    if (value !== null && !internals.messagePort.isPort(value)) {
      throw new TypeError(`${WHAT}: the source is not a MessagePort`);
    }
    return value;
  }

  function toPorts(value) {
    const ports = [];
    eachItem(value, (port) => {
      if (!internals.messagePort.isPort(port)) {
        throw new TypeError(`${WHAT}: one of the ports is not a MessagePort`);
      }
      append(ports, port);
    }, `${WHAT}: the ports`);
    return ports;
  }

  defineInterface(MessageEvent);

  // `ports`: an array of MessagePorts that nobody else has, or null.
  internals.messageEvent = { __proto__: null, makeEvent };
})
