// The clock, and the timeline of marks and measures.
(function (internals) {
  "use strict";
  const { TypeError } = internals.primordials;
  const { DOMException } = internals;
  const { EventTarget } = internals.eventTarget;
  const {
    EntryList, PerformanceMark, PerformanceMeasure, startOf, toTime,
  } = internals.performanceEntries;
  const { notify } = internals.performanceObserver;
  const {
    constructToken, defineInterface, illegalConstructor, isObject, requireArguments, toDOMString,
    toDictionary,
  } = internals.webidl;
  const { now, timeOrigin } = internals.host;

  const entries = new EntryList();

  const select = (name, type) => entries.select(name, type);

  function remember(entry) {
    entries.add(entry);
    notify(entry);
    return entry;
  }

  // The time that a mark stands for, or that is given itself.
  function timeOf(mark) {
    if (typeof mark === "number") {
      return toTime(mark, "performance.measure: a time");
    }
    const name = toDOMString(mark);
    const entry = entries.findLast(name, "mark");
    if (entry === null) {
      throw new DOMException(`There is no mark ${name}`, "SyntaxError");
    }
    return startOf(entry);
  }

  function checkMeasure(start, duration, end, endMark) {
    if (endMark !== undefined) {
      throw new TypeError("performance.measure: an end mark and options are given");
    }
    if (start === undefined && end === undefined) {
      throw new TypeError("performance.measure: the options have neither start nor end");
    }
    if (start !== undefined && duration !== undefined && end !== undefined) {
      throw new TypeError("performance.measure: the options have start, duration and end");
    }
  }

  function measure(name, startOrOptions, endMark) {
    name = toDOMString(name);
    const hasOptions =
      startOrOptions === undefined || startOrOptions === null || isObject(startOrOptions);
    let detail;
    let duration;
    let end = endMark;
    let start = startOrOptions;
    if (hasOptions) {
      const options = toDictionary(startOrOptions, "performance.measure: the options");
      ({ detail, duration, end, start } = options);
      const isEmpty = detail === undefined && duration === undefined && end === undefined &&
        start === undefined;
      if (isEmpty) {
        end = endMark;
      } else {
        checkMeasure(start, duration, end, endMark);
      }
    }
    if (duration !== undefined) {
      duration = toTime(duration, "performance.measure: the duration");
    }
    let endTime;
    if (end !== undefined) {
      endTime = timeOf(end);
    } else if (start !== undefined && duration !== undefined) {
      endTime = timeOf(start) + duration;
    } else {
      endTime = now();
    }
    let startTime = 0;
    if (start !== undefined) {
      startTime = timeOf(start);
    } else if (duration !== undefined) {
      startTime = endTime - duration;
    }
    return remember(
      new PerformanceMeasure(constructToken, name, startTime, endTime - startTime, detail),
    );
  }

  const nameOrAny = (name) => (name === undefined ? null : toDOMString(name));

  class Performance extends EventTarget {
    #brand = true;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      super();
    }

    now() {
      this.#brand;
      return now();
    }

    get timeOrigin() {
      this.#brand;
      return timeOrigin();
    }

    mark(markName, markOptions = undefined) {
      this.#brand;
      requireArguments(arguments.length, 1, "performance.mark");
      return remember(new PerformanceMark(markName, markOptions));
    }

    measure(measureName, startOrMeasureOptions = undefined, endMark = undefined) {
      this.#brand;
      requireArguments(arguments.length, 1, "performance.measure");
      return measure(measureName, startOrMeasureOptions, endMark);
    }

    clearMarks(markName = undefined) {
      this.#brand;
      entries.remove(nameOrAny(markName), "mark");
    }

    clearMeasures(measureName = undefined) {
      this.#brand;
      entries.remove(nameOrAny(measureName), "measure");
    }

    getEntries() {
      this.#brand;
      return select(null, null);
    }

    getEntriesByType(type) {
      this.#brand;
      requireArguments(arguments.length, 1, "performance.getEntriesByType");
      return select(null, toDOMString(type));
    }

    getEntriesByName(name, type = undefined) {
      this.#brand;
      requireArguments(arguments.length, 1, "performance.getEntriesByName");
      return select(toDOMString(name), nameOrAny(type));
    }

    toJSON() {
      this.#brand;
      return { timeOrigin: timeOrigin() };
    }
  }

  defineInterface(Performance);
  internals.globals.performance = new Performance(constructToken);
  internals.performance = { __proto__: null, select };
})
