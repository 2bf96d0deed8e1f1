// BroadcastChannel, among the channels of this context.
//
// A channel is open until it is closed, and gets messages as long as somebody
// can tell: while the request that opened it has not ended, while it has
// listeners then, and while the guest holds on to it. One that was opened to
// post something and forgotten is garbage.
(function (internals) {
  "use strict";
  const {
    Map, MapPrototypeDelete, MapPrototypeForEach, MapPrototypeGet, MapPrototypeSet, Set,
    SetPrototypeAdd, SetPrototypeDelete, SetPrototypeForEach, SetPrototypeGetSize, WeakRef,
    WeakRefPrototypeDeref,
  } = internals.primordials;
  const { DOMException } = internals;
  const { EventTarget, defineEventHandler, fire, hasListeners } = internals.eventTarget;
  const { makeEvent } = internals.messageEvent;
  const { Handler } = internals.messagePort;
  const { Message, Port } = internals.ports;
  const { find } = internals.requests;
  const { cloneWithTransfer } = internals.structuredClone;
  const { defineInterface, requireArguments, toDOMString } = internals.webidl;
  const { currentRequest } = internals.host;

  // Once for so many channels what is left of those that are garbage is removed.
  const SWEEP_EVERY = 256;

  // Map of name to the Set of the entries of its open channels, oldest first.
  let channels = null;
  let opened = 0;
  // Set of channels that are not garbage.
  let pinned = null;

  class Entry {
    ref;

    constructor(channel) {
      this.ref = new WeakRef(channel);
    }
  }

  function add(name, channel) {
    channels ??= new Map();
    if (++opened % SWEEP_EVERY === 0) {
      MapPrototypeForEach(channels, (entries, key) => sweep(key, entries));
    }
    let entries = MapPrototypeGet(channels, name);
    if (entries === undefined) {
      entries = new Set();
      MapPrototypeSet(channels, name, entries);
    }
    const entry = new Entry(channel);
    SetPrototypeAdd(entries, entry);
    return entry;
  }

  function removeEntry(name, entries, entry) {
    SetPrototypeDelete(entries, entry);
    if (SetPrototypeGetSize(entries) === 0) {
      MapPrototypeDelete(channels, name);
    }
  }

  function sweep(name, entries) {
    SetPrototypeForEach(entries, (entry) => {
      if (WeakRefPrototypeDeref(entry.ref) === undefined) {
        removeEntry(name, entries, entry);
      }
    });
  }

  function pin(channel) {
    pinned ??= new Set();
    SetPrototypeAdd(pinned, channel);
  }

  // Keeps a new channel for as long as its request.
  function hold(channel) {
    const id = currentRequest();
    const state = id === 0 ? undefined : find(id);
    if (id === 0) {
      pin(channel);
    } else if (state !== undefined) {
      state.channels ??= new Set();
      SetPrototypeAdd(state.channels, channel);
    }
  }

  // The request that has opened these channels has ended.
  function leave(set) {
    SetPrototypeForEach(set, (channel) => {
      if (isOpen(channel) && (hasListeners(channel, "message") || hasListeners(channel, "messageerror"))) {
        pin(channel);
      }
    });
  }

  let handlerOf;
  let isOpen;
  let portOf;

  class BroadcastChannel extends EventTarget {
    #name;
    // Where its messages wait.
    #port = new Port(null);
    // null when it has been closed.
    #entry;
    #onmessage = null;
    #onmessageerror = null;

    constructor(name) {
      requireArguments(arguments.length, 1, "BroadcastChannel constructor");
      super();
      this.#name = toDOMString(name);
      this.#port.owner = new ChannelOwner(this);
      this.#port.enabled = true;
      this.#entry = add(this.#name, this);
      hold(this);
    }

    get name() {
      return this.#name;
    }

    postMessage(message) {
      const entry = this.#entry;
      requireArguments(arguments.length, 1, "BroadcastChannel.postMessage");
      if (entry === null) {
        throw new DOMException("The BroadcastChannel is closed", "InvalidStateError");
      }
      // The others get copies of this one, in which there is no guest code.
      const { data } = cloneWithTransfer(message, []);
      let isFirst = true;
      const entries = MapPrototypeGet(channels, this.#name);
      SetPrototypeForEach(entries, (other) => {
        const channel = other === entry ? undefined : WeakRefPrototypeDeref(other.ref);
        if (channel !== undefined) {
          portOf(channel).deliver(isFirst ? new Message(data, null) : copyOf(data));
          isFirst = false;
        }
      });
    }

    close() {
      const entry = this.#entry;
      if (entry !== null) {
        this.#entry = null;
        removeEntry(this.#name, MapPrototypeGet(channels, this.#name), entry);
        if (pinned !== null) {
          SetPrototypeDelete(pinned, this);
        }
      }
    }

    static {
      isOpen = (channel) => channel.#entry !== null;
      portOf = (channel) => channel.#port;
      handlerOf = {
        __proto__: null,
        message: (channel) => (channel.#onmessage ??= new Handler()),
        messageerror: (channel) => (channel.#onmessageerror ??= new Handler()),
      };
    }
  }

  // The message for another receiver. The sender does not hear of it if there is no memory for it,
  // nor do the others.
  function copyOf(data) {
    try {
      return new Message(cloneWithTransfer(data, []).data, null);
    } catch {
      return new Message(null, null, true);
    }
  }

  // The owner of the Port of a channel.
  class ChannelOwner {
    #channel;

    constructor(channel) {
      this.#channel = channel;
    }

    receive(message) {
      if (isOpen(this.#channel)) {
        const type = message.isBroken ? "messageerror" : "message";
        fire(this.#channel, makeEvent(type, message.data, null));
      }
    }
  }

  defineEventHandler(BroadcastChannel.prototype, "message", handlerOf.message);
  defineEventHandler(BroadcastChannel.prototype, "messageerror", handlerOf.messageerror);
  defineInterface(BroadcastChannel);

  internals.broadcastChannel = { __proto__: null, leave };
})
