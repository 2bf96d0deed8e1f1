"use strict";
// node:perf_hooks

const {
  Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure,
  PerformanceObserver, PerformanceObserverEntryList, performance,
} = globalThis;
const { nodeError } = require("internal/errors");

const notHere = (what) => () => {
  throw nodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", `perf_hooks.${what} is not available here`);
};

module.exports = {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
  constants: Object.freeze({
    NODE_PERFORMANCE_GC_MAJOR: 4,
    NODE_PERFORMANCE_GC_MINOR: 1,
    NODE_PERFORMANCE_GC_INCREMENTAL: 8,
    NODE_PERFORMANCE_GC_WEAKCB: 16,
    NODE_PERFORMANCE_GC_FLAGS_NO: 0,
  }),
  createHistogram: notHere("createHistogram"),
  monitorEventLoopDelay: notHere("monitorEventLoopDelay"),
  performance,
};
