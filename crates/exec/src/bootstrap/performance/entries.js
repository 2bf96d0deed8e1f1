// What a Performance remembers: marks and measures, the last of them.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypePush, ArrayPrototypeSort, NumberIsFinite, TypeError,
  } = internals.primordials;
  const {
    constructToken, defineInterface, illegalConstructor, requireArguments, toDOMString, toDictionary,
  } = internals.webidl;
  const { now } = internals.host;

  // Of a Performance, or of an observer that has not been called yet.
  const MAX_ENTRIES = 1000;

  let nameOf;
  let startOf;
  let typeOf;

  class PerformanceEntry {
    #name;
    #entryType;
    #startTime;
    #duration;

    constructor(token = undefined, name = undefined, entryType = undefined, startTime = 0, duration = 0) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#name = name;
      this.#entryType = entryType;
      this.#startTime = startTime;
      this.#duration = duration;
    }

    get name() {
      return this.#name;
    }

    get entryType() {
      return this.#entryType;
    }

    get startTime() {
      return this.#startTime;
    }

    get duration() {
      return this.#duration;
    }

    toJSON() {
      return {
        name: this.#name,
        entryType: this.#entryType,
        startTime: this.#startTime,
        duration: this.#duration,
      };
    }

    static {
      nameOf = (entry) => entry.#name;
      startOf = (entry) => entry.#startTime;
      typeOf = (entry) => entry.#entryType;
    }
  }

  // DOMHighResTimeStamp
  function toTime(value, what) {
    const time = +value;
    if (!NumberIsFinite(time)) {
      throw new TypeError(`${what} is not a finite number`);
    }
    if (time < 0) {
      throw new TypeError(`${what} is negative`);
    }
    return time;
  }

  const cloneDetail = (detail) =>
    detail === undefined || detail === null ? null : internals.globals.structuredClone(detail);

  class PerformanceMark extends PerformanceEntry {
    #detail;

    constructor(markName, markOptions = undefined) {
      requireArguments(arguments.length, 1, "PerformanceMark constructor");
      const name = toDOMString(markName);
      const { detail, startTime } = toDictionary(markOptions, "The options of the mark");
      const time = startTime === undefined ? now() : toTime(startTime, "The startTime of the mark");
      super(constructToken, name, "mark", time, 0);
      this.#detail = cloneDetail(detail);
    }

    get detail() {
      return this.#detail;
    }

    toJSON() {
      return withDetail(super.toJSON(), this.#detail);
    }
  }

  class PerformanceMeasure extends PerformanceEntry {
    #detail;

    constructor(token = undefined, name = undefined, startTime = 0, duration = 0, detail = undefined) {
      super(token, name, "measure", startTime, duration);
      this.#detail = cloneDetail(detail);
    }

    get detail() {
      return this.#detail;
    }

    toJSON() {
      return withDetail(super.toJSON(), this.#detail);
    }
  }

  function withDetail(json, detail) {
    json.detail = detail;
    return json;
  }

  class Node {
    entry;
    next = null;

    constructor(entry) {
      this.entry = entry;
    }
  }

  // Entries, the oldest first. Beyond the bound the oldest goes.
  class EntryList {
    #first = null;
    #last = null;
    #count = 0;
    dropped = 0;

    add(entry) {
      const node = new Node(entry);
      if (this.#last === null) {
        this.#first = node;
      } else {
        this.#last.next = node;
      }
      this.#last = node;
      if (++this.#count > MAX_ENTRIES) {
        this.#first = this.#first.next;
        this.#count--;
        this.dropped++;
      }
    }

    // The last with this name and type.
    findLast(name, type) {
      let found = null;
      for (let node = this.#first; node !== null; node = node.next) {
        if (nameOf(node.entry) === name && typeOf(node.entry) === type) {
          found = node.entry;
        }
      }
      return found;
    }

    // Array of those of a name and a type, null for any, by their start.
    select(name, type) {
      const entries = [];
      for (let node = this.#first; node !== null; node = node.next) {
        if (matches(node.entry, name, type)) {
          ArrayPrototypePush(entries, node.entry);
        }
      }
      return ArrayPrototypeSort(entries, (a, b) => startOf(a) - startOf(b));
    }

    // Removes those of a name, null for any, and a type.
    remove(name, type) {
      let node = this.#first;
      this.#first = this.#last = null;
      this.#count = 0;
      for (; node !== null; node = node.next) {
        if (!matches(node.entry, name, type)) {
          this.add(node.entry);
        }
      }
    }
  }

  const matches = (entry, name, type) =>
    (name === null || nameOf(entry) === name) && (type === null || typeOf(entry) === type);

  defineInterface(PerformanceEntry);
  defineInterface(PerformanceMark);
  defineInterface(PerformanceMeasure);

  internals.performanceEntries = {
    __proto__: null, EntryList, PerformanceMark, PerformanceMeasure, startOf, toTime, typeOf,
  };
})
