// scheduler.wait, as a promise for setTimeout.
(function (internals) {
  "use strict";
  const { MathMax, Promise, TypeError } = internals.primordials;
  const { isAborted, isSignal, offAbort, onAbort, partsOf } = internals.abort;
  const { current } = internals.requests;
  const { clear, start } = internals.timers;
  const {
    constructToken, defineNameless, illegalConstructor, requireArguments, toDictionary,
  } = internals.webidl;

  function wait(milliseconds, signal, resolve, reject) {
    const state = current("scheduler.wait");
    if (signal === undefined) {
      start(state, resolve, [], milliseconds, false);
      return;
    }
    if (isAborted(signal)) {
      reject(partsOf(signal).reason);
      return;
    }
    const abort = () => {
      clear(id);
      reject(partsOf(signal).reason);
    };
    const id = start(state, () => {
      offAbort(signal, abort);
      resolve();
    }, [], milliseconds, false);
    onAbort(signal, abort);
  }

  class Scheduler {
    #brand = true;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
    }

    // Promise that is settled after so many milliseconds, or rejected with the
    // reason of the signal.
    wait(delay, options = undefined) {
      const given = arguments.length;
      return new Promise((resolve, reject) => {
        this.#brand;
        requireArguments(given, 1, "scheduler.wait");
        const milliseconds = MathMax(+delay, 0);
        const { signal } = toDictionary(options, "scheduler.wait: the options");
        if (signal !== undefined && !isSignal(signal)) {
          throw new TypeError("scheduler.wait: the signal is not an AbortSignal");
        }
        wait(milliseconds, signal, resolve, reject);
      });
    }
  }

  defineNameless(Scheduler.prototype, "Scheduler");
  internals.globals.scheduler = new Scheduler(constructToken);
})
