"use strict";
// node:diagnostics_channel

const { invalidArgType, validateFunction } = require("internal/errors");

const channels = new Map();

function reportLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}

class Channel {
  // Never changed once it may be gone through.
  #subscribers = [];
  // What storages are entered with.
  #stores = new Map();

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() {
    return this.#subscribers.length > 0 || this.#stores.size > 0;
  }

  subscribe(subscription) {
    validateFunction(subscription, "subscription");
    this.#subscribers = [...this.#subscribers, subscription];
  }

  unsubscribe(subscription) {
    const at = this.#subscribers.indexOf(subscription);
    if (at < 0) {
      return false;
    }
    this.#subscribers = this.#subscribers.toSpliced(at, 1);
    return true;
  }

  bindStore(store, transform = undefined) {
    this.#stores.set(store, transform);
  }

  unbindStore(store) {
    return this.#stores.delete(store);
  }

  publish(data) {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(data, this.name);
      } catch (error) {
        reportLater(error);
      }
    }
  }

  runStores(data, run, self = undefined, ...args) {
    let enter = () => {
      this.publish(data);
      return Reflect.apply(run, self, args);
    };
    for (const [store, transform] of this.#stores) {
      const next = enter;
      enter = () => {
        let value = data;
        if (transform !== undefined) {
          try {
            value = transform(data);
          } catch (error) {
            reportLater(error);
            return next();
          }
        }
        return store.run(value, next);
      };
    }
    return enter();
  }
}

function channel(name) {
  if (typeof name !== "string" && typeof name !== "symbol") {
    throw invalidArgType("channel", ["string", "symbol"], name);
  }
  let found = channels.get(name);
  if (found === undefined) {
    found = new Channel(name);
    channels.set(name, found);
  }
  return found;
}

const EVENTS = ["start", "end", "asyncStart", "asyncEnd", "error"];

// What `run` returns, between the start and the end of what is traced.
function traced(channels, context, run) {
  return channels.start.runStores(context, () => {
    try {
      return run();
    } catch (error) {
      context.error = error;
      channels.error.publish(context);
      throw error;
    } finally {
      channels.end.publish(context);
    }
  });
}

class TracingChannel {
  constructor(names) {
    if (typeof names !== "string" && (typeof names !== "object" || names === null)) {
      throw invalidArgType("nameOrChannels", ["string", "TracingChannel", "Object"], names);
    }
    for (const event of EVENTS) {
      const given = typeof names === "string" ? channel(`tracing:${names}:${event}`) : names[event];
      if (!(given instanceof Channel)) {
        throw invalidArgType(`nameOrChannels.${event}`, "Channel", given);
      }
      Object.defineProperty(this, event, { __proto__: null, value: given });
    }
  }

  get hasSubscribers() {
    return EVENTS.some((event) => this[event].hasSubscribers);
  }

  subscribe(handlers) {
    for (const event of EVENTS) {
      if (handlers[event]) {
        this[event].subscribe(handlers[event]);
      }
    }
  }

  unsubscribe(handlers) {
    let done = true;
    for (const event of EVENTS) {
      if (handlers[event] && !this[event].unsubscribe(handlers[event])) {
        done = false;
      }
    }
    return done;
  }

  traceSync(run, context = {}, self = undefined, ...args) {
    if (!this.hasSubscribers) {
      return Reflect.apply(run, self, args);
    }
    return traced(this, context, () => {
      const result = Reflect.apply(run, self, args);
      context.result = result;
      return result;
    });
  }

  tracePromise(run, context = {}, self = undefined, ...args) {
    if (!this.hasSubscribers) {
      return Reflect.apply(run, self, args);
    }
    const settled = (key, value) => {
      context[key] = value;
      if (key === "error") {
        this.error.publish(context);
      }
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return traced(this, context, () => {
      let promise = Reflect.apply(run, self, args);
      if (typeof promise?.then !== "function") {
        promise = Promise.resolve(promise);
      }
      return promise.then(
        (value) => {
          settled("result", value);
          return value;
        },
        (error) => {
          settled("error", error);
          throw error;
        },
      );
    });
  }

  traceCallback(run, position = -1, context = {}, self = undefined, ...args) {
    if (!this.hasSubscribers) {
      return Reflect.apply(run, self, args);
    }
    const callback = args.at(position);
    validateFunction(callback, "callback");
    const channels = this;
    function called(error, result) {
      if (error) {
        context.error = error;
        channels.error.publish(context);
      } else {
        context.result = result;
      }
      channels.asyncStart.runStores(context, () => {
        try {
          return Reflect.apply(callback, this, arguments);
        } finally {
          channels.asyncEnd.publish(context);
        }
      });
    }
    args.splice(position, 1, called);
    return traced(this, context, () => Reflect.apply(run, self, args));
  }
}

module.exports = {
  Channel,
  channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name, subscription) => channel(name).subscribe(subscription),
  tracingChannel: (names) => new TracingChannel(names),
  unsubscribe: (name, subscription) => channel(name).unsubscribe(subscription),
};
