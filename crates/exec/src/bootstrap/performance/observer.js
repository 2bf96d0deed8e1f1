// PerformanceObserver.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypePush, ObjectFreeze, PromisePrototypeThen, PromiseResolve, ReflectApply, Set,
    SetPrototypeAdd, SetPrototypeDelete, SetPrototypeForEach, TypeError,
  } = internals.primordials;
  const { DOMException } = internals;
  const { EntryList, typeOf } = internals.performanceEntries;
  const {
    constructToken, defineInterface, eachItem, illegalConstructor, requireArguments, toDOMString,
    toDictionary,
  } = internals.webidl;
  const { reportUnhandled } = internals.thrown;

  const SUPPORTED = ObjectFreeze(["mark", "measure"]);

  const isSupported = (type) => type === "mark" || type === "measure";

  class PerformanceObserverEntryList {
    #entries;

    constructor(token = undefined, entries = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#entries = entries;
    }

    getEntries() {
      return this.#entries.select(null, null);
    }

    getEntriesByType(type) {
      const entries = this.#entries;
      requireArguments(arguments.length, 1, "PerformanceObserverEntryList.getEntriesByType");
      return entries.select(null, toDOMString(type));
    }

    getEntriesByName(name, type = undefined) {
      const entries = this.#entries;
      requireArguments(arguments.length, 1, "PerformanceObserverEntryList.getEntriesByName");
      return entries.select(toDOMString(name), type === undefined ? null : toDOMString(type));
    }
  }

  // Set of the PerformanceObservers that observe something.
  let observers = null;
  // Whether they will be called.
  let scheduled = false;

  let deliver;
  let offer;

  class PerformanceObserver {
    #callback;
    #marks = false;
    #measures = false;
    // With `type` or `entryTypes`; null at first.
    #mode = null;
    // What it has not been told; null for nothing.
    #entries = null;
    #called = false;

    constructor(callback) {
      requireArguments(arguments.length, 1, "PerformanceObserver constructor");
      if (typeof callback !== "function") {
        throw new TypeError("PerformanceObserver constructor: the callback is not a function");
      }
      this.#callback = callback;
    }

    static get supportedEntryTypes() {
      return SUPPORTED;
    }

    observe(options = undefined) {
      const mode = this.#mode;
      const { buffered, entryTypes, type } = toDictionary(options, "PerformanceObserver.observe: the options");
      if ((entryTypes === undefined) === (type === undefined)) {
        throw new TypeError("PerformanceObserver.observe: either type or entryTypes must be given");
      }
      const newMode = type === undefined ? "entryTypes" : "type";
      if (newMode === "entryTypes" && buffered !== undefined) {
        throw new TypeError("PerformanceObserver.observe: buffered goes with type only");
      }
      if (mode !== null && mode !== newMode) {
        throw new DOMException(
          "PerformanceObserver.observe: type and entryTypes cannot be mixed", "InvalidModificationError",
        );
      }
      if (newMode === "type") {
        this.#observeType(toDOMString(type), !!buffered);
      } else {
        this.#observeTypes(entryTypes);
      }
    }

    #observeType(type, buffered) {
      this.#mode = "type";
      if (!isSupported(type)) {
        return;
      }
      this.#marks ||= type === "mark";
      this.#measures ||= type === "measure";
      this.#register();
      if (buffered) {
        const entries = internals.performance.select(null, type);
        for (let i = 0; i < entries.length; i++) {
          this.#add(entries[i]);
        }
      }
    }

    #observeTypes(entryTypes) {
      let marks = false;
      let measures = false;
      eachItem(entryTypes, (item) => {
        const type = toDOMString(item);
        marks ||= type === "mark";
        measures ||= type === "measure";
      }, "PerformanceObserver.observe: entryTypes");
      this.#mode = "entryTypes";
      if (marks || measures) {
        this.#marks = marks;
        this.#measures = measures;
        this.#register();
      }
    }

    #register() {
      observers ??= new Set();
      SetPrototypeAdd(observers, this);
    }

    #add(entry) {
      this.#entries ??= new EntryList();
      this.#entries.add(entry);
      schedule();
    }

    disconnect() {
      this.#entries = null;
      this.#marks = this.#measures = false;
      this.#mode = null;
      if (observers !== null) {
        SetPrototypeDelete(observers, this);
      }
    }

    takeRecords() {
      const entries = this.#entries;
      this.#entries = null;
      return entries === null ? [] : entries.select(null, null);
    }

    static {
      offer = (observer, entry) => {
        if (typeOf(entry) === "mark" ? observer.#marks : observer.#measures) {
          observer.#add(entry);
        }
      };
      deliver = (observer) => {
        const entries = observer.#entries;
        if (entries === null) {
          return;
        }
        observer.#entries = null;
        const options = observer.#called ? {} : { droppedEntriesCount: entries.dropped };
        observer.#called = true;
        const list = new PerformanceObserverEntryList(constructToken, entries);
        try {
          ReflectApply(observer.#callback, observer, [list, observer, options]);
        } catch (error) {
          reportUnhandled(error);
        }
      };
    }
  }

  function schedule() {
    if (!scheduled) {
      scheduled = true;
      PromisePrototypeThen(PromiseResolve(undefined), deliverAll);
    }
  }

  function deliverAll() {
    scheduled = false;
    const all = [];
    SetPrototypeForEach(observers, (observer) => ArrayPrototypePush(all, observer));
    for (let i = 0; i < all.length; i++) {
      deliver(all[i]);
    }
  }

  // There is a new entry.
  function notify(entry) {
    if (observers !== null) {
      SetPrototypeForEach(observers, (observer) => offer(observer, entry));
    }
  }

  defineInterface(PerformanceObserverEntryList);
  defineInterface(PerformanceObserver);

  internals.performanceObserver = { __proto__: null, notify };
})
