// performance and navigator.
(function (internals) {
  "use strict";
  const { constructToken, defineInterface, illegalConstructor } = internals.webidl;
  const { now } = internals.host;

  class Performance {
    #brand = true;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
    }

    now() {
      this.#brand;
      return now();
    }

    get timeOrigin() {
      this.#brand;
      return 0;
    }

    toJSON() {
      this.#brand;
      return { timeOrigin: 0 };
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
  }

  defineInterface(Performance);
  defineInterface(Navigator);
  internals.globals.performance = new Performance(constructToken);
  internals.globals.navigator = new Navigator(constructToken);
})
