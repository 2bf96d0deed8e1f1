// EventTarget: listeners, dispatch and event handler attributes (onabort).
// There is no tree of targets, so every dispatch has the one target.
//
// The global scope is one as well, but no constructor has made it: its listeners
// are those of a hidden EventTarget.
(function (internals) {
  "use strict";
  const {
    Map, MapPrototypeGet, MapPrototypeSet, ObjectDefineProperty, ReflectApply, TypeError, global,
  } = internals.primordials;
  const {
    beginDispatch, cancel, endDispatch, errorParts, isEvent, isStopped, setPassive, setTrusted, typeOf,
  } = internals.event;
  const {
    append, defineInterface, descriptorOf, isObject, requireArguments, toDOMString,
  } = internals.webidl;
  const { reportUnhandled } = internals.thrown;

  // A listener of the singly linked list of one event type. A removed one keeps
  // its `next`, so that a dispatch standing on it finds its way on.
  class Listener {
    callback;
    capture;
    once;
    passive;
    handler;
    order;
    // A signal whose abortion removes it, which is found out when it matters:
    // the signal may outlive this, so it should not know of it.
    signal = null;
    removed = false;
    next = null;

    // `handler`: made by an event handler attribute, invisible to
    // removeEventListener.
    constructor(callback, capture, once, passive, handler) {
      this.callback = callback;
      this.capture = capture;
      this.once = once;
      this.passive = passive;
      this.handler = handler;
      this.order = nextOrder++;
    }
  }
  let nextOrder = 0;

  class ListenerList {
    // The AbortSignal whose abort event this is about, or null.
    #abortSignal;
    head = null;

    constructor(target, type) {
      this.#abortSignal = type === "abort" && internals.abort.isSignal(target) ? target : null;
    }

    add(listener) {
      if (this.head === null) {
        this.head = listener;
        this.#changed(true);
        return;
      }
      let last = this.head;
      while (last.next !== null) {
        last = last.next;
      }
      last.next = listener;
    }

    #changed(listened) {
      if (this.#abortSignal !== null) {
        internals.abort.listenersChanged(this.#abortSignal, listened);
      }
    }

    find(callback, capture) {
      let listener = this.head;
      while (
        listener !== null &&
        (listener.handler || listener.callback !== callback || listener.capture !== capture ||
          this.removedBySignal(listener))
      ) {
        listener = listener.next;
      }
      return listener;
    }

    // Whether the listener is one that its signal removes; removes it then.
    removedBySignal(listener) {
      const { signal } = listener;
      const removed = signal !== null && !listener.removed && internals.abort.isAborted(signal);
      if (removed) {
        this.remove(listener);
      }
      return removed;
    }

    remove(listener) {
      if (listener.removed) {
        return;
      }
      listener.removed = true;
      listener.signal = null;
      if (this.head === listener) {
        this.head = listener.next;
        if (this.head === null) {
          this.#changed(false);
        }
        return;
      }
      for (let before = this.head; before !== null; before = before.next) {
        if (before.next === listener) {
          before.next = listener.next;
          return;
        }
      }
    }
  }

  let listOf;
  // Has the listeners of the global scope.
  let globalTarget = null;

  class EventTarget {
    // Map of event type to ListenerList.
    #lists = null;

    addEventListener(type, callback, options = undefined) {
      requireArguments(arguments.length, 2, "EventTarget.addEventListener");
      addListener(this ?? global, type, callback, options);
    }

    removeEventListener(type, callback, options = undefined) {
      requireArguments(arguments.length, 2, "EventTarget.removeEventListener");
      removeListener(this ?? global, type, callback, options);
    }

    dispatchEvent(event) {
      requireArguments(arguments.length, 1, "EventTarget.dispatchEvent");
      return dispatchGuest(this ?? global, event);
    }

    static {
      listOf = (target, type, create) => {
        if (target === global) {
          globalTarget ??= new EventTarget();
          target = globalTarget;
        }
        if (target.#lists === null) {
          if (!create) {
            return undefined;
          }
          target.#lists = new Map();
        }
        let list = MapPrototypeGet(target.#lists, type);
        if (list === undefined && create) {
          list = new ListenerList(target, type);
          MapPrototypeSet(target.#lists, type, list);
        }
        return list;
      };
    }
  }

  function checkCallback(callback) {
    if (callback === undefined) {
      callback = null;
    }
    if (callback !== null && !isObject(callback)) {
      throw new TypeError("The event listener is not a function or an object");
    }
    return callback;
  }

  const captureOf = (options) => (isObject(options) ? !!options.capture : !!options);

  function addListener(target, type, callback, options) {
    type = toDOMString(type);
    callback = checkCallback(callback);
    const capture = captureOf(options);
    let once = false;
    let passive = false;
    let signal;
    if (isObject(options)) {
      once = !!options.once;
      passive = !!options.passive;
      signal = options.signal;
      if (signal !== undefined && !internals.abort.isSignal(signal)) {
        throw new TypeError("The signal of the options is not an AbortSignal");
      }
    }
    const list = listOf(target, type, callback !== null);
    if (callback === null || list.find(callback, capture) !== null) {
      return;
    }
    if (signal !== undefined && internals.abort.isAborted(signal)) {
      return;
    }
    const listener = new Listener(callback, capture, once, passive, false);
    listener.signal = signal ?? null;
    list.add(listener);
  }

  function removeListener(target, type, callback, options) {
    type = toDOMString(type);
    callback = checkCallback(callback);
    const capture = captureOf(options);
    const list = listOf(target, type, false);
    const listener = list === undefined ? null : list.find(callback, capture);
    if (listener !== null) {
      list.remove(listener);
    }
  }

  function dispatchGuest(target, event) {
    // Throws for what is no target.
    listOf(target, "", false);
    if (!isEvent(event)) {
      throw new TypeError("EventTarget.dispatchEvent: the argument is not an Event");
    }
    return dispatch(target, event, reportUnhandled);
  }

  function callListener(callback, target, event) {
    if (typeof callback === "function") {
      return ReflectApply(callback, target, [event]);
    }
    const { handleEvent } = callback;
    if (typeof handleEvent !== "function") {
      throw new TypeError("The event listener has no handleEvent method");
    }
    return ReflectApply(handleEvent, callback, [event]);
  }

  // Calls the function of an event handler attribute. That of the global's
  // `onerror` gets the parts of an ErrorEvent, and says with true what others say
  // with false.
  function callHandler(callback, target, event) {
    if (typeof callback !== "function") {
      return;
    }
    const parts = target === global && typeOf(event) === "error" ? errorParts(event) : null;
    const result = ReflectApply(callback, target, parts ?? [event]);
    if (result === (parts !== null)) {
      cancel(event);
    }
  }

  // Calls the listeners `target` has at this moment. Returns false if the event
  // was canceled.
  function dispatch(target, event, onError) {
    if (beginDispatch(event, target)) {
      const list = listOf(target, typeOf(event), false);
      const end = nextOrder;
      let listener = list === undefined ? null : list.head;
      while (listener !== null && listener.order < end && !isStopped(event)) {
        if (!listener.removed && !list.removedBySignal(listener)) {
          if (listener.once) {
            list.remove(listener);
          }
          setPassive(event, listener.passive);
          try {
            if (listener.handler) {
              callHandler(listener.callback, target, event);
            } else {
              callListener(listener.callback, target, event);
            }
          } catch (error) {
            onError(error);
          }
          setPassive(event, false);
        }
        listener = listener.next;
      }
    }
    return endDispatch(event);
  }

  // Dispatches an event that the runtime made.
  function fire(target, event) {
    setTrusted(event);
    return dispatch(target, event, reportUnhandled);
  }

  function hasListeners(target, type) {
    const list = listOf(target, type, false);
    return list !== undefined && list.head !== null;
  }

  // The attribute `on${type}`. `fieldOf(target)` is an object with a field
  // `handler` for the Listener, or throws for an object of another class.
  function defineEventHandler(prototype, type, fieldOf) {
    const name = `on${type}`;
    const accessors = {
      get [name]() {
        const { handler } = fieldOf(this);
        return handler === null ? null : handler.callback;
      },
      set [name](value) {
        const field = fieldOf(this);
        const callback = isObject(value) ? value : null;
        if (callback === null) {
          if (field.handler !== null) {
            listOf(this ?? global, type, true).remove(field.handler);
            field.handler = null;
          }
        } else if (field.handler === null) {
          field.handler = new Listener(callback, false, false, false, true);
          listOf(this ?? global, type, true).add(field.handler);
        } else {
          field.handler.callback = callback;
        }
      },
    };
    const descriptor = descriptorOf(accessors, name);
    ObjectDefineProperty(prototype, name, descriptor);
  }

  defineInterface(EventTarget);

  // The callbacks for an event type, in order.
  function listenersOf(target, type) {
    const callbacks = [];
    const list = listOf(target, toDOMString(type), false);
    for (let listener = list?.head ?? null; listener !== null; listener = listener.next) {
      if (!list.removedBySignal(listener)) {
        append(callbacks, listener.callback);
      }
    }
    return callbacks;
  }

  internals.eventTarget = {
    __proto__: null, EventTarget, defineEventHandler, dispatch, fire, hasListeners, listenersOf,
  };
})
