// performance and navigator.
(function (internals) {
  "use strict";
  const { constructToken, defineInterface, illegalConstructor } = internals.webidl;
  const { EventTarget } = internals.eventTarget;
  const { now, timeOrigin } = internals.host;

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

    toJSON() {
      this.#brand;
      return { timeOrigin: timeOrigin() };
    }
  }

  class Navigator {
    #brand = true;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
    }

    get userAgent() {
      this.#brand;
      return "isolate-pool";
    }

    // The same on every host, which is nobody's business.
    get platform() {
      this.#brand;
      return "Linux x86_64";
    }
  }

  defineInterface(Performance);
  defineInterface(Navigator);
  internals.globals.performance = new Performance(constructToken);
  internals.globals.navigator = new Navigator(constructToken);
})
