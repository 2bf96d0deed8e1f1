// Event and its plain subclasses.
(function (internals) {
  "use strict";
  const { ObjectDefineProperty, TypeError } = internals.primordials;
  const { DOMException } = internals;
  const {
    defineInterface, isObject, requireArguments, toDOMString, toDictionary, toUSVString,
  } = internals.webidl;
  const { now } = internals.host;

  // [LegacyUnforgeable]: each event has it of its own.
  const IS_TRUSTED = {
    __proto__: null, configurable: false, enumerable: true, get: undefined, set: undefined,
  };

  const NONE = 0;
  const AT_TARGET = 2;

  let beginDispatch;
  let cancel;
  let endDispatch;
  let errorParts;
  // Returns false, and does nothing, during a dispatch.
  let initialize;
  let isEvent;
  let isStopped;
  let setPassive;
  let setTrusted;
  let typeOf;

  class Event {
    #type;
    #bubbles;
    #cancelable;
    #composed;
    #timeStamp = now();
    #target = null;
    #phase = NONE;
    #trusted = false;
    #canceled = false;
    #passive = false;
    #propagationStopped = false;
    #immediateStopped = false;

    constructor(type, eventInitDict = undefined) {
      requireArguments(arguments.length, 1, "Event constructor");
      this.#type = toDOMString(type);
      const init = toDictionary(eventInitDict, "The event init");
      this.#bubbles = !!init.bubbles;
      this.#cancelable = !!init.cancelable;
      this.#composed = !!init.composed;
      ObjectDefineProperty(this, "isTrusted", IS_TRUSTED);
    }

    get type() {
      return this.#type;
    }

    get target() {
      return this.#target;
    }

    get srcElement() {
      return this.#target;
    }

    get currentTarget() {
      return this.#phase === NONE ? null : this.#target;
    }

    composedPath() {
      return this.#phase === NONE ? [] : [this.#target];
    }

    get eventPhase() {
      return this.#phase;
    }

    stopPropagation() {
      this.#propagationStopped = true;
    }

    get cancelBubble() {
      return this.#propagationStopped;
    }

    set cancelBubble(value) {
      if (value) {
        this.#propagationStopped = true;
      }
    }

    stopImmediatePropagation() {
      this.#propagationStopped = true;
      this.#immediateStopped = true;
    }

    get bubbles() {
      return this.#bubbles;
    }

    get cancelable() {
      return this.#cancelable;
    }

    get returnValue() {
      return !this.#canceled;
    }

    set returnValue(value) {
      this.#canceled;
      if (!value) {
        cancel(this);
      }
    }

    preventDefault() {
      cancel(this);
    }

    get defaultPrevented() {
      return this.#canceled;
    }

    get composed() {
      return this.#composed;
    }

    initEvent(type, bubbles = false, cancelable = false) {
      this.#phase;
      requireArguments(arguments.length, 1, "Event.initEvent");
      initialize(this, toDOMString(type), !!bubbles, !!cancelable);
    }

    get timeStamp() {
      return this.#timeStamp;
    }

    static {
      const attributes = {
        get isTrusted() {
          return this.#trusted;
        },
      };
      IS_TRUSTED.get = Object.getOwnPropertyDescriptor(attributes, "isTrusted").get;
      isEvent = (value) => typeof value === "object" && value !== null && #type in value;
      typeOf = (event) => event.#type;
      initialize = (event, type, bubbles, cancelable) => {
        if (event.#phase !== NONE) {
          return false;
        }
        event.#type = type;
        event.#bubbles = bubbles;
        event.#cancelable = cancelable;
        event.#target = null;
        event.#trusted = false;
        event.#canceled = false;
        event.#propagationStopped = false;
        event.#immediateStopped = false;
        return true;
      };
      isStopped = (event) => event.#immediateStopped;
      cancel = (event) => {
        if (event.#cancelable && !event.#passive) {
          event.#canceled = true;
        }
      };
      setPassive = (event, passive) => {
        event.#passive = passive;
      };
      setTrusted = (event) => {
        event.#trusted = true;
      };
      beginDispatch = (event, target) => {
        if (event.#phase !== NONE) {
          throw new DOMException("The event is already being dispatched", "InvalidStateError");
        }
        event.#target = target;
        event.#phase = AT_TARGET;
        return !event.#propagationStopped;
      };
      // Returns false if the event was canceled.
      endDispatch = (event) => {
        event.#phase = NONE;
        event.#propagationStopped = false;
        event.#immediateStopped = false;
        return !event.#canceled;
      };
    }
  }
  const PHASES = ["NONE", "CAPTURING_PHASE", "AT_TARGET", "BUBBLING_PHASE"];
  for (const [value, name] of PHASES.entries()) {
    ObjectDefineProperty(Event, name, { value, enumerable: true });
    ObjectDefineProperty(Event.prototype, name, { value, enumerable: true });
  }

  class CustomEvent extends Event {
    #detail;

    constructor(type, eventInitDict = undefined) {
      requireArguments(arguments.length, 1, "CustomEvent constructor");
      super(type, eventInitDict);
      this.#detail = eventInitDict?.detail ?? null;
    }

    get detail() {
      return this.#detail;
    }

    initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
      this.#detail;
      requireArguments(arguments.length, 1, "CustomEvent.initCustomEvent");
      if (initialize(this, toDOMString(type), !!bubbles, !!cancelable)) {
        this.#detail = detail;
      }
    }
  }

  class ErrorEvent extends Event {
    #message = "";
    #filename = "";
    #lineno = 0;
    #colno = 0;
    #error;

    constructor(type, eventInitDict = undefined) {
      requireArguments(arguments.length, 1, "ErrorEvent constructor");
      super(type, eventInitDict);
      const init = toDictionary(eventInitDict, "The event init");
      const { message, filename, lineno, colno } = init;
      this.#message = message === undefined ? "" : toDOMString(message);
      this.#filename = filename === undefined ? "" : toUSVString(filename);
      this.#lineno = lineno >>> 0;
      this.#colno = colno >>> 0;
      this.#error = init.error;
    }

    get message() {
      return this.#message;
    }

    get filename() {
      return this.#filename;
    }

    get lineno() {
      return this.#lineno;
    }

    get colno() {
      return this.#colno;
    }

    get error() {
      return this.#error;
    }

    static {
      // The arguments of onerror; null for an event of another class.
      errorParts = (event) =>
        #message in event
          ? [event.#message, event.#filename, event.#lineno, event.#colno, event.#error]
          : null;
    }
  }

  class PromiseRejectionEvent extends Event {
    #promise;
    #reason;

    constructor(type, eventInitDict) {
      requireArguments(arguments.length, 2, "PromiseRejectionEvent constructor");
      super(type, eventInitDict);
      const init = toDictionary(eventInitDict, "The event init");
      const { promise } = init;
      if (!isObject(promise)) {
        throw new TypeError("PromiseRejectionEvent constructor: the promise is missing");
      }
      this.#promise = promise;
      this.#reason = init.reason;
    }

    get promise() {
      return this.#promise;
    }

    get reason() {
      return this.#reason;
    }
  }

  defineInterface(Event);
  defineInterface(CustomEvent);
  defineInterface(ErrorEvent);
  defineInterface(PromiseRejectionEvent);
  internals.platformClasses.add(isEvent, "Event", (event) => ({ type: typeOf(event) }));

  internals.event = {
    __proto__: null,
    ErrorEvent,
    Event,
    PromiseRejectionEvent,
    beginDispatch,
    cancel,
    endDispatch,
    errorParts,
    initialize,
    isEvent,
    isStopped,
    setPassive,
    setTrusted,
    typeOf,
  };
})
